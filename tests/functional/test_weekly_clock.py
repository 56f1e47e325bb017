"""Which week is made when nobody names one, and when it is over: the clock's part in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fi_workbench.cli.rim import guarded
from fi_workbench.contracts import all_contracts, sample
from fi_workbench.errors import EXIT_DONE, EXIT_WAITS, WorkbenchError
from fi_workbench.weekly import choose_week, load, open_workspace, pinned_run, status
from fi_workbench.weekly.pinning import is_provisional

HOUSING = all_contracts().table("housing")


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T05:30").replace(tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace that is no synthetic authority's, with one list up to 22 November."""
    folder = tmp_path / "w"
    assert guarded(["init", str(folder), "--name", "Test", "--code", "999"]) == EXIT_DONE
    deliver(folder, "2026-11-22")
    capsys.readouterr()
    return folder


def deliver(folder: Path, day: str, seed: int = 1) -> None:
    (folder / "extracts" / "housing" / f"housing_{day}.csv").write_text(sample(HOUSING, 6, seed=seed).write_csv())


def taken(folder: Path, *days: str, on: str) -> None:
    for n, day in enumerate(days):
        deliver(folder, day, seed=n + 2)
    load(open_workspace(folder), clock=lambda: at(on))


def test_a_small_file_of_a_tuesday_begins_no_week_before_it_is_over(authority: Path) -> None:
    taken(authority, "2026-11-24", on="2026-11-24")
    opened = open_workspace(authority)
    assert str(choose_week(opened, None, at=at("2026-11-24"))) == "2026-W47"
    assert str(choose_week(opened, None, at=at("2026-11-29"))) == "2026-W47"
    assert str(choose_week(opened, None, at=at("2026-11-30"))) == "2026-W48"
    assert str(choose_week(opened, "2026-W48", at=at("2026-11-27"))) == "2026-W48", "a person may ask for it on Friday"


def test_extracts_of_a_friday_tell_of_the_week_that_ends_on_its_sunday(authority: Path) -> None:
    taken(authority, "2026-11-27", on="2026-11-27")
    assert str(choose_week(open_workspace(authority), None, at=at("2026-11-30"))) == "2026-W48"


def test_before_any_week_is_over_it_is_said_how_to_make_the_first(authority: Path) -> None:
    taken(authority, on="2026-11-22")
    with pytest.raises(
        WorkbenchError, match=r"over: the first is for 2026-W47, which ends on 22 November 2026"
    ) as told:
        choose_week(open_workspace(authority), None, at=at("2026-11-22"))
    assert "--week 2026-W47" in told.value.next_step


def test_a_week_pinned_before_it_was_over_is_pinned_again_once_it_is(authority: Path) -> None:
    taken(authority, "2026-11-24", on="2026-11-24")
    opened = open_workspace(authority)
    week = choose_week(opened, "2026-W48", at=at("2026-11-24"))
    first = pinned_run(opened, week, clock=lambda: at("2026-11-24"))
    assert is_provisional(opened, week, first)
    taken(authority, "2026-11-29", on="2026-11-29")
    assert pinned_run(opened, week, clock=lambda: at("2026-11-29")) == first, "its Sunday is not past"
    last = pinned_run(opened, week, clock=lambda: at("2026-11-30"))
    assert last.pin.load_id > first.pin.load_id
    assert not is_provisional(opened, week, last)
    opened.lake.close_run(str(week), last.run_id, at=at("2026-11-30"))
    taken(authority, "2026-11-28", on="2026-12-01")
    assert pinned_run(opened, week, clock=lambda: at("2026-12-01")).run_id == last.run_id


def test_weeks_that_no_extract_covers_are_said_and_wait(authority: Path, clock, capsys) -> None:
    taken(authority, on="2026-11-23")
    missing = "No extract covers 23 November 2026 to 6 December 2026. The newest ends on 22 November 2026"
    clock("2026-11-25")
    assert guarded(["doctor", "-w", str(authority)]) == EXIT_DONE
    clock("2026-12-08")
    assert guarded(["doctor", "-w", str(authority)]) == 1
    assert missing in capsys.readouterr().out
    guarded(["status", "-w", str(authority)])
    assert f"Waits for a person: {missing}" in capsys.readouterr().out


def test_a_run_waits_when_weeks_went_by_without_an_extract(week_made: Path, clock, run) -> None:
    settings = week_made / "workbench.toml"
    plain = settings.read_text(encoding="utf-8")
    clock("2026-12-08")
    made_up = run(["weekly", "-w", str(week_made), "--json"])
    assert any("as the synthetic authority was made up to then" in one for one in made_up.facts["notices"])
    assert not any("No extract" in one for one in status(open_workspace(week_made), at=at("2026-12-08")).waits)
    assert run(["doctor", "-w", str(week_made)]).code == EXIT_DONE
    settings.write_text(plain.replace("synthetic_until = 2026-11-22\n", ""), encoding="utf-8")
    stopped = run(["weekly", "-w", str(week_made), "--json"])
    assert stopped.code == EXIT_WAITS
    assert stopped.facts["week"] == "2026-W47"
    assert "see whether extracts still lie where they come from" in str(stopped.facts["notices"])


def test_a_run_waits_for_deliveries_that_came_after_the_pin(week_made: Path, clock, run) -> None:
    clock("2026-11-25")
    asked = ["weekly", "-w", str(week_made), "--workers", "1", "--week", "2026-W47"]
    before = run([*asked, "--json"])
    file = max((week_made / "extracts" / "housing").glob("*.csv"))
    file.with_name("housing_2026-11-21.csv").write_bytes(file.read_bytes())
    late = run(asked)
    assert late.code == EXIT_WAITS
    assert "1 delivery arrived after this week was pinned" in late.out
    assert "`fi-workbench weekly --week 2026-W47 --repin`" in late.out
    assert run(asked).code == EXIT_WAITS, "as long as nobody took it in"
    assert run([*asked, "--repin"]).code == before.code


def test_a_lock_is_told_with_its_age_and_wrong_once_no_run_takes_so_long(authority: Path, clock, capsys) -> None:
    clock("2026-11-24")
    lock = authority / ".lock"
    lock.write_text('{"host": "elsewhere", "pid": 4711, "at": "2026-11-23T05:00:00+00:00", "purpose": "weekly"}')
    told = "ocked by weekly on elsewhere, process 4711, since 2026-11-23T05:00:00+00:00, "
    for hours, code in ((3, EXIT_DONE), (13, 1)):
        then = at("2026-11-24").timestamp() - hours * 3600 - 60
        os.utime(lock, (then, then))
        assert guarded(["doctor", "-w", str(authority)]) == code
        assert f"{told}{hours} hours old" in capsys.readouterr().out
        guarded(["status", "-w", str(authority)])
        assert f"{told}{hours} hours old." in capsys.readouterr().out
