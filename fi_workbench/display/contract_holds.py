"""When a whole delivery is held for a person, in the words of whoever sends it."""

from __future__ import annotations

from fi_workbench.contracts import Contract


def contract_holds(contract: Contract) -> tuple[str, ...]:
    """Every reason for which a delivery waits, with the limits that the contract states."""
    limits = contract.limits
    usual = "the delivery before" if contract.delivery == "full" else "usual for so many days"
    found = ["nothing says which day it covers up to", "its dates are written in another order than agreed"]
    if contract.delivery != "increment":
        found.append("it has a header and no rows")
    if limits.rows_at_least is not None:
        found.append(
            f"it has less than {limits.rows_at_least:.0%} of the rows of {usual}"
            if contract.delivery == "full"
            else f"it has less than {limits.rows_at_least:.0%} of the rows that are {usual}"
        )
    if limits.rows_at_most is not None:
        times = f"more than {limits.rows_at_most:g} times as many rows as"
        found.append(f"it has {times} {usual}" if contract.delivery == "full" else f"it has {times} are {usual}")
    if limits.fewest_rows is not None:
        found.append(f"it has fewer than {limits.fewest_rows:,} rows")
    if limits.most_rows is not None:
        found.append(f"it has more than {limits.most_rows:,} rows")
    return (
        *found,
        f"more than {limits.quarantined_at_most:.0%} of its rows fail a check",
        f"more than {limits.unknown_codes_at_most:.0%} of its rows have a code in one column that is not agreed",
        f"more than {limits.codes_moved_at_most:.0%} of its rows have other codes in a column than before",
        "a column or table that was filled before is gone or empty",
    )
