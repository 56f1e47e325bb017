"""Each finding of a brief carries the number that its sentence says, with what it is of and its interval, as data."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from brief_numbers import COUNTING, faults_of, findings_in

from fi_workbench.display import Finding, Section
from fi_workbench.display.number import Interval, Number


@pytest.fixture(scope="module")
def briefs(made: Path) -> list[dict]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(made.glob("built/*/*/unit_brief.json"))]
    assert len(found) > 1
    return found


def test_every_finding_whose_sentence_says_a_number_carries_it(briefs: list[dict]) -> None:
    found = [(section, finding) for facts in briefs for section, finding in findings_in(facts)]
    assert len(found) > 50
    assert {"actions", "good_news", "limits", "step_down_after"} <= {
        section.key for section, one in found if one.number
    }
    assert [fault for section, finding in found for fault in faults_of(section, finding)] == []


def test_the_file_says_of_each_number_what_it_is_and_why_it_has_no_interval(briefs: list[dict]) -> None:
    for facts in briefs:
        for part in facts["brief"]["parts"]:
            for section in part["sections"]:
                for finding in (*section["findings"], *section["rest"]):
                    number, interval = finding["number"], finding["interval"]
                    assert number is None or set(number) == {"kind", "n", "of", "noun"}
                    assert (interval is None) == (number is None or number["kind"] == "count")
                    assert interval is None or {"kind", "low", "high", "of", "level"} <= set(interval)
                    if section["key"] in COUNTING:
                        assert number is not None


def test_the_check_finds_what_it_looks_for() -> None:
    """Findings that were changed without being checked, so that each fault can be made."""

    def faults(key: str, finding: Finding) -> list[str]:
        return faults_of(Section(key=key, audience="unit"), finding)

    bare = Finding(sentence="17 of 121 children have no visit recorded.")
    assert faults("limits", bare)
    dated = Finding(sentence="Section 47 enquiries: the list ends on 22 November 2026, 26 weeks ago.")
    assert faults("limits", dated) == []
    assert faults("good_news", dated)
    number = Number(kind="judged", n=17, of=121, noun="child")
    other = bare.model_copy(update={"number": number})
    assert any("with the interval None" in fault for fault in faults("limits", other))
    limits = Interval(kind="usual", low=3, high=9, level=99)
    changed = bare.model_copy(update={"number": number, "interval": limits})
    assert faults("changes", changed) == ["not in the table: 17 of 121, usually 3 to 9: "]
    wrong = bare.model_copy(update={"number": Number(kind="count", n=7, of=121, noun="child")})
    assert any("does not stand in" in fault for fault in faults("limits", wrong))
