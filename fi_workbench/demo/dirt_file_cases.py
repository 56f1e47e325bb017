"""Cases 72 and 107 to 135: the census as XML, and workbooks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

from fi_workbench.demo.dirt_table import Case, Clean, Files
from fi_workbench.demo.spreadsheet import Cell, ErrorCell, Formula, Sheet, workbook

LISTED = "supervision"
BLANK_ROWS = 1_000_000


def _xml(old: str, new: str):  # type: ignore[no-untyped-def]  # a small helper of this table
    return lambda c: c.census_file(lambda text: text.replace(old, new, 1))


def _typed(c: Clean) -> list[tuple[Cell, ...]]:
    def cell(value: str) -> Cell:
        return date.fromisoformat(value) if len(value) == 10 and value[4] == "-" else value

    return [tuple(cell(value) for value in row) for row in c[LISTED].rows]


def _book(c: Clean, *sheets: Sheet, from_1904: bool = False) -> Files:
    return {f"{LISTED}/{LISTED}_{c.day}.xlsx": workbook(sheets, from_1904=from_1904)}


def _rows(c: Clean) -> list[Sequence[Cell] | None]:
    return [c[LISTED].head, *_typed(c)]


def _with(c: Clean, place: int, row: Sequence[Cell] | None) -> list[Sequence[Cell] | None]:
    rows = _rows(c)
    rows[place] = row
    return rows


def _merged(c: Clean) -> Files:
    rows = _typed(c)
    rows[4] = (None, *rows[4][1:])
    return _book(c, Sheet("Supervision", [c[LISTED].head, *rows], merged=("A5:A6",)))


def _open_document(c: Clean) -> Files:
    def cell(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    lines = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in (c[LISTED].head, *c[LISTED].rows)
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{lines}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        stamp = (2026, 1, 1, 0, 0, 0)
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr(zipfile.ZipInfo("mimetype", stamp), kind)
        archive.writestr(zipfile.ZipInfo("content.xml", stamp), content)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml", stamp), _manifest(kind))
    return {f"{LISTED}/{LISTED}_{c.day}.ods": out.getvalue()}


def _manifest(kind: str) -> str:
    name = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{media}"/>'
        for path, media in (("/", kind), ("content.xml", "text/xml"))
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{name}">{entries}</manifest:manifest>'


def _zipped(c: Clean, *names: str, inner: bytes | None = None) -> Files:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            data = c[LISTED].text().encode() if inner is None else inner
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return {f"{LISTED}/{LISTED}_{c.day}.zip": out.getvalue()}


def _several_dates(text: str) -> str:
    block = (
        "<ChildProtectionPlans><CPPstartDate>2026-05-01</CPPstartDate><InitialCategoryOfAbuse>NEG"
        "</InitialCategoryOfAbuse><LatestCategoryOfAbuse>NEG</LatestCategoryOfAbuse><NumberOfPreviousCPP>0"
        "</NumberOfPreviousCPP>{}</ChildProtectionPlans>"
    )
    reviews = "<Reviews><CPPreviewDate>2026-07-01</CPPreviewDate><CPPreviewDate>2026-09-01</CPPreviewDate></Reviews>"
    return text.replace("</CINdetails>", block.format(reviews) + "</CINdetails>", 1)


def _several_reviews(text: str) -> str:
    return _several_dates(text).replace(
        "</CPPreviewDate><CPPreviewDate>", "</CPPreviewDate></Reviews><Reviews><CPPreviewDate>"
    )


def _child_twice(text: str) -> str:
    start, end = text.index("<Child>"), text.index("</Child>") + len("</Child>")
    child = text[start:end]
    day = child.index("</PersonBirthDate>")
    other = "01" if child[day - 2 : day] != "01" else "02"
    return text[:end] + child[: day - 2] + other + child[day:] + text[end:]


def _in_another_order(text: str) -> str:
    start, end = text.index("<PersonBirthDate>"), text.index("</PersonBirthDate>") + len("</PersonBirthDate>")
    birth = text[start:end]
    return (text[:start] + text[end:]).replace("<ChildIdentifiers>", f"<ChildIdentifiers>{birth}", 1)


def _no_children(text: str) -> str:
    return text[: text.index("<Child>")] + "</Children></Message>"


XML_CASES = (
    Case("107", "a census cut off", lambda c: c.census_file(lambda t: t[: len(t) * 2 // 3]), "refused", "cut off"),
    Case("108", "a document type", lambda c: c.census_file(lambda t: t.replace("<Message>", '<!DOCTYPE Message [<!ENTITY a "b">]><Message>', 1)), "refused", "document type"),
    Case("109", "another first element", lambda c: c.census_file(lambda t: t.replace("Message>", "Letter>")), "refused", "no census"),
    Case("110", "a reference date that is not the year's", _xml("-03-31</ReferenceDate>", "-03-30</ReferenceDate>"), "held", "reference date", differs="Held until a person accepts it: the file may be right and its header wrong."),
    Case("111", "a child without characteristics", lambda c: c.census_file(_without_characteristics), "noted", "without ChildCharacteristics"),
    Case("112", "several review dates in one block", lambda c: c.census_file(_several_dates), "accepted"),
    Case("113", "several blocks of reviews", lambda c: c.census_file(_several_reviews), "noted", "several Reviews blocks"),
    Case("114", "an empty block of factors", lambda c: c.census_file(_empty_factors), "accepted"),
    Case("115", "text between elements", _xml("<CINdetails>", "<CINdetails>see file"), "noted", "text between elements"),
    Case("116", "a comment within a value", _xml("<Sex>", "<Sex><!-- checked -->"), "accepted"),
    Case("117", "an element that no census has", _xml("<Sex>", "<ShoeSize>39</ShoeSize><Sex>"), "noted", "does not know"),
    Case("118", "an element twice where one is allowed", _xml("<CINreferralDate>", "<CINreferralDate>2020-01-01</CINreferralDate><CINreferralDate>"), "quarantined", "given_once", n=-1),
    Case("119", "bytes that are not in the encoding declared", lambda c: c.census_file(lambda t: t.replace("SYNTHETIC", "SYNTH\u00c9TIC").encode("cp1252")), "refused", "do not fit the encoding"),
    Case("120", "no child", lambda c: c.census_file(_no_children), "held", "no child"),
    Case("121", "elements ten thousand deep", lambda c: c.census_file(lambda t: t.replace("<Child>", "<Child>" + "<a>" * 10_000 + "</a>" * 10_000, 1)), "refused", "nests elements"),
    Case("122", "elements in another order", lambda c: c.census_file(_in_another_order), "accepted"),
    Case("123", "yes and no as 1 and 0", lambda c: c.census_file(lambda t: t.replace("<ReferralNFA>false<", "<ReferralNFA>0<").replace("<ReferralNFA>true<", "<ReferralNFA>1<")), "accepted"),
    Case("124", "a child twice with different births", lambda c: c.census_file(_child_twice), "quarantined", "key_unique", n=-1),
)  # fmt: skip

BOOK_CASES = (
    Case("72", "dates counted from 1904", lambda c: _book(c, Sheet("Supervision", _rows(c)), from_1904=True), "accepted"),
    Case("125", "a hidden sheet", lambda c: _book(c, Sheet("Old", _rows(c), hidden=True), Sheet("Supervision", _rows(c))), "noted", "hidden sheets"),
    Case("126", "two sheets that could be meant", lambda c: _book(c, Sheet("October", _rows(c)), Sheet("November", _rows(c))), "refused", "October, November"),
    Case("127", "blank rows between rows", lambda c: _book(c, Sheet("Supervision", [*_rows(c)[:5], None, None, *_rows(c)[5:]])), "non_record", "blank", n=2),
    Case("128", "typed and text dates in one column", lambda c: _book(c, Sheet("Supervision", _with(c, 4, c[LISTED].rows[3]))), "accepted"),
    Case("129", "a cell with an error", lambda c: _book(c, Sheet("Supervision", _with(c, 4, (c[LISTED].rows[3][0], _typed(c)[3][1], ErrorCell())))), "quarantined", "cells_without_error"),
    Case("130", "a formula that was never worked out", lambda c: _book(c, Sheet("Supervision", _with(c, 4, (c[LISTED].rows[3][0], Formula("TODAY()"), None)))), "refused", "formulas without results"),
    Case("131", "identifiers merged over rows", _merged, "quarantined", "worker_id_present"),
    Case("132", "rows hidden by a filter", lambda c: _book(c, Sheet("Supervision", _rows(c), hidden_rows=frozenset({3, 4, 5}))), "accepted"),
    Case("133", "a number of seventeen digits", lambda c: {f"case_people/case_people_{c.day}.xlsx": workbook([Sheet("People", _long_number(c))])}, "quarantined", "person_id_is_a_case_number"),
    Case("134", "an OpenDocument spreadsheet", _open_document, "accepted"),
    Case("135", "a million blank rows that were formatted", lambda c: _book(c, Sheet("Supervision", _rows(c), blank_rows_after=BLANK_ROWS)), "accepted"),
    Case("A23", "a zip archive with one list", lambda c: _zipped(c, f"{LISTED}.csv"), "noted", "zip archive"),
    Case("A24", "a zip archive with two lists", lambda c: _zipped(c, "one.csv", "two.csv"), "refused", "2 files"),
    Case("A25", "a zip archive in a zip archive", lambda c: _zipped(c, "inner.zip", inner=b"PK\x03\x04" + b"\0" * 60), "refused", "archive in an archive"),
    Case("A26", "a zip archive that unpacks without end", lambda c: _zipped(c, f"{LISTED}.csv", inner=b"0" * 50_000_000), "refused", "unpacks to"),
    Case("A27", "a list of Annex A in two sheets", lambda c: {f"annex_a/annex_a_{c.day}.xlsx": workbook([Sheet("List 1", _contacts(c)), Sheet("List_1", _contacts(c))])}, "refused", "Two sheets hold List 1"),
    Case("A28", "codes as forms write them", lambda c: {f"annex_a/annex_a_{c.day}.xlsx": workbook([Sheet(" List_1 ", _contacts(c))])}, "noted", "with their label"),
    Case("A29", "a code that Annex A does not have", lambda c: {f"annex_a/annex_a_{c.day}.xlsx": workbook([Sheet("List 1", _contacts(c, source="The neighbour's cat"))])}, "quarantined", "contact_source_code_known"),
    Case("A30", "two files of one module of SSDA903", lambda c: c["header"].file() | c["episodes"].file() | c["episodes"].named(c["episodes"].path.replace("episodes", "episodes (2)")).file(), "refused", "Two files hold the module"),
)  # fmt: skip


def _long_number(c: Clean) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [c["case_people"].head, *c["case_people"].rows]
    rows[4] = (12345678901234567, *rows[4][1:])
    return rows


def _contacts(c: Clean, source: str = "q) 6: Police") -> list[Sequence[Cell]]:
    head = (
        "Child Unique ID",
        "Gender",
        "Ethnicity",
        "Date of Birth",
        "Age of Child (Years)",
        "Date of Contact",
        "Contact Source",
    )
    people = [row for row in c["case_people"].rows if row[13] == "false"][:5]
    rows = [(row[0], "b) Female", "a) WBRI", row[3], 7, c.day, "q) 6: Police") for row in people]
    rows[2] = (*rows[2][:6], source)
    return [head, *rows]


def _without_characteristics(text: str) -> str:
    start, end = text.index("<ChildCharacteristics>"), text.index("</ChildCharacteristics>")
    return text[:start] + text[end + len("</ChildCharacteristics>") :]


def _empty_factors(text: str) -> str:
    start, end = text.index("<FactorsIdentifiedAtAssessment>"), text.index("</FactorsIdentifiedAtAssessment>")
    return text[: start + len("<FactorsIdentifiedAtAssessment>")] + text[end:]
