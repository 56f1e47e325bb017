"""Loading a CIN census: checked and stored, beside `pandas.read_xml` and a parser that keeps nothing."""

from __future__ import annotations

import sys

from benchmarks.files import authority, census
from benchmarks.harness import machine, measure, record, table
from benchmarks.loading import measure_load

_SETTINGS = """
from pathlib import Path
from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import cin_census
from fi_workbench.settings import read_settings
contract = all_contracts().source("cin_census")
settings = read_settings(Path({workspace!r}))
"""


def main(n_children: int = 100_000, *, peers: bool = True, runs: int = 3) -> str:
    """Measure a census of so many children."""
    workspace, path = authority(), census(n_children)
    size = path.stat().st_size / 1e6
    floor = measure(
        "floor: expat, nothing kept",
        f"expat.ParserCreate().ParseFile(open({str(path)!r}, 'rb'))",
        setup="from xml.parsers import expat",
        runs=runs,
    )
    read = measure(
        "read to columns",
        f"extract = cin_census.read([Path({str(path)!r})], contract, settings)\n"
        "assert sum(t.rows.height for part in extract.parts() for t in part) > 0",
        setup=_SETTINGS.format(workspace=str(workspace)),
        runs=runs,
    )
    loaded = measure_load({"cin_census/census.xml": path}, workspace=workspace, at_least=n_children, runs=runs)
    rows = [floor, read, loaded]
    if peers:
        rows.append(
            measure(
                "pandas.read_xml, one of ten tables",
                f"pandas.read_xml({str(path)!r}, iterparse={{'CINdetails': ['CINreferralDate', 'ReferralSource', "
                "'PrimaryNeedCode', 'CINclosureDate', 'ReasonForClosure']}, parser='lxml')",
                setup="import pandas",
                runs=1,
            )
        )
    told = f"{n_children:,} children, {size:,.0f} MB. {machine()}; middle of {runs} runs.\n\n"
    return told + table(rows, beside=[floor.name], megabytes=size)


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or [100_000]
    parts = [main(size, peers=size <= 100_000, runs=3 if size <= 100_000 else 1) for size in sizes]
    record("load_cin_census", "# Loading a census of children in need\n\n" + "\n\n".join(parts))
