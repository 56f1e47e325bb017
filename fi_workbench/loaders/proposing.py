"""Read a sample of a feed that nobody has described yet, and say what its columns seem to be.

What is proposed is what the sample shows, no more: a person settles the rest. Values are looked at and never handed
on, except codes of a column that names nobody, each seen at least a few times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Column, Table
from fi_workbench.contracts.dates import FORMATS, to_date
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import read_delimited
from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.non_records import SEARCHED, cells_of
from fi_workbench.loaders.records import SEPARATORS, split_lines

FEW_ROWS = 20
"""Of fewer rows nothing is said of codes, and every text may be about a person."""
MOST_CODES = 15
LEAST_SEEN = 3
"""A code seen more seldom could be somebody's own answer: then no codes are listed."""
_MOST_KEY = 3

_PERSONAL = re.compile(
    r"\b(?:name|forename|surname|dob|birth|born|address|street|postcode|post code|phone|telephone|mobile|email|e mail"
    r"|contact|upn|nhs|nino|uprn|worker|officer|note|notes|comment|comments|narrative|summary|gender|sex|id|ref|reference"
    r"|number|crn|age|initials|alias)\b"
)
_SPECIAL = re.compile(
    r"\b(?:ethnic\w*|religio\w*|disab\w*|health|diagnos\w*|offen[cs]e\w*|crime|substance|drug|alcohol|sexual\w*|medical)\b"
)
_IDENTIFIER = re.compile(r"\b(?:id|ref|reference|number|no|code|urn|uprn|crn|upn|nhs|phone|mobile|telephone)\b")
_OWN_ID = re.compile(
    r"^(?:id|.*\b(?:person|client|pupil|patient|customer|child|cms|nominal|case|student)\b.*\b(?:id|ref|number)\b.*)$"
)
_VALUES = re.compile(
    r"@|^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}$|^[A-Za-z][0-9]{11}[A-Za-z0-9]$|[0-9]{6,}|[0-9][0-9 ()+-]{8,}"
)
_MEANINGS = {
    "forename": re.compile(r"^(?:first name|forename|given name)s?$"),
    "surname": re.compile(r"^(?:last name|surname|family name)$"),
    "date_of_birth": re.compile(r"^(?:date of birth|dob|birth date|born)$"),
    "postcode": re.compile(r"^post ?code$"),
    "upn": re.compile(r"^(?:upn|unique pupil number)$"),
    "nhs_number": re.compile(r"^nhs (?:number|no)$"),
}
AHEAD = re.compile(r"\b(?:end|due|expiry|planned|next|target|release|review|until)\b")


@dataclass(frozen=True)
class ProposedColumn:
    """What a column seems to be.

    Attributes:
        heading: as the file has it.
        todo: what a person must settle.
    """

    name: str
    heading: str
    logical_type: str
    required: bool
    classification: str
    date_format: str = ""
    meaning: str = ""
    codes: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What a sample seems to be: its columns, what tells its rows apart, and what cannot be known from it."""

    rows: int
    columns: tuple[ProposedColumn, ...]
    key: tuple[str, ...]
    todo: tuple[str, ...] = field(default=())


def propose(path: Path) -> Proposal:
    """Look through a sample file.

    Args:
        path: a delimited file with a header.

    Returns:
        What its columns seem to be.

    Raises:
        RefusedFileError: it is not a table, or has no header or no rows.
    """
    data = path.read_bytes()
    headings = _headings(data, path.name)
    table = _loose_table(headings)
    rows = read_delimited(data, path.name, table).table.sound().select(*table.columns)
    if rows.is_empty():
        raise RefusedFileError(
            "The sample has a header and no rows.", where=path.name, next_step="Ask for a fuller one."
        )
    rows = rows.select(pl.all().str.strip_chars().replace("", None))
    columns = tuple(_column(rows[name], heading) for name, heading in zip(table.columns, headings, strict=True))
    key = _key(rows, columns)
    columns = _with_own_id(columns, key)
    return Proposal(
        rows.height, columns, key or tuple(c.name for c in columns if c.required), _open(rows, columns, key)
    )


def _headings(data: bytes, name: str) -> list[str]:
    """The cells of the line that names most columns; refuses what is no table."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<?xml", b"<")):
        raise RefusedFileError(
            "This is XML: values inside values, not one table of rows and columns, so no contract can be drafted.",
            where=name,
            next_step="Ask for its tables as CSV; a return of the Department's has its own contract already.",
        )
    if head.startswith((b"PK", b"\xd0\xcf", b"PAR1", b"%PDF", b"{", b"[")):
        raise RefusedFileError(
            "A contract is drafted from delimited text (CSV), and this is another kind of file.",
            where=name,
            next_step="Save the table as CSV and draft from that; workbooks load by the same contract afterwards.",
        )
    lines, _, _ = split_lines(decode(data, name).text, name)
    best: list[str] = []
    for separator in SEPARATORS:
        for line in lines[:SEARCHED]:
            cells = [" ".join(cell.split()) for cell in cells_of(line, separator)]
            wordy = [cell for cell in cells if re.search(r"[A-Za-z]", cell) and len(cell) <= 60]
            if len(wordy) == len(cells) == len(set(cells)) and len(cells) > max(1, len(best)):
                best = cells
    if not best:
        raise RefusedFileError(
            f"No line among the first {SEARCHED} names two columns or more, each once.",
            where=name,
            next_step="Ask for a sample with its header.",
        )
    return best


def snake(heading: str) -> str:
    """A heading as a column's name.

    Example:
        >>> snake("dateOfBirth"), snake("2nd Contact No.")
        ('date_of_birth', 'c_2nd_contact_no')
    """
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", heading.strip())
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"c_{name}"


