"""The XML form of the return: every block a record of its module, whatever is unusual counted, nothing unsafe parsed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import load_contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import ssda903, ssda903_xml
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
SECRET = "Q7654321"
WHOLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<EXPSSDA903>
<CHILD>
<HEADER>
<CHILDID>{SECRET}</CHILDID><UPN>UN1</UPN><SEX>2</SEX><DOB>27/03/2006</DOB><ETHNIC>WBRI</ETHNIC>
<UASC>1</UASC><DUC>27/03/2024</DUC>
<IN_TOUCH>YES</IN_TOUCH><ACTIV>F4</ACTIV><ACCOM>U1</ACCOM>
<DATE_INT>01/05/2025</DATE_INT><DATE_MATCH>01/06/2025</DATE_MATCH><FOSTER_CARE>0</FOSTER_CARE>
<NB_ADOPTR>2</NB_ADOPTR><SEX_ADOPTR>MF</SEX_ADOPTR><LS_ADOPTR>L11</LS_ADOPTR>
<AMISSING><MISSING>M</MISSING><MIS_START>03/02/2026</MIS_START><MIS_END>04/02/2026</MIS_END></AMISSING>
<AREVIEW><REVIEW>12/06/2025</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW>
<AREVIEW><REVIEW>12/12/2025</REVIEW><REVIEW_CODE>PN6</REVIEW_CODE></AREVIEW>
<MOTHER/><MC_DOB/>
<PERMANENCE><PREV_PERM>P2</PREV_PERM><LA_PERM>380</LA_PERM><DATE_PERM>zz/zz/2019</DATE_PERM></PERMANENCE>
<OC2><SDQ_SCORE>14</SDQ_SCORE><CONVICTED>0</CONVICTED><IMMUNISATIONS>1</IMMUNISATIONS></OC2>
<AD_PLACED><DATE_PLACED>01/05/2025</DATE_PLACED></AD_PLACED>
</HEADER>
<EPISODE><DECOM>15/05/2025</DECOM><RNE>S</RNE><LS>C2</LS><CIN>N1</CIN><PL>U6</PL><PL_POST>AB1 3CD</PL_POST>
<HOME_POST>AB1 2CD</HOME_POST><URN>SC1</URN><PLACE_PROVIDER>PR1</PLACE_PROVIDER><DEC>01/09/2025</DEC><REC>X1</REC>
<REASON_PLACE_CHANGE>CARPL</REASON_PLACE_CHANGE></EPISODE>
<EPISODE><DECOM>01/09/2025</DECOM><RNE>P</RNE><LS>C2</LS><CIN>N1</CIN><PL>K2</PL><DEC/><REC/></EPISODE>
</CHILD>
<CHILD><HEADER><CHILDID>C2</CHILDID><SEX>1</SEX><DOB>01/01/2015</DOB><UASC/></HEADER></CHILD>
</EXPSSDA903>
"""
SECOND = "<CHILD><HEADER><CHILDID>C2</CHILDID><SEX>1</SEX><DOB>01/01/2015</DOB><UASC/></HEADER></CHILD>"
HEADER = "ssda903_header"
RECORDS = {
    "ssda903_header": 2,
    "ssda903_episodes": 2,
    "ssda903_reviews": 2,
    "ssda903_uasc": 1,
    "ssda903_oc2": 1,
    "ssda903_oc3": 1,
    "ssda903_ad1": 1,
    "ssda903_placed_for_adoption": 1,
    "ssda903_previous_permanence": 1,
    "ssda903_missing": 1,
}


def _read(text: str | bytes, folder: Path) -> RawExtract:
    path = folder / "2026" / "return.xml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ssda903.read([path], CONTRACT, SETTINGS)


def _rows(extract: RawExtract, table: str) -> pl.DataFrame:
    return next(one.rows for one in extract.tables if one.table == table)


def _counts(extract: RawExtract) -> dict[str, int]:
    return {table.table: table.rows.height for table in extract.tables}


def _said(extract: RawExtract) -> dict[str, int]:
    return {f"{note.what} {note.where}".strip(): note.how_many for note in extract.notes}


def _of_second(inside: str) -> str:
    """The whole file with the second child replaced."""
    assert SECOND in WHOLE
    return WHOLE.replace(SECOND, f"<CHILD><HEADER><CHILDID>C2</CHILDID>{inside}</HEADER></CHILD>")


