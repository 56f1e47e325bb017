"""The weekly job: once, again, killed, late, twice at the same time, and a year later."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.weekly import open_workspace

WEEK = "2026-W47"


def pages(workspace: Path) -> dict[str, str]:
    """Hash of every built page, by place."""
    built = workspace / "built" / WEEK
    return {
        str(path.relative_to(built)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(built.rglob("*"))
        if path.is_file() and path.suffix != ".eml"  # the message that a release drafts
    }


def test_a_week_has_a_brief_for_each_unit(made: Path) -> None:
    units = {unit.code for unit in open_workspace(made).settings.units}
    assert len(units) == 4
    assert {Path(name).parts[0] for name in pages(made) if name.endswith("unit_brief.html")} == units


def test_a_week_without_a_current_return_on_care_has_a_brief_for_each_unit(week_loaded: Path, run) -> None:
    earlier = "2026-W46"  # the return came a week later
    done = run(["weekly", "--week", earlier, "--workspace", str(week_loaded), "--workers", "1", "--json"])
    assert done.code in {0, 3}, done.err
    briefs = sorted((week_loaded / "built" / earlier).rglob("unit_brief.txt"))
    assert len(briefs) == 4
    for brief in briefs:
        said = " ".join(brief.read_text(encoding="utf-8").split())
        assert "The lists of plans and of care are up to date: not known for" in said
        assert re.search(r"famil(?:y|ies)\. (?:No|The) looked after return \(SSDA903\)[^.]*\.", said)


def test_nothing_is_visible_before_a_person_releases_it(made: Path) -> None:
    assert not (made / "briefs").exists()


def test_a_second_run_with_nothing_new_does_no_work_and_says_so(week_made: Path, run) -> None:
    before = pages(week_made)
    stamps = {path: path.stat().st_mtime_ns for path in (week_made / "built").rglob("*.html")}
    again = run(["weekly", "--workspace", str(week_made)])
    assert "Nothing new to load." in again.out
    assert "Stages: nothing new, no work done." in again.out
    assert "Briefs: nothing new, no work done." in again.out
    assert pages(week_made) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_the_week_is_that_of_the_latest_as_of_date(made: Path, run) -> None:
    facts = run(["weekly", "--workspace", str(made), "--json"]).facts
    assert facts["week"] == WEEK
    latest = open_workspace(made).lake.latest_as_of()
    assert latest is not None
    assert latest.isoformat() == "2026-11-22"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("link", ["link"]),
        ("caseload", ["caseload"]),
        ("needs", ["needs"]),
        ("segments", ["segment", "assign"]),
        ("match", ["match"]),
        ("measures", ["measure"]),
    ],
)
def test_each_stage_can_be_run_alone(week_made: Path, run, name: str, arguments: list[str]) -> None:
    done = run([*arguments, "--workspace", str(week_made), "--json"])
    assert done.code == 0, done.err
    stages = done.facts["stages"]
    assert isinstance(stages, dict)
    assert stages[name] == "done"


def test_a_stage_alone_says_what_must_come_first(week_loaded: Path, run) -> None:
    refused = run(["measure", "--workspace", str(week_loaded)])
    assert refused.code == 1
    assert "link stands before this one" in refused.err
    assert "Traceback" not in refused.err


def _kill_when(folder: Path, line: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fi_workbench.cli", "weekly", "--workspace", str(folder)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for said in process.stderr:
        if line in said:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")
def test_a_killed_run_goes_on_where_it_stopped_and_ends_with_the_same_bytes(week_loaded: Path, made: Path, run) -> None:
    _kill_when(week_loaded, "Segments …")
    done = run(["weekly", "--workspace", str(week_loaded), "--json"])
    assert done.code in {0, 3}, done.err
    assert done.code == 3, "what the killed run quarantined still waits"
    assert int(str(done.facts["n_quarantined"])) > 0
    stages = done.facts["stages"]
    assert isinstance(stages, dict)
    assert stages["link"] == "unchanged"
    assert stages["measures"] == "done"
    ours, theirs = pages(week_loaded), pages(made)
    assert [name for name in theirs if name.endswith(".html")] == [name for name in ours if name.endswith(".html")]
    assert without_moment(week_loaded) == without_moment(made)


def without_moment(workspace: Path) -> dict[str, str]:
    """The pages without the moment at which each run was opened: the two runs were opened at different times."""
    made_at = open_workspace(workspace).lake.current_run(WEEK).made_at
    built = workspace / "built" / WEEK
    texts = {}
    for path in sorted(built.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for moment in (f"{made_at:%-d %B %Y, %H:%M}", f"{made_at:%-d %B %Y %H:%M}", f"{made_at:%H:%M}"):
            text = text.replace(moment, "MOMENT")
        texts[str(path.relative_to(built))] = hashlib.sha256(text.encode()).hexdigest()
    return texts


def test_a_late_file_never_changes_a_week_already_made(week_made: Path, run) -> None:
    before = pages(week_made)
    history = max((week_made / "extracts" / "visits").glob("*.csv"))
    lines = history.read_text(encoding="utf-8").splitlines()
    late = history.with_name("visits_2026-11-21.csv")
    late.write_text("\n".join([lines[0], *lines[1:4]]) + "\n", encoding="utf-8")
    done = run(["weekly", "--workspace", str(week_made)])
    assert "arrived after this week was pinned" in done.out
    assert pages(week_made) == before
    again = run(["weekly", "--workspace", str(week_made), "--repin"])
    assert again.code in {0, 3}, again.err
    assert "arrived after this week was pinned" not in again.out


def test_a_week_can_be_made_again_to_the_byte_from_what_was_known_then(week_made: Path, run) -> None:
    before = pages(week_made)
    # What comes later: a delivery that would change the week if it were seen, and other settings.
    allocations = max((week_made / "extracts" / "allocations").glob("*.csv"))
    lines = allocations.read_text(encoding="utf-8").splitlines()
    (allocations.parent / "allocations_2026-11-23.csv").write_text("\n".join(lines[: len(lines) * 9 // 10]) + "\n")
    assert run(["load", "--workspace", str(week_made)]).code in {0, 3}
    assert run(["release", "--by", "An Analyst", "--week", WEEK, "--workspace", str(week_made)]).code == 0
    settings = week_made / "workbench.toml"
    settings.write_text(settings.read_text().replace("core_group_weeks = 6", "core_group_weeks = 5"))
    again = run(["weekly", "--week", WEEK, "--again", "--workspace", str(week_made), "--json"])
    assert again.code in {0, 3}, again.err
    stages = again.facts["stages"]
    assert isinstance(stages, dict)
    assert set(stages.values()) == {"done"}
    assert pages(week_made) == before


def test_two_runs_at_once(week_made: Path, run) -> None:
    lock = {"host": os.uname().nodename, "pid": os.getppid(), "at": "2026-11-23T05:00:00+00:00", "purpose": "weekly"}
    (week_made / ".lock").write_text(json.dumps(lock))
    refused = run(["weekly", "--workspace", str(week_made)])
    assert refused.code == 1
    assert "Another run is writing to this workspace." in refused.err
    assert "Traceback" not in refused.err


def test_two_runs_started_together_leave_one_week(fresh: Path) -> None:
    for source in (fresh / "extracts").iterdir():  # a minute's work is not needed to meet another run
        if source.name not in {"cin_census", "visits", "roster"}:
            shutil.rmtree(source)
    arguments = [sys.executable, "-m", "fi_workbench.cli", "load", "--workspace", str(fresh)]
    first = subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (fresh / ".lock").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)  # so that it has not ended before the other has begun
    second = subprocess.run(arguments, capture_output=True, text=True, check=False)
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=300)
    assert first.returncode in {0, 3}
    assert second.returncode == 1
    assert "Another run is writing" in second.stderr
    ledger = open_workspace(fresh).lake.ledger()
    assert ledger["load_id"].is_unique().all()


def test_a_run_leaves_a_manifest_without_values(made: Path) -> None:
    manifest = min((made / "logs" / "runs").glob("*.json"))
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    assert facts["week"] == WEEK
    assert facts["pin"]["load_id"] > 0
    assert set(facts["built"]) == {unit.code for unit in open_workspace(made).settings.units}
    people = open_workspace(made).lake
    names = people.read("case_people", people.pin(people.latest_as_of()))
    text = manifest.read_text(encoding="utf-8")
    assert not any(value in text for value in names["postcode"].drop_nulls().unique().to_list())


def test_every_stage_wrote_tables_that_obey_their_contracts(made: Path) -> None:
    workspace = open_workspace(made)
    from fi_workbench.contracts import validate
    from fi_workbench.weekly import stages

    for stage in stages():
        for name in stage.writes:
            frame = workspace.lake.read_week_table(WEEK, name)
            assert validate(frame.drop("week"), workspace.catalogue.table(name)).height == frame.height


def test_restricted_people_are_in_no_table_after_identity(made: Path) -> None:
    lake = open_workspace(made).lake
    people = lake.read_week_table(WEEK, "people")
    members = lake.read_week_table(WEEK, "family_members")
    restricted = people.filter("restricted")["person_id"]
    assert len(restricted) > 0
    families = members.filter(pl.col("person_id").is_in(restricted.implode()))["family_id"]
    for table in ("child_status", "family_status", "need_profiles", "segment_memberships", "unit_proposals"):
        frame = lake.read_week_table(WEEK, table)
        assert not frame["family_id"].is_in(families.implode()).any(), table


def test_a_week_without_any_brief_is_held_and_cannot_be_released(week_made: Path, tmp_path: Path, run) -> None:
    shipped = Path(__file__).resolve().parents[2] / "notebooks" / "briefs" / "unit_brief.ipynb"
    notebook = json.loads(shipped.read_text(encoding="utf-8"))
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = ["1 / 0"]
    broken = tmp_path / "broken.ipynb"
    broken.write_text(json.dumps(notebook), encoding="utf-8")
    failed = run(["briefs", "--workspace", str(week_made), "--notebook", str(broken)])
    assert failed.code == 3
    assert failed.out.count("FAILED unit_") == 4
    assert "ZeroDivisionError" in failed.out
    assert "this week is held" in failed.out
    assert not list((week_made / "built" / WEEK).rglob("unit_brief.html"))
    refused = run(["release", "--by", "An Analyst", "--workspace", str(week_made)])
    assert refused.code == 1
    assert "is held" in refused.err
    mended = run(["weekly", "--workspace", str(week_made)])
    assert "Built 4 briefs" in mended.out
    assert run(["release", "--by", "An Analyst", "--workspace", str(week_made)]).code == 0


def test_a_week_that_an_erasure_touched_says_so_and_can_still_be_made_again(week_made: Path, run) -> None:
    workspace = open_workspace(week_made)
    status = workspace.lake.read_week_table(WEEK, "child_status").sort("case_reference")
    reference = str(status["case_reference"][0])
    asked = run(["erase", reference, "--by", "A Person", "--reason", "asked to", "--workspace", str(week_made)])
    assert asked.code == 2  # it cannot be undone, so it wants --yes
    erased = run(
        ["erase", reference, "--by", "A Person", "--reason", "asked to", "--yes", "--workspace", str(week_made)]
    )
    assert erased.code == 0, erased.err
    assert WEEK in erased.out
    assert reference not in erased.out
    assert "Withdrew" in erased.out
    assert "worklists of 2026-W47" in erased.out
    assert f"removed: worklists/{WEEK}/unit_east/" in erased.out
    assert not list((week_made / "worklists").rglob("*.html")), "lists made from what is gone do not stand"
    again = run(["weekly", "--week", WEEK, "--again", "--workspace", str(week_made)])
    assert "An erasure has taken away something" in again.out
    page = (week_made / "built" / WEEK / "unit_east" / "unit_brief.html").read_text(encoding="utf-8")
    assert "an erasure has taken away records" in page
    known = open_workspace(week_made).lake.read_week_table(WEEK, "people")
    assert reference not in known["case_reference"].to_list()


def listed(workspace: Path) -> dict[str, str]:
    """The worklists of the week that are there, by name."""
    root = workspace / "worklists" / WEEK
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.html")}


def test_a_child_restricted_after_the_week_was_made_is_on_no_list_of_it_any_more(week_made: Path, run) -> None:
    workspace = open_workspace(week_made)
    items = workspace.lake.read_week_table(WEEK, "worklist_items").sort("case_reference")
    reference, worker = items.select("case_reference", "worker_id").row(0)
    before = listed(week_made)
    held = {name for name, page in before.items() if reference in page}
    assert any(name.endswith(f"{worker}.html") for name in held)
    last = max((week_made / "extracts" / "restricted").glob("*.csv"))
    later = last.with_name("restricted_2026-11-24.csv")
    later.write_text(last.read_text(encoding="utf-8").rstrip("\n") + f"\n{reference},covert_address,2026-11-24,\n")
    loaded = run(["load", "--workspace", str(week_made)])
    assert "Withdrew" in loaded.out
    assert f"`fi-workbench weekly --week {WEEK}`" in loaded.out
    assert reference not in loaded.out
    left = listed(week_made)
    assert held.isdisjoint(left)
    assert left == {name: page for name, page in before.items() if name in left}, "whose list names nobody keeps it"
    run(["weekly", "--week", WEEK, "--workspace", str(week_made)])
    again = listed(week_made)
    assert len(again) > len(left)
    assert not any(reference in page for page in again.values()), "the pinned tables have the child, the lists do not"
    run(["weekly", "--week", WEEK, "--again", "--workspace", str(week_made)])
    assert not any(reference in page for page in listed(week_made).values())


def test_a_misspelt_reason_on_the_restricted_list_puts_nobody_on_a_worklist(week_loaded: Path, run) -> None:
    last = max((week_loaded / "extracts" / "restricted").glob("*.csv"))
    text = last.read_text(encoding="utf-8")
    last.with_name("restricted_2026-11-22.csv").write_text(
        text.replace("staff_family", "staff famly", 2).rstrip("\n") + "\nSYN9999999,covert_address,2026-01-01,\n"
    )
    made = run(["weekly", "--workspace", str(week_loaded), "--accept", "--by", "A Person", "--reason", "a test"])
    assert made.code in {0, 3}, made.err
    lake = open_workspace(week_loaded).lake
    hidden = {line.split(",")[0] for line in text.splitlines()[1:]}
    people = lake.read_week_table(WEEK, "people").filter(pl.col("case_reference").is_in(sorted(hidden)))
    assert people.height > 0
    assert people["restricted"].all()
    assert "Case numbers on the list of restricted records that are nobody's in any source: 1." in made.out
    pages = "".join(listed(week_loaded).values())
    assert pages
    assert not any(reference in pages for reference in hidden)


def test_a_unit_by_a_new_code_gets_one_brief_and_waits_for_a_person(week_loaded: Path, run) -> None:
    settings = week_loaded / "workbench.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('code = "unit_north"', 'code = "unit_centre"'), encoding="utf-8")
    made = run(["weekly", "--workspace", str(week_loaded), "--workers", "1"])
    assert made.code == 3
    assert "North unit (unit_centre) is in the settings, but the roster has no worker in post there" in made.out
    assert "The roster has a unit not named in the settings: unit_north." in made.out
    built = {Path(name).parts[0] for name in pages(week_loaded) if name.endswith("unit_brief.html")}
    assert built == {"unit_east", "unit_north", "unit_south", "unit_west"}
    told = run(["doctor", "--workspace", str(week_loaded)])
    assert told.code == 1
    assert "WRONG  the units of the settings are those of the roster" in told.out
    refused = run(["briefs", "--unit", "unit_centre", "--workspace", str(week_loaded)])
    assert refused.code == 2
