"""How well each pattern of answers fits the grouping at all: a family may be nearest to a segment and unlike it.

A posterior compares segments with each other, so a family unlike every one of them can still have a posterior near 1.
Here its answers are compared with families that the grouping would draw itself, with the same answers known: its
log-likelihood within each segment, and over all of them.

Source:
    Drasgow, Levine and Williams 1985 (doi 10.1111/j.2044-8317.1985.tb00817.x): the standardised log-likelihood as an
    index of person fit; here its distribution is drawn and not taken to be normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import ENOUGH_KNOWN
from fi_workbench.segmentation.patterns import MISSING, Codes, Patterns, Reals, collapse, encode

NO_SEGMENT = "no_segment"
TWO_EQUALLY = "two_equally"
EQUAL_ODDS = 1.5
"""Two segments fit equally if the nearest is at most so many times as likely as the second."""
LEAST_CHANCE = 0.01
"""A family fits no segment if, in each, fewer than so many of those whom it would draw are as unlike it."""
_DRAWS = 2000
_CHUNK = 1000
_SEED = 20150119
"""Fixed, so that the same answers are always judged alike."""


@dataclass(frozen=True)
class PersonFit:
    """Fit of patterns, in their order.

    Attributes:
        chance: pattern by segment, the share of families drawn from the segment that are no likelier in it than the
            pattern is; in (0, 1].
        standardised: log-likelihood under the whole grouping, less its mean and over its deviation among families
            drawn from it; 0 and 1 when nothing has changed. 0 for a pattern without any answer.
    """

    chance: Reals
    standardised: Reals

    @property
    def fits_none(self) -> np.ndarray:
        """Whether a pattern fits no segment."""
        return np.asarray(self.chance.max(axis=1) < LEAST_CHANCE)


def person_fit(grouping: Grouping, codes: Codes) -> PersonFit:
    """Judge patterns of answers by families that the grouping draws, with the same answers known.

    Args:
        grouping: candidate or approved.
        codes: pattern by item, in the grouping's order of items; `MISSING` where nothing is known.
    """
    n_segments = len(grouping.segments)
    shares = np.array([segment.share for segment in grouping.segments], dtype=np.float64)
    shares = shares / shares.sum()
    logs = [np.log(table) for table in grouping.tables]
    random = np.random.default_rng(_SEED)
    own = [_drawn(grouping, np.full(_DRAWS, number), random) for number in range(n_segments)]
    mixed = _drawn(grouping, random.choice(n_segments, size=_DRAWS, p=shares), random)
    within = [_columns(logs, drawn, number) for number, drawn in enumerate(own)]
    across = [_columns(logs, mixed, number) for number in range(n_segments)]
    masks, of_pattern = np.unique(codes != MISSING, axis=0, return_inverse=True)
    of_pattern = of_pattern.reshape(-1)
    observed = np.column_stack([_columns(logs, codes, number).sum(axis=1) for number in range(n_segments)])
    chance = np.ones((len(codes), n_segments))
    standardised = np.zeros(len(codes))
    whole = scipy.special.logsumexp(observed + np.log(shares), axis=1) if len(codes) else standardised
    for begin in range(0, len(masks), _CHUNK):
        mask = masks[begin : begin + _CHUNK].T.astype(np.float64)
        here = np.flatnonzero((of_pattern >= begin) & (of_pattern < begin + mask.shape[1]))
        place = of_pattern[here] - begin
        for number in range(n_segments):
            drawn = np.sort(within[number] @ mask, axis=0)
            chance[here, number] = _share_up_to(drawn, place, observed[here, number])
        totals = scipy.special.logsumexp(
            np.stack([columns @ mask + np.log(share) for columns, share in zip(across, shares, strict=True)]), axis=0
        )
        deviation = totals.std(axis=0)[place]
        apart = whole[here] - totals.mean(axis=0)[place]
        standardised[here] = np.divide(apart, deviation, out=np.zeros(len(here)), where=deviation > 1e-9)
    return PersonFit(chance, standardised)


def patterns_of(answers: pl.DataFrame, grouping: Grouping) -> Patterns:
    """Collapse families' answers to the indicators of a grouping.

    Raises:
        SegmentationError: the grouping has indicators that the answers have not, as when the list has changed.
    """
    items = grouping.items
    lacking = [item.name for item in items if item.name not in answers.columns]
    if lacking:
        raise SegmentationError(
            "The grouping was fitted on another list of indicators than this version of the workbench has.",
            where=f"model {grouping.version}: {', '.join(lacking)}",
            how_many=f"{len(lacking)} of {len(items)} indicators",
            next_step="Fit a new model with `fi-workbench segment fit`, review it, and approve it by name.",
        )
    return collapse(encode([answers[item.name] for item in items], items), [len(item.categories) for item in items])


def kinds(patterns: Patterns, posterior: Reals, fit: PersonFit) -> np.ndarray:
    """For each pattern `no_segment`, `two_equally`, or empty for one that fits, or of which too little is known."""
    enough = (patterns.codes != MISSING).mean(axis=1) >= ENOUGH_KNOWN
    kind = np.full(len(patterns.codes), "", dtype=object)
    if posterior.shape[1] > 1:
        best = np.sort(posterior, axis=1)
        kind[enough & (best[:, -1] <= EQUAL_ODDS * best[:, -2])] = TWO_EQUALLY
    kind[enough & fit.fits_none] = NO_SEGMENT
    return kind


def _drawn(grouping: Grouping, of_segment: np.ndarray, random: np.random.Generator) -> Codes:
    codes = np.empty((len(of_segment), len(grouping.tables)), dtype=np.int64)
    for column, table in enumerate(grouping.tables):
        up_to = np.cumsum(table, axis=1)[of_segment]
        codes[:, column] = np.minimum((random.random(len(of_segment))[:, None] > up_to).sum(axis=1), table.shape[1] - 1)
    return codes


def _columns(logs: list[Reals], codes: Codes, segment: int) -> Reals:
    """Log-probability in a segment of each answer, item by item; 0 where it is missing."""
    parts = [np.where(codes[:, i] == MISSING, 0.0, each[segment, codes[:, i]]) for i, each in enumerate(logs)]
    return np.column_stack(parts)


def _share_up_to(drawn: Reals, place: np.ndarray, observed: Reals) -> Reals:
    """For each pattern, the share of the draws of its mask that are no likelier; the pattern itself counts as one."""
    told = np.ones(len(observed))
    for column in np.unique(place):
        at = place == column
        told[at] = (1 + np.searchsorted(drawn[:, column], observed[at] + 1e-9, side="right")) / (len(drawn) + 1)
    return told
