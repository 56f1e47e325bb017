"""Records of delimited text, compared with the standard library's reader on text that it wrote."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.records import SEPARATORS, split_lines, split_records


def records(text, separator=","):
    lines, _, _ = split_lines(text, "f.csv")
    return split_records(lines, separator, "f.csv")


CELLS = st.text(st.sampled_from('ab",;|\t\n é '), max_size=6)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(SEPARATORS))
def test_what_the_standard_library_wrote_is_told_apart_in_the_same_records(rows, separator):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    found = records(out.getvalue(), separator)
    assert found["defect"].null_count() == found.height == len(rows)
    assert found["n_fields"].to_list() == [len(row) for row in rows]
    assert [next(csv.reader(io.StringIO(raw, newline=""), delimiter=separator)) for raw in found["raw"]] == rows


@settings(max_examples=150)
@given(st.text(st.sampled_from('ab",\n'), min_size=1, max_size=60))
def test_no_line_is_lost_or_read_twice_whatever_the_text(text):
    lines, _, _ = split_lines(text, "f.csv")
    try:
        found = split_records(lines, ",", "f.csv")
    except RefusedFileError:
        # Only a quotation mark that is never closed may refuse, and then there is one.
        assume('"' in text)
        return
    assert "\n".join(found["raw"].to_list()) == "\n".join(lines)
    expected = [1]
    for raw in found["raw"]:
        expected.append(expected[-1] + raw.count("\n") + 1)
    assert found["line"].to_list() == expected[:-1]


def test_the_line_where_a_mark_opens_is_named():
    with pytest.raises(RefusedFileError, match="line 3"):
        records('a,b\n1,2\n3,"4\n5,6\n')


def test_a_first_line_may_have_another_number():
    lines, _, _ = split_lines('1,2\n3,"4\n5"\n', "f.csv")
    assert split_records(lines, ",", "f.csv", first_line=7)["line"].to_list() == [7, 8]


@pytest.mark.parametrize(("text", "whole"), [("a\nb\n", True), ("a\nb", False), ("a\r\nb\r\n", True), ("a\rb\r", True)])
def test_whether_the_last_line_was_ended(text, whole):
    lines, ends_whole, _ = split_lines(text, "f.csv")
    assert lines == ["a", "b"]
    assert ends_whole is whole


WORDS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc", "Cs"]), min_size=4, max_size=60
)


@settings(max_examples=100)
@given(WORDS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_text_is_read_as_it_was_written(words, encoding):
    if encoding == "utf-8" and words.encode().startswith((b"PK\x03\x04", b"%PDF", b"PAR1", b"<")):
        return
    text = f"name,colour\n{words}\n"
    assert decode(text.encode(encoding), "f.csv").text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["id,name\n1,Zoë\n", "a,b\n", "id\n" * 400])
def test_utf16_without_its_mark_is_recognised(text, encoding):
    assert decode(text.encode(encoding), "f.csv").text == text


@pytest.mark.parametrize("text", ["Zoë’s café £5", "naïve", "“quoted” – dash"])
def test_windows_1252_is_recognised_and_said(text):
    found = decode(f"name\n{text}\n".encode("cp1252"), "f.csv")
    assert found.text == f"name\n{text}\n"
    assert found.encoding == "cp1252"
    assert found.holds == ()


def test_the_byte_that_no_encoding_has_is_placed():
    with pytest.raises(RefusedFileError, match="byte 9, line 2"):
        decode(b"name\nabc\x81\n", "f.csv")
