"""Grouping and placing families: beside StepMix with the same starts, and alone at sizes up to the nation's.

StepMix 3 works row by row; here equal rows are worked on once. Both run in one thread on the same simulated families,
and both must come to the same log-likelihood, which is checked before anything is said of time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Measured, machine, measure, record, table

SAME = 0.05
"""Log-likelihoods nearer than this, of some hundreds of thousands, are the same."""
PEER = "StepMix"

_FAMILIES = """
import numpy as np, polars as pl
from pathlib import Path

def families(n, n_items=12, n_classes=4, missing=0.0, seed=0, chances=(0.1, 0.25, 0.5, 0.8)):
    random = np.random.default_rng(seed)
    chance = random.choice(chances, size=(n_classes, n_items))
    kind = random.choice(n_classes, n, p=np.arange(n_classes, 0, -1) / (n_classes * (n_classes + 1) / 2))
    answers = (random.random((n, n_items)) < chance[kind]).astype(np.float64)
    if missing:
        answers[random.random(answers.shape) < missing] = np.nan
    return answers

def framed(answers):
    columns = {f"need{i}": pl.Series(answers[:, i]).fill_nan(None).cast(pl.Int8) for i in range(answers.shape[1])}
    return pl.DataFrame(columns)
"""
_OURS = """
import numpy as np
from threadpoolctl import threadpool_limits
from fi_workbench.segmentation import LatentClassSegmenter
from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.patterns import collapse, columns_of, encode, items_of
from fi_workbench.segmentation.stability import bootstrap_stability
"""
_PEER = """
import warnings
from stepmix import StepMix
warnings.simplefilter("ignore")
"""
_TELL = "\nPath({told!r}).write_text(repr({what}))"

_EQUAL_OURS = """
columns = columns_of(rows)
items = items_of(columns)
sizes = [len(item.categories) for item in items]
design = maximise.Design.of(collapse(encode(columns, items), sizes), sizes)
random = [np.random.default_rng([7, start]) for start in range({starts})]
with threadpool_limits(1, user_api="blas"):
    _, found = maximise.short_runs(maximise.random_parameters(design, 4, random), design, n_steps={steps})
"""
_PEER_FIT = """
model = StepMix(n_components=4, measurement={kind!r}, n_init={starts}, max_iter={steps}, abs_tol={tolerance},
                rel_tol=0.0, random_state=1, verbose=0, progress_bar=0).fit(rows)
"""
_OURS_FIT = "model = LatentClassSegmenter(4, n_starts={starts}).fit(rows)"

_HOUSEHOLDS = """
import numpy as np
from fi_workbench.segmentation.allocation import place, types_of

