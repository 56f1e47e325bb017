"""How far a delivery may differ from what is usual before it is taken for a breaking change of its source."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, NoReturn

from fi_workbench.errors import ContractError


@dataclass(frozen=True)
class Limits:
    """What a contract states under the custom property `limits`; a limit that it leaves out has the value given here.

    Attributes:
        rows_at_least: the smallest number of rows, as a share of the usual (0.8 is four fifths); None states none.
        rows_at_most: the largest, as a multiple of the usual; None states none.
        fewest_rows: the smallest number of rows whatever was usual; None states none.
        most_rows: the largest; None states none.
        quarantined_at_most: the share of a delivery's rows that may break a rule.
        unknown_codes_at_most: the share of rows in which one column may hold a code that the contract does not know.
        codes_moved_at_most: the share of rows that may have moved from the usual codes of a column to others.
    """

    rows_at_least: float | None = None
    rows_at_most: float | None = None
    fewest_rows: int | None = None
    most_rows: int | None = None
    quarantined_at_most: float = 0.25
    unknown_codes_at_most: float = 0.1
    codes_moved_at_most: float = 0.3


_WRITTEN = {
    "rowsAtLeast": "rows_at_least",
    "rowsAtMost": "rows_at_most",
    "fewestRows": "fewest_rows",
    "mostRows": "most_rows",
    "quarantinedAtMost": "quarantined_at_most",
    "unknownCodesAtMost": "unknown_codes_at_most",
    "codesMovedAtMost": "codes_moved_at_most",
}
_COUNTS = ("fewestRows", "mostRows")
_SHARES = ("rowsAtLeast", "quarantinedAtMost", "unknownCodesAtMost", "codesMovedAtMost")


def limits_of(given: Any, where: str) -> Limits:
    """Read the custom property `limits` of a contract.

    Args:
        given: its value; None where the contract has none.
        where: for messages.

    Raises:
        ContractError: a limit that does not exist, or a number that it cannot have.
    """
    if given is None:
        return Limits()
    if not isinstance(given, dict):
        _refuse(f"limits lists limits by name: {', '.join(_WRITTEN)}", where)
    for name, value in given.items():
        if name not in _WRITTEN:
            near = difflib.get_close_matches(str(name), _WRITTEN, n=1, cutoff=0.5)
            _refuse(f"there is no limit {name}; {f'did you mean {near[0]}?' if near else f'valid: {_names()}'}", where)
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(f"the limit {name} must be a number", where)
        if name in _COUNTS and (not isinstance(value, int) or value < 0):
            _refuse(f"the limit {name} counts rows, so it must be a whole number from 0", where)
        if name in _SHARES and not 0 <= value <= 1:
            _refuse(f"the limit {name} is a share, from 0 to 1", where)
        if name == "rowsAtMost" and value < 1:
            _refuse("the limit rowsAtMost is a multiple of the usual number of rows, from 1", where)
    found = Limits(**{_WRITTEN[name]: value for name, value in given.items()})
    if found.fewest_rows is not None and found.most_rows is not None and found.fewest_rows > found.most_rows:
        _refuse("the limit fewestRows is above mostRows", where)
    return found


def _names() -> str:
    return ", ".join(_WRITTEN)


def _refuse(what: str, where: str) -> NoReturn:
    raise ContractError(f"The contract cannot be used: {what}.", where=where, next_step="Correct the contract file.")
