"""Cases 1 to 49: the file, its encoding, and the shape of delimited text."""

from __future__ import annotations

import codecs
import gzip
from dataclasses import replace
from datetime import timedelta

from fi_workbench.demo.dirt_table import Case, Clean, Files, List
from fi_workbench.demo.spreadsheet import Sheet, workbook

PEOPLE = "case_people"
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
SHEET_ROWS = 1_048_576


def _people(clean: Clean) -> List:
    return clean[PEOPLE]


def _named(clean: Clean, forename: str) -> List:
    return clean[PEOPLE].with_cells({"forename": forename})


def _two_encodings(clean: Clean) -> Files:
    lines = _named(clean, "Zoë").with_cells({"forename": "Noël"}, row=5).text().splitlines()
    return _people(clean).file(
        b"\n".join(line.encode("cp1252" if "Noël" in line else "utf-8") for line in lines) + b"\n"
    )


def _older(clean: Clean) -> Files:
    day = clean.day - timedelta(days=7)
    return _people(clean).named(f"{PEOPLE}/{PEOPLE}_{day}.csv").file()


def _longer(clean: Clean) -> Files:
    people = _people(clean)
    day = clean.day - timedelta(days=7)
    more = tuple((f"X{row[0]}", *row[1:]) for row in people.rows)
    return replace(people, rows=people.rows + more).named(f"{PEOPLE}/{PEOPLE}_{day}.csv").file()


def _page(_clean: Clean) -> Files:
    return {f"{PEOPLE}/{PEOPLE}_{_clean.day}.xls": b"<html><table><tr><td>person_id</td></tr></table></html>"}


def _as_workbook(clean: Clean) -> bytes:
    people = _people(clean)
    return workbook([Sheet("People", [people.head, *people.rows])])


def _full_sheet(clean: Clean) -> Files:
    line = ",".join(clean["supervision"].rows[0])
    data = ",".join(clean["supervision"].head) + "\n" + f"{line}\n" * (SHEET_ROWS - 1)
    return clean["supervision"].file(data)


def _two_row_header(lines: list[str]) -> list[str]:
    first, second = [], []
    for heading in lines[0].split(","):
        start, _, rest = heading.partition("_")
        first.append(start if rest else "")
        second.append(rest or heading[:3])
    return [",".join(first), ",".join(second), *lines[1:]]


def _reversed(lines: list[str]) -> list[str]:
    return [",".join(reversed(line.split(","))) for line in lines]


def _after(line: int, *new: str):  # type: ignore[no-untyped-def]  # a small helper of this table
    return lambda lines: [*lines[:line], *new, *lines[line:]]


FILE_CASES = (
    Case("1", "UTF-8 with a byte order mark", lambda c: _people(c).file(codecs.BOM_UTF8 + _people(c).text().encode()), "accepted"),
    Case("2", "UTF-16 with a mark", lambda c: _people(c).file(codecs.BOM_UTF16_LE + _people(c).text().encode("utf-16-le")), "noted", "UTF-16"),
    Case("3", "UTF-16 without a mark", lambda c: _people(c).file(_people(c).text().encode("utf-16-le")), "noted", "UTF-16"),
    Case("4", "UTF-16, big end first", lambda c: _people(c).file(_people(c).text().encode("utf-16-be")), "noted", "UTF-16"),
    Case("5", "Windows-1252", lambda c: _people(c).file(_named(c, "Zoë’s").text().encode("cp1252")), "noted", "Windows-1252"),
    Case("6", "a byte that no encoding has", lambda c: _people(c).file(_people(c).text().encode() + b"\x81\n"), "refused", "no character in UTF-8"),
    Case("7", "two encodings in one file", _two_encodings, "held", "mixes UTF-8"),
    Case("8", "a name encoded twice", lambda c: _named(c, "ZoÃ«").file(), "noted", "encoded twice"),
    Case("9", "characters lost before", lambda c: _named(c, "Zo\ufffd").file(), "noted", "already lost"),
    Case("10", "a NUL character", lambda c: _named(c, "Zo\0e").file(), "quarantined", "text_readable"),
    Case("11", "zero bytes", lambda c: _people(c).file(b""), "refused", "empty (0 bytes)"),
    Case("12", "a header and no rows", lambda c: replace(_people(c), rows=()).file(), "held", "no rows"),
    Case("13", "a workbook named .csv", lambda c: _people(c).file(_as_workbook(c)), "refused", "Excel workbook"),
    Case("14", "a web page saved as .xls", _page, "refused", "not a workbook"),
    Case("15", "a workbook locked with a password", lambda c: {f"{PEOPLE}/{PEOPLE}_{c.day}.xlsx": LOCKED}, "refused", "locked with a password"),
    Case("16", "a workbook cut off", lambda c: {f"{PEOPLE}/{PEOPLE}_{c.day}.xlsx": _as_workbook(c)[:900]}, "refused", "damaged"),
    Case("17", "the same file again", lambda c: _people(c).file(), "nothing_new", "byte for byte", before=lambda c: _people(c).file()),
    Case("18", "another authority's census", lambda c: c.census_file(lambda t: t.replace(f"<LEA>{c.code}<", "<LEA>999<")), "held", "authority 999", differs="Held until a person accepts it: councils merge, and their codes change."),
    Case("19", "older than what was loaded last", _older, "noted", "older than the latest", before=lambda c: _people(c).file(), differs="Taken as history: the ledger keeps what each delivery knew, so an older one changes no later week."),
    Case("20", "half the rows of the week before", lambda c: _people(c).file(), "held", "fewer", before=_longer),
)  # fmt: skip

