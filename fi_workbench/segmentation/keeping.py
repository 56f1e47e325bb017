"""Families keep their segment over a refit unless the new grouping clearly prefers another.

Many families lie between two segments, and a refit shifts the border a little. A family whose answers are the same
would then change its segment, and perhaps its worker, for nothing that happened to it. So each pattern of answers is
placed by the first grouping, then by each refit that carried it on: it keeps its segment unless another one is now so
many times as likely. It depends on answers and approved files alone, so that a week can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.patterns import Codes, Item, Patterns, Reals, collapse, encode


@dataclass(frozen=True)
class Placed:
    """Patterns of answers and where they belong.

    Attributes:
        patterns: over the grouping's own items and whatever its forerunners used.
        codes: answers to the grouping's own items, one row per pattern.
        posterior: pattern by segment of the grouping.
        place: the segment of each pattern.
        kept: whether the pattern kept it although another one is a little more likely.
    """

    patterns: Patterns
    codes: Codes
    posterior: Reals
    place: Codes
    kept: np.ndarray


def place_families(
    answers: pl.DataFrame, grouping: Grouping, former: Sequence[Grouping], *, keep_odds: float
) -> Placed:
    """Place families' answers by a grouping and those that it carries on.

    Args:
        answers: one row per family, as `indicators.answers`.
        grouping: the one in use.
        former: those it carries on, oldest first; empty for a first grouping.
        keep_odds: a segment is left for another that is more than so many times as likely; with 1 nothing is kept.
    """
    chain = [*former, grouping]
    items: Mapping[str, Item] = {item.name: item for one in chain for item in one.items}
    columns = [answers[name] for name in items]
    sizes = [len(item.categories) for item in items.values()]
    patterns = collapse(encode(columns, list(items.values())), sizes)
    at = {name: number for number, name in enumerate(items)}
    label: np.ndarray | None = None
    for one in chain:
        codes = patterns.codes[:, [at[item.name] for item in one.items]]
        posterior = one.posterior(Patterns(codes, patterns.counts, patterns.of_row))
        best = posterior.argmax(axis=1)
        names = [segment.code for segment in one.segments]
        place = best if label is None else _kept(label, names, posterior, best, keep_odds)
        label = np.array(names, dtype=object)[place]
    return Placed(patterns, codes, posterior, place, place != best)


def _kept(label: np.ndarray, names: list[str], posterior: Reals, best: Codes, keep_odds: float) -> Codes:
    """The place of the former label where it may stay, else of the most likely segment."""
    known = {code: number for number, code in enumerate(names)}
    was = np.array([known.get(code, -1) for code in label], dtype=np.int64)
    rows = np.arange(len(was))
    stays = (was >= 0) & (posterior[rows, was] * keep_odds >= posterior[rows, best])
    return np.asarray(np.where(stays, was, best), dtype=np.int64)