def test_every_block_is_a_record_of_its_module(tmp_path: Path) -> None:
    extract = _read(WHOLE, tmp_path)
    assert _counts(extract) == RECORDS
    assert not extract.holds
    assert _rows(extract, "ssda903_episodes").select(
        "child", "decom", "place", "dec", "reason_place_change"
    ).rows() == [
        (SECRET, "15/05/2025", "U6", "01/09/2025", "CARPL"),
        (SECRET, "01/09/2025", "K2", None, None),
    ]
    assert _rows(extract, "ssda903_uasc").select("child", "sex", "dob", "duc").rows() == [
        (SECRET, "F", "27/03/2006", "27/03/2024")
    ]
    assert _rows(extract, "ssda903_oc3").select("child", "dob", "in_touch", "activ", "accom").rows() == [
        (SECRET, "27/03/2006", "YES", "F4", "U1")
    ]
    assert _rows(extract, "ssda903_ad1").select("child", "nb_adoptr", "ls_adoptr").rows() == [(SECRET, "2", "L11")]
    assert _rows(extract, "ssda903_header")["upn"].to_list() == ["UN1", None]


def test_a_sound_file_is_accepted_whole(tmp_path: Path) -> None:
    extract = _read(WHOLE, tmp_path)
    done = check_tables(extract.tables, CONTRACT, extract.as_of)
    assert {name: one.accepted.height for name, one in done.items()} == RECORDS


def test_each_row_says_the_line_where_its_block_starts_and_what_stood_there(tmp_path: Path) -> None:
    extract = _read(WHOLE, tmp_path)
    lines = WHOLE.splitlines()
    for table, tag in (("ssda903_episodes", "EPISODE"), ("ssda903_reviews", "AREVIEW"), ("ssda903_header", "CHILD")):
        for line in _rows(extract, table)["_line"]:
            assert f"<{tag}>" in lines[line - 1]
    assert [lines[line - 1][:5] for line in _rows(extract, "ssda903_oc3")["_line"]] == ["<IN_T"]
    assert _rows(extract, "ssda903_reviews")["_raw"].to_list()[1] == "REVIEW=12/12/2025; REVIEW_CODE=PN6"
    assert _rows(extract, "ssda903_reviews")["_record"].to_list() == [1, 2]
    assert set(_rows(extract, "ssda903_reviews")["_file"]) == {"return.xml"}


def test_lines_are_true_beyond_what_the_parser_counts(tmp_path: Path) -> None:
    extract = _read(WHOLE.replace("<CHILD>", "\n" * 70_000 + "<CHILD>"), tmp_path)
    lines = WHOLE.replace("<CHILD>", "\n" * 70_000 + "<CHILD>").split("\n")
    for line in _rows(extract, "ssda903_episodes")["_line"]:
        assert lines[line - 1].startswith("<EPISODE>")


@pytest.mark.parametrize(
    ("inside", "table", "records", "said"),
    [
        ("<UASC>0</UASC>", "ssda903_uasc", 1, ""),
        ("<UASC>true</UASC>", "ssda903_uasc", 2, ""),
        ("<UASC>0</UASC><DUC>01/02/2025</DUC>", "ssda903_uasc", 2, ""),
        ("<UASC/><DUC>01/02/2025</DUC>", "ssda903_uasc", 2, ""),
        ("<UASC>perhaps</UASC>", "ssda903_uasc", 2, "values of UASC other than 1 and 0, read as yes"),
        ("<UASC><DUC>01/02/2025</DUC></UASC>", "ssda903_uasc", 2, "as uasc by what stands in them: UASC"),
        ("<IN_TOUCH/><ACTIV/><ACCOM/>", "ssda903_oc3", 1, ""),
        ("<OC3><IN_TOUCH>NO</IN_TOUCH></OC3>", "ssda903_oc3", 2, "as oc3 by what stands in them: OC3"),
        ("<SDQ_SCORE>7</SDQ_SCORE>", "ssda903_oc2", 2, ""),
        ("<AREVIEW/><AREVIEW> <REVIEW/>\n</AREVIEW>", "ssda903_reviews", 2, ""),
        ("<AREVIEW><REVIEW>01/02/2026</REVIEW><DOB>02/01/2015</DOB></AREVIEW>", "ssda903_reviews", 3, ""),
        ("<X><AREVIEW><REVIEW>01/02/2026</REVIEW></AREVIEW></X>", "ssda903_reviews", 3, "read through to the known ones inside: X"),
        ("<X><UPN>UN2</UPN><DUC>01/02/2025</DUC></X>", "ssda903_uasc", 2, "read through to the known ones inside: X"),
        ("<OC2><SDQ_SCORE>7</SDQ_SCORE><AREVIEW><REVIEW>01/02/2026</REVIEW></AREVIEW></OC2>", "ssda903_reviews", 3, ""),
        ("<W><SW_ID>SW1</SW_ID><SW_DECOM>01/06/2025</SW_DECOM></W>", "ssda903_sw_episodes", 1, "as social_worker by what stands in them: W"),
        ("<D><DOLO_START>01/06/2025</DOLO_START></D>", "ssda903_dolo", 1, "as dolo by what stands in them: D"),
        ("<X><SW_ID>SW1</SW_ID><REVIEW>01/06/2025</REVIEW></X>", "ssda903_reviews", 3, "read through to the known ones inside: X"),
        ("<SHOE>39</SHOE>", "ssda903_header", 2, "SHOE in HEADER"),
        ("<OC2><SDQ_SCORE>7</SDQ_SCORE><SHOE>39</SHOE></OC2>", "ssda903_oc2", 2, "SHOE in OC2"),
        ("see file", "ssda903_header", 2, "text between elements, passed over HEADER"),
        ("<OC2>see file</OC2>", "ssda903_oc2", 2, "text between elements, passed over OC2"),
        ("<MOTHER>1<b>x</b></MOTHER>", "ssda903_header", 2, "b in MOTHER"),
    ],
)  # fmt: skip
def test_what_a_child_holds(inside: str, table: str, records: int, said: str, tmp_path: Path) -> None:
    extract = _read(_of_second(inside), tmp_path)
    assert _counts(extract)[table] == records
    if said:
        assert [n for what, n in _said(extract).items() if said in what] == [1]
    assert _rows(extract, table)["child"].to_list().count("C2") == records - RECORDS.get(table, 0) + (table == HEADER)


