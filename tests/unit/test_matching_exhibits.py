"""Families like this one, the match for a described family, equity of offers, and when cells may speak."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from fi_workbench.contracts import all_contracts
from fi_workbench.errors import MatchingError
from fi_workbench.matching import parse_catalogue, read_catalogue
from fi_workbench.matching.cards import USUAL_SUPPORT, read_cards
from fi_workbench.matching.cohort import Cohort
from fi_workbench.matching.described import choice_record, match_described, parse_described
from fi_workbench.matching.equity import equity_of_offer
from fi_workbench.matching.like import like
from fi_workbench.matching.speaking import when_it_may_speak
from fi_workbench.statistics.intervals import newcombe, wilson
from fi_workbench.store import Lake
from fi_workbench.vocabulary.needs import NEED_CODES

AS_AT = date(2026, 11, 22)


def cohort(n: int = 1200, *, seed: int = 1, offered: float = 0.3, bias: float = 0.0) -> Cohort:
    """Families of whom half have neglect; the outcome is commoner with it; `bias` lowers offers to group b."""
    rng = np.random.default_rng(seed)
    neglect = rng.random(n) < 0.5
    group = rng.random(n) < 0.3
    chance = np.clip(offered + 0.2 * (neglect - 0.5) - bias * group, 0.01, 0.99)
    treated = rng.random(n) < chance
    had = rng.random(n) < 0.2 + 0.2 * neglect
    card = read_cards()["plan_ended_not_repeated"]
    columns = {name: [None] * n for name in card.columns}
    rows = pl.DataFrame(
        {
            "decision": range(n),
            "arm": np.where(treated, "triple_p", USUAL_SUPPORT),
            "segment": ["all"] * n,
            "household": [f"f{i}" for i in range(n)],
            "worker": ["w"] * n,
            "outcome": had.astype(float),
            **{
                name: pl.Series(values, dtype=pl.Boolean if name in NEED_CODES else pl.Float64)
                for name, values in columns.items()
            },
        }
    ).with_columns(
        neglect=pl.Series(neglect), n_children=pl.Series(rng.integers(1, 4, n).astype(float)), group=pl.Series(group)
    )
    return Cohort(card, rows, pl.DataFrame(), pl.DataFrame())


def test_neighbours_are_those_described_and_their_counts_are_rounded() -> None:
    given = cohort()
    exhibit = like({"neglect": True, "n_children": 2}, given)
    truly = given.rows.filter("neglect", pl.col("n_children") == 2)
    for row in exhibit.arms.iter_rows(named=True):
        mine = truly.filter(pl.col("arm") == row["arm"])
        assert row["n"] == round(mine.height / 5) * 5
        assert row["n_outcome"] == round(mine["outcome"].sum() / 5) * 5
        interval = wilson(row["n_outcome"], row["n"])
        assert (row["share_low"], row["share_high"]) == (interval.low, interval.high)
    usual, offered = exhibit.arms.row(0, named=True), exhibit.arms.row(1, named=True)
    apart = newcombe(offered["n_outcome"], offered["n"], usual["n_outcome"], usual["n"])
    assert offered["difference_low"] == apart.low
    assert set(exhibit.features["told"]) == {"matched"}
    assert exhibit.abstains == ""


def test_fewer_than_fifty_in_an_arm_gives_no_count() -> None:
    exhibit = like({"neglect": True}, cohort(n=220, offered=0.15))
    offered = exhibit.arms.filter(pl.col("arm") == "triple_p").row(0, named=True)
    assert offered["n"] is None
    assert "fewer than 50" in offered["why_not"]
    assert like({"neglect": True}, cohort(n=60)).abstains.startswith("Fewer than 50")
    with pytest.raises(MatchingError, match="fewer than 50"):
        like({"neglect": True}, cohort(), least=20)


def test_an_arm_whose_families_all_had_the_same_outcome_is_not_shown() -> None:
    given = cohort()
    same = Cohort(given.card, given.rows.with_columns(outcome=pl.lit(1.0)), given.timed, given.flow)
    exhibit = like({"neglect": True}, same)
    assert exhibit.arms["n"].null_count() == exhibit.arms.height
    assert set(exhibit.arms["why_not"]) == {"nearly all had the same outcome"}


def test_two_answers_that_could_be_subtracted_are_refused() -> None:
    # One family with four children: described with and without its number of children it could be told apart.
    given = cohort(n=1000, seed=2)
    few = pl.when(pl.col("decision") < 6).then(2.0).otherwise(1.0)
    odd = Cohort(given.card, given.rows.with_columns(neglect=pl.lit(value=True), n_children=few), pl.DataFrame(), pl.DataFrame())  # fmt: skip
    first = {"neglect": True}
    assert like(first, odd, former=[first]).abstains == ""
    with pytest.raises(MatchingError, match="fewer than 10 families"):
        like({"neglect": True, "n_children": 1}, odd, former=[first])


def test_nobody_is_described_by_a_protected_characteristic() -> None:
    with pytest.raises(MatchingError, match="protected characteristics"):
        like({"ethnicity": True}, cohort())
    with pytest.raises(MatchingError, match="Did you mean neglect"):
        like({"neglec": True}, cohort())
    with pytest.raises(MatchingError, match="Nothing is described"):
        like({}, cohort())


DESCRIBED = {
    "status": "child_protection_plan",
    "ages": [4, 12],
    "needs_present": ["harmful_behaviour", "domestic_abuse"],
    "needs_absent": ["physical_abuse"],
}


def test_the_match_gives_each_intervention_its_reason_and_what_is_not_known() -> None:
    match = match_described(parse_described(DESCRIBED), read_catalogue(), preference="alphabetical", as_at=AS_AT)
    cards = {row["intervention_id"]: row for row in match.cards.iter_rows(named=True)}
    therapy = cards["functional_family_therapy"]
    assert therapy["eligibility"] == "ask_first"
    assert "whether there is coercive control in the family" in therapy["not_known"]
    assert "what it costs" in therapy["not_known"]
    assert therapy["review_stale"] is True
    assert "family_nurse_partnership" in match.ruled_out["intervention_id"].to_list()
    assert match.cards["name"].to_list() == sorted(match.cards["name"])
    assert match.cards.height + match.ruled_out.height == len(read_catalogue().interventions)


def test_the_order_is_the_one_the_reader_declares() -> None:
    document = read_catalogue().model_dump()
    for each in document["interventions"]:
        if each["id"] == "triple_p":
            each["local"]["start_lag_weeks"] = 3
        if each["id"] == "family_safeguarding":
            each["local"]["start_lag_weeks"] = 1
    catalogue, described = parse_catalogue(document), parse_described(DESCRIBED)
    order = {
        name: match_described(described, catalogue, preference=name, as_at=AS_AT).cards["intervention_id"].to_list()
        for name in ("shortest_wait", "strongest_evidence", "alphabetical")
    }
    assert order["shortest_wait"].index("triple_p") == order["shortest_wait"].index("family_safeguarding") + 1
    assert order["shortest_wait"].index("family_safeguarding") == 0
    assert order["strongest_evidence"][:2] == ["multisystemic_therapy", "functional_family_therapy"]
    assert len({tuple(each) for each in order.values()}) == 3
    with pytest.raises(MatchingError, match="no such order"):
        match_described(described, catalogue, preference="best", as_at=AS_AT)


def test_what_is_kept_of_a_match_holds_no_reference() -> None:
    match = match_described(parse_described(DESCRIBED), read_catalogue(), preference="alphabetical", as_at=AS_AT)
    record = choice_record(match, chosen="triple_p", reason_code="family_wish")
    assert set(record) == {"shown", "preference", "chosen", "reason_code"}
    with pytest.raises(MatchingError, match="was not shown"):
        choice_record(match, chosen="family_nurse_partnership", reason_code="family_wish")
    with pytest.raises(MatchingError, match="reason code"):
        choice_record(match, chosen="none", reason_code="because")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"case": "123"}, "case"),
        ({"ages": []}, "ages"),
        ({"ages": [18]}, "Ages are"),
        ({"needs_present": ["neglekt"]}, "Did you mean neglect"),
        ({"needs_absent": ["domestic_abuse"]}, "present and absent"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(MatchingError, match=told):
        parse_described(DESCRIBED | change)


def groups(given: Cohort) -> pl.DataFrame:
    named = pl.when("group").then(pl.lit("b")).otherwise(pl.lit("a"))
    return given.rows.select("household", ethnicity=named)


def test_offers_that_follow_need_are_no_inequity_and_lower_offers_are_found() -> None:
    fair = [equity_of_offer(given, groups(given)).groups for given in (cohort(seed=s) for s in range(4))]
    clear = sum(not row["low"] <= 0 <= row["high"] for frame in fair for row in frame.iter_rows(named=True))
    assert clear <= 2
    unfair = cohort(n=2000, seed=4, bias=0.2)
    told = equity_of_offer(unfair, groups(unfair)).groups.row(1, named=True)
    assert told["group"] == "b"
    assert told["low"] <= -0.2 <= told["high"]
    assert told["told"] == "offered less often than families with such needs"
    assert told["n_offered"] % 5 == 0


def test_a_large_group_beside_a_small_one_is_told_of_without_its_counts() -> None:
    given = cohort(n=2000, seed=4, bias=0.2)
    named = (
        pl.when(pl.col("decision") < 8).then(None).when("group").then(pl.lit("b")).otherwise(pl.lit("a"))
    )  # eight families are not recorded
    told = equity_of_offer(given, given.rows.select("decision", ethnicity=named)).groups
    rows = {row["group"]: row for row in told.iter_rows(named=True)}
    assert rows["not recorded"]["difference"] is None
    assert rows["b"]["n_families"] is rows["b"]["offered_share"] is rows["b"]["expected_share"] is None
    assert rows["b"]["low"] <= -0.2 <= rows["b"]["high"]
    assert rows["b"]["told"] == "offered less often than families with such needs"


def test_what_says_the_same_as_a_characteristic_is_not_adjusted_for() -> None:
    given = cohort(n=2000, seed=4, bias=0.2)
    # The need is recorded of exactly the group: adjusted for, it would take the whole difference upon itself.
    same = Cohort(given.card, given.rows.with_columns(child_disability_support="group"), given.timed, given.flow)
    named = pl.when("group").then(pl.lit("a disabled child")).otherwise(pl.lit("no disabled child"))
    told = equity_of_offer(same, same.rows.select("decision", disability=named, other=named)).groups
    rows = {(row["characteristic"], row["group"]): row for row in told.iter_rows(named=True)}
    audited = rows["disability", "a disabled child"]
    assert audited["low"] <= -0.2 <= audited["high"]
    assert audited["told"] == "offered less often than families with such needs"
    assert abs(rows["other", "a disabled child"]["difference"]) < 0.08


def test_a_small_group_is_not_told_about_and_its_count_is_hidden() -> None:
    given = cohort()
    few = pl.when(pl.col("decision") < 12).then(pl.lit("c")).otherwise(pl.lit("a"))
    told = equity_of_offer(given, given.rows.select("household", ethnicity=few)).groups
    small = told.filter(pl.col("group") == "c").row(0, named=True)
    assert small["told"] == "too few to say"
    assert small["n_offered"] is None
    assert small["difference"] is None


def test_of_a_hidden_group_nobody_learns_that_none_was_offered_anything() -> None:
    given = cohort()
    few = pl.col("decision").is_in(given.rows.filter(pl.col("arm") == USUAL_SUPPORT)["decision"].head(4).implode())
    named = pl.when(few).then(pl.lit("c")).otherwise(pl.lit("a"))
    told = equity_of_offer(given, given.rows.select("decision", ethnicity=named)).groups
    small = told.filter(pl.col("group") == "c").row(0, named=True)
    assert (small["n_families"], small["n_offered"]) == (None, None)


def test_a_cohort_of_nobody_says_so() -> None:
    given = cohort()
    nobody = Cohort(given.card, given.rows.clear(), given.timed, given.flow)
    with pytest.raises(MatchingError, match="No family can be compared"):
        equity_of_offer(nobody, groups(given))
    assert like({"neglect": True}, nobody).abstains == "No family has been followed for the whole time yet."


def test_cells_that_may_speak_agree_with_families_drawn_again_and_again() -> None:
    arms = {USUAL_SUPPORT: 0.7, "triple_p": 0.2, "safe_families": 0.1}
    segments = {"s1": 0.6, "s2": 0.4}
    told = when_it_may_speak(decisions_a_year=150, arm_shares=arms, segment_shares=segments, outcome_share=0.25)
    assert told["n_followed"].to_list() == [0, 150, 300]
    assert told["until_then"][0] == "published evidence alone"
    rng = np.random.default_rng(1)
    shares = np.array([a * s for a in arms.values() for s in segments.values()])
    drawn = rng.poisson(300 * shares, size=(4000, len(shares)))
    usual, offered = drawn[:, :2], drawn[:, 2:].reshape(-1, 2, 2)
    speaks = ((offered >= 20) & (usual[:, None, :] >= 20)).sum(axis=(1, 2)).mean()
    assert told["cells_that_may_speak"][2] == pytest.approx(speaks, abs=0.1)
    assert poisson.sf(19, 36) > 0.99
    with pytest.raises(MatchingError, match="add up to 1"):
        when_it_may_speak(decisions_a_year=9, arm_shares={USUAL_SUPPORT: 0.5}, segment_shares={"s": 1}, outcome_share=0.2)  # fmt: skip


def test_the_smallest_difference_is_found_in_four_of_five_cases() -> None:
    told = when_it_may_speak(
        decisions_a_year=400,
        arm_shares={USUAL_SUPPORT: 0.75, "triple_p": 0.25},
        segment_shares={"all": 1.0},
        outcome_share=0.3,
        years=(2,),
    )
    smallest = told["smallest_difference_arm"][0]
    rng = np.random.default_rng(2)
    had_usual, had_offered = rng.binomial(300, 0.3, 8000) / 300, rng.binomial(100, 0.3 - smallest, 8000) / 100
    se = np.sqrt(had_usual * (1 - had_usual) / 300 + had_offered * (1 - had_offered) / 100)
    assert (np.abs(had_usual - had_offered) / se > 1.96).mean() == pytest.approx(0.8, abs=0.06)


def test_questions_asked_are_kept_apart_from_decisions_and_move_no_pin(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", all_contracts())
    before = lake.pin(AS_AT)
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert lake.consult("like", "step_down", {"neglect": True}, at=at) == 1
    assert lake.consult("match", "step_down", {"chosen": "none"}, at=at) == 2
    assert lake.consultations("like", "step_down")["content"].to_list() == ['{"neglect": true}']
    assert lake.consultations("like", "other").is_empty()
    assert lake.pin(AS_AT) == before
