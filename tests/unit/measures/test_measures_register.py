"""The page of clocks and measures is made from the code, and nothing on it has gone stale."""

from __future__ import annotations

import re
from pathlib import Path

from fi_workbench.measures.clocks import CLOCKS, clocks_in_force
from fi_workbench.measures.register import HEADINGS, OF_A_YEAR, register, register_of_a_year
from fi_workbench.measures.year_definitions import YEAR_MEASURES
from fi_workbench.settings import Clocks

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "clocks_and_measures.md").read_text(encoding="utf-8")


def test_the_page_is_the_code() -> None:
    assert register(CLOCKS) in PAGE
    assert register_of_a_year(YEAR_MEASURES) in PAGE


def test_every_clock_has_every_column() -> None:
    lines = register(CLOCKS).splitlines()
    assert len(lines) == len(CLOCKS) + 2
    assert all(line.count(" | ") == len(HEADINGS) - 1 for line in lines)


def test_every_measure_of_a_year_has_every_column() -> None:
    lines = register_of_a_year(YEAR_MEASURES).splitlines()
    assert len(lines) == len(YEAR_MEASURES) + 2
    assert all(line.count("|") == len(OF_A_YEAR) + 1 for line in lines)
    assert all(measure.never_from for measure in YEAR_MEASURES)


def test_who_approved_a_local_rule_is_told() -> None:
    chosen = clocks_in_force(Clocks(approved_by="Head of practice, 1 May 2026"))
    lines = [line for line in register(chosen.values()).splitlines() if "(local)" in line]
    assert lines
    assert all("Head of practice, 1 May 2026" in line for line in lines)


def test_modules_named_on_the_page_exist() -> None:
    for name in re.findall(r"`((?:fi_workbench/)?measures/\w+\.py)`", PAGE):
        path = ROOT / (name if name.startswith("fi_workbench") else f"fi_workbench/{name}")
        assert path.is_file(), name
