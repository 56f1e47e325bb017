"""What can be worked out of a table in which small counts are hidden: the check of `small_numbers`.

Bounds come from linear programming, which shares nothing with how counts are hidden, so that a mistake in the one does
not hide in the other.

Source:
    Hundepool and others, Handbook on Statistical Disclosure Control (audit by linear programming; attackers inside the
    table, who know their own contribution).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from fi_workbench.statistics.small_numbers import Protected, SmallNumberRule, spread, views

if TYPE_CHECKING:  # numpy starts threads when it is imported, and a process must have none before it is forked
    from fi_workbench.statistics.small_numbers import Counts, Mask


def bounds(
    full: Counts,
    hidden: Mask,
    *,
    base: int = 1,
    cells: list[tuple[int, int]] | None = None,
    known: Mask | None = None,
) -> list[tuple[float, float]]:
    """Work out what an outsider can: the least and most that each hidden count may be, given all that is shown.

    Args:
        full: the true table with its totals.
        hidden: what is not shown.
        base: shown counts were rounded to the nearest multiple of this.
        cells: hidden cells to work out; all of them when None.
        known: what whoever looks knows as it is, whether it is shown or not.

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
        if hidden[cell] and not (known is not None and known[cell]):
            limits.append((0.0, None))
        elif base == 1 or (known is not None and known[cell]):
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


def exposed_to_rows(table: Protected, rule: SmallNumberRule) -> int:
    """Count the small counts that somebody behind another row could place more closely than the threshold is wide."""
    found = {
        cell
        for cell, viewer in views(table.counts, rule)
        if spread(table.counts, table.hidden, rule, cell, viewer=viewer) < rule.threshold
    }
    return len(found)
