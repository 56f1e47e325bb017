"""The data quality report of a load: the shares it says are those that rows were made with, and it holds nobody."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.briefs.checks import faults
from fi_workbench.cli.rim import guarded
from fi_workbench.contracts import all_contracts, sample
from fi_workbench.errors import EXIT_ALARM, EXIT_WAITS, EXIT_WRONG_USE
from fi_workbench.weekly.quality import LARGEST_BYTES

LAST = date(2026, 11, 22)
SOURCE = "police_notifications"


def rows(seed: int, *, types: list[str], surname: str = "Quill") -> pl.DataFrame:
    """A hundred rows that keep the contract but for what is done to them."""
    made = sample(all_contracts().table(SOURCE), 100, seed=seed).with_columns(
        incident_date=pl.lit("2026-09-01"), date_of_birth=pl.lit("2010-01-01"), surname=pl.lit(surname)
    )
    return made.with_columns(incident_type=pl.Series(types + ["missing"] * (100 - len(types))))


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert guarded(["init", str(tmp_path / "w"), "--name", "Test", "--code", "999"]) == 0
    capsys.readouterr()
    return tmp_path / "w"


def put(workspace: Path, frame: pl.DataFrame, weeks_ago: int) -> None:
    day = LAST - timedelta(weeks=weeks_ago)
    (workspace / "extracts" / SOURCE / f"{SOURCE}_{day}.csv").write_text(frame.write_csv())


def loaded(workspace: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Path]:
    code = guarded(["load", "-w", str(workspace), "--json"])
    return code, Path(json.loads(capsys.readouterr().out)["quality_report"])


def words(page: Path) -> str:
    text = re.sub(r"<style>.*?</style>", "", page.read_text(), flags=re.DOTALL).replace("\u00ad", "")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_report_says_which_share_broke_which_rule_and_how_it_goes(workspace, capsys) -> None:
    for weeks_ago, n in ((4, 2), (3, 4), (2, 0)):
        put(workspace, rows(weeks_ago, types=["MIS"] * n), weeks_ago)
    assert loaded(workspace, capsys)[0] == EXIT_WAITS
    put(workspace, rows(1, types=["MIS"] * 6 + ["Zebedee Quill"] * 4 + ["substance"] * 5), 1)
    code, page = loaded(workspace, capsys)
    assert code == EXIT_WAITS
    assert faults(page.read_bytes(), largest=LARGEST_BYTES) == []
    told = words(page)
    assert "90 of 100 records were accepted. 10 records quarantined." in told
    assert "Police notifications 100 10 10% 90 0 1" in told
    assert "Incident type has a code that is not in the contract's list. incident_type_code_known 10 10%" in told
    assert "Police notifications: 10% of records quarantined up to 15 Nov 2026; before, 0% to 4%." in told
    assert "Incident type substance Substance misuse 5" in told, "the one code that had not come before"
    assert "police_notifications Incident type MIS 6" in told
    assert "police_notifications Incident type not shown 4" in told
    assert "Zebedee" not in told
    alternative = re.findall(r'<img alt="([^"]+)" src="data:image/svg', page.read_text())
    assert [one for one in alternative if "10% of records quarantined" in one]
    assert "From 27 Nov 2023" in told, "the coverage that the contract declares"
    assert "All 1 source fresh" not in told, "expected sources that never came are said"


def test_a_value_that_is_somebodys_name_is_counted_and_not_shown(workspace, capsys) -> None:
    put(workspace, rows(1, types=["KEZI"] * 5, surname="Kezi"), 1)
    _, page = loaded(workspace, capsys)
    assert "police_notifications Incident type not shown 5" in words(page)
    assert "kezi" not in page.read_text().lower()


def test_a_held_delivery_is_on_the_page_with_its_alarm(workspace, capsys) -> None:
    put(workspace, rows(1, types=[]), 2)
    loaded(workspace, capsys)
    put(workspace, rows(2, types=["MIS"] * 60), 1)
    code, page = loaded(workspace, capsys)
    assert code == EXIT_ALARM
    told = words(page)
    assert "Stop. A source changed what it sends: 1 delivery held or refused for it." in told
    assert "60 of 100 rows would be quarantined" in told
    assert guarded(["weekly", "-w", str(workspace)]) == EXIT_ALARM
    assert "Data quality: " in capsys.readouterr().err


def test_nothing_new_makes_no_report_and_the_command_makes_one_at_any_time(workspace, capsys) -> None:
    assert guarded(["quality", "-w", str(workspace)]) == EXIT_WRONG_USE
    put(workspace, rows(1, types=[]), 1)
    loaded(workspace, capsys)
    guarded(["load", "-w", str(workspace), "--json"])
    assert json.loads(capsys.readouterr().out)["quality_report"] is None
    assert guarded(["quality", "-w", str(workspace), "--json"]) == 0
    page = Path(json.loads(capsys.readouterr().out)["page"])
    assert "100 of 100 records were accepted." in words(page)
