"""Briefs are built by real notebooks in real kernels; one unit's failure stays its own."""

from __future__ import annotations

import copy
import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, WEEK, Town, busy, make_town, merged, quiet

from fi_workbench import briefs
from fi_workbench.briefs import building
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.folders import DATA, FAILED, PAGE
from fi_workbench.briefs.running import Broke, Job, run_job
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import Processes
from fi_workbench.errors import WrongUseError
from fi_workbench.resources import shipped
from fi_workbench.settings import WHOLE_AUTHORITY

ORDER = [
    "What did you tell us?",
    "What can we do this week?",
    "What changed, beyond chance?",
    "What might we talk about together?",
    "What went well?",
    "How much do we carry?",
    "What can this not tell us?",
    "What is the wider picture?",
    "What seems to help?",
    "Which families could step down?",
    "Where do the figures come from?",
]


class Words(HTMLParser):
    """The words of a page by the tag they stand in."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside and data.strip():
            self.found.setdefault(self.inside[-1], []).append(data.strip())


def planned(town: Town, **more: Any) -> briefs.Plan:
    return briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run, **more)


@pytest.fixture(scope="module")
def server() -> Iterator[Processes]:
    """One fork server for the module, as a run has one."""
    started = processes()
    yield started
    started.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, server: Processes) -> Town:
    made = make_town(tmp_path_factory.mktemp("briefs town"))
    report = briefs.build(planned(made), workers=2, started=server)
    assert report.built == ("unit_tyne", "unit_wear"), report.failed
    return made


def pages(town: Town) -> dict[str, bytes]:
    root = briefs.built_folder(town.folder, WEEK, "")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.glob("*/*"))}


def test_a_brief_asks_its_questions_in_order_and_begins_with_trust(town: Town) -> None:
    for unit in ("unit_tyne", "unit_wear"):
        page = pages(town)[f"{unit}/{PAGE}"]
        assert faults(page) == []
        assert Words(page).found["h2"] == ORDER
        text = page.decode()
        assert text.index("Good to use.") < text.index(ORDER[0])


def test_a_busy_unit_reads_its_week(town: Town) -> None:
    text = pages(town)[f"unit_tyne/{PAGE}"].decode()
    for said in (
        "Tyne: Monday brief",
        "Week of 16 to 22 November 2026",
        "Council housing and homelessness: 19 days old.",
        "Due by 27 November 2026: visits for 3 children in 2 families.",
        "7 of 12",
        "usually 12 to 24",
        "too few to tell",
        "Supervision: we cannot tell.",
        "15 of 18 families",
        "What would we do that we would not do for either alone?".lower(),
        "6 of 14",
        "61 of 68 places",
        "2 children returned home from care as planned",
        "Synthetic data: nobody in this brief is real.",
    ):
        assert said in text or said in text.lower(), said


def test_a_unit_that_holds_nobody_reads_a_good_brief_too(town: Town) -> None:
    words = Words(pages(town)[f"unit_wear/{PAGE}"]).found
    said = " ".join(text for texts in words.values() for text in texts)
    assert "Nothing in the records we have calls for action this week." in said
    assert "Nothing could be compared with the weeks before." in said
    assert "None" not in said
    assert "null" not in said


def test_no_reference_no_row_and_no_path_is_in_any_file(town: Town) -> None:
    for name, content in pages(town).items():
        text = content.decode(errors="replace")
        assert "CMS-" not in text, name
        assert "W-017" not in text, name
        assert '"r1"' not in text, name
        assert str(town.folder) not in text, name
        assert not re.search(r"/(?:home|tmp|root|Users)/", text), name


def test_the_data_says_what_the_page_was_made_from(town: Town) -> None:
    import hashlib

    files = pages(town)
    facts = json.loads(files[f"unit_tyne/{DATA}"])
    manifest = facts["manifest"]
    assert manifest["files_sha256"][PAGE] == hashlib.sha256(files[f"unit_tyne/{PAGE}"]).hexdigest()
    assert manifest["run"] == town.run.run_id
    assert manifest["rows"]["unit_actions"] == 2
    assert manifest["contracts"]["unit_actions"]
    assert facts["brief"]["head"]["unit"] == "unit_tyne"


def test_building_again_in_another_order_gives_the_same_bytes(town: Town, server: Processes) -> None:
    before = pages(town)
    assert briefs.build(planned(town, units=["unit_wear", "unit_tyne"]), workers=1, started=server).failed == {}
    assert pages(town) == before


SPOIL = """from fi_workbench.errors import BriefError
from fi_workbench.display import Section

