"""What is refused before, or while, a census is parsed: nothing of it is taken and no value of it is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.contracts import Contract, load_contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import cin_census
from fi_workbench.resources import shipped
from fi_workbench.settings import Settings, parse_settings

SECRET = "Q7654321"
WHOLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>
<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails><Source><LEA>201</LEA></Source></Header>
<Children><Child><ChildIdentifiers><LAchildID>{SECRET}</LAchildID></ChildIdentifiers></Child></Children></Message>
"""
BODY = WHOLE.split("?>\n", 1)[1]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")


@pytest.fixture(scope="module")
def settings() -> Settings:
    return parse_settings({"authority": {"name": "Somewhere", "code": "201"}})


def _refused(content: bytes, tmp_path: Path, contract: Contract, settings: Settings) -> RefusedFileError:
    path = tmp_path / "census.xml"
    path.write_bytes(content)
    with pytest.raises(RefusedFileError) as caught:
        cin_census.read([path], contract, settings)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "census.xml" in caught.value.where
    assert caught.value.next_step
    return caught.value


LAUGHS = (
    '<!DOCTYPE Message [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
OUTSIDE = '<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty (0 bytes)"),
        (b"PK\x03\x04rest of a workbook", "an Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"child,dob\n1,2\n", "not readable as XML"),
        (b"   \n", "not readable as XML"),
        (b"<!-- nothing but a comment -->", "not readable as XML"),
        (b"<html><body/></html>", "is not Message"),
        (b"<message/>", "is not Message"),
        (b'<Message xmlns="urn:somebody"/>', "in a namespace"),
        (LAUGHS.encode() + b"<Message>&d;</Message>", "document type"),
        (OUTSIDE.encode() + b"<Message>&x;</Message>", "document type"),
        (b"<!DOCTYPE html><html/>", "document type"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}{BODY}'.encode("utf-16"), "document type"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}{BODY}'.encode("utf-16-be"), "document type"),
        (f'<?xml version="1.0" encoding="UTF-7"?>{BODY}'.encode("utf-7"), "encoding that cannot be read"),
        (b'<?xml version="1.0" encoding="nonsense"?><Message/>', "encoding that cannot be read"),
        (WHOLE[:-40].encode(), "cut off"),
        (WHOLE.encode() + b"<Message/>", "goes on after the end"),
        (WHOLE.replace("</LAchildID>", "</UPN>").encode(), "closed by another's end"),
        (WHOLE.replace(SECRET, f"{SECRET}&nobody;").encode(), "entity"),
        (WHOLE.replace(SECRET, f"{SECRET} & more").encode(), "not well-formed"),
        (WHOLE.encode().replace(SECRET.encode(), SECRET.encode() + b"\xe9"), "do not fit the encoding"),
        (WHOLE.encode().replace(SECRET.encode(), SECRET.encode() + b"\x00"), "do not fit the encoding"),
        (("<Message>" + "<Children>" * 10_000).encode(), "nests elements more deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(content: bytes, told: str, tmp_path: Path, contract: Contract, settings: Settings) -> None:
    assert told in _refused(content, tmp_path, contract, settings).what


def test_a_broken_file_is_placed_by_line_and_column(tmp_path: Path, contract: Contract, settings: Settings) -> None:
    content = WHOLE.encode().replace(SECRET.encode(), SECRET.encode() + b"\xe9")
    line = content[: content.index(b"\xe9")].count(b"\n") + 1
    assert f"line {line}, column " in _refused(content, tmp_path, contract, settings).where


def test_a_truncated_file_gives_nothing_wherever_it_ends(
    tmp_path: Path, contract: Contract, settings: Settings
) -> None:
    whole = WHOLE.rstrip().encode()
    for end in range(1, len(whole), 7):
        _refused(whole[:end], tmp_path, contract, settings)


def test_the_words_doctype_in_a_comment_are_no_document_type(
    tmp_path: Path, contract: Contract, settings: Settings
) -> None:
    path = tmp_path / "census.xml"
    path.write_text(f"<!-- <!DOCTYPE x> -->{BODY}", encoding="utf-8")
    assert cin_census.read([path], contract, settings).tables[0].rows.height == 1


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("windows-1252", "cp1252")],
)
def test_encodings_that_are_declared_are_read(
    declared: str, codec: str, tmp_path: Path, contract: Contract, settings: Settings
) -> None:
    path = tmp_path / "census.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{declared}"?>{BODY.replace(SECRET, "Zoë’s")}'.encode(codec))
    assert cin_census.read([path], contract, settings).tables[0].rows["la_child_id"].to_list() == ["Zoë’s"]


def test_two_files_are_no_census(tmp_path: Path, contract: Contract, settings: Settings) -> None:
    with pytest.raises(RefusedFileError, match="one file"):
        cin_census.read([tmp_path / "a.xml", tmp_path / "b.xml"], contract, settings)
