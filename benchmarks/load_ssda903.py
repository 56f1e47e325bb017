"""Loading a return on looked after children: checked and stored, beside `pandas.read_csv` and a scan of its text.

Pandas reads the same files with every column as text and does nothing with them; the floor is polars doing the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.files import authority, care_return
from benchmarks.harness import machine, measure, record, table
from benchmarks.loading import measure_load

_FLOOR = "for file in {files!r}: pl.scan_csv(file, infer_schema=False).collect()"
_PANDAS = "for file in {files!r}: pandas.read_csv(file, dtype=str)"


def main(n_episodes: int = 1_000_000, runs: int = 5) -> str:
    """Measure the module of episodes alone, and the whole return that it belongs to."""
    folder = care_return(n_episodes)
    whole = sorted(folder.glob("*.csv"))
    return "\n\n".join(
        [
            _one(f"The module of episodes: {n_episodes:,} episodes", [folder / "episodes.csv"], n_episodes, runs),
            _one(f"The whole return: {len(whole)} modules", whole, n_episodes, runs),
        ]
    )


def _one(what: str, files: list[Path], at_least: int, runs: int) -> str:
    paths = [str(path) for path in files]
    size = sum(path.stat().st_size for path in files) / 1e6
    floor = measure("floor: polars, text", _FLOOR.format(files=paths), setup="import polars as pl", runs=runs)
    pandas = measure("pandas.read_csv(dtype=str)", _PANDAS.format(files=paths), setup="import pandas", runs=runs)
    placed = {f"ssda903/2026/{path.name}": path for path in files}
    loaded = measure_load(placed, workspace=authority(), at_least=at_least, runs=runs)
    rows = [floor, pandas, loaded]
    told = f"{what}, {size:,.0f} MB. {machine()}; middle of {runs} runs."
    return f"{told}\n\n{table(rows, beside=[floor.name, pandas.name], megabytes=size)}"


if __name__ == "__main__":
    record("load_ssda903", "# Loading a return on looked after children\n\n" + main(*map(int, sys.argv[1:])))
