"""When a cell may speak, and in which words.

A cell says nothing with fewer than ten families in an arm, and "too few to say" where its families, their weights or
their likeness do not carry a comparison. Words climb only as far as all of this carries them: the pooled chance of
the direction, the false discovery rate over all cells shown, overlap, and what an unmeasured confounder would need.
No word says that anything works best.

Source:
    Benjamini and Hochberg, JRSS B 57 (1995), for the rate. The bounds are proposals, named here to be approved.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from fi_workbench.matching.effects.encoding import Mask, Reals

LEAST_SHOWN = 10
"""Families in each arm below which nothing is shown."""
LEAST_SAYING = 20
LEAST_EFFECTIVE = 15.0
MOST_OUTSIDE = 0.20
FALSE_DISCOVERIES = 0.10
LEANS, EVIDENCE = 0.90, 0.975

NOT_SHOWN, TOO_FEW, SHOWN = "not shown", "too few to say", "shown"
NO_DIFFERENCE = "no clear difference"

Words = npt.NDArray[np.str_]


def passes_discovery(difference: Reals, variance: Reals, shown: Mask) -> Mask:
    """Which cells pass Benjamini and Hochberg's procedure, among those shown; the last two axes are one family.

    Args:
        difference: of cells, before pooling; axes before the last two are runs of their own.
        variance: of each.
        shown: which may speak.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(difference) / np.sqrt(variance)
    use = np.broadcast_to(shown, z.shape) & np.isfinite(z)
    p = np.where(use, 2 * ndtr(-np.nan_to_num(z)), np.inf).reshape(*z.shape[:-2], -1)
    tests = use.reshape(p.shape).sum(axis=-1, keepdims=True)
    ordered = np.sort(p, axis=-1)
    # Step up: the largest p that lies below its own bound lets all smaller ones pass too.
    below = ordered <= FALSE_DISCOVERIES * np.arange(1, p.shape[-1] + 1) / np.maximum(tests, 1)
    bound = np.where(below, ordered, -np.inf).max(axis=-1, keepdims=True)
    return np.asarray((p <= bound).reshape(z.shape) & use)


def speak(*, below: Reals, shown: Mask, holds: Mask, muted: bool = False) -> Words:
    """Find the words of cells that may speak.

    Args:
        below: chance that the true difference is below 0, after pooling.
        shown: which cells may speak.
        holds: where "evidence" stands up to everything else: the discovery rate, overlap, sensitivity, the models.
        muted: the run's own certificate says that it flags too often, so nothing goes beyond "leans".

    Returns:
        `too few to say`, `no clear difference`, `leans towards fewer`, `leans towards more`, `evidence of fewer` or
        `evidence of more`.
    """
    chance = np.maximum(below, 1 - below)
    direction = np.where(below >= 0.5, "fewer", "more")
    evidence = (chance >= EVIDENCE) & holds & (not muted)
    words = np.where(chance >= LEANS, np.char.add("leans towards ", direction), NO_DIFFERENCE)
    words = np.where(evidence, np.char.add("evidence of ", direction), words)
    return np.asarray(np.where(shown, words, TOO_FEW))


def may_speak(
    *, n_arm: Reals, n_usual: Reals, effective: Reals, outside: Reals, worst: Reals, allowed: Reals
) -> tuple[Words, Words]:
    """Decide which cells may speak, and say of each other one why it may not.

    Args:
        n_arm: families with the arm, of those the answer is about.
        n_usual: families with usual support.
        effective: smaller effective sample size of the two.
        outside: share of the answer's families who could hardly have had one of the two.
        worst: largest standardised difference after weighting.
        allowed: up to which it is no reason to be silent.

    Returns:
        State (`not shown`, `too few to say`, `shown`) and reason (empty where shown).
    """
    fewest = np.fmin(n_arm, n_usual)
    reasons: list[tuple[Mask, str, str]] = [
        (fewest < LEAST_SHOWN, NOT_SHOWN, f"fewer than {LEAST_SHOWN} families in an arm"),
        (fewest < LEAST_SAYING, TOO_FEW, f"fewer than {LEAST_SAYING} families in an arm"),
        (outside > MOST_OUTSIDE, TOO_FEW, "too many families could hardly have had one of the two"),
        (effective < LEAST_EFFECTIVE, TOO_FEW, "a few families would carry the answer"),
        (worst > allowed, TOO_FEW, "families with the arm are unlike the others even after weighting"),
    ]
    tried = [np.asarray(each[0]) for each in reasons]
    state = np.select(tried, [each[1] for each in reasons], SHOWN)
    return state, np.select(tried, [each[2] for each in reasons], "")