def households(n, n_units=12, seed=0):
    random = np.random.default_rng(seed)
    chance = random.choice([0.1, 0.25, 0.5, 0.8], size=(n_units, 12))
    answers = random.random((n, 12)) < chance[random.choice(n_units, n)]
    logs = answers @ np.log(chance).T + (~answers) @ np.log1p(-chance).T
    fits = np.exp(logs - logs.max(axis=1, keepdims=True))
    fits /= fits.sum(axis=1, keepdims=True)
    leaves = np.ones((n, n_units))
    leaves[np.arange(n), random.integers(0, n_units, n)] = 0.0
    children = random.choice([1, 2, 3, 4, 5], n, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    return np.round(1 - fits + 0.3 * leaves, 4), children, np.full(n_units, int(children.sum() * 1.03 / n_units) + 1)

costs, children, room = households({n})
units = [f"unit {{i}}" for i in range(len(room))]
"""
_PLACE = """
first, of_household = types_of(costs, children)
placed = place(costs[first], children[first], np.bincount(of_household), room, units)
assert placed.gap <= 1e-4, placed.gap
"""


def _work(text: str, told: Path, what: str) -> str:
    return text + _TELL.format(told=str(told), what=what)


def _beside(
    title: str, n: int, *, missing: float, starts: int, steps: int | None, runs: int, folder: Path
) -> tuple[str, float]:
    """One comparison: a table with what both found, and how many times StepMix costs what we cost."""
    kind = "binary_nan" if missing else "binary"
    data = f"\nanswers = families({n}, missing={missing})\n"
    told = folder / "ours", folder / "peer"
    if steps is None:
        ours_work = _work(_OURS_FIT.format(starts=starts), told[0], "model.log_likelihood_")
        peer_fit = _PEER_FIT.format(kind=kind, starts=starts, steps=20_000, tolerance=1e-9)
    else:
        ours_work = _work(_EQUAL_OURS.format(starts=starts, steps=steps), told[0], "float(found.max())")
        peer_fit = _PEER_FIT.format(kind=kind, starts=starts, steps=steps, tolerance=0.0)
    ours = measure("fi_workbench", ours_work, setup=_FAMILIES + _OURS + data + "rows = framed(answers)", runs=runs)
    # StepMix's own likelihood is read from the fit, so that no second pass is counted against it.
    peer_work = _work(peer_fit, told[1], "float(model.lower_bound_) * len(rows)")
    peer = measure(PEER, peer_work, setup=_FAMILIES + _PEER + data + "rows = answers", runs=1)
    found = [float(one.read_text()) for one in told]
    apart = found[0] - found[1]
    if steps is None and apart < -SAME:
        raise SystemExit(f"{title}: StepMix found a better solution, by {-apart:.3f}")
    times = peer.cpu / ours.cpu
    text = (
        f"## {title}\n\nLog-likelihood {found[0]:.4f} here, {found[1]:.4f} by StepMix. "
        f"StepMix takes {times:.0f} times as much CPU time.\n\n{table([ours, peer], beside=[ours.name])}"
    )
    return text, times


def beside_stepmix(runs: int) -> list[str]:
    """The comparisons with StepMix."""
    with TemporaryDirectory() as folder:
        at = Path(folder)
        asked: Sequence[tuple[str, float, int, int | None]] = (
            ("100,000 families, 10 starts of 100 steps each", 0.0, 10, 100),
            ("100,000 families, 10 starts, to the same likelihood", 0.0, 10, None),
            ("100,000 families, a tenth of answers missing, 5 starts of 100 steps each", 0.1, 5, 100),
        )
        return [
            _beside(title, 100_000, missing=missing, starts=starts, steps=steps, runs=runs, folder=at)[0]
            for title, missing, starts, steps in asked
        ]


def alone(runs: int) -> str:
    """What has no peer to stand beside: a million families, refits, and units."""
    fit = _OURS_FIT.format(starts=10)
    rows: list[Measured] = [
        measure(
            "1,000,000 families, 10 starts, with collapsing",
            fit,
            setup=_FAMILIES + _OURS + "rows = framed(families(1_000_000))",
            runs=runs,
        ),
        measure(
            "200 bootstrap refits of 100,000 families",
            "told = bootstrap_stability(model, rows, n_refits=200)\nassert told.n_not_converged == 0",
            setup=_FAMILIES + _OURS + "rows = framed(families(100_000))\n" + fit,
            runs=runs,
        ),
        measure(
            "1,000,000 weighted households to 12 units, gap 1e-4",
            _PLACE,
            setup=_HOUSEHOLDS.format(n=1_000_000),
            runs=runs,
        ),
    ]
    return "## Large numbers\n\n" + table(rows, beside=[])


def growth(sizes: Sequence[int], starts: int) -> str:
    """How cost grows with families: 30 rare factors, twelve classes."""
    rows = []
    for n in sizes:
        setup = (
            _FAMILIES
            + _OURS
            + f"rows = framed(families({n}, n_items=30, n_classes=12, chances=(0.02, 0.05, 0.1, 0.5)))"
        )
        work = f"model = LatentClassSegmenter(12, n_starts={starts}, tolerance={n} * 1e-9).fit(rows)"
        with TemporaryDirectory() as folder:
            told = Path(folder) / "told"
            seen = measure(f"{n:,}", _work(work, told, "(model.n_patterns_, model.hit_rate_)"), setup=setup, runs=1)
            n_patterns, hit_rate = told.read_text().strip("()").split(",")
        rows.append(
            f"| {n:,} | {int(n_patterns):,} | {seen.cpu:.1f} | {seen.cpu / n * 1e6:.0f} | {seen.peak:.0f} | "
            f"{float(hit_rate):.2f} |"
        )
        print(rows[-1], flush=True)
    head = "| families | patterns | CPU s | CPU µs per family | peak MB | hit rate |\n|---|---|---|---|---|---|"
    return (
        f"## Growth: 30 factors, 12 classes, {starts} starts\n\nConverged when a cycle gains less than a thousand-"
        f"millionth of a log-likelihood unit per family.\n\n{head}\n" + "\n".join(rows)
    )


def main(largest: int = 3_600_000, runs: int = 3, starts: int = 4) -> str:
    """Every figure, in one run."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ[name] = "1"
    sizes = [n for n in (1_000, 10_000, 100_000, 1_000_000, 3_600_000) if n <= largest]
    head = (
        f"12 binary indicators and four classes unless said otherwise. One thread. {machine()}; ours the middle of "
        f"{runs} runs, StepMix and the growth table one run."
    )
    return "\n\n".join([head, *beside_stepmix(runs), alone(runs), growth(sizes, starts)])


if __name__ == "__main__":
    record("segmentation", "# Grouping and placing families\n\n" + main(*map(int, sys.argv[1:])))
