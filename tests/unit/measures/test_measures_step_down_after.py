"""After stepping down: golden tables, small enough to check by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

AFTER = ("cin_census", "ssda903", "early_help")
MAY = date(2026, 5, 1)


def lives(week: Any, person: str, *spells: tuple[date, str], until: date | None = None, now: bool = True) -> None:
    """A child's statuses, each until the next; the last one until a day, or until now."""
    ends = [*(start for start, _ in spells[1:]), until]
    for (start, status), end in zip(spells, ends, strict=True):
        week.add(
            "status_history",
            person_id=person, family_id=f"f_{person}", from_date=start, to_date=end, status=status, unit=None,
        )  # fmt: skip
    if until is None and now:
        week.add("people", person_id=person, case_reference=f"C{person}", restricted=False)
        week.add("child_status", person_id=person, family_id=f"f_{person}", status=spells[-1][1], age=9)


def followed(week: Any, months: int) -> dict[str, Any]:
    table = week.run().unit_step_down_follow_up
    return dict(table.filter(pl.col("months") == months).row(0, named=True))


PLAN, NEED, HELP = "child_protection_plan", "child_in_need_plan", "early_help"
BEFORE = (date(2025, 8, 1), PLAN)


def twelve(week: Any) -> None:
    """Twelve children step down in May 2026; two of them come back, one after two months and one after five."""
    for n in range(10):
        lives(week, f"stays{n}", BEFORE, (date(2026, 5, 10), NEED))
    lives(week, "back_soon", BEFORE, (date(2026, 5, 10), NEED), (date(2026, 7, 9), PLAN))
    lives(week, "back_late", BEFORE, (date(2026, 5, 31), HELP), (date(2026, 10, 30), "looked_after"))


def test_of_12_stepped_down_in_may_10_have_not_come_back(week: Any) -> None:
    week.source(*AFTER)
    twelve(week)
    row = followed(week, 3)
    assert (row["cohort_month"], row["n_stepped_down"]) == (date(2026, 7, 1), 0)
    week.as_at = date(2026, 11, 30)  # the last day of May is 6 months back
    for source in week.rows["source_freshness"]:
        source["as_of"] = week.as_at
    row = followed(week, 6)
    assert (row["cohort_month"], row["n_stepped_down"], row["n_left"], row["n_not_back"]) == (MAY, 12, 0, 10)
    # Wilson's score interval of 10 of 12, by hand: (10/12 + z2/24 -+ z sqrt(10/12*2/12/12 + z2/576)) / (1 + z2/12)
    assert (round(row["share_low"], 3), round(row["share_high"], 3)) == (0.552, 0.953)
    assert row["sentence"] == "10 of 12 children who stepped down in May 2026 have not come back within 6 months."


@pytest.mark.parametrize(("as_at", "months", "cohort"), [
    (date(2026, 11, 29), 6, date(2026, 4, 1)),
    (date(2026, 11, 30), 6, date(2026, 5, 1)),
    (date(2026, 8, 30), 3, date(2026, 4, 1)),
    (date(2026, 8, 31), 3, date(2026, 5, 1)),
    (date(2027, 2, 28), 3, date(2026, 11, 1)),
    (date(2027, 5, 30), 12, date(2026, 4, 1)),
])  # fmt: skip
def test_a_month_is_followed_when_the_months_of_its_last_day_have_passed(
    week: Any, as_at: date, months: int, cohort: date
) -> None:
    week.as_at = as_at
    week.source(*AFTER, as_of=as_at)
    assert followed(week, months)["cohort_month"] == cohort


def in_august(week: Any, person: str, *later: tuple[date, str], **more: Any) -> None:
    lives(week, person, BEFORE, (date(2026, 7, 10), NEED), *later, **more)


