"""The one law, on files spoilt at random: read = accepted + quarantined + exact duplicates + held + non-records."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fi_workbench.contracts import all_contracts, check, sample
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import read_delimited

AS_OF = date(2026, 11, 22)
TABLES = [all_contracts().table(name) for name in ("visits", "police_notifications", "school_attendance", "roster")]
LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(table, n, seed):
    rows = sample(table, n, seed).select(pl.all().cast(pl.String).fill_null(""))
    return [",".join(rows.columns), *(",".join(row) for row in rows.rows())]


@st.composite
def spoilt(draw):
    """A good file of one contract, after a few of the things that happen to files."""
    table = draw(st.sampled_from(TABLES))
    lines = written(table, draw(st.integers(1, 8)), draw(st.integers(0, 3)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        cells = lines[at].split(",")
        which = draw(st.integers(0, len(cells) - 1))
        match draw(
            st.sampled_from(
                [
                    "drop",
                    "again",
                    "garble",
                    "short",
                    "long",
                    "blank",
                    "footer",
                    "quote",
                    "newline",
                    "header",
                    "title",
                    "nul",
                ]
            )
        ):
            case "drop":
                del lines[at]
                if not lines:
                    lines.append("")
            case "again":
                lines.insert(at, lines[at])
            case "garble":
                cells[which] = draw(st.text(st.sampled_from('aZ09/-" é\u00a0£='), max_size=6))
                lines[at] = ",".join(cells)
            case "short":
                lines[at] = ",".join(cells[:which])
            case "long":
                lines[at] += ",extra"
            case "blank":
                lines.insert(at + 1, draw(st.sampled_from(["", "   ", "," * (len(cells) - 1)])))
            case "footer":
                lines.append(f"Total: {len(lines) - 1}")
            case "quote":
                cells[which] = '"' + cells[which].replace('"', '""') + '"'
                lines[at] = ",".join(cells)
            case "newline":
                cells[which] = '"two<end>lines"'
                lines[at] = ",".join(cells)
            case "header":
                lines.insert(at + 1, lines[0])
            case "title":
                lines.insert(0, "A title")
            case "nul":
                cells[which] += "\0"
                lines[at] = ",".join(cells)
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(lines).replace("<end>", end) + draw(st.sampled_from(["", end, end + "\x1a"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return table, text.encode(encoding), text


@LAW
@given(spoilt())
def test_every_line_of_a_spoilt_file_is_accounted_for_and_no_raw_text_is_lost(file):
    table, data, text = file
    try:
        read = read_delimited(data, "spoilt.csv", table)
    except RefusedFileError as error:
        event(f"refused: {error.what[:40]}")
        return
    event("read")
    rows = read.table.with_text()
    checked = check(rows, table, as_of=AS_OF)
    assert rows.height == checked.accepted.height + checked.quarantined.height + checked.duplicates.height
    parts = [frame["_record"].to_list() for frame in (checked.accepted, checked.quarantined, checked.duplicates)]
    assert sorted(record for part in parts for record in part) == list(range(1, rows.height + 1))
    # Physical lines, counted here without the reader: those of the records and one for each non-record.
    lines = text.rstrip("\x1a").replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    spans = sum(raw.count("\n") + 1 for raw in rows["_raw"])
    blank_spans = len(lines) - spans - sum(read.table.non_records.values())
    assert blank_spans >= 0
    if '"' not in text:
        assert blank_spans == 0
    # Nothing lost: the raw text of each quarantined row stands in the file at the line that it names.
    for line, raw in checked.quarantined.select("_line", "_raw").iter_rows():
        assert "\n".join(lines[line - 1 : line + raw.count("\n")]) == raw
    assert checked.quarantined["rules"].list.len().min() in {None, *range(1, 50)}
    assert checked.accepted.select(pl.struct(table.key).is_duplicated().any()).item() in {False, None}


@LAW
@given(st.integers(0, 5), st.integers(0, 7), st.integers(0, 30), st.text(st.sampled_from("aZ09/- é£="), max_size=6))
def test_one_corrupted_cell_changes_one_row_only(seed, which_row, which_cell, garbage):
    table = TABLES[0]
    lines = written(table, 8, seed)
    good = check(read_delimited("\n".join(lines).encode(), "f.csv", table).table.with_text(), table, as_of=AS_OF)
    cells = lines[1 + which_row].split(",")
    cells[which_cell % len(cells)] = garbage
    bad = [*lines[: 1 + which_row], ",".join(cells), *lines[2 + which_row :]]
    try:
        spoilt_rows = read_delimited("\n".join(bad).encode(), "f.csv", table).table.with_text()
    except RefusedFileError:
        return
    after = check(spoilt_rows, table, as_of=AS_OF)
    others = pl.col("_record") != which_row + 1
    before_rows, after_rows = good.accepted.filter(others), after.accepted.filter(others)
    same_key = after.by_rule.get("key_unique", 0)
    assert after_rows.height >= before_rows.height - same_key
    if not same_key and not after.duplicates.height:
        assert before_rows.equals(after_rows)


@LAW
@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed, random):
    table = TABLES[1]
    header, *lines = written(table, 8, seed)
    lines += lines[:2]
    shuffled = list(lines)
    random.shuffle(shuffled)
    results = []
    for order in (lines, shuffled):
        data = "\n".join([header, *order]).encode()
        checked = check(read_delimited(data, "f.csv", table).table.with_text(), table, as_of=AS_OF)
        results.append(
            (checked.accepted.drop("_line", "_record").sort(table.key), checked.duplicates.height, checked.by_rule)
        )
    assert results[0][0].equals(results[1][0])
    assert results[0][1:] == results[1][1:]
