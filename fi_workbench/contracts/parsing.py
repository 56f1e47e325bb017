"""From the text of a cell to its typed value, or to the named reason why it has none.

Nothing is guessed: only declared date formats, codes and words for "none" are read, and a value that does not fit is
a broken rule of its own, so that one bad cell quarantines one row and never turns into a blank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from fi_workbench.contracts.dates import MIDNIGHT, PLACEHOLDERS, TIME_OF_DAY, to_date
from fi_workbench.contracts.plain import plain
from fi_workbench.contracts.table import Column, Table

BLANKS = " \t\r\n\x0b\x0c\u00a0\u2007\u2009\u202f\u3000\u200b\u200e\u200f\u2060\ufeff"
"""What is trimmed from both ends of a value: white space that a person cannot see, as web forms and Word leave it."""

LONGEST_TEXT = 10_000
"""Bytes beyond which a cell is a fault of the export, not a value."""

YES = ("true", "1", "y", "yes")
NO = ("false", "0", "n", "no")

_CODE_WITH_LABEL = r"^([A-Za-z0-9_]+)\s*[-–:]\s"
_LIST_LETTER = r"^[a-z]{1,2}\)\s*"
"""The letter that a form's list puts before a choice: "b) Female"."""
_MARKS = {"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "}
_STRAIGHT = str.maketrans(_MARKS)


@dataclass(frozen=True)
class Parse:
    """How one column is read.

    Attributes:
        typed: the typed value, null where there is none or it cannot be read.
        rule: the rule that text broken beyond reading breaks.
        reason: what a partner reads of it.
        unread: true where there was text and it could not be read.
        noted: what is read leniently, and where it was needed; said in the receipt.
        plain: the typed value where the cell itself is written plainly, else null; None where there is no such way.
    """

    column: Column
    typed: pl.Expr
    rule: str
    reason: str
    unread: pl.Expr
    noted: tuple[tuple[str, pl.Expr], ...] = ()
    plain: pl.Expr | None = None


