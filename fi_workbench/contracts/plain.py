"""Cells written the plainest way that a contract allows: read at once, since nearly every cell is.

A column of which every cell is plain needs no trimming, no other formats and no notes. Where one cell is not, the
whole column is read with all that may be lenient about it, so that a cell never reads in two ways.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.contracts.dates import FIRST_YEAR, FORMATS, LAST_YEAR
from fi_workbench.contracts.table import Column

_TEXT = r"^[A-Za-z0-9](?:[!-~ ]*[!-~])?$"
"""Printable ASCII without blanks around it or a mark that spreadsheets put before a value."""
_UPN = r"^[A-Z0-9]+$"
_NHS_NUMBER = r"^[0-9]+$"
_WORDS = {"true": True, "false": False, "1": True, "0": False}


def plain(column: Column, check: str, longest: int) -> pl.Expr | None:
    """The typed values of plain cells, null for any other; None where a type has no plain way of writing.

    Args:
        column: the contract's column.
        check: `upn_check` or `nhs_number_check` where the column holds such numbers.
        longest: bytes beyond which text is a fault.
    """
    text = pl.col(column.name)
    tokens = [token.lower() for token in column.missing_tokens]
    match column.logical_type:
        case "date":
            return _date(column, text)
        case "boolean":
            return text.replace_strict(_WORDS, default=None, return_dtype=pl.Boolean) if not tokens else None
        case "integer" if not tokens:
            return pl.when(text.str.contains(r"^-?[0-9]{1,18}$")).then(text).cast(pl.Int64)
        case "string" if column.enum:
            codes = [code for code in column.enum if code.lower() not in tokens]
            return pl.when(text.is_in(codes)).then(text)
        case "string":
            shape = {"upn_check": _UPN, "nhs_number_check": _NHS_NUMBER}.get(check, _TEXT)
            fits = text.str.contains(shape) & (text.str.len_bytes() <= longest)
            if tokens:
                fits &= ~text.str.to_lowercase().is_in(tokens)
            return pl.when(fits).then(text)
        case _:
            return None


def _date(column: Column, text: pl.Expr) -> pl.Expr:
    written = FORMATS[column.formats[0]]
    shaped = pl.when(text.str.contains(written.shape) & ~text.is_in([*column.placeholders, *column.missing_tokens]))
    parsed = shaped.then(text).str.to_date(written.strptime, strict=False, exact=True, cache=False)
    # The first day of 1900 is what systems write for no date.
    return pl.when(parsed.is_between(date(FIRST_YEAR, 1, 2), date(LAST_YEAR, 12, 31))).then(parsed)
