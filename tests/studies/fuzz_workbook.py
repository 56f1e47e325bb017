"""Fuzz the readers of workbooks, guided by coverage: tabular feeds and Annex A. Not part of the test run.

In an environment of its own (atheris has wheels for Linux): `pip install atheris pytest -e .`, then

    python tests/studies/fuzz_workbook.py CORPUS -max_total_time=300

Stops at the first crash and keeps its input as `crash-...`; `python tests/studies/fuzz_workbook.py crash-...` runs it
again. Further seeds (`.xls`, `.xlsb`, anything) may lie in CORPUS. Results are in fuzz_readers.md.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fi_workbench.loaders", "zipfile"]):
    from fi_workbench.loaders import annex_a, tabular

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
from fuzzing import AS_OF, SETTINGS, corpus, in_archive, law
from test_loaders_workbook import HEAD, opendocument, workbook

from fi_workbench.contracts import all_contracts

CATALOGUE = all_contracts()
FEED, ANNEX = CATALOGUE.source("supervision"), CATALOGUE.source("annex_a")


def annex() -> bytes:
    """One sheet for each list of Annex A, with its headings and a row of nothing much."""
    return workbook(*(
        [[c.physical_name for c in table.columns.values()], ["1" for _ in table.columns]] for table in ANNEX.tables.values()
    ))  # fmt: skip


SEEDS = [
    workbook([HEAD, ["W1", "2026-03-02", ""], ["W2", date(2026, 3, 2), date(2026, 3, 3)]]),
    workbook([["Title"], None, HEAD, ["W1", 46000, 1.5], ["#N/A", "2026-03-02", "#REF!"], ["Total: 2"]], [HEAD], hidden=(1,)),
    workbook([HEAD, ["W1", "2026-03-02", "=TODAY()"]]),
    opendocument(),
    annex(),
]  # fmt: skip


def one_input(data: bytes) -> None:
    """One file, as a tabular feed and as an Annex A workbook."""
    PLACE.write_bytes(data)
    law(lambda: tabular.read([PLACE], FEED, SETTINGS, as_of=AS_OF), FEED, data)
    law(lambda: annex_a.read([PLACE], ANNEX, SETTINGS, as_of=AS_OF), ANNEX, data)


if __name__ == "__main__":
    memory = Path("/dev/shm")  # noqa: S108 - no disk is to be worn out by a fuzzer
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        PLACE = Path(folder) / "supervision_2026-03-31.xlsx"
        again = len(sys.argv) > 1 and Path(sys.argv[1]).is_file()
        seeds = [] if again else [str(corpus("fuzz_corpus_workbook", SEEDS))]
        atheris.Setup([sys.argv[0], *seeds, *sys.argv[1:], "-max_len=60000", "-timeout=20", "-rss_limit_mb=3000"],
                      one_input, custom_mutator=lambda d, n, s: in_archive(d, n, s, atheris.Mutate))  # fmt: skip
        atheris.Fuzz()
