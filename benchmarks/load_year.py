"""Loading a typical authority's year of everything: census, return on looked after children, lists, partners, Annex A.

The extracts are those of a synthetic authority with about 10,000 children in the census of the year. Of each source
that is delivered in full the newest delivery is taken, of each that is delivered in pieces every one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.files import authority
from benchmarks.harness import machine, record, table
from benchmarks.loading import measure_load
from fi_workbench.contracts import all_contracts


def main(families: int = 3_000, runs: int = 3) -> str:
    """Measure one load of it all."""
    workspace = authority(families)
    files = year_of_everything(workspace / "extracts")
    n_children = max(_children(path) for place, path in files.items() if place.startswith("cin_census/"))
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    sources = {place.split("/")[0] for place in files}
    loaded = measure_load(files, workspace=workspace, at_least=n_children, runs=runs)
    told = (
        f"{n_children:,} children in the census, {len(sources)} sources, {len(files)} files, {size:,.0f} MB. "
        f"{machine()}; middle of {runs} runs."
    )
    return f"{told}\n\n{table([loaded], beside=[], megabytes=size)}"


def year_of_everything(extracts: Path) -> dict[str, Path]:
    """The files of a year, by where they lie."""
    catalogue = all_contracts()
    chosen: dict[str, Path] = {}
    for source in sorted(extracts.iterdir()):
        contract = catalogue.source(source.name)
        if contract.source == "cin_census":
            entries = sorted(source.glob("*2026_*.xml"))
        else:
            entries = sorted(source.iterdir())
            entries = entries if contract.delivery == "increment" else entries[-1:]
        for entry in entries:
            for path in sorted(entry.iterdir()) if entry.is_dir() else [entry]:
                chosen[path.relative_to(extracts).as_posix()] = path
    return chosen


def _children(path: Path) -> int:
    return path.read_bytes().count(b"<Child>")


if __name__ == "__main__":
    record("load_year", "# Loading a year of everything\n\n" + main(*map(int, sys.argv[1:])))