SHAPE_CASES = (
    Case("21", "a first line that names the separator", lambda c: _people(c).file("sep=;\n" + _people(c).text(separator=";")), "noted", "declares the separator"),
    Case("22", "semicolons", lambda c: _people(c).file(_people(c).text(separator=";")), "noted", "semicolons"),
    Case("23", "tabs", lambda c: _people(c).file(_people(c).text(separator="\t")), "noted", "tabs"),
    Case("24", "line ends of CR only", lambda c: _people(c).file(_people(c).text(end="\r")), "noted", "CR only"),
    Case("25", "line ends of two kinds", lambda c: _people(c).file(_people(c).text().replace("\n", "\r\n", 3)), "accepted"),
    Case("26", "ctrl-Z at the end", lambda c: _people(c).file(_people(c).text() + "\x1a"), "noted", "ctrl-Z"),
    Case("27", "a quotation mark never closed", lambda c: _people(c).lines(lambda x: [*x[:4], x[4].replace(",", ',"', 1), *x[5:]]), "refused", "never closed"),
    Case("28", "a line end in quotation marks", lambda c: _people(c).cell("address", '"1 High Street\nUpstairs"'), "accepted"),
    Case("29", "a stray quotation mark", lambda c: _people(c).cell("surname", 'O"ak'), "quarantined", "quotes_balanced"),
    Case("30", "a row with too many fields", lambda c: _people(c).lines(lambda x: [*x[:4], x[4] + ",more,text", *x[5:]]), "quarantined", "fields_complete"),
    Case("31", "a row with too few fields", lambda c: _people(c).lines(lambda x: [*x[:4], ",".join(x[4].split(",")[:5]), *x[5:]]), "quarantined", "fields_complete"),
    Case("32", "an empty field more on each row", lambda c: _people(c).lines(lambda x: [x[0], *(line + "," for line in x[1:])]), "noted", "taken off"),
    Case("32b", "a field with text more on each row", lambda c: _people(c).lines(lambda x: [x[0], *(line + ",x" for line in x[1:])]), "refused", "No record of the file"),
    Case("33", "a trailing comma in the header too", lambda c: _people(c).lines(lambda x: [line + "," for line in x]), "noted", "empty column"),
    Case("34", "a column twice with different values", lambda c: _people(c).lines(lambda x: [x[0] + ",surname", *(f"{line},{i}" for i, line in enumerate(x[1:]))]), "refused", "twice with different"),
    Case("34b", "a column twice with the same values", lambda c: _people(c).lines(lambda x: [line + "," + line.split(",")[2] for line in x]), "noted", "there twice"),
    Case("35", "data under no heading", lambda c: _people(c).lines(lambda x: [x[0] + ",", *(line + ",a" for line in x[1:])]), "noted", "without a heading"),
    Case("36", "headings in another case, spaced, with marks that cannot be seen", lambda c: _people(c).lines(lambda x: [x[0].replace("person_id", "\u200bPERSON ID\u00a0"), *x[1:]]), "noted", "written differently"),
    Case("37", "title rows above the header", lambda c: _people(c).file("People of the week\n\n" + _people(c).text()), "non_record", "title"),
    Case("38", "a header over two rows", lambda c: _people(c).lines(_two_row_header), "refused", "its contract requires"),
    Case("39", "a required column misspelt", lambda c: _people(c).lines(lambda x: [x[0].replace("is_adult", "is_adlut"), *x[1:]]), "refused", "is it is_adlut?"),
    Case("40", "an optional column missing", lambda c: _people(c).lines(lambda x: [",".join((*line.split(",")[:10], *line.split(",")[11:])) for line in x]), "noted", "optional columns"),
    Case("41", "a column that nobody knows", lambda c: _people(c).lines(lambda x: [x[0] + ",favourite colour", *(line + ",blue" for line in x[1:])]), "noted", "does not know"),
    Case("42", "columns in another order", lambda c: _people(c).lines(_reversed), "accepted"),
    Case("43", "a declared synonym for a heading", lambda c: c["visits"].lines(lambda x: [x[0].replace("child_id", "LA child id"), *x[1:]]), "noted", "written differently"),
    Case("44", "a footer that agrees", lambda c: _people(c).file(_people(c).text() + f"Total: {len(_people(c).rows)}\n"), "non_record", "footer"),
    Case("44b", "a footer that disagrees", lambda c: _people(c).file(_people(c).text() + "Total: 7\n"), "held", "says 7 rows"),
    Case("45", "the header again among the rows", lambda c: _people(c).lines(lambda x: [*x[:6], x[0], *x[6:]]), "non_record", "repeated_header"),
    Case("46", "blank lines", lambda c: _people(c).lines(_after(4, "", "  ", "," * 13)), "non_record", "blank", n=3),
    Case("47", "each line in one pair of quotation marks", lambda c: _people(c).lines(lambda x: [f'"{line}"' for line in x]), "refused", "wrapped in one pair"),
    Case("48", "the last record cut off", lambda c: _people(c).file(_people(c).text()[:-60]), "refused", "cut off"),
    Case("49", "exactly the rows of a spreadsheet", _full_sheet, "held", "most an Excel sheet holds"),
)  # fmt: skip