def clean_text(raw: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """The cells without surrounding blanks, spreadsheet wrapping and declared words for "none"; empty becomes null."""
    odd = _wrapped(raw, [column.name for column in columns])
    texts = []
    for column in columns:
        name = column.name
        text = pl.col(name).str.strip_chars(BLANKS)
        if odd[f"{name}="]:
            text = text.str.replace(r'^="([^"]*)"$', "$1").str.replace(r"^=([0-9]+)$", "$1")
        if odd[f"{name}'"]:
            text = text.str.replace(r"^'([0-9][^']*)$", "$1")
        if odd[f"{name}="] or odd[f"{name}'"]:
            text = text.str.strip_chars(BLANKS)
        missing = text == ""
        if column.missing_tokens:
            missing |= text.str.to_lowercase().is_in([token.lower() for token in column.missing_tokens])
        texts.append(pl.when(missing).then(None).otherwise(text).alias(name))
    return raw.lazy().select(texts).collect()


def _wrapped(raw: pl.DataFrame, names: list[str]) -> dict[str, bool]:
    """Which columns hold a cell that a spreadsheet wrapped: regular expressions on every cell of all are dear."""
    starts = {name: pl.col(name).str.strip_chars_start(BLANKS) for name in names}
    asked = [starts[name].str.starts_with(mark).any().alias(f"{name}{mark}") for name in starts for mark in "='"]
    return raw.lazy().select(asked).collect().row(0, named=True)


_PLANS: dict[int, tuple[Table, list[Parse]]] = {}


def parse_plan(table: Table) -> list[Parse]:
    """How each column of a table is read, in the contract's order."""
    known = _PLANS.get(id(table))
    if known is None or known[0] is not table:
        known = _PLANS[id(table)] = (table, _plan(table))
    return known[1]


def _plan(table: Table) -> list[Parse]:
    numbers = {rule.columns[0]: rule.kind for rule in table.rules if rule.kind in {"upn_check", "nhs_number_check"}}
    checks = {name: numbers.get(name, "") for name in table.columns}
    return [
        replace(_parse(column, checks[name]), plain=plain(column, checks[name], LONGEST_TEXT))
        for name, column in table.columns.items()
    ]


def _parse(column: Column, check: str) -> Parse:
    text = pl.col(column.name)
    match column.logical_type:
        case "date":
            return _date(column, text)
        case "boolean":
            return _boolean(column, text)
        case "integer":
            plain = text.str.replace(r"\.0+$", "")
            whole = pl.when(plain.str.contains(r"^-?[0-9]{1,18}$")).then(plain).cast(pl.Int64)
            reason = f"{column.business_name} is not a whole number."
            noted = (("whole numbers written with .0", text.str.contains(r"\.0+$")),)
            return Parse(column, whole, f"{column.name}_is_a_whole_number", reason, _lost(text, whole), noted)
        case "number":
            shape = r"^-?[0-9]{1,15}(?:\.[0-9]+)?$"
            number = pl.when(text.str.contains(shape)).then(text).cast(pl.Float64)
            reason = f"{column.business_name} is not a number."
            return Parse(column, number, f"{column.name}_is_a_number", reason, _lost(text, number))
        case "timestamp":
            plain = text.str.replace("T", " ").str.replace(r"(?:\+00:00|Z)$", "")
            moment = plain.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
            moment = moment.dt.replace_time_zone("UTC")
            reason = f"{column.business_name} is not a time as 2026-11-22 10:00:00."
            return Parse(column, moment, f"{column.name}_is_a_time", reason, _lost(text, moment))
        case _:
            return _string(column, text, check)


def _lost(text: pl.Expr, typed: pl.Expr) -> pl.Expr:
    return text.is_not_null() & typed.is_null()


def _date(column: Column, text: pl.Expr) -> Parse:
    declared = text.is_in(list(column.placeholders)).fill_null(value=False)
    refused = [word for word in PLACEHOLDERS if word not in column.placeholders]
    parsed = pl.when(declared | text.is_in(refused)).then(None).otherwise(to_date(text, column.formats))
    written = " or ".join(column.formats)
    return Parse(
        column,
        parsed,
        f"{column.name}_is_a_date",
        f"{column.business_name} is not a date of the calendar between 1900 and 2100 written as {written}.",
        _lost(text, parsed) & ~declared,
        (
            ("placeholder dates taken as missing", declared),
            ("dates with a time of midnight", text.str.contains(MIDNIGHT)),
            (
                "dates with a time of day, which is left off",
                text.str.contains(TIME_OF_DAY) & ~text.str.contains(MIDNIGHT) & parsed.is_not_null(),
            ),
        ),
    )


def _boolean(column: Column, text: pl.Expr) -> Parse:
    words = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    answer = text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    reason = f"{column.business_name} is not yes or no (true, false, 1, 0, Y, N, yes or no)."
    return Parse(column, answer, f"{column.name}_is_yes_or_no", reason, _lost(text, answer))


def _string(column: Column, text: pl.Expr, check: str) -> Parse:
    if check == "upn_check":
        tidy = text.str.to_uppercase().str.replace_all(r"[\s\u00a0]", "")
        return _tidied(column, text, tidy, "UPNs in lower case or with spaces")
    if check == "nhs_number_check":
        tidy = text.str.replace(r"^([0-9]{10})\.0$", "$1").str.replace_all(r"[\s\u00a0-]", "")
        return _tidied(column, text, tidy, "NHS numbers with spaces or .0")
    if column.enum:
        return _code(column, text)
    return _tidied(column, text, text, "")


def _tidied(column: Column, text: pl.Expr, tidy: pl.Expr, what: str) -> Parse:
    too_long = text.str.len_bytes() > LONGEST_TEXT
    reason = f"{column.business_name} is longer than {LONGEST_TEXT:,} characters."
    noted = ((what, (tidy != text)),) if what else ()
    value = pl.when(too_long).then(None).otherwise(tidy)
    return Parse(column, value, f"{column.name}_too_long", reason, too_long.fill_null(value=False), noted)


@lru_cache(maxsize=20_000)
def plain_code(text: str) -> str:
    """A code's label or synonym as it is compared: without case, list letters, doubled blanks and curly marks.

    Example:
        >>> plain_code("b)  Mother’s  Home ") == plain_code("mother's home")
        True
    """
    plain = text.translate(_STRAIGHT).strip().lower()
    return " ".join(re.sub(_LIST_LETTER, "", plain).split())


def _code(column: Column, text: pl.Expr) -> Parse:
    by_case = {code.lower(): code for code in column.enum}
    if len(by_case) == len(column.enum):
        code = _find(text.str.to_lowercase(), by_case)
        alone = text.str.extract(_CODE_WITH_LABEL).str.to_lowercase()
        code = pl.coalesce(code, _find(alone, by_case))
        if column.code_synonyms:
            code = pl.coalesce(code, *_by_synonym(column, text, by_case))
    else:
        code = _find(text, {known: known for known in column.enum})
    reason = f"{column.business_name} has a code that is not in the contract's list."
    noted = (("codes in another case or with their label", code != text),)
    return Parse(column, code, f"{column.name}_code_known", reason, _lost(text, code), noted)


def _by_synonym(column: Column, text: pl.Expr, by_case: dict[str, str]) -> list[pl.Expr]:
    """Codes written as "b) Female", "f) U6: Foster placement" or "Not known", without the letter of a form's list."""
    straight = text
    for mark, usual in _MARKS.items():
        straight = straight.str.replace_all(mark, usual, literal=True)
    plain = straight.str.to_lowercase().str.replace(_LIST_LETTER, "").str.replace_all(r"\s+", " ").str.strip_chars()
    alone = plain.str.extract(_CODE_WITH_LABEL)
    rest = plain.str.extract(r"^[a-z0-9_]+\s*[-–:]\s*(.+)$")
    words = dict(column.code_synonyms)
    return [_find(plain, by_case), _find(plain, words), _find(alone, by_case), _find(rest, words)]


def _find(text: pl.Expr, codes: dict[str, str]) -> pl.Expr:
    return text.replace_strict(codes, default=None, return_dtype=pl.String)
