"""The one law for a return in XML and in a workbook: every block and every row is a record or counted as none.

What is counted is counted by other parsers than the reader's. Whatever the bytes, the reader gives rows that add up or
a refusal in the house's words.
"""

from __future__ import annotations

import contextlib
import io
import random
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fi_workbench.contracts import load_contract
from fi_workbench.demo.spreadsheet import ErrorCell, Sheet, workbook
from fi_workbench.errors import ContractError, RefusedFileError
from fi_workbench.loaders import ssda903
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.loaders.ssda903_xml import BLOCKS
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
TRIES = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
VALUES = st.sampled_from(["", " ", "C1", "C2", "12/06/2025", "31/02/2025", "1", "M", "U6", "H5", "S", "é&lt;", "x\ny"])
BETWEEN = st.sampled_from(["", "", "\n", "see file"])
LEAVES = [
    "DECOM",
    "RNE",
    "PL",
    "REVIEW",
    "REVIEW_CODE",
    "MIS_START",
    "PREV_PERM",
    "SDQ_SCORE",
    "DATE_PLACED",
    "DUC",
    "SHOE",
]


def leaf(tags: list[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda tag, text, gap: f"<{tag}>{text}</{tag}>{gap}", st.sampled_from(tags), VALUES, BETWEEN)


def group(tag: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda gap, parts: f"<{tag}>{gap}{''.join(parts)}</{tag}>", BETWEEN, st.lists(inside, max_size=4))


BLOCK = st.sampled_from(sorted(BLOCKS)).flatmap(lambda tag: group(tag, leaf(LEAVES)))
NESTED = st.sampled_from(sorted(BLOCKS)).flatmap(lambda tag: group(tag, st.one_of(leaf(LEAVES), BLOCK)))
OWN = leaf(["CHILDID", "SEX", "DOB", "ETHNIC", "UASC", "IN_TOUCH", "ACTIV", "DATE_INT", "MOTHER", "SHOE"])
INSIDE = st.one_of(OWN, OWN, BLOCK, NESTED, group("X", BLOCK))
CHILDREN = group("CHILD", st.one_of(INSIDE, group("HEADER", INSIDE)))
RETURNS = group("EXPSSDA903", st.one_of(CHILDREN, CHILDREN, leaf(["NOTE"])))


def _read(data: bytes, name: str, folder: Path) -> RawExtract:
    path = folder / "2026" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return ssda903.read([path], CONTRACT, SETTINGS)


def _adds_up(extract: RawExtract) -> None:
    done = check_tables(extract.tables, CONTRACT, extract.as_of or date(2026, 3, 31))
    for table in extract.tables:
        one = done[table.table]
        parts = pl.concat([one.accepted["_record"], one.quarantined["_record"], one.duplicates["_record"]])
        assert parts.sort().equals(table.rows["_record"].sort())
        assert table.rows["_record"].to_list() == list(range(1, table.rows.height + 1))


@TRIES
@given(text=RETURNS)
@example(text="<EXPSSDA903><CHILD><X><EPISODE/></X><OC2><EPISODE><DECOM>x</DECOM></EPISODE></OC2></CHILD></EXPSSDA903>")
def test_every_block_is_a_row_or_an_empty_block(text: str, tmp_path: Path) -> None:
    extract = _read(text.encode(), "return.xml", tmp_path)
    _adds_up(extract)
    tree = ET.fromstring(text)  # noqa: S314 - made above, read by another parser than the reader's
    found = Counter(one.tag for one in tree.iter() if one.tag in BLOCKS or one.tag == "CHILD")
    told = {table.table: table.rows.height + table.non_records.get("empty_block", 0) for table in extract.tables}
    assert told.get("ssda903_header", 0) == found["CHILD"]
    for tag, table in BLOCKS.items():
        # Values outside a block make one record more for a child at most, and never one less.
        loose = sum(_has_loose(child, table) for child in tree.iter("CHILD"))
        assert told.get(table, 0) == found[tag] + loose, tag


def _has_loose(child: ET.Element, table: str) -> bool:
    """Whether a child has a value of a module outside every block."""
    own = {"ssda903_episodes": {"DECOM", "RNE", "PL"}}.get(table, set())

    def loose(around: ET.Element) -> bool:
        return any(
            (one.tag in own and bool((one.text or "").strip())) or (one.tag in {"HEADER", "X"} and loose(one))
            for one in around
        )

    return loose(child)


CELLS = st.sampled_from([None, "", "C1", 12, 1.5, date(2025, 6, 12), "31/02/2025", "M", ErrorCell(), "Total: 2", True])
HEADS = {name: [c.physical_name for c in table.columns.values()] for name, table in CONTRACT.tables.items()}


@TRIES
@given(data=st.data())
def test_every_row_of_a_sheet_is_a_record_or_counted_as_none(data: st.DataObject, tmp_path: Path) -> None:
    sheets = []
    n_rows = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(HEADS)), min_size=1, max_size=3, unique=True)):
        head = HEADS[name]
        row = st.one_of(st.none(), st.just(head), st.lists(CELLS, min_size=len(head), max_size=len(head)))
        above = data.draw(st.lists(st.sampled_from([None, ["A title"]]), max_size=2))
        rows = [*above, head, *data.draw(st.lists(row, max_size=6)), ["C9", *["1"] * (len(head) - 1)]]
        sheets.append(Sheet(f"sheet {len(sheets)}", rows))
        n_rows[name] = len(rows)
    extract = _read(workbook(sheets), "return.xlsx", tmp_path)
    _adds_up(extract)
    told = {table.table: table.rows.height + sum(table.non_records.values()) for table in extract.tables}
    assert told == n_rows


