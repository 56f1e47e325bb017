"""A notebook that was handed its unit's rows shows what one shows that reads the lake, and holds nobody else's rows."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, Town, busy, make_town, merged, quiet

from fi_workbench import briefs
from fi_workbench.briefs import handing
from fi_workbench.briefs.handing import Handed, RememberedLake
from fi_workbench.briefs.reading_once import ReadOnce
from fi_workbench.errors import StoreError
from fi_workbench.learning.asked import REQUEST
from fi_workbench.learning.decided import FINDING_DECISION
from fi_workbench.learning.notes import NOTE
from fi_workbench.learning.told import CODES, FEEDBACK, RESPONSE

CALLS = (
    "heading", "trust", "learning", "actions", "changes", "insight", "evidence", "good_news", "workload", "limits",
    "needs", "journeys", "dates_kept", "what_seems_to_help", "step_down", "step_down_after", "sources", "made_from",
)  # fmt: skip
"""Every answer of the unit brief, in its order."""
UNITS = ("unit_tyne", "unit_wear")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    rows = merged(busy("unit_tyne"), quiet("unit_wear"))
    return make_town(tmp_path_factory.mktemp("handed") / "town", rows, said=said_of(*UNITS))


def said_of(*units: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """For each unit: a finding of the week before, an answer to it, what came of it, a request, and a note."""
    codes = {
        f"C{n}": {"unit": unit, "section": "changes", "finding": "f", "sentence": f"A finding of {unit}."}
        for n, unit in enumerate(units)
    }
    before = WEEK.shift(-1)
    yield CODES, str(before), {"codes": codes}
    yield FEEDBACK, "a file", {"replies": [(code, "useful", "known") for code in codes]}
    for n, (code, told) in enumerate(codes.items()):
        unit = told["unit"]
        review = (WEEK.sunday + timedelta(days=3)).isoformat()
        yield RESPONSE, code, {"changed": f"We changed what {unit} sees."}
        yield FINDING_DECISION, code, {"decision": f"Decided in {unit}.", "role": "manager", "review_on": review}
        asked = {"asked_on": str(before.monday), "promised_on": str(WEEK.shift(2).monday)}
        yield REQUEST, f"R-{n}", {"action": "asked", "unit": unit, "question": f"A question of {unit}?", **asked}
        yield NOTE, f"N-{n}", {"action": "passed_on", "unit": unit, "title": "A note", "text": f"Learnt in {unit}."}


@pytest.fixture
def nothing_handed() -> Iterator[None]:
    yield
    handing._handed.clear()


def shown(town: Town, unit: str) -> list[object]:
    week = briefs.open_week(str(WEEK), unit, workspace=town.folder)
    return [getattr(week, call)()._repr_mimebundle_() for call in CALLS]


class Closed:
    """A lake that nobody may open."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the lake was asked for {name}")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.usefixtures("nothing_handed")
def test_what_was_handed_shows_the_same_and_the_lake_stays_closed(
    town: Town, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FI_RUN_ID", town.run.run_id)
    read = shown(town, unit)
    told = str(read[CALLS.index("learning")])
    (other,) = {*UNITS} - {unit}
    for own in (f"A finding of {unit}", f"what {unit} sees", f"Decided in {unit}", f"A question of {unit}"):
        assert own in told
        assert own.replace(unit, other) not in told
    assert f"Learnt in {other}" in told
    handed = ReadOnce(town.lake, WEEK, town.run, town.folder).for_unit(unit)
    handing.take(pickle.loads(pickle.dumps(handed)))  # noqa: S301 - as it comes to another process
    monkeypatch.setattr("fi_workbench.briefs.week.open_lake", lambda *_: Closed())
    assert shown(town, unit) == read


def test_a_unit_is_handed_its_own_rows_alone(town: Town) -> None:
    once = ReadOnce(town.lake, WEEK, town.run, town.folder)
    for unit in UNITS:
        handed = once.for_unit(unit)
        answers, learning = handed.answers, handed.learning
        frames = [one for one in answers.values() if isinstance(one, pl.DataFrame) and "unit" in one.columns]
        assert len(frames) > 10
        said = (learning.unit_feedback, learning.unit_requests, learning.unit_finding_decisions)
        assert {found for frame in (*frames, *said) for found in frame["unit"].to_list()} == {unit}
        assert [frame.height for frame in said] == [1, 1, 1]
        (other,) = {*UNITS} - {unit}
        assert f"A finding of {other}".encode() not in pickle.dumps(handed)


@pytest.mark.usefixtures("nothing_handed")
def test_what_was_handed_for_another_unit_week_run_or_workspace_is_not_taken(town: Town, tmp_path: Path) -> None:
    handed = Handed(
        town.folder.resolve(),
        str(WEEK),
        "unit_tyne",
        town.run,
        ReadOnce(town.lake, WEEK, town.run, town.folder).for_unit("unit_tyne").settings,
        {},
        ReadOnce(town.lake, WEEK, town.run, town.folder).for_unit("unit_tyne").learning,
    )
    handing.take(handed)
    asked = (town.folder, str(WEEK), "unit_tyne", town.run.run_id)
    assert handing.taken(*asked) is handed
    for place, other in enumerate((tmp_path, "2020-W01", "unit_wear", "another run")):
        changed = (*asked[:place], other, *asked[place + 1 :])
        assert handing.taken(*changed) is None  # type: ignore[arg-type]


def test_a_lake_is_opened_only_for_what_was_not_asked_before(town: Town) -> None:
    opened: list[int] = []

    def opening() -> object:
        opened.append(1)
        return town.lake

    first = RememberedLake(opening)  # type: ignore[arg-type]
    week, run = str(WEEK), town.run.run_id
    told = first.read_week_table(week, "unit_needs", run)
    assert opened == [1]
    second = RememberedLake(opening, first.answers)  # type: ignore[arg-type]
    assert second.read_week_table(week, "unit_needs", run).equals(told)
    assert opened == [1]
    with pytest.raises(StoreError, match="has not been made"):
        second.read_week_table(week, "evidence_cells", run)
    assert opened == [1, 1]