def test_an_empty_value_of_a_block_does_not_hide_that_of_the_child(tmp_path: Path) -> None:
    inside = "<DOB>01/01/2015</DOB><AREVIEW><DOB/><REVIEW>01/02/2026</REVIEW></AREVIEW><AREVIEW><DOB>02/01/2015</DOB><REVIEW>02/02/2026</REVIEW></AREVIEW>"
    rows = _rows(_read(_of_second(inside), tmp_path), "ssda903_reviews")
    assert rows["dob"].to_list()[2:] == ["01/01/2015", "02/01/2015"]


def test_a_block_that_only_holds_another_is_no_record(tmp_path: Path) -> None:
    extract = _read(_of_second("<OC2><AREVIEW><REVIEW>01/02/2026</REVIEW></AREVIEW></OC2>"), tmp_path)
    counts = {table.table: (table.rows.height, dict(table.non_records)) for table in extract.tables}
    assert counts["ssda903_oc2"] == (1, {"empty_block": 1})
    assert counts["ssda903_reviews"] == (3, {})


def test_empty_blocks_are_counted_and_are_no_records(tmp_path: Path) -> None:
    text = WHOLE.replace("</HEADER>\n<EPISODE>", "</HEADER>\n<EPISODE/><EPISODE><DECOM/></EPISODE>\n<EPISODE>")
    extract = _read(text.replace("</EXPSSDA903>", "<CHILD/></EXPSSDA903>"), tmp_path)
    empty = {table.table: dict(table.non_records) for table in extract.tables if table.non_records}
    assert empty == {"ssda903_header": {"empty_block": 1}, "ssda903_episodes": {"empty_block": 2}}
    assert _counts(extract) == RECORDS


def test_an_unknown_element_keeps_its_text_where_its_row_is(tmp_path: Path) -> None:
    extract = _read(_of_second("<SHOE>39\n cm</SHOE>"), tmp_path)
    assert _rows(extract, "ssda903_header")["_raw"].to_list()[1] == "CHILDID=C2; SHOE=39 cm"


def test_text_within_a_block_is_kept_with_its_row(tmp_path: Path) -> None:
    extract = _read(_of_second("<OC2>see file<CONVICTED>1</CONVICTED></OC2>"), tmp_path)
    assert _rows(extract, "ssda903_oc2")["_raw"].to_list()[1] == "CONVICTED=1; see file"