SEEDS = {
    "return.xml": b"<?xml version='1.0' encoding='utf-8'?><EXPSSDA903><CHILD><HEADER><CHILDID>C1</CHILDID><SEX>1</SEX>"
    b"<DOB>12/06/2010</DOB><UASC/><AREVIEW><REVIEW>12/06/2025</REVIEW></AREVIEW></HEADER><EPISODE><DECOM>12/06/2025"
    b"</DECOM><PL>U6</PL></EPISODE></CHILD></EXPSSDA903>",
    "return.xlsx": workbook([Sheet("header", [HEADS["ssda903_header"], ["C1", 1, date(2010, 6, 12)]]),
                             Sheet("episodes", [HEADS["ssda903_episodes"], ["C1", date(2025, 6, 12), ErrorCell()]])]),
    "return.csv": ",".join(HEADS["ssda903_episodes"]).encode() + b"\nC1,12/06/2025,S,C2,N1,U6,PR1,,,,,,\n",
}  # fmt: skip


def _spoilt(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(spoilt) + 1)
        match chance.randrange(4):
            case 0:
                spoilt[at : at + chance.randrange(9)] = b""
            case 1:
                spoilt[at:at] = chance.choice(
                    [b"<", b">", b"&", b"\0", b"</CHILD>", b"<EPISODE>", b"\xff\xfe", b'"', b"\r"]
                )
            case 2:
                spoilt[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                other = chance.randrange(len(spoilt) + 1)
                spoilt[at:at] = spoilt[other : other + chance.randrange(60)]
    return bytes(spoilt)


def _spoilt_inside(data: bytes, chance: random.Random) -> bytes:
    """One part of a workbook spoilt, so that the change is not lost on its checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = chance.choice(sorted(parts))
    parts[chosen] = _spoilt(parts[chosen], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


@settings(TRIES, max_examples=400)
@given(name=st.sampled_from(sorted(SEEDS)), seed=st.integers(0, 1 << 32), inside=st.booleans())
def test_whatever_the_bytes_rows_add_up_or_the_file_is_refused(
    name: str, seed: int, inside: bool, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    spoil = _spoilt_inside if inside and name.endswith("xlsx") else _spoilt
    with contextlib.suppress(RefusedFileError, ContractError):
        _adds_up(_read(spoil(SEEDS[name], chance), name, tmp_path))
