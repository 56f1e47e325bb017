"""Which segment of a new fit is which segment of the former one, and what became of those that have no match.

A refit numbers its classes by size, which says nothing of who is in them. Segments are matched one to one so that
their answer probabilities differ least in all; a match that is nearest neither way is none. What merges, splits or
has no likeness is said, because then no renaming can keep the meaning and a person has to look.

Source:
    Kuhn 1955 (the assignment problem); Stephens 2000 (relabelling of mixture components).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.grouping import Carried, Grouping
from fi_workbench.segmentation.patterns import Reals

ALIKE_BELOW = 0.25
"""Mean difference of answer probabilities from which two segments are no longer the same segment."""


@dataclass(frozen=True)
class Match:
    """A segment of the new fit and what it was.

    Attributes:
        fitted_code: its code in the new fit.
        code: the code that it carries on: the former segment's, or a code never used before.
        former_code: the former segment matched to it; None where there is none that is alike.
        distance: mean absolute difference of the answer probabilities, 0 to 1; None without a match.
    """

    fitted_code: str
    code: str
    former_code: str | None
    distance: float | None


@dataclass(frozen=True)
class Alignment:
    """How two fits belong together.

    Attributes:
        matches: one per segment of the new fit, in its order.
        gone: former segments that no new one carries on.
        merges: pairs of former segments whose nearest new segment is the same one, and that one.
        splits: pairs of new segments whose nearest former segment is the same one, and that one.
        distances: new segment by former segment.
    """

    matches: tuple[Match, ...]
    gone: tuple[str, ...]
    merges: tuple[tuple[str, str, str], ...]
    splits: tuple[tuple[str, str, str], ...]
    distances: Reals

    @property
    def keeps_meaning(self) -> bool:
        """Whether every segment of both fits has its like in the other, so that labels go on without a person."""
        return not self.gone and all(match.former_code for match in self.matches)


def align(former: Grouping, fitted: Grouping) -> Alignment:
    """Match the segments of a new fit to those of the former one.

    Args:
        former: the grouping in use; its codes have the meaning that people know.
        fitted: the new one.

    Raises:
        SegmentationError: the two share no indicator, so nothing can be compared.
    """
    distances = _distances(former, fitted)
    new_places, old_places = scipy.optimize.linear_sum_assignment(distances)
    pairs = {
        int(new): int(old)
        for new, old in zip(new_places, old_places, strict=True)
        if _alike(distances, int(new), int(old))
    }
    old_codes = [segment.code for segment in former.segments]
    fresh = iter(_unused(former, fitted))
    matches = tuple(
        Match(segment.code, old_codes[pairs[new]], old_codes[pairs[new]], float(round(distances[new, pairs[new]], 4)))
        if new in pairs
        else Match(segment.code, next(fresh), None, None)
        for new, segment in enumerate(fitted.segments)
    )
    carried = [match.code for match in matches]
    gone = tuple(code for place, code in enumerate(old_codes) if place not in pairs.values())
    return Alignment(
        matches,
        gone,
        merges=_sharing(distances.T, old_codes, carried),
        splits=_sharing(distances, carried, old_codes),
        distances=distances,
    )


def carried_on(former: Grouping, fitted: Grouping) -> Grouping:
    """The new grouping under the former one's codes: each segment that is alike keeps its code and its name.

    What cannot carry on is written into `changes`, for the person who decides.
    """
    alignment = align(former, fitted)
    names = {segment.code: segment.name for segment in former.segments}
    segments = tuple(
        segment.model_copy(update={"code": match.code, "name": names.get(match.code, segment.name)})
        for segment, match in zip(fitted.segments, alignment.matches, strict=True)
    )
    codes = {match.fitted_code: match.code for match in alignment.matches}
    carried = tuple(
        Carried(code=one.code, former_code=one.former_code, distance=one.distance) for one in alignment.matches
    )
    return fitted.model_copy(
        update={
            "segments": segments,
            "stability": tuple(one.model_copy(update={"code": codes[one.code]}) for one in fitted.stability),
            "carried_from": former.version,
            "carried": carried,
            "changes": _changes(alignment),
        }
    )


def _changes(alignment: Alignment) -> tuple[str, ...]:
    told = [f"{one} and {two} have merged: both are nearest to {into}." for one, two, into in alignment.merges]
    told += [f"{of} has split: {one} and {two} are both nearest to it." for one, two, of in alignment.splits]
    told += [f"{code} has no successor." for code in alignment.gone]
    told += [f"{one.code} is new: no former segment is like it." for one in alignment.matches if not one.former_code]
    return tuple(told)


def moves(memberships: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Tell families that move because the model changed from those that move because their needs did.

    Args:
        memberships: `before` (former families by the former model), `same_model` (families of today by the former
            model) and `now` (families of today by the new model under carried-on codes), each with `family_id` and
            `segment`.

    Returns:
        GRAIN one row per family in both `before` and `now`: `family_id`, `from_segment`, `to_segment`, `cause`
        (`none`, `needs`, `refit`, `both`).
    """
    joined = (
        memberships["before"]
        .select("family_id", from_segment="segment")
        .join(memberships["same_model"].select("family_id", between="segment"), on="family_id")
        .join(memberships["now"].select("family_id", to_segment="segment"), on="family_id")
    )
    by_needs = pl.col("from_segment").ne_missing(pl.col("between"))
    by_refit = pl.col("between").ne_missing(pl.col("to_segment"))
    cause = (
        pl.when(by_needs & by_refit)
        .then(pl.lit("both"))
        .when(by_needs)
        .then(pl.lit("needs"))
        .when(by_refit)
        .then(pl.lit("refit"))
        .otherwise(pl.lit("none"))
    )
    return joined.select("family_id", "from_segment", "to_segment", cause=cause).sort("family_id")


