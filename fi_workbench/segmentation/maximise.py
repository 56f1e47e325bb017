"""Expectation and maximisation on collapsed patterns, for many starts side by side.

Missing answers simply do not enter a pattern's likelihood (full information maximum likelihood). Each start first
takes a few plain steps; the best are then run to convergence with squared extrapolation (SQUAREM), of which a step
is kept only where it does not lower the likelihood.

A prior may add to each class some families who answer as all families do. It is the Dirichlet prior of latent class
software ("Bayes constants"), and what is climbed is then the likelihood times it.

Source:
    Dempster, Laird and Rubin 1977; Varadhan and Roland 2008 (doi 10.1111/j.1467-9469.2007.00585.x), scheme S3; Vermunt
    and Magidson 2016 (technical guide of Latent GOLD, posterior mode estimation) on the prior.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fi_workbench.segmentation.patterns import Codes, Patterns, Reals

SHORT_STEPS = 25
"""Plain steps that every start takes before the best are chosen."""
TINY = 1e-300
_LARGEST_BATCH = 4_000_000
_CACHED = 32_768
"""Probabilities worked on at once."""
_SMALLEST_PART = 256


@dataclass(frozen=True)
class Design:
    """Patterns as indicator columns, one for each category of each item.

    Attributes:
        ones: one row per pattern, one column per item and category; a missing answer has no one.
        counts: weight of each pattern.
        item_of: the item of each column.
        blocks: sums the columns of each item.
        prior: answers that the prior adds to each class, by column; all zero without one.
    """

    ones: Reals
    counts: Reals
    item_of: Codes
    blocks: Reals
    prior: Reals

    @classmethod
    def of(cls, patterns: Patterns, n_categories: Sequence[int], *, prior_families: float = 0.0) -> Design:
        """Lay out patterns.

        Args:
            patterns: distinct rows and their weights.
            n_categories: of each item.
            prior_families: families added to each class, who answer each item as all families that answer it do.
        """
        item_of = np.repeat(np.arange(len(n_categories)), n_categories)
        category_of = np.concatenate([np.arange(size) for size in n_categories])
        ones = (patterns.codes[:, item_of] == category_of).astype(np.float64)
        blocks = (item_of[:, None] == np.arange(len(n_categories))).astype(np.float64)
        told = patterns.counts @ ones
        answered = (told @ blocks)[item_of]
        prior = prior_families * np.divide(told, answered, out=np.zeros_like(told), where=answered > 0)
        return cls(ones, patterns.counts, item_of, blocks, prior)


@dataclass(frozen=True)
class Parameters:
    """Class shares and answer probabilities of several starts.

    Attributes:
        shares: one row per start, one column per class.
        probabilities: start by class by indicator column; within an item they sum to one.
    """

    shares: Reals
    probabilities: Reals

    def of(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Parameters:
        """Some of the starts."""
        return Parameters(self.shares[which], self.probabilities[which])

    def put(self, which: npt.NDArray[np.bool_], other: Parameters) -> Parameters:
        """These starts with some replaced."""
        shares, probabilities = self.shares.copy(), self.probabilities.copy()
        shares[which], probabilities[which] = other.shares, other.probabilities
        return Parameters(shares, probabilities)


def random_parameters(design: Design, n_classes: int, generators: Sequence[np.random.Generator]) -> Parameters:
    """Draw one start from each generator: equal shares, and answer probabilities anywhere they can be."""
    n_columns = len(design.item_of)
    drawn = np.stack([generator.standard_exponential((n_classes, n_columns)) for generator in generators])
    shares = np.full((len(generators), n_classes), 1.0 / n_classes)
    return Parameters(shares, _normalised(drawn, design))


def log_joint(parameters: Parameters, ones: Reals) -> Reals:
    """Log probability of each pattern together with each class: pattern by start by class."""
    n_starts, n_classes, n_columns = parameters.probabilities.shape
    logs = np.log(np.maximum(parameters.probabilities, TINY)).reshape(n_starts * n_classes, n_columns)
    joint = (ones @ logs.T).reshape(len(ones), n_starts, n_classes)
    joint += np.log(np.maximum(parameters.shares, TINY))
    return np.asarray(joint)


def posterior(joint: Reals) -> tuple[Reals, Reals]:
    """Class probabilities given the pattern, and the log probability of the pattern."""
    top = joint.max(axis=-1, keepdims=True)
    scaled = np.exp(joint - top)
    total = scaled.sum(axis=-1, keepdims=True)
    return scaled / total, np.log(total[..., 0]) + top[..., 0]


def log_likelihoods(parameters: Parameters, design: Design) -> Reals:
    """The log-likelihood of each start."""
    total = np.zeros(len(parameters.shares))
    for part, counts in _parts(parameters, design):
        _, logs = _given(parameters, part)
        total += logs @ counts
    return total


def log_priors(parameters: Parameters, design: Design) -> Reals:
    """What the prior adds to the log-likelihood of each start; zero without one."""
    if not design.prior.any():
        return np.zeros(len(parameters.shares))
    return np.asarray((np.log(np.maximum(parameters.probabilities, TINY)) @ design.prior).sum(axis=1))


def objectives(parameters: Parameters, design: Design) -> Reals:
    """What is climbed: the log-likelihood of each start, with the prior where there is one."""
    return log_likelihoods(parameters, design) + log_priors(parameters, design)


def step(parameters: Parameters, design: Design) -> tuple[Parameters, Reals]:
    """One step of expectation and maximisation; returns the objectives *before* it."""
    n_starts, n_classes, n_columns = parameters.probabilities.shape
    told = np.zeros((n_classes * n_starts, n_columns))
    weight = np.zeros((n_classes, n_starts))
    before = log_priors(parameters, design)
    for part, counts in _parts(parameters, design):
        given, logs = _given(parameters, part)
        before += logs @ counts
        given *= counts
        weight += given.sum(axis=2)
        told += given.reshape(len(told), -1) @ part
    told += design.prior
    answered = (told @ design.blocks)[:, design.item_of]
    old = parameters.probabilities.transpose(1, 0, 2).reshape(told.shape)
    probabilities = np.divide(told, answered, out=old.copy(), where=answered > 0)
    shares = np.ascontiguousarray(weight.T) / design.counts.sum()
    by_start = probabilities.reshape(n_classes, n_starts, n_columns).transpose(1, 0, 2)
    return Parameters(shares, np.ascontiguousarray(by_start)), before


def _parts(parameters: Parameters, design: Design) -> Iterator[tuple[Reals, Reals]]:
    """Patterns a part at a time, small enough to be worked on in the processor's cache."""
    size = max(_SMALLEST_PART, _CACHED // parameters.shares.size)
    for begin in range(0, len(design.counts), size):
        yield design.ones[begin : begin + size], design.counts[begin : begin + size]


def _given(parameters: Parameters, ones: Reals) -> tuple[Reals, Reals]:
    """As `posterior` of `log_joint`, but class by start by pattern: sums over classes are then sums of long rows."""
    n_starts, n_classes, n_columns = parameters.probabilities.shape
    logs = np.log(np.maximum(parameters.probabilities, TINY)).transpose(1, 0, 2)
    joint = (logs.reshape(n_classes * n_starts, n_columns) @ ones.T).reshape(n_classes, n_starts, len(ones))
    joint += np.log(np.maximum(parameters.shares, TINY)).T[:, :, None]
    top = joint.max(axis=0)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=0)
    joint /= total
    return joint, np.log(total) + top