def _loose_table(headings: list[str]) -> Table:
    """A table of which nothing is required and everything is text, by which the sample can be read."""
    names: dict[str, str] = {}
    for heading in headings:
        name = snake(heading)
        while name in names:
            name += "_again"
        names[name] = heading
    text = Column(name="", physical_name="", business_name="", description="", logical_type="string",
                  dtype=pl.String(), required=False, classification="personal")  # fmt: skip
    columns = {name: replace(text, name=name, physical_name=heading) for name, heading in names.items()}
    return Table("sample", "", "", (), columns, (), "", "")


def _column(values: pl.Series, heading: str) -> ProposedColumn:
    words = snake(heading).replace("_", " ")
    known = values.drop_nulls()
    required = known.len() == values.len()
    meaning = next((name for name, pattern in _MEANINGS.items() if pattern.match(words)), "")
    if known.is_empty():
        todo = "no value in the sample: say what it holds, or take it out"
        return ProposedColumn(values.name, heading, "string", False, "personal", todo=(todo,))
    logical_type, date_format, settle = _type(known, words)
    if meaning == "date_of_birth" and logical_type != "date":
        meaning = ""
    classification = _classification(known, words, logical_type, values.len())
    codes: tuple[str, ...] = ()
    if logical_type == "string" and classification == "internal":
        codes, more = _codes(known)
        settle = (*settle, *more)
    return ProposedColumn(
        values.name, heading, logical_type, required, classification, date_format, meaning, codes, settle
    )  # fmt: skip


def _type(known: pl.Series, words: str) -> tuple[str, str, tuple[str, ...]]:
    """Type, way of writing a date, and what must be settled about them."""
    n = known.len()
    for written in FORMATS:
        fits = known.to_frame("v").select(to_date(pl.col("v"), (written,)))["v"].count()
        if fits < 0.95 * n or (written == "yyyyMMdd" and _IDENTIFIER.search(words)):
            continue
        if written.startswith("dd") and known.str.slice(0, 2).cast(pl.Int64, strict=False).le(12).all():
            return "string", "", ("a date, but day and month cannot be told apart in the sample: declare the order",)
        odd = n - fits
        return "date", written, ((f"{odd:,} values are no date as {written}",) if odd else ())
    lower = set(known.str.to_lowercase().unique())
    if len(lower) == 2 and lower in ({"true", "false"}, {"yes", "no"}, {"y", "n"}):
        return "boolean", "", ()
    plain = known.str.contains(r"^-?(?:0|[1-9][0-9]{0,14})$").all()
    if plain and not _IDENTIFIER.search(words):
        return "integer", "", ()
    if known.str.contains(r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?$").all() and not plain:
        return "number", "", ()
    return "string", "", ()


def _classification(known: pl.Series, words: str, logical_type: str, n: int) -> str:
    """How sensitive it seems; in doubt, personal."""
    if _SPECIAL.search(words):
        return "special"
    if _PERSONAL.search(words):
        return "personal"
    if logical_type in {"date", "integer", "number", "boolean"}:
        return "internal"
    many = known.n_unique() > max(MOST_CODES, 0.2 * n)
    seems = bool(known.str.contains(_VALUES.pattern).any())
    return "personal" if n < FEW_ROWS or many or seems else "internal"


def _codes(known: pl.Series) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of a column, or why none are listed."""
    counts = known.value_counts()
    if counts.height > MOST_CODES:
        return (), ()
    if int(counts["count"].min()) < LEAST_SEEN or int(known.str.len_chars().max()) > 60:  # type: ignore[arg-type]
        return (), (f"{counts.height} different values, some seen fewer than {LEAST_SEEN} times: list the codes",)
    return tuple(sorted(counts[known.name])), ("are these all the codes? label them",)


def _key(rows: pl.DataFrame, columns: tuple[ProposedColumn, ...]) -> tuple[str, ...]:
    """The fewest columns, always filled, that tell the rows apart; identifiers first."""
    filled = [c for c in columns if c.required and c.logical_type in {"string", "date", "integer"} and not c.codes]
    filled.sort(key=lambda c: not _IDENTIFIER.search(c.name.replace("_", " ")))
    candidates = [c.name for c in filled[:8]]
    for size in range(1, _MOST_KEY + 1):
        for chosen in combinations(candidates, size):
            if rows.select(chosen).n_unique() == rows.height:
                return chosen
    return ()


def _with_own_id(columns: tuple[ProposedColumn, ...], key: tuple[str, ...]) -> tuple[ProposedColumn, ...]:
    """Mark the partner's own number of the person: a heading that says so, the key's column first."""
    fits = [c for c in columns if c.logical_type == "string" and _OWN_ID.match(c.name.replace("_", " "))]
    fits = [c for c in fits if not c.meaning]
    fits.sort(key=lambda c: c.name not in key)
    if not fits:
        return columns
    own = replace(
        fits[0],
        meaning="partner_person",
        todo=(*fits[0].todo, "is this the partner's own number of the person, not of an event?"),
    )
    return tuple(own if c.name == own.name else c for c in columns)


def _open(rows: pl.DataFrame, columns: tuple[ProposedColumn, ...], key: tuple[str, ...]) -> tuple[str, ...]:
    todo = []
    if not key:
        todo.append(f"no set of up to {_MOST_KEY} columns tells the rows apart: say what one row is, and its key")
    if rows.height < FEW_ROWS:
        todo.append(f"only {rows.height} rows: types, required columns and codes rest on little")
    if not any(c.meaning == "partner_person" for c in columns):
        todo.append("no column seems to be the partner's own number of the person; without one people are not tied")
    return tuple(todo)