OWN_CASES = (
    Case("A1", "upright bars", lambda c: _people(c).file(_people(c).text(separator="|")), "noted", "upright bars"),
    Case("A2", "no header", lambda c: _people(c).lines(lambda x: x[1:]), "refused", "looks like the header"),
    Case("A3", "a PDF named .csv", lambda c: _people(c).file(b"%PDF-1.7"), "refused", "PDF"),
    Case("A4", "XML named .csv", lambda c: _people(c).file(b"<?xml version='1.0'?><people/>"), "refused", "XML"),
    Case("A5", "every field in quotation marks", lambda c: _people(c).lines(lambda x: [",".join(f'"{cell}"' for cell in line.split(",")) for line in x]), "accepted"),
    Case("A6", "no line end at the end", lambda c: _people(c).file(_people(c).text().rstrip("\n")), "accepted"),
    Case("A7", "quotation marks doubled", lambda c: _people(c).cell("surname", '"O""ak"'), "accepted"),
    Case("A8", "a comma in quotation marks", lambda c: _people(c).cell("address", '"1 High Street, Upstairs"'), "accepted"),
    Case("A9", "the footer of a database", lambda c: _people(c).file(_people(c).text() + f"\n({len(_people(c).rows)} rows affected)\n"), "non_record", "footer"),
    Case("A10", "a gzip archive", lambda c: _people(c).file(gzip.compress(_people(c).text().encode(), mtime=0)), "refused", "gzip"),
    Case("A11", "a heading broken over two lines", lambda c: _people(c).lines(lambda x: [x[0].replace("nhs_number", '"nhs\nnumber"'), *x[1:]]), "accepted"),
    Case("A12", "a surname of Total", lambda c: _people(c).cell("surname", "Total", row=-1 + len(_people(c).rows)), "accepted"),
    Case("A13", "a list in another list's folder", lambda c: c["supervision"].named(f"visits/visits_{c.day}.csv").file(), "refused", "looks like supervision"),
    Case("A14", "a file without a day in its name", lambda c: _people(c).named(f"{PEOPLE}/people.csv").file(), "held", "covers up to"),
    Case("A15", "a folder that no contract knows", lambda c: _people(c).named("gossip/gossip.csv").file(), "refused", "No contract describes"),
    Case("A16", "a second file for the same day", lambda c: _people(c).with_cells({"address": "2 High Street"}).file(), "noted", "same day", before=lambda c: _people(c).file()),
)  # fmt: skip
