"""What display does first with everything it is given: see that it passed the gate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from fi_workbench.disclosure import Released
from fi_workbench.display.prose import name_of
from fi_workbench.errors import DisclosureError

Row = dict[str, Any]


def rows_of(given: Released, table: str) -> list[Row]:
    """The rows of a released table, as dictionaries, in the order released.

    Raises:
        DisclosureError: it is a bare frame, or another table than the one to be shown.
    """
    if not isinstance(given, Released):
        raise DisclosureError(
            "Only rows released for an audience can be shown.",
            where=f"table {table}",
            next_step="Pass what disclosure.release returned.",
        )
    if given.table != table:
        raise DisclosureError(f"The table {given.table} was given where {table} is shown.", where=f"table {table}")
    return given.frame.to_dicts()


def label(given: Released, column: str, code: str) -> str:
    """A code in words: the contract's label, else the code itself made readable."""
    described = given.columns.get(column)
    found = described.labels.get(code, "") if described is not None else ""
    return found if found and found != code else name_of(code)


def dates_of(*given: Released) -> tuple[date, ...]:
    """Every date that these released rows may show, in order."""
    return tuple(sorted(set().union(*(released.dates() for released in given))))


def same_audience(given: Iterable[Released]) -> tuple[str, str]:
    """The one audience and unit that several released tables are for.

    Raises:
        DisclosureError: they were released for different audiences or units.
    """
    released = list(given)
    audiences = {one.audience for one in released}
    units = {one.unit for one in released if one.unit}
    if len(audiences) != 1 or len(units) > 1:
        raise DisclosureError("Tables released for different audiences or units cannot be shown together.")
    return audiences.pop(), units.pop() if units else ""
