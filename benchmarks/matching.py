"""Effects of five arms in several segments: what they cost at sizes up to a million, and beside EconML and DoubleML.

The peers are in a virtual environment of their own (`FI_PEERS`, or `.peers`), since they bring what we do not want
beside ours. They get the same simulated cohorts, and what they say of each segment is held against the same truth.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.special import ndtr

from benchmarks.harness import ROOT, Measured, machine, measure, record, table
from fi_workbench.matching.effects.pooling import Z95
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, Simulated, simulated_cohort

PEERS = ("econml==0.17.0", "doubleml==0.11.4")
"""The only place where the peers' versions are pinned."""
COLUMNS = tuple(name for block in BLOCKS.values() for name in block)

_SETUP = """
import numpy as np
from fi_workbench.matching.effects import analyse, effects_of
from fi_workbench.matching.effects.balance import balance
from fi_workbench.matching.effects.overlap import overlap, who_lacks_overlap
from fi_workbench.matching.effects.scores import floors
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, simulated_cohort
cohort = simulated_cohort({n}, np.random.default_rng(1), n_segments=8, siblings=0.2).cohort
"""
_ANALYSE = """
analysis = analyse(cohort, arms=ARMS, covariates=BLOCKS)
balance(analysis.coded, analysis.scores)
overlap(analysis.coded, analysis.scores, analysis.propensity, floors(analysis.coded.arm_shares))
who_lacks_overlap(analysis.coded, analysis.scores, np.random.default_rng(1))
"""
_CHECKS = """
told = effects_of(analysis, blocks=BLOCKS, published={})
assert told.certificate.n_runs >= 400
"""

_PEER = """
import json, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
method, path, answer = sys.argv[1:]
held = np.load(path)
x, w, arm, y, segment = held["x"], held["w"], held["arm"], held["y"], held["segment"]
n_arms, n_segments = int(arm.max()) + 1, int(segment.max()) + 1
dummies = (segment[:, None] == np.arange(1, n_segments)).astype(float)
began = time.perf_counter(), time.process_time()
estimate, error = np.full((n_arms - 1, n_segments), np.nan), np.full((n_arms - 1, n_segments), np.nan)

if method.startswith("econml"):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV
    if method == "econml LinearDRLearner":
        from econml.dr import LinearDRLearner
        model = LinearDRLearner(model_propensity=LogisticRegressionCV(cv=3, max_iter=500), model_regression=RidgeCV(),
                                min_propensity=0.05, cv=5, random_state=1).fit(y, arm, X=dummies, W=w)
    else:
        from econml.dml import CausalForestDML
        model = CausalForestDML(model_t=LogisticRegressionCV(cv=3, max_iter=500), model_y=RidgeCV(),
                                discrete_treatment=True, n_estimators=400, random_state=1, n_jobs=1)
        model.fit(y, arm, X=dummies, W=w)
    for a in range(1, n_arms):
        for s in range(n_segments):
            rows = dummies[segment == s]
            found = model.ate_inference(rows, T0=0, T1=a)
            estimate[a - 1, s] = np.ravel(found.mean_point)[0]
            error[a - 1, s] = np.ravel(found.stderr_mean)[0]
else:
    import doubleml as dml
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    columns = [f"x{at}" for at in range(w.shape[1] + dummies.shape[1])]
    frame = pd.DataFrame(np.hstack([w, dummies]), columns=columns)
    frame["y"], frame["d"] = y, arm
    data = dml.DoubleMLData(frame, y_col="y", d_cols="d", x_cols=columns)
    np.random.seed(1)
    scores = []
    for a in range(n_arms):
        apo = dml.DoubleMLAPO(data, LogisticRegression(max_iter=500), LogisticRegression(max_iter=500),
                              treatment_level=a, n_folds=5, normalize_ipw=True).fit()
        scores.append(apo.psi_elements["psi_b"][:, 0, 0])
    for a in range(1, n_arms):
        apart = scores[a] - scores[0]
        for s in range(n_segments):
            own = apart[segment == s]
            estimate[a - 1, s], error[a - 1, s] = own.mean(), own.std(ddof=1) / np.sqrt(len(own))
json.dump({"estimate": estimate.tolist(), "error": error.tolist(), "wall": time.perf_counter() - began[0],
           "cpu": time.process_time() - began[1]}, open(answer, "w"))
"""
METHODS = ("econml LinearDRLearner", "econml CausalForestDML", "doubleml APO")


def peers_python() -> Path:
    """The peers' interpreter, made by pip where it is not there."""
    folder = Path(os.environ.get("FI_PEERS", ROOT / ".peers")) / "effects"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def beside_peers(n: int, runs: int) -> str:
    """All on the same cohorts: error, coverage, flags and seconds, per method."""
    python = peers_python()
    found: dict[str, list[tuple[float, ...]]] = {}
    for run in range(runs):
        made = simulated_cohort(n, np.random.default_rng([run, n]))
        for method, answer in _answers(made, python).items():
            found.setdefault(method, []).append(_scored(answer, made.effects))
    head = (
        "| method | error of cells | coverage of 95 % intervals | flagged a run | of these wrong | CPU s | wall s |\n"
        "|---|---|---|---|---|---|---|"
    )
    rows = []
    for method, figures in found.items():
        squares, held, flagged, wrong, cpu, wall = np.mean(figures, axis=0)
        rows.append(
            f"| {method} | {np.sqrt(squares):.3f} | {held:.3f} | {flagged:.2f} | {wrong:.2f} | {cpu:.2f} | {wall:.2f} |"
        )
    title = f"## {n:,} families, 5 arms, 6 segments, {runs} cohorts"
    return f"{title}\n\n{head}\n" + "\n".join(rows)


