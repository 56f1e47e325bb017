"""Random draws for one patch: fast, and the same on every machine for the same seed.

One numpy generator per patch is seeded by (seed, patch), so patches do not depend on each other's order. Uniform and
normal numbers are drawn in blocks, because a call of numpy for each costs ten times as much.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import exp, log
from typing import Generic, TypeVar

import numpy as np

Item = TypeVar("Item")
_BLOCK = 4096


class Weights(Generic[Item]):
    """Values with their weights, ready to be drawn from."""

    __slots__ = ("cumulative", "values")

    def __init__(self, weights: Mapping[Item, float]) -> None:
        self.values = tuple(weights)
        self.cumulative = tuple(accumulate(weights.values()))


class Draws:
    """One patch's stream of chance."""

    __slots__ = ("_normals", "_uniforms", "normal", "uniform")

    def __init__(self, seed: int, *path: int) -> None:
        sequence = np.random.SeedSequence([seed, *path])
        first, second = sequence.spawn(2)
        self._uniforms = _stream(np.random.Generator(np.random.PCG64(first)), normal=False)
        self._normals = _stream(np.random.Generator(np.random.PCG64(second)), normal=True)
        self.uniform = self._uniforms.__next__
        self.normal = self._normals.__next__

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.uniform() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[int(self.uniform() * len(items))]

    def weighted(self, weights: Weights[Item]) -> Item:
        """One of the values by its weight."""
        cumulative = weights.cumulative
        return weights.values[bisect_right(cumulative, self.uniform() * cumulative[-1], 0, len(cumulative) - 1)]

    def exponential(self, mean: float) -> float:
        """A waiting time without memory."""
        return -mean * log(1.0 - self.uniform())

    def days(self, mean: float) -> int:
        """A whole number of days, exponential with this mean."""
        return int(self.exponential(mean))

    def gamma(self, shape: int, mean: float) -> float:
        """A waiting time in `shape` equal stages: less spread than exponential."""
        product = 1.0
        for _ in range(shape):
            product *= 1.0 - self.uniform()
        return -mean / shape * log(product)

    def poisson(self, mean: float) -> int:
        """A count of rare things."""
        limit = exp(-mean)
        n, product = 0, self.uniform()
        while product > limit:
            n += 1
            product *= self.uniform()
        return n


def _stream(generator: np.random.Generator, *, normal: bool) -> Iterator[float]:
    while True:
        yield from (generator.standard_normal(_BLOCK) if normal else generator.random(_BLOCK)).tolist()
