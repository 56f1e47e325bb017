"""A change that last week's brief told, too, is marked as such: a reader who has seen it knows what is new."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, Town, brief_of, busy, make_town

from fi_workbench import briefs
from fi_workbench.briefs.paper import brief_paper
from fi_workbench.briefs.paper_text import paper_text
from fi_workbench.briefs.plain import AGAIN, brief_text
from fi_workbench.briefs.rendering import brief_page
from fi_workbench.display import Section
from fi_workbench.learning.codes import finding_code
from fi_workbench.learning.told import CODES

UNIT = "unit_tyne"


def changes(town: Town) -> Section:
    return briefs.open_week(str(WEEK), UNIT, workspace=town.folder).changes()


def released_before(weeks: int, section: Section) -> tuple[str, str, dict[str, Any]]:
    """The first of a section's findings, as it was released so many weeks before."""
    first, week = section.findings[0], str(WEEK.shift(-weeks))
    code = finding_code(unit=UNIT, week=week, section=section.key, finding=first.key)
    told = {"unit": UNIT, "section": section.key, "finding": first.key, "sentence": first.sentence}
    return CODES, week, {"codes": {code: told}}


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Section:
    found = changes(make_town(tmp_path_factory.mktemp("unseen") / "town", busy(UNIT)))
    assert [one.key for one in found.findings] == ["referrals:4:more"]
    return found


@pytest.mark.parametrize(("weeks", "again"), [(1, True), (2, False)])
def test_only_what_the_week_before_told_is_marked(tmp_path: Path, unseen: Section, weeks: int, again: bool) -> None:
    assert not any(one.again for one in unseen.findings)
    found = changes(make_town(tmp_path / "town", busy(UNIT), said=[released_before(weeks, unseen)]))
    assert [one.again for one in found.findings] == [again]
    brief = brief_of(found)
    said = (brief_page(brief).decode(), paper_text(brief_paper(brief), "paper").replace("’", "'"))
    assert [text.count(AGAIN) for text in (*said, brief_text(brief).decode())] == [int(again)] * 3