def _distances(former: Grouping, fitted: Grouping) -> Reals:
    """Mean over shared indicators of half the absolute difference of their answer probabilities."""
    theirs = dict(zip((item.name for item in former.items), zip(former.items, former.tables, strict=True), strict=True))
    parts = []
    for item, table in zip(fitted.items, fitted.tables, strict=True):
        if item.name not in theirs:
            continue
        other, other_table = theirs[item.name]
        answers = sorted({*map(str, item.categories), *map(str, other.categories)})
        ours, before = _laid_out(item.categories, table, answers), _laid_out(other.categories, other_table, answers)
        parts.append(np.abs(ours[:, None, :] - before[None, :, :]).sum(axis=2) / 2)
    if not parts:
        raise SegmentationError(
            "The two groupings share no indicator, so their segments cannot be compared.",
            where=f"{former.version} and {fitted.version}",
            next_step="Give the new segments their own names, and have a person decide which family goes where.",
        )
    return np.asarray(np.mean(parts, axis=0), dtype=np.float64)


def _alike(distances: Reals, new: int, old: int) -> bool:
    """Whether two segments are close, and neither is only what the matching had left over for the other."""
    nearest = distances[new].argmin() == old or distances[:, old].argmin() == new
    return bool(nearest and distances[new, old] < ALIKE_BELOW)


def _laid_out(categories: tuple[object, ...], table: Reals, answers: list[str]) -> Reals:
    places = {str(category): place for place, category in enumerate(categories)}
    out = np.zeros((len(table), len(answers)))
    for column, answer in enumerate(answers):
        if answer in places:
            out[:, column] = table[:, places[answer]]
    return out


def _unused(former: Grouping, fitted: Grouping) -> list[str]:
    used = {segment.code for segment in former.segments}
    numbered = (f"s{number}" for number in range(1, len(used) + len(fitted.segments) + 1))
    return [code for code in numbered if code not in used]


def _sharing(distances: Reals, rows: list[str], columns: list[str]) -> tuple[tuple[str, str, str], ...]:
    """Pairs of rows that are both nearest, and alike, to the same column."""
    nearest = distances.argmin(axis=1)
    alike = distances.min(axis=1) < ALIKE_BELOW
    return tuple(
        (rows[one], rows[two], columns[int(nearest[one])])
        for one in range(len(rows))
        for two in range(one + 1, len(rows))
        if alike[one] and alike[two] and nearest[one] == nearest[two]
    )
