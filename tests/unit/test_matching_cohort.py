"""Cohorts small enough to check by hand, and the mistakes with time that are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import MatchingError
from fi_workbench.matching.cards import USUAL_SUPPORT, QuestionCard, read_cards
from fi_workbench.matching.cohort import Cohort, build_cohort, check_timing
from fi_workbench.matching.cohort.controls import Partners, with_control
from fi_workbench.matching.cohort.timing import TIMED

AS_AT = date(2026, 11, 22)
FROM = date(2024, 1, 1)
ZERO = date(2025, 3, 3)


def day(n: int) -> date:
    return ZERO + timedelta(days=n)


EPISODES = {
    "person_id": pl.String,
    "kind": pl.String,
    "start": pl.Date,
    "end": pl.Date,
    "detail": pl.String,
    "end_detail": pl.String,
}
OFFERS = {
    "person_id": pl.String,
    "intervention_id": pl.String,
    "referred_on": pl.Date,
    "start": pl.Date,
    "end": pl.Date,
}


def family(
    *episodes: tuple[str, int, int | None, str | None],
    offers: tuple[tuple[str, int], ...] = (),
    card: str = "re_referral_strict",
    needs: tuple[tuple[str, int], ...] = (),
    n: int = 1,
    housing: tuple[tuple[str, int, int | None], ...] | None = None,
) -> Cohort:
    """A cohort of `n` families alike, each of one child aged eight, with episodes in days from time zero."""
    people = [f"p{i}" for i in range(n)]
    rows = [
        (person, kind, day(start), None if end is None else day(end), None, detail)
        for person in people
        for kind, start, end, detail in episodes
    ]
    return build_cohort(
        read_cards()[card],
        episodes=pl.DataFrame(rows, schema=EPISODES, orient="row"),
        family_members=pl.DataFrame(
            {
                "family_id": [f"f{i}" for i in range(n)],
                "person_id": people,
                "role": ["child"] * n,
                "valid_from": [date(2017, 1, 1)] * n,
                "valid_to": pl.Series([None] * n, dtype=pl.Date),
            }
        ),
        people=pl.DataFrame(
            {
                "person_id": people,
                "birth_date": [date(2017, 1, 1)] * n,
                "sex": ["F"] * n,
                "ethnicity": ["WBRI"] * n,
                "expected_birth_date": pl.Series([None] * n, dtype=pl.Date),
                "death_date": pl.Series([None] * n, dtype=pl.Date),
            }
        ),
        need_profiles=pl.DataFrame(
            [(f"f{i}", need, "present", day(seen)) for i in range(n) for need, seen in needs],
            schema={"family_id": pl.String, "need": pl.String, "state": pl.String, "first_date": pl.Date},
            orient="row",
        ),
        intervention_spells=pl.DataFrame(
            [(person, name, day(on), day(on + 10), None) for person in people for name, on in offers],
            schema=OFFERS,
            orient="row",
        ),
        as_at=AS_AT,
        records_from=FROM,
        housing=None if housing is None else _housing(housing, n),
    )


def _housing(events: tuple[tuple[str, int, int | None], ...], n: int) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"f{i}", event, day(a), None if b is None else day(b)) for i in range(n) for event, a, b in events],
        schema={"family_id": pl.String, "event": pl.String, "start_date": pl.Date, "end_date": pl.Date},
        orient="row",
    )


PLAN = ("child_in_need_plan", 0, 90, None)
CASE = ("child_in_need", -40, 100, "RC7")
REFERRED = ("referral", -40, -40, None)


def only(cohort: Cohort) -> dict[str, Any]:
    return cohort.rows.row(0, named=True)


def test_an_offer_within_the_grace_window_is_an_arm_and_a_later_one_is_usual_support() -> None:
    assert only(family(PLAN, CASE, offers=(("triple_p", 28),)))["arm"] == "triple_p"
    assert only(family(PLAN, CASE, offers=(("triple_p", 29),)))["arm"] == USUAL_SUPPORT
    assert only(family(PLAN, CASE, offers=(("triple_p", 9), ("safe_families", 4))))["arm"] == "safe_families"


def test_who_leaves_the_cohort_is_counted_by_reason() -> None:
    already = family(PLAN, CASE, offers=(("triple_p", -60),))
    assert already.rows.is_empty()
    assert already.flow.filter(pl.col("step") == "no intervention of before goes on")["n"].item() == 0
    other = family(PLAN, CASE, offers=(("family_nurse_partnership", 3),))
    assert other.flow["n"].to_list() == [1, 1, 1, 1, 0, 0]
    early = family(PLAN, ("child_in_need", -40, 5, "RC7"), ("referral", 20, 20, None), offers=(("triple_p", 25),))
    assert early.flow["n"].to_list() == [1, 1, 1, 1, 1, 0]


def test_re_referral_by_the_dfe_counts_an_open_case_and_the_strict_definition_does_not() -> None:
    while_open = ("referral", 60, 60, None)
    told = (PLAN, CASE, REFERRED, while_open)
    assert only(family(*told, card="re_referral_dfe"))["event"] == 1
    assert only(family(*told, card="re_referral_dfe"))["days"] == 60.0
    assert only(family(*told))["event"] == 0
    after = ("referral", 200, 200, None)
    assert only(family(PLAN, CASE, REFERRED, after))["days"] == 200.0
    # More than 12 months after the referral before it: not a re-referral to the DfE, whatever the time since closure.
    late = ("referral", 330, 330, None)
    assert only(family(PLAN, CASE, REFERRED, late, card="re_referral_dfe"))["event"] == 0
    assert only(family(PLAN, CASE, REFERRED, late))["event"] == 1


def test_a_family_that_left_competes_and_one_that_is_still_followed_is_censored() -> None:
    gone = only(family(PLAN, ("child_in_need", -40, 80, "RC5"), REFERRED))
    assert (gone["days"], gone["event"]) == (80.0, 2)
    horizon = only(family(PLAN, CASE, REFERRED))
    assert (horizon["days"], horizon["event"]) == (365.0, 0)


@pytest.mark.parametrize(("reason", "planned", "unplanned"), [("E4A", 1, 2), ("E4B", 2, 1), ("E11", 2, 2)])
def test_reunification_planned_and_unplanned_are_told_apart(reason: str, planned: int, unplanned: int) -> None:
    care = ("looked_after", 0, 120, reason)
    assert only(family(care, card="reunification_planned"))["event"] == planned
    assert only(family(care, card="reunification_unplanned"))["event"] == unplanned


def test_step_down_and_plans_that_are_not_repeated() -> None:
    protection = ("child_protection_plan", 0, 150, None)
    assert only(family(protection, card="step_down"))["days"] == 150.0
    assert only(family(protection, ("looked_after", 100, None, None), card="step_down"))["event"] == 2
    assert only(family(PLAN, card="plan_ended_not_repeated"))["outcome"] == 1.0
    assert only(family(("child_in_need_plan", 0, None, None), card="plan_ended_not_repeated"))["outcome"] == 0.0
    again = ("child_in_need_plan", 200, 260, None)
    assert family(PLAN, again, card="plan_ended_not_repeated").rows["outcome"].to_list()[0] == 0.0


@pytest.mark.parametrize(
    ("care", "outcome"),
    [
        ((), 0.0),
        ((("looked_after", 100, None, None),), 1.0),
        ((("looked_after", 100, 365, "E4A"),), 0.0),
        ((("looked_after", 100, 366, "E4A"),), 1.0),
        ((("looked_after", 366, None, None),), 0.0),
        ((("looked_after", 100, 200, "E4A"), ("looked_after", 300, None, None)), 1.0),
        ((("child_in_need", -40, 200, "RC5"),), None),
        ((("child_in_need", -40, 200, "RC7"),), 0.0),
    ],
)
def test_in_care_is_as_on_the_last_day_and_not_known_of_families_that_left(
    care: tuple[tuple[str, int, int | None, str | None], ...], outcome: float | None
) -> None:
    rows = family(("child_protection_plan", 0, 90, None), *care, card="in_care").rows
    assert rows["outcome"].to_list() == ([] if outcome is None else [outcome])


def test_needs_count_from_the_day_they_were_recorded() -> None:
    assessed = ("assessment", -30, -5, None)
    told = only(family(PLAN, CASE, assessed, needs=(("neglect", -5), ("emotional_abuse", 1))))
    assert told["neglect"] is True
    assert told["emotional_abuse"] is False
    unseen = only(family(PLAN, CASE, needs=(("neglect", -5), ("emotional_abuse", 1))))
    assert unseen["neglect"] is True
    assert unseen["emotional_abuse"] is None


def test_duplicates_of_a_referral_change_nothing() -> None:
    after = ("referral", 200, 200, None)
    once, twice = family(PLAN, CASE, REFERRED, after), family(PLAN, CASE, REFERRED, REFERRED, after, after)
    assert once.rows.equals(twice.rows)
    offered = (("triple_p", 5), ("triple_p", 5))
    assert only(family(PLAN, CASE, offers=offered))["arm"] == "triple_p"
    assert family(PLAN, CASE, offers=offered).rows.height == 1


def test_each_family_and_decision_is_one_row_in_one_arm() -> None:
    cohort = family(PLAN, CASE, ("child_in_need_plan", 150, 200, None), n=7)
    assert cohort.timed.select("family_id", "time_zero").is_unique().all()
    assert cohort.rows.height == 14
    assert cohort.flow["n"][-1] == 14


def test_a_brothers_plan_that_joins_is_no_new_decision() -> None:
    cohort = family(PLAN, ("child_in_need_plan", 50, 90, None), ("child_in_need_plan", 120, 150, None))
    assert cohort.flow["n"][0] == 2


def timed(**change: Any) -> pl.DataFrame:
    row = {
        "arm": "triple_p",
        "clock": "plan_start",
        "time_zero": ZERO,
        "assigned_on": day(5),
        "outcome_on": day(90),
    } | change
    usual = row | {"arm": USUAL_SUPPORT, "clock": "plan_start", "assigned_on": None, "outcome_on": None}
    return pl.DataFrame([row, usual], schema=TIMED | {"neglect_on": pl.Date}, orient="row")


def card(**change: Any) -> QuestionCard:
    return read_cards()["re_referral_strict"].model_copy(update=change)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: check_timing(timed(outcome_on=day(-1)), card()), "outcomes lie before time zero"),
        (lambda: check_timing(timed(neglect_on=day(1)), card(), covariate_days=["neglect_on"]), "covariate neglect"),
        (lambda: check_timing(timed(clock="intervention_start"), card()), "different clocks"),
        (lambda: check_timing(timed(), card(grace_days=0)), "no grace window"),
        (lambda: check_timing(timed(assigned_on=day(29)), card()), "immortal time"),
        (lambda: check_timing(timed(assigned_on=None), card()), "no known day"),
    ],
)
def test_clocks_that_cannot_be_compared_are_refused_with_counts(make: Callable[[], None], told: str) -> None:
    check_timing(timed(neglect_on=day(0)), card(), covariate_days=["neglect_on"])
    with pytest.raises(MatchingError) as refused:
        make()
    assert told in str(refused.value)
    assert "of 2" in refused.value.how_many or "over 2" in refused.value.how_many
    assert str(ZERO.year) not in str(refused.value)


def test_ever_started_against_never_started_is_refused_not_estimated() -> None:
    # No intervention does anything; a third is wait-listed for ten weeks on average; the "arm" is who ever started.
    # Estimated so, the difference is about six points in favour of nothing at all.
    rng = np.random.default_rng(3)
    n = 4000
    outcome = rng.exponential(365 / -np.log(0.75), n)
    wait = np.where(rng.random(n) < 0.35, rng.exponential(70, n), np.inf)
    started = wait < np.minimum(outcome, 365)
    had = outcome <= 365
    invented = had[started].mean() - had[~started].mean()
    assert invented < -0.04
    rows = pl.DataFrame(
        {
            "arm": np.where(started, "triple_p", USUAL_SUPPORT),
            "clock": ["plan_start"] * n,
            "time_zero": [ZERO] * n,
            "assigned_on": [day(int(w)) if s else None for w, s in zip(wait, started, strict=True)],
            "outcome_on": [day(int(o)) if h else None for o, h in zip(outcome, had, strict=True)],
        },
        schema=TIMED,
    )
    for grace in (0, 28):
        with pytest.raises(MatchingError, match="immortal time"):
            check_timing(rows, card(grace_days=grace))


@pytest.mark.parametrize(
    ("housing", "control"),
    [
        (None, None),
        ((("rent_arrears", 30, None),), None),
        ((("tenancy", -900, None),), 0.0),
        ((("tenancy", -900, None), ("rent_arrears", 30, None)), 1.0),
        ((("tenancy", -900, None), ("rent_arrears", 365, None)), 1.0),
        ((("tenancy", -900, None), ("rent_arrears", 366, None)), 0.0),
        ((("tenancy", -900, None), ("rent_arrears", 0, None)), 0.0),
        ((("tenancy", -900, None), ("rent_arrears", -40, 90)), 0.0),
        ((("tenancy", -900, 364), ("rent_arrears", 30, None)), None),
        ((("tenancy", 5, None), ("rent_arrears", 30, None)), None),
    ],
)
def test_rent_arrears_after_time_zero_are_known_of_tenants_alone(
    housing: tuple[tuple[str, int, int | None], ...] | None, control: float | None
) -> None:
    assert only(family(PLAN, CASE, housing=housing))["control"] == control


def test_absence_before_time_zero_is_read_as_the_outcome_is_after_it() -> None:
    card = read_cards()["school_attendance"]
    assert card.negative_control is not None
    placebo = card.negative_control.model_copy(update={"outcome": "persistent_absence_before"})
    decisions = pl.DataFrame({"family_id": ["f0", "f1", "f2"], "time_zero": [ZERO] * 3})
    weeks = [
        ("f0", "a", day(-7 * k), 10, 2) for k in range(1, 7)
    ] + [("f1", "b", day(-7 * k), 10, 0) for k in range(1, 7)] + [("f2", "c", day(7 * k), 10, 9) for k in range(1, 7)]  # fmt: skip
    attendance = pl.DataFrame(
        weeks,
        schema={
            "family_id": pl.String,
            "person_id": pl.String,
            "week_start": pl.Date,
            "possible": pl.Int64,
            "missed": pl.Int64,
        },
        orient="row",
    )
    partners = Partners(attendance, _housing((), 0), AS_AT)
    made = with_control(decisions, partners, card.model_copy(update={"negative_control": placebo}))
    assert made["control"].to_list() == [1.0, 0.0, None]
    none = with_control(decisions, partners, card.model_copy(update={"negative_control": None}))
    assert none["control"].null_count() == 3
