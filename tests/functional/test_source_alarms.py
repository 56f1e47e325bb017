"""A source that changes what it sends is an alarm with an exit code, before anything downstream runs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.cli.rim import guarded
from fi_workbench.contracts import all_contracts, sample
from fi_workbench.errors import EXIT_ALARM, EXIT_DONE, EXIT_WAITS, EXIT_WRONG_USE
from fi_workbench.store import Lake
from tests.functional.conftest import SetClock

CATALOGUE = all_contracts()
LAST = date(2026, 11, 22)
ROWS = 120


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: SetClock) -> Path:
    clock("2026-11-30")
    assert guarded(["init", str(tmp_path / "w"), "--name", "Test", "--code", "999"]) == EXIT_DONE
    capsys.readouterr()
    return tmp_path / "w"


def put(workspace: Path, source: str, rows: pl.DataFrame, *, weeks_ago: int = 0) -> None:
    day = LAST - timedelta(weeks=weeks_ago)
    (workspace / "extracts" / source / f"{source}_{day}.csv").write_text(rows.write_csv())


def police(n: int = ROWS, seed: int = 1) -> pl.DataFrame:
    """Rows that keep the contract, of whatever week."""
    rows = sample(CATALOGUE.table("police_notifications"), n, seed=seed)
    return rows.with_columns(incident_date=pl.lit(date(2026, 9, 1)), date_of_birth=pl.lit(date(2010, 1, 1)))


def load(workspace: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[dict]]:
    code = guarded(["load", "-w", str(workspace), "--json", *options])
    told = json.loads(capsys.readouterr().out)
    return code, [one for one in told["receipts"] if one["outcome"] != "nothing_new"]


def emptied(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(None, dtype=pl.String).alias("postcode"))


def without_column(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("postcode")


def recoded(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("incident_type").replace({"missing": "MIS", "violence": "VIO"}))


def moved(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit("substance").alias("incident_type"))


def broken(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(incident_date=pl.lit("next week"))


def fewer(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.head(10)


CHANGES = [
    (without_column, "columns_are_kept", "The column postcode of police_notifications is gone or empty"),
    (emptied, "columns_are_kept", "The column postcode of police_notifications is gone or empty"),
    (recoded, "codes_are_known", "have a code in incident_type that the contract does not know"),
    (moved, "codes_are_used_as_before", "In incident_type of police_notifications"),
    (broken, "few_rows_break_rules", "incident_date_is_a_date 120"),
    (fewer, "rows_within_limits", "10 acceptable rows for 7 days, where about 120 are usual"),
]


@pytest.mark.parametrize(("change", "rule", "says"), CHANGES, ids=[change.__name__ for change, _, _ in CHANGES])
def test_a_changed_delivery_is_held_until_a_named_person_takes_it(workspace, capsys, change, rule, says) -> None:
    for weeks_ago in range(5, 0, -1):
        put(workspace, "police_notifications", police(seed=weeks_ago), weeks_ago=weeks_ago)
    assert load(workspace, capsys)[0] == EXIT_DONE, "weeks like each other are no alarm"
    put(workspace, "police_notifications", change(police(seed=9)))

    code, (receipt,) = load(workspace, capsys)
    assert code == EXIT_ALARM
    assert receipt["outcome"] == "held"
    assert rule in receipt["alarms"]
    assert says in receipt["message"]
    assert receipt["n_held"] + receipt["n_non_records"] == receipt["n_read"]
    assert load(workspace, capsys, "--accept")[0] == EXIT_ALARM, "nobody said who takes it"

    code, (receipt,) = load(workspace, capsys, "--accept", "--by", "A Person", "--reason", "a new system")
    assert code in {EXIT_DONE, EXIT_WAITS}
    assert (receipt["outcome"], receipt["accepted_by"]) == ("loaded", "A Person: a new system")
    last = json.loads((workspace / "logs" / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["who"], last["what"]) == ("A Person: a new system", "took a held delivery")
    assert rule in last["although"]


def test_a_required_column_that_is_gone_refuses_the_file_and_is_an_alarm(workspace, capsys) -> None:
    put(workspace, "police_notifications", police().drop("surname"), weeks_ago=2)
    assert load(workspace, capsys)[0] == EXIT_WAITS, "a source that never loaded has not changed"
    put(workspace, "police_notifications", police(), weeks_ago=1)
    load(workspace, capsys)
    code, receipts = load(workspace, capsys)
    assert code == EXIT_ALARM
    assert {(one["outcome"], tuple(one["alarms"])) for one in receipts} == {("refused", ("columns_are_kept",))}


def test_a_full_list_that_grew_threefold_is_an_alarm(workspace, capsys) -> None:
    rows = sample(CATALOGUE.table("supervision"), 400, seed=1)
    put(workspace, "supervision", rows.head(130))
    assert load(workspace, capsys)[0] == EXIT_DONE
    put(workspace, "supervision", rows, weeks_ago=-1)
    code, (receipt,) = load(workspace, capsys)
    assert (code, receipt["alarms"]) == (EXIT_ALARM, ["rows_within_limits"])
    assert f"has {rows.height} acceptable rows" in receipt["message"]


def test_a_week_stops_before_its_first_stage_and_goes_on_when_told_to(workspace, capsys, monkeypatch) -> None:
    reached: list[str] = []
    put(workspace, "police_notifications", police(), weeks_ago=1)
    assert load(workspace, capsys)[0] == EXIT_DONE
    put(workspace, "police_notifications", broken(police(seed=2)))
    assert guarded(["weekly", "-w", str(workspace)]) == EXIT_ALARM
    told = capsys.readouterr().err
    assert "No stage of the week was run" in told
    assert "--go-on" in told
    lake = Lake.open(workspace / "lake", CATALOGUE)
    assert lake.runs() == ()
    monkeypatch.setattr("fi_workbench.weekly.week.run_stages", lambda *_, **__: reached.append("stages") or [])
    guarded(["weekly", "-w", str(workspace), "--go-on"])
    assert reached == ["stages"]
    assert lake.ledger().height == 1


@pytest.mark.parametrize(
    "options", [["--accept", "--by", "A"], ["--accept", "--reason", "b"], ["--by", "A", "--reason", "b"]]
)
def test_a_name_goes_with_a_reason_and_both_with_accept(workspace, capsys, options) -> None:
    assert guarded(["load", "-w", str(workspace), *options]) == EXIT_WRONG_USE
    assert "gives a name and a reason" in capsys.readouterr().err
