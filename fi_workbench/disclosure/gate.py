"""The one gate: which rows and columns of a table an audience may have.

It is strict in one direction only. A column that no contract describes, a class of sensitivity that is not known, a
row of another unit, or a key that names people stops the release; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from fi_workbench.contracts import CLASSIFICATIONS, Table
from fi_workbench.disclosure.profiles import Profile, profile_named
from fi_workbench.disclosure.published import suppress
from fi_workbench.disclosure.released import Audience, Released, sealed
from fi_workbench.errors import DisclosureError

FAMILIES_FOR_INSIGHT = 10
"""No insight speaks of fewer families than this, not even inside the unit that works with them."""

INSIGHTS = "unit_insights"
STORE_COLUMNS = frozenset({"week"})
"""Columns that the store adds to every week table; they name the week, not a person."""

MAY_HOLD: dict[Audience, str] = {
    "analyst": "special",
    "manager": "case_reference",
    "worker": "case_reference",
    "unit": "internal",
    "published": "aggregate",
}
"""The most sensitive class of column that each audience may have."""

_LEVEL = {name: level for level, name in enumerate(CLASSIFICATIONS)}


def release(
    frame: pl.DataFrame,
    table: Table,
    *,
    audience: Audience,
    profile: str | Profile,
    unit: str | None = None,
    worker: str | None = None,
) -> Released:
    """Release a table for an audience, or refuse.

    `analyst` gets everything and stays in the identifiable zone. `manager` and `worker` get case references of their
    unit or their own. `unit` gets no reference at all, and no insight on fewer than 10 families. `published` gets
    counts under a profile of small-number rules.

    Args:
        frame: rows of the table; every column must be in its contract.
        table: the table's contract.
        audience: for whom.
        profile: the small-number profile, used for `published` alone.
        unit: the unit whose rows these must be; needed for worker, manager and unit.
        worker: the lead practitioner whose rows these must be; needed for worker.

    Returns:
        The rows and columns that the audience may have, in the order given.

    Raises:
        DisclosureError: a column that the contract does not know or classify; a key column that the audience may
            not have, so that a row would stand for a person; rows of another unit or worker; rows of restricted
            people; an insight on too few families; small counts that cannot be protected.
    """
    if audience not in MAY_HOLD:
        raise DisclosureError(f"There is no audience {audience}.", next_step="Audiences: " + ", ".join(MAY_HOLD))
    columns = {name: table.columns[name] for name in frame.columns if name in table.columns}
    _check_columns(frame, table)
    most = _LEVEL[MAY_HOLD[audience]]
    allowed = {name for name, column in columns.items() if _LEVEL[column.classification] <= most}
    if audience == "published":
        # The code of a unit or a need may be internal; as the key of a count it is what the count is about.
        allowed |= {n for n in table.key if n in columns and _LEVEL[columns[n].classification] <= _LEVEL["internal"]}
    _check_key(table, columns, allowed, audience)
    if audience != "analyst":
        _check_restricted(frame, table)
    if audience in {"worker", "manager", "unit"}:
        _check_owner(frame, table, "unit", unit, audience)
    if audience == "worker":
        _check_owner(frame, table, "worker_id", worker, audience)
    if audience in {"unit", "published"}:
        _check_insights(frame, table)
    kept = [name for name in frame.columns if name in allowed]
    dropped = tuple(name for name in columns if name not in allowed)
    rows = frame[kept]
    described = {name: columns[name] for name in kept}
    if audience != "published":
        return sealed(
            table=table.name, audience=audience, unit=unit or "", columns=described, dropped=dropped, rows=rows
        )
    chosen = profile if isinstance(profile, Profile) else profile_named(profile)
    shown, n_hidden, lost = suppress(rows, table, chosen)
    return sealed(
        table=table.name,
        audience=audience,
        unit="",
        columns={name: column for name, column in described.items() if name in shown.columns},
        dropped=(*dropped, *lost),
        rows=shown,
        n_hidden=n_hidden,
        symbol=chosen.symbol,
    )


def _check_columns(frame: pl.DataFrame, table: Table) -> None:
    unknown = [name for name in frame.columns if name not in table.columns and name not in STORE_COLUMNS]
    if unknown:
        raise DisclosureError(
            "A table has columns that its contract does not describe, so nobody said who may see them.",
            where=f"table {table.name}: {', '.join(unknown)}",
            how_many=f"{len(unknown)} columns",
            next_step="Describe and classify them in the contract, or leave them out.",
        )
    unclassified = [n for n in frame.columns if n in table.columns and table.columns[n].classification not in _LEVEL]
    if unclassified:
        raise DisclosureError(
            "A table has columns without a known class of sensitivity.",
            where=f"table {table.name}: {', '.join(unclassified)}",
            next_step="Classes: " + ", ".join(CLASSIFICATIONS),
        )


def _check_key(table: Table, columns: Collection[str], allowed: set[str], audience: Audience) -> None:
    barred = [name for name in table.key if name in columns and name not in allowed]
    if barred:
        raise DisclosureError(
            f"Each row of this table stands for a person or family, which is not for the audience {audience}.",
            where=f"table {table.name}, key {', '.join(barred)}",
            next_step="Release a table of counts instead.",
        )


def _check_restricted(frame: pl.DataFrame, table: Table) -> None:
    if "restricted" not in frame.columns:
        return
    n = int(frame["restricted"].fill_null(value=True).sum())
    if n:
        raise DisclosureError(
            "Rows of restricted records were about to leave.", where=f"table {table.name}", how_many=f"{n} rows"
        )


def _check_owner(frame: pl.DataFrame, table: Table, column: str, owner: str | None, audience: Audience) -> None:
    if column not in frame.columns:
        return
    if not owner:
        raise DisclosureError(
            f"Rows by {column} were asked for without saying whose they should be.",
            where=f"table {table.name}, audience {audience}",
        )
    n = frame.height - frame[column].to_list().count(owner)
    if n:
        raise DisclosureError(
            f"Rows of another {column.removesuffix('_id')} were about to be shown.",
            where=f"table {table.name}, audience {audience}",
            how_many=f"{n} of {frame.height} rows",
            next_step="Keep only the rows of the one it is for before releasing them.",
        )


def _check_insights(frame: pl.DataFrame, table: Table) -> None:
    if table.name != INSIGHTS or not frame.height:
        return
    if "n_families" not in frame.columns:
        raise DisclosureError("An insight does not say how many families it is about.", where=f"table {table.name}")
    n = int((frame["n_families"].fill_null(0) < FAMILIES_FOR_INSIGHT).sum())
    if n:
        raise DisclosureError(
            f"An insight is about fewer than {FAMILIES_FOR_INSIGHT} families.",
            where=f"table {table.name}",
            how_many=f"{n} insights",
            next_step="Leave it out; no insight speaks of so few.",
        )