@pytest.mark.parametrize(
    ("old", "new", "table"),
    [
        ("<SEX>2</SEX>", "<SEX>2</SEX><SEX>1</SEX>", "ssda903_header"),
        ("<CHILDID>C2", "<CHILD>C9</CHILD><CHILDID>C2", "ssda903_header"),
        ("<DECOM>15/05/2025</DECOM>", "<DECOM>15/05/2025</DECOM><DECOM>16/05/2025</DECOM>", "ssda903_episodes"),
        ("<PL>U6</PL>", "<PL>U6</PL><PLACE>U6</PLACE>", "ssda903_episodes"),
        ("<DUC>27/03/2024</DUC>", "<DUC>27/03/2024</DUC><DUC/>", "ssda903_uasc"),
        ("<UASC>1</UASC>", "<UASC>1</UASC><UASC>0</UASC>", "ssda903_uasc"),
        ("<ACTIV>F4</ACTIV>", "<ACTIV>F4</ACTIV><ACTIV>F5</ACTIV>", "ssda903_oc3"),
    ],
)
def test_a_single_value_twice_is_a_defect_with_both_texts(old: str, new: str, table: str, tmp_path: Path) -> None:
    assert old in WHOLE
    extract = _read(WHOLE.replace(old, new), tmp_path)
    rows = _rows(extract, table).filter(pl.col("_defect").is_not_null())
    assert rows.height == 1
    assert rows["_defect"][0].startswith("given_once: ")
    assert SECRET not in rows["_defect"][0]
    checked = check_tables(extract.tables, CONTRACT, extract.as_of)[table]
    assert checked.by_rule["given_once"] == 1


def test_the_number_may_be_called_as_in_the_csv_files(tmp_path: Path) -> None:
    """An element CHILD inside a child is its number, and no child."""
    extract = _read(WHOLE.replace("<CHILDID>C2</CHILDID>", "<CHILD>C2</CHILD>"), tmp_path)
    assert _rows(extract, HEADER)["child"].to_list() == [SECRET, "C2"]


def test_what_stands_beside_children_is_counted(tmp_path: Path) -> None:
    text = WHOLE.replace("<EXPSSDA903>", "<EXPSSDA903>for <NOTE>x</NOTE> the year").replace(
        "</CHILD>\n<", "</CHILD>and<"
    )
    said = _said(_read(text, tmp_path))
    assert [n for what, n in said.items() if what.endswith("NOTE in EXPSSDA903")] == [1]
    assert [n for what, n in said.items() if what.startswith("text between elements")] == [4]


def test_a_file_without_a_child_waits(tmp_path: Path) -> None:
    extract = _read("<EXPSSDA903/>", tmp_path)
    assert [hold.rule for hold in extract.holds] == ["no_children"]
    assert _counts(extract) == {"ssda903_header": 0}


def test_memory_does_not_hold_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before: list[int] = []
    take = ssda903_xml.Children.take

    def taking(self, element) -> None:
        before.append(len(element.getparent()))
        take(self, element)

    monkeypatch.setattr(ssda903_xml.Children, "take", taking)
    _read(f"<EXPSSDA903>{SECOND * 5_000}</EXPSSDA903>", tmp_path)
    assert len(before) == 5_000
    # The parser reads ahead by a block of the file, whatever the file's length.
    assert max(before) * len(SECOND) < 40_000


LAUGHS = (
    '<!DOCTYPE EXPSSDA903 [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty (0 bytes)"),
        (b"PK\x03\x04rest of a workbook", "not a return on looked after children in XML"),
        (b"CHILD,DOB\n1,2\n", "not readable as XML"),
        (b"<html/>", "is not EXPSSDA903, so it is no return on looked after children"),
        (b"<Message/>", "is not EXPSSDA903"),
        (b'<EXPSSDA903 xmlns="urn:somebody"/>', "in a namespace"),
        (LAUGHS.encode() + b"<EXPSSDA903>&c;</EXPSSDA903>", "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><EXPSSDA903/>', "document type"),
        (WHOLE[:-40].encode(), "cut off"),
        (WHOLE.encode() + b"<EXPSSDA903/>", "goes on after the end of EXPSSDA903"),
        (WHOLE.replace("</CHILDID>", "</UPN>").encode(), "closed by another's end"),
        (WHOLE.replace(SECRET, f"{SECRET}&nobody;").encode(), "entity"),
        (WHOLE.encode().replace(SECRET.encode(), SECRET.encode() + b"\xe9"), "do not fit the encoding"),
        (("<EXPSSDA903>" + "<CHILD>" * 10_000).encode(), "than any return on looked after children"),
        (b'<?xml version="1.0" encoding="nonsense"?><EXPSSDA903/>', "encoding that cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(content: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedFileError) as caught:
        _read(content, tmp_path)
    assert told in caught.value.what
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "return.xml" in caught.value.where
    assert caught.value.next_step


def test_a_truncated_file_gives_nothing_wherever_it_ends(tmp_path: Path) -> None:
    whole = WHOLE.rstrip().encode()
    for end in range(1, len(whole), 23):
        with pytest.raises(RefusedFileError):
            _read(whole[:end], tmp_path)
