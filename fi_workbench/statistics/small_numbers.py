"""Hide small counts so that nobody can work them out again from what is still shown.

A hidden count is no secret when the total of its row is shown and everything else in the row too. So every small
count gets company: three other cells that stand at the corners of a rectangle with it. What one corner may gain the
next may lose, and every total stays as shown. The check that nothing can be worked out is a different piece of
arithmetic (linear programming), so that a mistake in the one does not hide in the other.

Source:
    Hundepool and others, Handbook on Statistical Disclosure Control (primary and secondary suppression, interval
    protection, audit by linear programming).
"""

from __future__ import annotations

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
    counts: Counts, rule: SmallNumberRule, *, already_hidden: Mask | None = None, column_totals: bool = True
) -> Protected:
    """Hide the small counts of a table, and as little else as keeps them hidden.

    Every row total, column total and the total of all are taken to be known, because somebody publishes them. Where
    no company inside the table can protect a count, totals are hidden.

    Args:
        counts: a table of counts without its totals.
        rule: which counts are too small, and how the others are rounded.
        already_hidden: cells that are hidden for another reason; they must stay hidden and cost nothing.
        column_totals: whether totals of columns are known; a table of one row has none.

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
        if rule.base == 1 or not _wide_enough(full, hidden, rule, (int(row), int(column))):
            _hide_rectangle(full, hidden, cost, (int(row), int(column)), rule.threshold)
    return Protected(full, hidden, primary)


def _hide_rectangle(full: Counts, hidden: Mask, cost: Bounds, cell: tuple[int, int], width: int) -> None:
    # In place: the cheapest rectangle that lets this cell's value move by at least `width` under unchanged totals.
    row, column = cell
    last_row, last_column = full.shape[0] - 1, full.shape[1] - 1
    best: tuple[float, tuple[tuple[int, int], ...]] | None = None
    for other_row, other_column in product(range(last_row + 1), range(last_column + 1)):
        if other_row == row or other_column == column:
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
    if best is None:
        # Only a table too thin to have any rectangle with room comes here: show none of it.
        hidden[:, :] = True
        return
    for corner in best[1]:
        hidden[corner] = True


def _wide_enough(full: Counts, hidden: Mask, rule: SmallNumberRule, cell: tuple[int, int]) -> bool:
    low, high = bounds(full, hidden, base=rule.base, cells=[cell])[0]
    return high - low >= rule.threshold


def bounds(
    full: Counts, hidden: Mask, *, base: int = 1, cells: list[tuple[int, int]] | None = None
) -> list[tuple[float, float]]:
    """Work out what an outsider can: the least and most that each hidden count may be, given all that is shown.

    Args:
        full: the true table with its totals.
        hidden: what is not shown.
        base: shown counts were rounded to the nearest multiple of this.
        cells: hidden cells to work out; all of them when None.

    Returns:
        One (least, most) for each cell asked for, in order; most is infinite where nothing bounds it.
    """
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import linprog  # noqa: PLC0415 - half a second that only published tables need to pay

    rows, columns = full.shape
    index = {cell: n for n, cell in enumerate(product(range(rows), range(columns)))}
    equations = []
    for row in range(rows):
        line = np.zeros(len(index))
        for column in range(columns):
            line[index[row, column]] = -1.0 if column == columns - 1 else 1.0
        equations.append(line)
    for column in range(columns):
        line = np.zeros(len(index))
        for row in range(rows):
            line[index[row, column]] = -1.0 if row == rows - 1 else 1.0
        equations.append(line)
    limits: list[tuple[float, float | None]] = []
    for cell in index:
        if hidden[cell]:
            limits.append((0.0, None))
        elif base == 1:
            limits.append((float(full[cell]), float(full[cell])))
        else:
            shown = int((full[cell] + base // 2) // base * base)
            limits.append((max(0.0, float(shown - base // 2)), float(shown + (base - 1) // 2)))
    wanted = cells if cells is not None else [c for c in index if hidden[c]]
    found = []
    for cell in wanted:
        aim = np.zeros(len(index))
        aim[index[cell]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            answer = linprog(
                sign * aim, A_eq=np.array(equations), b_eq=np.zeros(len(equations)), bounds=limits, method="highs"
            )
            # 3 means without bound; anything else unexpected counts as found out, so that it is refused.
            least = -np.inf if answer.status == 3 else sign * float(full[cell])
            ends.append(sign * (float(answer.fun) if answer.status == 0 and answer.fun is not None else least))
        found.append((ends[0], ends[1]))
    return found


def exposed(table: Protected, rule: SmallNumberRule) -> int:
    """Count the small counts that an outsider could still place more closely than the threshold is wide.

    This is the audit: it shares no arithmetic with `protect`. A release goes ahead only at 0.
    """
    import numpy as np  # noqa: PLC0415

    cells = [(int(row), int(column)) for row, column in zip(*np.nonzero(table.primary), strict=True)]
    if not cells:
        return 0
    ranges = bounds(table.counts, table.hidden, base=rule.base, cells=cells)
    return sum(1 for low, high in ranges if high - low < rule.threshold - 1e-6)
