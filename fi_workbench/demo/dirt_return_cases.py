"""Cases A31 to A66: the return on looked after children as XML, as one workbook, and in mixed forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fi_workbench.demo.care_forms import care_workbook, care_xml, sheet_rows
from fi_workbench.demo.dirt_table import Case, Clean, Files
from fi_workbench.demo.spreadsheet import Cell, ErrorCell, Formula, Sheet, workbook

Rows = list[Sequence[Cell] | None]
MODULES = ("header", "episodes")


def _folder(c: Clean) -> str:
    return c["header"].path.rsplit("/", 1)[0]


def _texts(c: Clean) -> dict[str, list[Sequence[str]]]:
    return {name: [c[name].head, *c[name].rows] for name in MODULES}


def _xml(change: Callable[[str], str | bytes]) -> Callable[[Clean], Files]:
    def make(c: Clean) -> Files:
        changed = change(care_xml(_texts(c)))
        return {f"{_folder(c)}/return.xml": changed.encode() if isinstance(changed, str) else changed}

    return make


def _put(old: str, new: str) -> Callable[[Clean], Files]:
    """The first of something in the XML form replaced."""
    return _xml(lambda text: text.replace(old, new, 1))


def _book(*sheets: Sheet, c: Clean) -> Files:
    return {f"{_folder(c)}/return.xlsx": workbook(sheets)}


def _rows(c: Clean, name: str) -> Rows:
    return sheet_rows(_texts(c)[name])


def _head(c: Clean) -> Sheet:
    return Sheet("header", _rows(c, "header"))


def _with(c: Clean, row: int, column: str, value: Cell) -> Sheet:
    """The episodes with one cell replaced."""
    rows = _rows(c, "episodes")
    cells = list(rows[row] or ())
    cells[c["episodes"].head.index(column)] = value
    rows[row] = cells
    return Sheet("episodes", rows)


def _episode(text: str) -> str:
    start = text.index("<EPISODE>")
    return text[start : text.index("</EPISODE>", start) + len("</EPISODE>")]


def _episodes_first(text: str) -> str:
    episode = _episode(text)
    before, after = text.split(episode, 1)
    head, tail = before.rsplit("<HEADER>", 1)
    return f"{head}{episode}\n<HEADER>{tail}{after}"


def _child_twice(text: str) -> str:
    start, end = text.index("<CHILD>"), text.index("</CHILD>") + len("</CHILD>")
    return text[:end] + text[start:end].replace("<UPN>", "<UPN>UN", 1) + text[end:]


def _without(text: str, tag: str) -> str:
    start, end = text.index(f"<{tag}>"), text.index(f"</{tag}>") + len(f"</{tag}>")
    return text[:start] + text[end:]


def _no_child(text: str) -> str:
    return text[: text.index("<CHILD>")] + "</EXPSSDA903>"


def _in_a_block(text: str) -> str:
    """The first episode in a block of another name."""
    episode = _episode(text)
    return text.replace(episode, episode.replace("EPISODE>", "STAY>"), 1)


def _missing(c: Clean) -> Files:
    child, born = c["header"].rows[0][0], c["header"].rows[0][2]
    line = f"{child},{born},M,{c.day:%d/%m/%Y},"
    return {f"{_folder(c)}/missing.csv": f"CHILD,DOB,MISSING,MIS_START,MIS_END\n{line}\n".encode()}


def _two_in_one(c: Clean) -> Files:
    rows: Rows = [("CHILD", "SW_ID", "SW_DECOM", "SW_DEC", "SW_REASON", "MISSING", "MIS_START", "MIS_END")]
    return _book(_head(c), Sheet("Both", rows), c=c)


def _locked(c: Clean) -> Files:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return {f"{_folder(c)}/return.xlsx": start + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)}


def _without_column(c: Clean) -> Files:
    at = c["episodes"].head.index("DECOM")
    rows: Rows = [[cell for place, cell in enumerate(row or ()) if place != at] for row in _rows(c, "episodes")]
    return _book(_head(c), Sheet("episodes", rows), c=c)


def _numbered_sex(c: Clean) -> Files:
    rows = _rows(c, "header")
    at = c["header"].head.index("SEX")
    cells = list(rows[1] or ())
    cells[at] = 1 if cells[at] == "M" else 2
    rows[1] = cells
    return _book(Sheet("header", rows), Sheet("episodes", _rows(c, "episodes")), c=c)


RETURN_XML_CASES = (
    Case("A31", "SSDA903 as XML", _xml(str), "accepted"),
    Case("A32", "SSDA903 as XML, cut off", _xml(lambda t: t[: len(t) * 2 // 3]), "refused", "cut off"),
    Case("A33", "a document type in SSDA903", _put("<EXPSSDA903>", '<!DOCTYPE EXPSSDA903 [<!ENTITY a "b">]><EXPSSDA903>'), "refused", "document type"),
    Case("A34", "another first element than SSDA903's", _xml(lambda t: t.replace("EXPSSDA903>", "SSDA>")), "refused", "no return on looked after children"),
    Case("A35", "a census in the folder of SSDA903", lambda c: {f"{_folder(c)}/return.xml": c.census.encode()}, "refused", "looks like cin_census"),
    Case("A36", "children without a block of their own values", _xml(lambda t: t.replace("<HEADER>", "").replace("</HEADER>", "")), "accepted"),
    Case("A37", "an episode before the child's own values", _xml(_episodes_first), "accepted"),
    Case("A38", "a value twice where one is allowed, in SSDA903", _put("<SEX>", "<SEX>M</SEX><SEX>"), "quarantined", "given_once", n=-1),
    Case("A39", "an empty block", _put("<EPISODE>", "<EPISODE/><EPISODE>"), "non_record", "empty_block"),
    Case("A40", "an element that SSDA903 does not have", _put("<SEX>", "<SHOE_SIZE>39</SHOE_SIZE><SEX>"), "noted", "does not know"),
    Case("A41", "a block of another name", _xml(_in_a_block), "noted", "by what stands in them"),
    Case("A42", "text between elements of SSDA903", _put("<EPISODE>", "<EPISODE>see file"), "noted", "text between elements"),
    Case("A43", "a comment within a value of SSDA903", _put("<SEX>", "<SEX><!-- checked -->"), "accepted"),
    Case("A44", "SSDA903 without a child", _xml(_no_child), "held", "no child"),
    Case("A45", "a child of SSDA903 twice", _xml(_child_twice), "quarantined", "key_unique", n=-1),
    Case("A46", "bytes of SSDA903 that are not in the encoding declared", _xml(lambda t: t.replace("<UPN>", "<UPN>\u00c9", 1).encode("cp1252")), "refused", "do not fit the encoding"),
    Case("A47", "elements of SSDA903 ten thousand deep", _put("<CHILD>", "<CHILD>" + "<a>" * 10_000 + "</a>" * 10_000), "refused", "nests elements"),
    Case("A48", "an episode without its start", _xml(lambda t: _without(t, "DECOM")), "quarantined", "decom_present"),
    Case("A49", "an entity that nobody declared", _put("<UPN>", "<UPN>&pupil;"), "refused", "entity"),
    Case("A50", "SSDA903 as XML and a module of it as CSV", lambda c: _xml(str)(c) | c["episodes"].file(), "refused", "Two files hold the module"),
    Case("A51", "SSDA903 as XML and a module that it lacks as CSV", lambda c: _xml(str)(c) | _missing(c), "accepted"),
)  # fmt: skip

RETURN_BOOK_CASES = (
    Case("A52", "SSDA903 as a workbook", lambda c: {f"{_folder(c)}/return.xlsx": care_workbook(_texts(c))}, "accepted"),
    Case("A53", "a hidden sheet in SSDA903", lambda c: _book(_head(c), Sheet("Old", _rows(c, "episodes"), hidden=True), Sheet("episodes", _rows(c, "episodes")), c=c), "noted", "hidden sheets"),
    Case("A54", "a module in two sheets", lambda c: _book(_head(c), Sheet("episodes", _rows(c, "episodes")), Sheet("episodes (2)", _rows(c, "episodes")), c=c), "refused", "Two sheets hold the module episodes"),
    Case("A55", "sheets with titles of another kind", lambda c: _book(Sheet("Sheet1", _rows(c, "header")), Sheet("reviews", _rows(c, "episodes")), c=c), "accepted"),
    Case("A56", "a sheet with a module's name and none of its headings", lambda c: _book(_head(c), Sheet("episodes", [("name", "street"), ("a", "b")]), c=c), "refused", "does not have the headings of the module episodes"),
    Case("A57", "a sheet of remarks", lambda c: _book(_head(c), Sheet("episodes", _rows(c, "episodes")), Sheet("Remarks", [("Made for a test",)]), c=c), "noted", "hold no module"),
    Case("A58", "a cell with an error in SSDA903", lambda c: _book(_head(c), _with(c, 2, "URN", ErrorCell()), c=c), "quarantined", "cells_without_error"),
    Case("A59", "a formula that was never worked out in SSDA903", lambda c: _book(_head(c), _with(c, 2, "DEC", Formula("TODAY()")), c=c), "refused", "formulas without results"),
    Case("A60", "titles above the headings of a module", lambda c: _book(_head(c), Sheet("episodes", [("SSDA903",), ("Episodes",), *_rows(c, "episodes")]), c=c), "non_record", "title", n=2),
    Case("A61", "a workbook without a module", lambda c: _book(Sheet("Remarks", [("Made for a test",)]), c=c), "refused", "No sheet of the workbook is a module"),
    Case("A62", "SSDA903 as a workbook and a module of it as CSV", lambda c: _book(_head(c), c=c) | c["header"].file(), "refused", "Two files hold the module"),
    Case("A63", "a sheet that lacks a column of its module", _without_column, "refused", "DECOM"),
    Case("A64", "SSDA903 locked with a password", _locked, "refused", "locked with a password"),
    Case("A65", "a sheet that could be two modules", _two_in_one, "refused", "fit two modules"),
    Case("A66", "sex as a number in SSDA903", _numbered_sex, "noted", "sexes as numbers"),
)  # fmt: skip