if unit == "unit_tyne":
    brief.settings.no_such_thing("Quillfeather")
if unit == "unit_wear":
    display(Section(key="x", audience="unit", lead="Ask Aurelia Quillfeather."))"""


def spoilt(folder: Path, code: str, place: int = 6) -> Path:
    notebook = json.loads((shipped("notebooks") / "briefs" / "unit_brief.ipynb").read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "spoilt", "metadata": {}, "outputs": [], "source": code}
    notebook["cells"].insert(place, cell)
    path = folder / "spoilt.ipynb"
    path.write_text(json.dumps(notebook))
    return path


@pytest.fixture(scope="module")
def broken(town: Town, server: Processes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, briefs.BuildReport]:
    """One unit's notebook raises with a name in its words; the other's page would hold a name."""
    folder = tmp_path_factory.mktemp("broken") / "town"
    shutil.copytree(town.folder, folder)
    notebook = spoilt(folder, SPOIL)
    plan = briefs.plan(
        lake=town.lake, week=WEEK, settings=town.settings, workspace=folder, run=town.run, notebook=notebook
    )
    other = Town(folder, town.lake, town.catalogue, town.settings, town.run)
    return other, briefs.build(plan, workers=2, started=server)


def test_a_failure_is_told_by_cell_and_kind_without_values(broken: tuple[Town, briefs.BuildReport]) -> None:
    _, report = broken
    assert report.built == ()
    assert report.failed["unit_tyne"] == "cell 7: AttributeError"
    assert "full name" in report.failed["unit_wear"]
    assert "quillfeather" not in json.dumps(dict(report.failed)).lower()


def test_nothing_half_written_or_older_is_left_for_a_unit_that_failed(broken: tuple[Town, briefs.BuildReport]) -> None:
    town, _ = broken
    week = briefs.built_folder(town.folder, WEEK, "")
    assert [path.name for path in week.iterdir()] == ["report.json"]


def test_the_failed_notebook_is_kept_inside_without_outputs(broken: tuple[Town, briefs.BuildReport]) -> None:
    town, _ = broken
    folder = town.folder / FAILED / str(WEEK)
    assert folder.stat().st_mode & 0o077 == 0
    notebook = json.loads((folder / "unit_tyne.ipynb").read_text())
    assert "papermill" not in notebook["metadata"]
    for cell in notebook["cells"]:
        assert not cell.get("outputs")


def test_one_unit_fails_and_the_other_is_built(town: Town, tmp_path: Path, server: Processes) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town.folder, folder)
    code = 'from fi_workbench.errors import BriefError\nif unit == "unit_wear":\n    raise BriefError("Wear is out today.")'
    plan = briefs.plan(
        lake=town.lake, week=WEEK, settings=town.settings, workspace=folder, run=town.run, notebook=spoilt(folder, code)
    )
    report = briefs.build(plan, workers=2, started=server)
    assert report.built == ("unit_tyne",)
    assert report.failed == {"unit_wear": "cell 7: BriefError. Wear is out today."}
    target = briefs.release(workspace=folder, week=WEEK, by="A Person", at=town.run.made_at, lake=town.lake)
    assert b"There is no brief for Wear" in (target / "unit_wear" / PAGE).read_bytes()


@pytest.mark.parametrize("what", ["assemble", "run_job"])
def test_an_error_that_nobody_foresaw_takes_down_its_own_brief_only(
    town: Town, tmp_path: Path, server: Processes, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whether it runs or is put together then: the other unit has its brief, and no older one is left."""
    folder = tmp_path / "town"
    shutil.copytree(town.folder, folder)
    real = getattr(building, what)

    def broken(*given: Any, **more: Any) -> Any:
        unit = given[0].unit if what == "run_job" else more["unit"]
        return real(*given, **more) if unit == "unit_tyne" else {}["Quillfeather"]

    monkeypatch.setattr(building, what, broken)
    plan = briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=folder, run=town.run)
    report = briefs.build(plan, workers=2, started=server)
    assert report.built == ("unit_tyne",)
    told = report.failed["unit_wear"]
    assert re.fullmatch(r"a fault in the workbench itself \(KeyError in test_briefs_build\.py, line \d+\)", told)
    assert not briefs.built_folder(folder, WEEK, "unit_wear").exists()