def _answers(made: Simulated, python: Path) -> dict[str, dict[str, object]]:
    answers: dict[str, dict[str, object]] = {}
    with TemporaryDirectory() as folder:
        told = Path(folder) / "ours.json"
        at = Path(folder) / "cohort.npz"
        made.cohort.write_parquet(Path(folder) / "cohort.parquet")
        subprocess.run([sys.executable, "-c", _OURS, folder, str(told)], check=True, cwd=ROOT)
        answers["fi_workbench"] = json.loads(told.read_text())
        frame = made.cohort
        w = frame.select(COLUMNS).cast(float).to_numpy()
        w = (w - w.mean(axis=0)) / w.std(axis=0)
        arm = frame["arm"].replace_strict(list(ARMS), range(len(ARMS))).to_numpy()
        segment = frame["segment"].cast(int).to_numpy()
        np.savez(at, x=w, w=w, arm=arm, y=frame["outcome"].to_numpy(), segment=segment)
        for method in METHODS:
            answer = Path(folder) / "answer.json"
            subprocess.run(
                [str(python), "-c", _PEER, method, str(at), str(answer)], check=True, stderr=subprocess.DEVNULL
            )
            answers[method] = json.loads(answer.read_text())
    return answers


_OURS = """
import json, sys, time
import polars as pl
from fi_workbench.matching.effects import analyse, effects_of
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS
folder, answer = sys.argv[1:]
cohort = pl.read_parquet(folder + "/cohort.parquet")
began = time.perf_counter(), time.process_time()
analysis = analyse(cohort, arms=ARMS, covariates=BLOCKS)
estimated = time.perf_counter() - began[0], time.process_time() - began[1]
cells = effects_of(analysis, blocks=BLOCKS, published={}).cells.filter(~pl.col("whole"))
shape = len(ARMS) - 1, -1
laid = {name: cells[name].to_numpy().reshape(shape).tolist() for name in ("pooled", "pooled_low", "pooled_high")}
words = cells["word"].str.starts_with("evidence").to_numpy().reshape(shape).tolist()
json.dump(laid | {"flagged": words, "wall": estimated[0], "cpu": estimated[1]}, open(answer, "w"))
"""


def _scored(answer: dict[str, object], truth: np.ndarray) -> tuple[float, ...]:
    """Squared error, coverage, flags, wrong flags, seconds."""
    if "pooled" in answer:
        centre, low, high = (np.array(answer[name], dtype=float) for name in ("pooled", "pooled_low", "pooled_high"))
        flagged = np.array(answer["flagged"])
    else:
        centre, error = (np.array(answer[name], dtype=float) for name in ("estimate", "error"))
        low, high = centre - Z95 * error, centre + Z95 * error
        flagged = 2 * ndtr(-np.abs(centre) / error) < 0.05
    known = np.isfinite(centre)
    wrong = flagged & ((truth == 0) | (np.sign(centre) != np.sign(truth)))
    held = (low <= truth) & (truth <= high)
    seconds = float(answer["cpu"]), float(answer["wall"])  # type: ignore[arg-type]
    return float(((centre - truth)[known] ** 2).mean()), float(held[known].mean()), flagged.sum(), wrong.sum(), *seconds


def large(n: int, runs: int) -> str:
    """Estimates, overlap and balance; then what else a run does."""
    setup = _SETUP.format(n=n)
    rows: list[Measured] = [
        measure("estimates, overlap, balance", _ANALYSE, setup=setup, runs=runs),
        measure("certificate, placebo, sensitivity, words", _CHECKS, setup=setup + _ANALYSE, runs=runs),
    ]
    return f"## {n:,} families, 5 arms, 8 segments\n\n" + table(rows, beside=[])


def growth(sizes: tuple[int, ...]) -> str:
    """How cost grows with families."""
    rows = []
    for n in sizes:
        first = measure(f"{n:,}", _ANALYSE, setup=_SETUP.format(n=n), runs=1)
        second = measure(f"{n:,}", _CHECKS, setup=_SETUP.format(n=n) + _ANALYSE, runs=1)
        rows.append(
            f"| {n:,} | {first.cpu:.1f} | {first.wall:.1f} | {first.cpu / n * 1e6:.0f} | {first.peak:.0f} | "
            f"{second.cpu:.1f} | {second.wall:.1f} | {second.peak:.0f} |"
        )
        print(rows[-1], flush=True)
    head = (
        "| families | estimates CPU s | wall s | CPU µs per family | peak MB | checks CPU s | wall s | peak MB |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    return f"## Growth\n\n{head}\n" + "\n".join(rows)


def main(largest: int = 1_000_000, runs: int = 1, cohorts: int = 20) -> str:
    """Every figure, in one run."""
    sizes = tuple(n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= largest)
    head = (
        "Five arms, seven covariates, an outcome that about one in five has. Peers: EconML 0.17.0 and DoubleML 0.11.4 "
        "with penalised linear models for chances and outcomes; what they flag is p < .05 in a cell, as their own "
        f'tables do. Ours is flagged where the word is "evidence". {machine()}, shared with other work, so that '
        "CPU time says more than wall time."
    )
    peers = [beside_peers(n, max(2, round(cohorts * share))) for n, share in ((600, 1.0), (3000, 0.4))]
    return "\n\n".join([head, *peers, large(100_000, runs), growth(sizes)])


if __name__ == "__main__":
    record("matching", "# Effects of interventions\n\n" + main(*map(int, sys.argv[1:])))
