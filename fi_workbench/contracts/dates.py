"""How dates may be written in files, and how they are read.

Only a declared format is read, and only when every digit is there: readers that are more helpful turn 01/02/15 into
the year 15 and 29/02/2019 into the 9th.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

FIRST_YEAR = 1900
LAST_YEAR = 2100

PLACEHOLDERS = ("01/01/1900", "1900-01-01", "31/12/9999", "9999-12-31", "00/00/0000", "0000-00-00")
"""What systems write when there is no date. Taken as missing where the contract declares them, else refused."""


@dataclass(frozen=True)
class DateFormat:
    """A way of writing a date: its shape, and the same for polars."""

    shape: str
    strptime: str


FORMATS: dict[str, DateFormat] = {
    "yyyy-MM-dd": DateFormat(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "%Y-%m-%d"),
    "dd/MM/yyyy": DateFormat(r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$", "%d/%m/%Y"),
    "dd-MM-yyyy": DateFormat(r"^[0-9]{2}-[0-9]{2}-[0-9]{4}$", "%d-%m-%Y"),
    "dd.MM.yyyy": DateFormat(r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}$", "%d.%m.%Y"),
    "yyyy-MMM-dd": DateFormat(r"^[0-9]{4}-[A-Z][a-z]{2}-[0-9]{2}$", "%Y-%b-%d"),
    "dd-MMM-yyyy": DateFormat(r"^[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4}$", "%d-%b-%Y"),
    "yyyyMMdd": DateFormat(r"^[0-9]{8}$", "%Y%m%d"),
}

MIDNIGHT = r"[ T]00:00(?::00(?:\.0+)?)?$"
"""A time that a database adds to a date: dropped and noted."""
TIME_OF_DAY = r"[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?$"
"""A time at which something was entered: dropped and noted. One with a zone is no date, since its day depends on it."""


def to_date(text: pl.Expr, formats: tuple[str, ...]) -> pl.Expr:
    """Dates from text already trimmed; null where no declared format fits or the year is not 1900 to 2100."""
    plain = text.str.replace(TIME_OF_DAY, "")
    tries = []
    for written in formats:
        form = FORMATS[written]
        shaped = pl.when(plain.str.contains(form.shape)).then(plain)
        tries.append(shaped.str.to_date(form.strptime, strict=False, exact=True))
    parsed = pl.coalesce(tries)
    return pl.when(parsed.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(parsed)