def test_a_notebook_that_does_not_end_is_ended(town: Town, tmp_path: Path, server: Processes) -> None:
    notebook = spoilt(tmp_path, "while True:\n    pass", place=2).read_text()
    job = Job("unit_tyne", notebook, {"unit": "unit_tyne", "week": str(WEEK)}, {"FI_WORKSPACE": str(town.folder)}, 2.0)
    result = run_job(job, server)
    assert isinstance(result, Broke)
    assert "ran longer than 2 seconds" in str(result)


def test_a_kernel_that_is_killed_takes_down_its_own_brief_only_and_says_nothing(
    town: Town, tmp_path: Path, capfd: pytest.CaptureFixture[str], server: Processes
) -> None:
    last_words = 'import os, signal\nos.write(2, b"Quillfeather")\nos.write(1, b"Quillfeather")\nprint("Quillfeather")'
    notebook = spoilt(tmp_path, f"{last_words}\nos.kill(os.getpid(), signal.SIGKILL)", place=2).read_text()
    result = run_job(Job("unit_tyne", notebook, {"unit": "unit_tyne", "week": str(WEEK)}, {}, 60.0), server)
    assert isinstance(result, Broke)
    assert result.cell == 0
    said = capfd.readouterr()
    assert "Quillfeather" not in said.out + said.err


def test_bad_plans_are_refused_before_anything_runs(town: Town, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no such unit") as caught:
        planned(town, units=["unit_tees"])
    assert "unit_tyne, unit_wear" in caught.value.next_step
    notebook = json.loads((shipped("notebooks") / "briefs" / "unit_brief.ipynb").read_text(encoding="utf-8"))
    untagged = copy.deepcopy(notebook)
    for cell in untagged["cells"]:
        cell["metadata"] = {}
    path = tmp_path / "untagged.ipynb"
    path.write_text(json.dumps(untagged))
    with pytest.raises(WrongUseError, match="exactly one code cell"):
        planned(town, notebook=path)


def test_without_a_roster_the_whole_authority_gets_one_brief(tmp_path: Path, server: Processes) -> None:
    rows = merged(busy(WHOLE_AUTHORITY), quiet("nobody"))
    rows = {name: [row for row in found if row["unit"] == WHOLE_AUTHORITY] for name, found in rows.items()}
    town = make_town(tmp_path / "town", rows, whole=True, sources={"case_people": WEEK.sunday})
    plan = planned(town)
    assert plan.units == (WHOLE_AUTHORITY,)
    assert briefs.build(plan, workers=1, started=server).failed == {}
    text = pages(town)[f"{WHOLE_AUTHORITY}/{PAGE}"].decode()
    assert "Town of Testing: Monday brief" in text


def test_a_notebook_of_an_analyst_shows_pictures_and_the_unattended_one_does_not(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FI_WORKSPACE", str(town.folder))
    week = briefs.open_week(str(WEEK), "unit_tyne")
    assert "data:image/svg+xml" in week.needs()._repr_mimebundle_()["text/html"]
    monkeypatch.setenv("FI_RUN_ID", town.run.run_id)
    assert "text/html" not in briefs.open_week(str(WEEK), "unit_tyne").needs()._repr_mimebundle_()
    with pytest.raises(WrongUseError, match="no such unit"):
        briefs.open_week(str(WEEK), "unit_tees")


def test_the_day_of_a_brief_weeks_ago_and_the_day_it_was_made_again_may_stand_in_a_brief(tmp_path: Path) -> None:
    """Whoever was born on one of them keeps nobody's brief from being made."""
    before = WEEK.shift(-4)
    told = {"unit": "unit_tyne", "section": "changes", "finding": "f", "sentence": "More plans than before."}
    later = AT + timedelta(days=60)
    town = make_town(
        tmp_path / "town", busy("unit_tyne"), said=[("feedback_codes", str(before), {"codes": {"C1": told}})],
        made_at=later,
    )  # fmt: skip
    assert briefs.build(planned(town), workers=1).failed == {}
    folder = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    assert f"{before.sunday.day} {before.sunday:%B %Y}" in (folder / "unit_brief.html").read_text(encoding="utf-8")
    assert f'"made_at": "{later.date()}' in (folder / "unit_brief.json").read_text(encoding="utf-8")