def short_runs(parameters: Parameters, design: Design, n_steps: int = SHORT_STEPS) -> tuple[Parameters, Reals]:
    """Some plain steps from every start, in batches that fit in memory: parameters and objectives."""
    n_starts, n_classes, _ = parameters.probabilities.shape
    batch = max(1, _LARGEST_BATCH // max(1, len(design.counts) * n_classes))
    parts = []
    for begin in range(0, n_starts, batch):
        part = parameters.of(np.arange(begin, min(begin + batch, n_starts)))
        for _ in range(n_steps):
            part, _before = step(part, design)
        parts.append(part)
    done = Parameters(
        np.concatenate([part.shares for part in parts]), np.concatenate([part.probabilities for part in parts])
    )
    logs = np.concatenate([objectives(part, design) for part in parts])
    return done, logs


def run_to_convergence(
    parameters: Parameters, design: Design, *, tolerance: float, max_cycles: int
) -> tuple[Parameters, Reals, npt.NDArray[np.bool_]]:
    """Run each start until two cycles in a row gain less than `tolerance`.

    Returns:
        Parameters, objectives, and which starts converged.
    """
    n_starts = len(parameters.shares)
    logs = np.full(n_starts, -np.inf)
    calm = np.zeros(n_starts, dtype=np.int64)
    converged = np.zeros(n_starts, dtype=np.bool_)
    for _ in range(max_cycles):
        going = ~converged
        if not going.any():
            break
        moved, before = _cycle(parameters.of(going), design)
        parameters = parameters.put(going, moved)
        gained = before - logs[going]
        logs[going] = before
        calm[going] = np.where(gained < tolerance, calm[going] + 1, 0)
        converged[going] = calm[going] >= 2
    return parameters, objectives(parameters, design), converged


def _cycle(start: Parameters, design: Design) -> tuple[Parameters, Reals]:
    """Two plain steps, then a squared step where it does not lower the likelihood."""
    first, log_start = step(start, design)
    second, log_first = step(first, design)
    ahead = _extrapolate(start, first, second, design)
    after, log_ahead = step(ahead, design)
    lower = ~(log_ahead >= log_first)
    if lower.any():
        plain, _ = step(second.of(lower), design)
        after = after.put(lower, plain)
    return after, log_start


def _extrapolate(start: Parameters, first: Parameters, second: Parameters, design: Design) -> Parameters:
    change = first.probabilities - start.probabilities, first.shares - start.shares
    bend = (
        second.probabilities - first.probabilities - change[0],
        second.shares - first.shares - change[1],
    )
    length = np.sqrt((change[0] ** 2).sum(axis=(1, 2)) + (change[1] ** 2).sum(axis=1))
    curve = np.sqrt((bend[0] ** 2).sum(axis=(1, 2)) + (bend[1] ** 2).sum(axis=1))
    stride = np.maximum(1.0, np.divide(length, curve, out=np.ones_like(length), where=curve > TINY))
    wide, flat = stride[:, None, None], stride[:, None]
    probabilities = start.probabilities + 2 * wide * change[0] + wide**2 * bend[0]
    shares = start.shares + 2 * flat * change[1] + flat**2 * bend[1]
    probabilities = np.where(probabilities <= 0, second.probabilities / 2, probabilities)
    shares = np.where(shares <= 0, second.shares / 2, shares)
    return Parameters(shares / shares.sum(axis=1, keepdims=True), _normalised(probabilities, design))


def _normalised(probabilities: Reals, design: Design) -> Reals:
    totals = (probabilities @ design.blocks)[..., design.item_of]
    return np.divide(probabilities, totals, out=np.zeros_like(probabilities), where=totals > 0)
