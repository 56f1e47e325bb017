"""What is folded can be answered, edited and dropped as what is said at once; what repeats is not judged again."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of

from fi_workbench.briefs.answering import answerable, codes_of
from fi_workbench.briefs.editing import Reviewed, apply_reviews
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.rendering import brief_page
from fi_workbench.briefs.wording import faults_of_words
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import release
from fi_workbench.display import Finding, Section, sections_used
from fi_workbench.learning.codes import finding_code

AT = datetime(2026, 11, 23, tzinfo=UTC)


def folded() -> Brief:
    section = Section(
        key="actions",
        audience="unit",
        findings=(Finding(sentence="Ring today.", tone="do", key="a"), Finding(sentence="A plain one.")),
        rest=(Finding(sentence="Ring later.", tone="do", key="b"), Finding(sentence="Ring again.", tone="do", key="b")),
        rest_words="Two more things wait already.",
    )
    return brief_of(answerable(section, unit="tyne", week="2026-W47", address="a@town.example"))


def reviewed(code: str, action: str, before: str, after: str = "") -> Reviewed:
    return Reviewed(1, "tyne", code, action, before, after, "Marian Halcombe", AT, "late")


def test_what_is_folded_has_codes_of_its_own_and_what_is_plain_has_none() -> None:
    brief = folded()
    codes = {told["sentence"]: code for code, told in codes_of(brief).items()}
    assert set(codes) == {"Ring today.", "Ring later.", "Ring again."}
    assert len(set(codes.values())) == 3
    page = brief_page(brief).decode()
    assert all(page.count(f"%20{code}%20") == 3 for code in codes.values())


def test_of_what_was_told_before_only_a_change_of_the_same_kind_is_marked() -> None:
    before = {
        key: finding_code(unit="tyne", week="2026-W46", section="changes", finding=key)
        for key in ("a:more", "b:more", "visit")
    }
    findings = (
        Finding(sentence="More of a.", tone="more", key="a:more"),
        Finding(sentence="Fewer of b.", tone="fewer", key="b:fewer"),
        Finding(sentence="A visit is due.", tone="do", key="visit"),
        Finding(sentence="More of c.", tone="more", key="c:more"),
    )
    section = Section(key="changes", audience="unit", findings=findings)
    coded = answerable(section, unit="tyne", week="2026-W47", address="", shown=set(before.values()))
    assert [one.again for one in coded.findings] == [True, False, False, False]
    elsewhere = answerable(section, unit="wear", week="2026-W47", address="", shown=set(before.values()))
    assert not any(one.again for one in elsewhere.findings)


def test_an_answer_without_findings_has_one_code_as_a_whole() -> None:
    section = answerable(Section(key="needs", audience="unit", lead="None."), unit="tyne", week="2026-W47", address="")
    assert section.code
    assert section.answers == ()
    assert list(codes_of(brief_of(section))) == [section.code]


def test_what_is_folded_is_edited_and_dropped_and_counted_again() -> None:
    brief = folded()
    codes = {told["sentence"]: code for code, told in codes_of(brief).items()}
    told = [
        reviewed(codes["Ring later."], "edit", "Ring later.", "Ring on Friday."),
        reviewed(codes["Ring again."], "drop", "Ring again."),
    ]
    made, review = apply_reviews(brief, told)
    (section,) = made.parts[0].sections
    assert [one.sentence for one in section.rest] == ["Ring on Friday."]
    assert section.rest_words == "One more to look at."
    assert (len(review["edited"]), len(review["dropped"]), review["not_looked_at"]) == (1, 1, 1)
    assert apply_reviews(brief, [])[0] == brief


def test_an_earlier_change_may_be_quoted_but_not_claimed() -> None:
    quoted = Finding(sentence="“Referrals rose to 26”. Somebody said that this was wrong. We look.", tone="do")
    for key, n_faults in (("learning", 0), ("actions", 1)):
        section = Section(key=key, audience="unit", findings=(quoted,))
        assert len(faults_of_words(brief_of(section))) == n_faults


def test_a_section_nobody_answered_is_proposed_to_the_analyst() -> None:
    table = all_contracts().table("section_use")
    rows = [
        {"section": "actions", "n_weeks_shown": 6, "n_replies": 4, "last_reply_on": AT.date(), "state": "used"},
        {"section": "good_news", "n_weeks_shown": 6, "n_replies": 0, "last_reply_on": None, "state": "unused"},
    ]
    frame = pl.DataFrame(rows, schema=table.polars_schema())
    section = sections_used(release(frame, table, audience="analyst", profile="local"))
    assert section.lead.startswith("Nobody answered these for six weeks: Good news.")
    assert section.tables[0].rows[1] == ("Good news", "6", "0", "Nobody answered: think about removing it")
