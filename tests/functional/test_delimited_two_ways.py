"""A regular file read at once gives what reading it record by record gives: rows, text, counts, notes and holds."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fi_workbench.contracts import all_contracts
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import delimited
from fi_workbench.loaders.delimited import read_delimited
from fi_workbench.loaders.delimited_regular import read_fields, regular_text

TABLE = all_contracts().table("visits")
HEAD = ",".join(column.physical_name for column in TABLE.columns.values())
WIDTH = len(TABLE.columns)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CELL = st.one_of(
    st.sampled_from(["", " ", "W1", "2026-11-02", "\u00a0", "é", "Total: 2", "a;b", "\t", '"', '"a,b"', "\x00", "\r", HEAD.split(",")[0]]),
    st.text(st.sampled_from("aZ09/- \u200b\ufffd"), max_size=4),
)  # fmt: skip
LINE = st.one_of(
    st.lists(CELL, min_size=WIDTH, max_size=WIDTH).map(",".join),
    st.lists(CELL, min_size=WIDTH - 1, max_size=WIDTH + 1).map(",".join),
    st.sampled_from(["", " ", "," * (WIDTH - 1), " ," * (WIDTH - 1), HEAD, HEAD.lower(), "Total: 3", "(3 rows affected)" + "," * (WIDTH - 1)]),
)  # fmt: skip


def told(data: bytes, *, at_once: bool) -> object:
    """All that reading a file says, or why it was refused."""
    try:
        if at_once:
            read = read_delimited(data, "f.csv", TABLE)
        else:
            with patch.object(delimited, "regular_text", return_value=None):
                read = read_delimited(data, "f.csv", TABLE)
    except RefusedFileError as error:
        return str(error)
    if at_once:
        event("read at once" if read.table.text_of else "read record by record")
    return read.table.with_text().to_dicts(), read.table.non_records, read.notes, read.holds


@MANY
@given(
    st.lists(LINE, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["", "A title\n\n", "sep=,\n"]),
)
def test_both_ways_of_reading_say_the_same(lines, end, ended, encoding, above):
    text = above.replace("\n", end) + end.join([HEAD, *lines]) + (end if ended else "")
    data = text.encode(encoding, "replace")
    assert told(data, at_once=True) == told(data, at_once=False)


@MANY
@given(st.lists(st.lists(st.sampled_from(["W1", "2026-11-02", "", "é", "x y"]), min_size=WIDTH, max_size=WIDTH).map(",".join), min_size=1, max_size=6))  # fmt: skip
def test_a_file_with_nothing_odd_is_read_at_once_unless_a_line_is_blank(lines):
    text = regular_text("\n".join([HEAD, *lines]).encode())
    assert text is not None
    fields = read_fields(text, HEAD.split(","), ",", 1)
    if any(not line.strip(", ") for line in lines):
        assert fields is None
    else:
        assert fields is not None
        assert [",".join(row) for row in fields.iter_rows()] == lines


@pytest.mark.parametrize(
    "last",
    ["a,b", "a,b,c,d", "", ",,", "Total: 1", "Total: 1,,", "x,y,z", '"a",b,c'],
    ids=["short", "long", "blank", "separators", "footer", "full footer", "header again", "quoted"],
)
def test_a_line_that_needs_a_closer_look_is_never_read_at_once(last):
    text = regular_text(f"X,Y,Z\n1,2,3\n4,5,6\n{last}\n".encode())
    assert text is None or read_fields(text, ["X", "Y", "Z"], ",", 1) is None


def test_a_short_and_a_long_record_do_not_make_up_for_each_other():
    assert read_fields(b"X,Y,Z\n1,2\n4,5,6,7\n", ["X", "Y", "Z"], ",", 1) is None
    assert read_fields(b"X,Y,Z\n4,5,6,7\n1,2\n", ["X", "Y", "Z"], ",", 1) is None
