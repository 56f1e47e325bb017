"""Hide small counts so that nobody can work them out again from what is still shown.

A hidden count is no secret when the total of its row is shown and everything else in the row too. So every small
count gets company: three other cells that stand at the corners of a rectangle with it. What one corner may gain the
next may lose, and every total stays as shown. That nothing can be worked out is checked by `small_number_audit`.

Whoever is behind a row knows it, hidden or not. So a count may need company that does without that row: how far it
can move then is the most that can flow around it in the network of rows and columns, which is exact and quick.

Source:
    Hundepool and others, Handbook on Statistical Disclosure Control (primary and secondary suppression, interval
    protection; attackers inside the table, who know their own contribution).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from fi_workbench.errors import WorkbenchError

if TYPE_CHECKING:  # numpy starts threads when it is imported, and a process must have none before it is forked
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]
    Bounds = npt.NDArray[np.float64]

TOTAL_COST = 10
"""A total is worth so many times its count: cells inside the table are hidden before totals are."""


@dataclass(frozen=True)
class SmallNumberRule:
    """What counts may be shown, and how exactly.

    Attributes:
        threshold: counts from 1 to this are hidden.
        base: shown counts are rounded to the nearest multiple of this; 1 leaves them as they are.
        hide_zero: whether 0 is hidden too.
    """

    threshold: int
    base: int = 1
    hide_zero: bool = False

    def hides(self, counts: Counts) -> Mask:
        """Mark the counts that are too small to be shown.

        Example:
            >>> import numpy as np
            >>> SmallNumberRule(5).hides(np.array([0, 1, 5, 6])).tolist()
            [False, True, True, False]
        """
        lowest = 0 if self.hide_zero else 1
        return (counts >= lowest) & (counts <= self.threshold)

    def rounds(self, counts: Counts) -> Counts:
        """Round counts to the nearest multiple of the base, halves up.

        Example:
            >>> import numpy as np
            >>> SmallNumberRule(7, base=5).rounds(np.array([8, 12, 13])).tolist()
            [10, 10, 15]
        """
        return (counts + self.base // 2) // self.base * self.base


@dataclass(frozen=True)
class Protected:
    """A table of counts with its totals, and what of it is hidden.

    Attributes:
        counts: the table with a last row and a last column of totals.
        hidden: same shape; True where nothing may be shown.
        primary: same shape; True where the count itself is too small.
    """

    counts: Counts
    hidden: Mask
    primary: Mask

    @property
    def inside(self) -> Mask:
        """What is hidden of the table without its totals."""
        return self.hidden[:-1, :-1]


def with_totals(counts: Counts) -> Counts:
    """Add a last row and a last column of totals to a table of counts."""
    import numpy as np  # noqa: PLC0415

    if counts.ndim != 2 or not counts.size or counts.min() < 0:
        raise WorkbenchError("Small numbers are hidden in a table of counts of 0 or more.", where="small_numbers")
    wide = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    return np.vstack([wide, wide.sum(axis=0, keepdims=True)])


def protect(
    counts: Counts,
    rule: SmallNumberRule,
    *,
    already_hidden: Mask | None = None,
    column_totals: bool = True,
    rows_know_themselves: bool = False,
) -> Protected:
    """Hide the small counts of a table, and as little else as keeps them hidden.

    Every row total, column total and the total of all are taken to be known, because somebody publishes them. Where
    no company inside the table can protect a count, totals are hidden.

    Args:
        counts: a table of counts without its totals.
        rule: which counts are too small, and how the others are rounded.
        already_hidden: cells that are hidden for another reason; they must stay hidden and cost nothing.
        column_totals: whether totals of columns are known; a table of one row has none.
        rows_know_themselves: whether somebody behind each row, as a unit, knows its counts, and must not work out those
            of another row.

    Returns:
        The table with totals and what of it is hidden.

    Raises:
        WorkbenchError: not a table of counts of 0 or more.

    Example:
        >>> import numpy as np
        >>> protect(np.array([[2, 30, 40], [20, 9, 50]]), SmallNumberRule(5)).inside.tolist()
        [[True, True, False], [True, True, False]]
    """
    import numpy as np  # noqa: PLC0415

    full = with_totals(counts)
    primary = rule.hides(full)
    hidden = primary.copy()
    if not column_totals:
        # Nobody shows them, so they cost nothing to hide and need no protection of their own.
        hidden[-1, :] = True
        primary[-1, :] = False
    if already_hidden is not None:
        hidden[:-1, :-1] |= already_hidden
    cost = full.astype(np.float64) + 1.0
    cost[-1, :] *= TOTAL_COST
    cost[:, -1] *= TOTAL_COST
    order = sorted(zip(*np.nonzero(primary), strict=True), key=lambda cell: (-int(full[cell]), cell))
    for row, column in order:
        if rule.base == 1 or spread(full, hidden, rule, (int(row), int(column))) < rule.threshold:
            _hide_rectangle(full, hidden, cost, (int(row), int(column)), rule.threshold)
    if rows_know_themselves:
        for cell, viewer in views(full, rule):
            _hide_from(viewer, full, hidden, cost, cell, rule)
    return Protected(full, hidden, primary)


def views(full: Counts, rule: SmallNumberRule) -> Iterator[tuple[tuple[int, int], int]]:
    """Each small count with each row from which it must not be worked out.

    Whoever looks from a row knows its counts, so of a total only the rest is news there: a rest that is not small, or
    that is 0 where noughts are shown, tells nothing that is hidden.

    Args:
        full: the true table with its totals.
        rule: which counts are too small.

    Yields:
        The cell, and the row from which somebody looks.
    """
    import numpy as np  # noqa: PLC0415

    last = full.shape[0] - 1
    for row, column in zip(*np.nonzero(rule.hides(full)), strict=True):
        for viewer in range(last):
            rest = full[row, column] - full[viewer, column]
            if viewer != row and (row != last or rule.hides(np.array([rest]))[0]):
                yield (int(row), int(column)), viewer


def _hide_from(
    viewer: int, full: Counts, hidden: Mask, cost: Bounds, cell: tuple[int, int], rule: SmallNumberRule
) -> None:
    # In place: company in other rows than the viewer's, without the totals as long as there is any.
    totals_known = hidden.copy()
    totals_known[-1, :] = cell[0] == len(full) - 1
    if spread(full, totals_known, rule, cell, viewer=viewer) >= rule.threshold:
        return
    corners = _rectangle(full, hidden, cost, cell, rule.threshold, barred={viewer, len(full) - 1})
    if corners:
        for corner in corners:
            hidden[corner] = True
    elif spread(full, hidden, rule, cell, viewer=viewer) < rule.threshold:
        _hide_rectangle(full, hidden, cost, cell, rule.threshold, barred={viewer})


def _hide_rectangle(
    full: Counts, hidden: Mask, cost: Bounds, cell: tuple[int, int], width: int, *, barred: Collection[int] = ()
) -> None:
    # In place.
    corners = _rectangle(full, hidden, cost, cell, width, barred=barred)
    if not corners:
        # Only a table too thin to have any rectangle with room comes here: show none of it.
        hidden[:, :] = True
    for corner in corners:
        hidden[corner] = True


def _rectangle(
    full: Counts, hidden: Mask, cost: Bounds, cell: tuple[int, int], width: int, *, barred: Collection[int] = ()
) -> tuple[tuple[int, int], ...]:
    # The cheapest that lets this cell's value move by at least `width` under unchanged totals, without the rows that
    # are barred because somebody knows them; empty where there is none.
    row, column = cell
    last_row, last_column = full.shape[0] - 1, full.shape[1] - 1
    best: tuple[float, tuple[tuple[int, int], ...]] | None = None
    for other_row, other_column in product(range(last_row + 1), range(last_column + 1)):
        if other_row == row or other_row in barred or other_column == column:
            continue
        # A total is the sum of its cells, so it moves with them; other cells of a row move against each other.
        rows_sign = -1 if (row == last_row) == (other_row == last_row) else 1
        columns_sign = -1 if (column == last_column) == (other_column == last_column) else 1
        corners = ((row, column), (row, other_column), (other_row, column), (other_row, other_column))
        moves = (1, columns_sign, rows_sign, rows_sign * columns_sign)
        room_up = min((int(full[c]) for c, m in zip(corners, moves, strict=True) if m < 0), default=width)
        room_down = min(int(full[c]) for c, m in zip(corners, moves, strict=True) if m > 0)
        if room_up + room_down < width:
            continue
        price = sum(float(cost[c]) for c in corners if not hidden[c])
        if best is None or price < best[0]:
            best = (price, corners)
    return best[1] if best is not None else ()


def spread(
    full: Counts, hidden: Mask, rule: SmallNumberRule, cell: tuple[int, int], *, viewer: int | None = None
) -> int:
    """How wide the range is in which somebody can place a hidden count, up to the rule's threshold.

    What one cell gains, others lose: whatever a count may gain flows from its row to its column on another way. So the
    most that it may gain, or lose, is a greatest flow; it is a whole number, and what linear programming gives, too.

    Args:
        full: the true table with its totals.
        hidden: what is not shown.
        rule: how counts that are shown were rounded, and the width beyond which nothing need be known.
        cell: a hidden cell.
        viewer: the row that is known to whoever looks, with its total; nobody's when None.

    Example:
        >>> import numpy as np
        >>> full = with_totals(np.array([[3, 40], [50, 60]]))
        >>> hidden = np.array([[True, True, False], [True, True, False], [False, False, False]])
        >>> rule = SmallNumberRule(5)
        >>> spread(full, hidden, rule, (0, 0)), spread(full, hidden, rule, (0, 0), viewer=1)
        (5, 0)
    """
    import numpy as np  # noqa: PLC0415
    from scipy.sparse import csr_array  # noqa: PLC0415 - only published tables need it
    from scipy.sparse.csgraph import maximum_flow  # noqa: PLC0415

    most, base = rule.threshold, rule.base
    shown = rule.rounds(full)
    up = np.where(hidden, most, shown + (base - 1) // 2 - full)
    down = np.where(hidden, full, full - np.maximum(0, shown - base // 2))
    if viewer is not None:
        up[viewer], down[viewer] = 0, 0
    rows, columns = full.shape
    # A total is the sum of its cells, so it flows back where they flow from.
    onward = np.ones(full.shape, dtype=np.bool_)
    onward[-1, :-1] = onward[:-1, -1] = False
    capacity = np.zeros((rows + columns, rows + columns), dtype=np.int32)
    capacity[:rows, rows:] = np.minimum(most, np.where(onward, up, down))
    capacity[rows:, :rows] = np.minimum(most, np.where(onward, down, up)).T
    row, column = cell[0], rows + cell[1]
    gain, loss = int(capacity[row, column]), int(capacity[column, row])
    capacity[row, column] = capacity[column, row] = 0
    network = csr_array(capacity)
    there = int(maximum_flow(network, column, row).flow_value) if gain else 0
    back = int(maximum_flow(network, row, column).flow_value) if loss else 0
    return min(most, min(gain, there) + min(loss, back))