def test_who_counts_as_back(week: Any) -> None:
    week.source(*AFTER)
    in_august(week, "lower", (date(2026, 8, 10), "child_in_need"), (date(2026, 9, 10), NEED))  # never as high again
    in_august(week, "same", (date(2026, 10, 10), PLAN))  # on the last day of the three months
    in_august(week, "late", (date(2026, 10, 11), PLAN))  # a day later
    in_august(week, "renewed", (date(2026, 7, 17), PLAN))  # within a week: never stepped down
    lives(
        week,
        "from_need",
        (date(2025, 8, 1), NEED),
        (date(2026, 7, 10), "closed"),
        (date(2026, 9, 1), "open_assessment"),
    )
    lives(week, "twice", (date(2025, 8, 1), PLAN), (date(2026, 7, 2), NEED), (date(2026, 7, 20), HELP))
    row = followed(week, 3)
    assert (row["cohort_month"], row["n_stepped_down"], row["n_not_back"]) == (date(2026, 7, 1), 5, 4)


def test_children_who_left_are_counted_apart(week: Any) -> None:
    week.source(*AFTER)
    in_august(week, "stays")
    in_august(week, "turned_18", until=date(2026, 9, 1))
    in_august(week, "moved")
    week.episode("moved", "child_in_need_plan", date(2026, 7, 10), date(2026, 8, 1), end_detail="moved_away")
    in_august(week, "left_later", until=date(2026, 10, 11))
    row = followed(week, 3)
    assert (row["n_stepped_down"], row["n_left"], row["n_not_back"]) == (4, 2, 2)
    assert row["sentence"].endswith("2 children turned 18, died or moved away and cannot be followed.")


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (["cin_census"], "No looked after return (SSDA903) has been loaded"),
        (["ssda903"], "No children in need census has been loaded"),
    ],
)
def test_without_a_feed_nothing_is_told(week: Any, sources: list[str], words: str) -> None:
    week.source(*sources)
    twelve(week)
    result = week.run()
    assert not result.unit_step_down_follow_up["can_tell"].any()
    assert result.unit_step_down_follow_up["n_stepped_down"].sum() == 0
    assert result.unit_step_down_follow_up["sentence"].str.starts_with(words).all()
    assert result.unit_step_down_help.is_empty()


def test_a_feed_that_begins_too_late_tells_only_what_it_covers(week: Any) -> None:
    week.source("cin_census", begins=date(2026, 3, 1))
    week.source("ssda903")
    table = week.run().unit_step_down_follow_up
    assert dict(table.select("months", "can_tell").iter_rows()) == {3: True, 6: True, 12: False}
    assert table["why_not"][2] == "The children in need census is not known to reach back to October 2025."


def test_the_rung_and_the_role_of_whoever_leads(week: Any) -> None:
    week.source(*AFTER)
    lives(week, "a", BEFORE, (date(2026, 10, 1), HELP))
    lives(week, "b", BEFORE, (date(2026, 10, 1), HELP))
    lives(week, "c", BEFORE, (date(2026, 10, 1), "closed"))
    lives(week, "d", BEFORE, (date(2026, 10, 1), NEED))
    lives(week, "e", BEFORE, (date(2026, 10, 1), NEED), (date(2026, 11, 1), PLAN))
    lives(week, "long_ago", BEFORE, (date(2026, 8, 1), HELP))
    for person, role, end in (("a", "Family support worker", None), ("a", "Old one", date(2026, 11, 1))):
        row = week.add("early_help", start_date=date(2026, 10, 1), end_date=end, lead_practitioner_role=role)
        week.add("partner_people", source="early_help", row_id=row, person_id=person)
    rows = week.run().unit_step_down_help.select("rung", "role", "n_children", "why_not").rows()
    assert rows == [
        ("closed", "", 1, None),
        ("early_help", "family support worker", 1, None),
        ("early_help", "not recorded", 1, None),
        ("family_help_section17", "not recorded", 1, None),
        ("plan_or_care", "not recorded", 1, None),
    ]


def test_without_early_help_no_help_recorded_is_not_no_help(week: Any) -> None:
    week.source("cin_census", "ssda903")
    lives(week, "c", BEFORE, (date(2026, 10, 1), "closed"))
    row = week.run().unit_step_down_help.row(0, named=True)
    assert (row["rung"], row["n_children"]) == ("closed", 1)
    assert row["why_not"] == "No early help list has been loaded, so early help cannot be told."
