"""The page of a contract: what a partner can read there is what a load does."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.briefs.checks import faults
from fi_workbench.cli.rim import guarded
from fi_workbench.contracts import all_contracts, check, promises
from fi_workbench.errors import EXIT_FAILED
from fi_workbench.weekly.contract_pages import LARGEST_BYTES, contract_page

CATALOGUE = all_contracts()


def words(page: bytes) -> str:
    text = re.sub(r"<style>.*?</style>", "", page.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("source", CATALOGUE.sources)
def test_every_source_has_a_page_fit_to_be_read(source: str) -> None:
    contract = CATALOGUE.sources[source]
    page = contract_page(contract, authority="Test council")
    assert faults(page, largest=LARGEST_BYTES) == []
    told = words(page)
    assert contract.owner in told
    for table in contract.tables.values():
        for column in table.columns.values():
            assert column.physical_name in told
            assert all(" ".join(label.split()) in told for label in column.labels.values())
        for rule in table.rules:
            assert rule.name in told


def test_a_page_names_every_rule_by_which_rows_are_set_aside() -> None:
    """The worst row that can be: each rule that its quarantine names is one that the partner was told of."""
    seen = 0
    for contract in map(CATALOGUE.source, ("police_notifications", "visits", "school_census", "camhs", "sen2")):
        for table in contract.tables.values():
            cells = {name: ["\u2620" * 4000, "", "1850-01-01"] for name in table.columns}
            places = {"_file": ["f"] * 3, "_line": [1, 2, 3], "_record": [1, 2, 3], "_raw": ["", "", ""]}
            checked = check(pl.DataFrame(cells | places), table, as_of=date(2020, 1, 1))
            told = {one.rule for one in promises(table)} | {"parent_quarantined"}
            assert set(checked.by_rule) <= told
            seen += len(checked.by_rule)
    assert seen > 100


def test_pages_are_written_with_an_index_that_leads_to_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(["contract", "page", "--to", str(tmp_path / "pages"), "-w", str(tmp_path)]) == 0
    links = set(re.findall(r'href="([^"#]+)"', (tmp_path / "pages" / "index.html").read_text()))
    assert links == {f"{source}.html" for source in CATALOGUE.sources}
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {"index.html", *links}
    assert guarded(["contract", "page", "visits", "--to", str(tmp_path / "one")]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["visits.html"]
    assert guarded(["contract", "page", "vists", "--to", str(tmp_path / "none")]) == EXIT_FAILED
    assert "Did you mean visits?" in capsys.readouterr().err
