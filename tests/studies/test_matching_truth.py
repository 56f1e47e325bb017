"""What the whole way from records to a word finds of what programmes truly do: bias, coverage and wrong flags.

A synthetic authority is read through the loaders; a cohort of the plan question is made from its records alone, and
estimated. Its sealed truth holds, for each family and programme it was eligible for, whether it would have had a
setback within a year with and without it. Two outcomes are estimated from:

* `setback`: the true setback under what was truly done, so that only adjustment and statistics are judged;
* `recorded`: re-referral by the DfE's definition as records have it, judged by wrong flags alone, because a record
  of a setback is not a setback.

The truth of an arm is over the families of the cohort that were eligible for it: the true difference of offering it,
which is that of starting it by the share that starts. Families that the truth calls ineligible for an arm cannot have
been offered it; the estimate may lean on them only through its models.

Run with `pytest -m study tests/studies/test_matching_truth.py -s`; the last run is in test_matching_truth.md.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fi_workbench import caseload, identity, needs
from fi_workbench.contracts import all_contracts
from fi_workbench.demo import World, make_authority
from fi_workbench.loaders import load_new
from fi_workbench.matching import read_catalogue
from fi_workbench.matching.cards import USUAL_SUPPORT, read_cards
from fi_workbench.matching.cohort import Cohort, build_cohort
from fi_workbench.matching.naming import name_referrals
from fi_workbench.matching.spells import spells
from fi_workbench.pseudonyms import read_key
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake

SUNDAY = date(2026, 11, 22)
N_FAMILIES = 700
WEEKS = 156
WORLDS = {
    "as usual": World(),
    "nothing works": World(effect=0.0),
    "nothing works, twice the hidden severity": World(effect=0.0, confounding=2.0),
    "no hidden severity": World(confounding=0.0),
}


def cohort_with_truth(folder: Path, world: World, *, seed: int, families: int = N_FAMILIES) -> pl.DataFrame:
    """The cohort's rows with `truly` (programme offered), and the truth of each decision in `trials`."""
    workspace, sealed = folder / "workspace", folder / "truth"
    make_authority(
        workspace, sealed, families=families, seed=seed, weeks=WEEKS, weekly_deliveries=1, end=SUNDAY, world=world
    )
    catalogue = all_contracts()
    lake = Lake.open(workspace / "lake", catalogue)
    load_new(
        workspace=workspace,
        lake=lake,
        catalogue=catalogue,
        settings=read_settings(workspace),
        clock=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC),
    )
    cohort, linked = cohort_from(lake, workspace)
    children = pl.read_parquet(sealed / "people" / "*.parquet").filter("is_child").select("reference", "family")
    named = (
        linked.family_members.filter(pl.col("role") == "child")
        .join(linked.people.select("person_id", reference="case_reference"), on="person_id")
        .join(children, on="reference")
        .group_by("family_id")
        .agg(pl.col("family").mode().sort().first())
    )
    trials = pl.read_parquet(sealed / "trials" / "*.parquet").filter(pl.col("day") <= SUNDAY - timedelta(days=366))
    truth = (
        trials.group_by("family", time_zero="day")
        .agg(
            without=pl.col("setback_without").first(),
            observed=pl.when(pl.col("started").any())
            .then(pl.col("setback_with").filter("started").first())
            .otherwise(pl.col("setback_without").first()),
            arrears=(pl.col("arrears").first() > 0),
            trials=pl.struct("programme", "setback_with", "setback_without", "offered", "started"),
        )
        .join(named, on="family")
        .drop("family")
    )
    rows = pl.concat([cohort.timed.select("family_id", "time_zero", "outcome_on"), cohort.rows], how="horizontal")
    return rows.join(truth, on=["family_id", "time_zero"])


def cohort_from(lake: Lake, workspace: Path) -> tuple[Cohort, identity.Linked]:
    """The cohort of re-referral from a loaded lake alone, and who is who."""
    pin = lake.pin(SUNDAY)
    made = {*identity.WRITES, *caseload.WRITES, "source_freshness"}
    names = {*identity.READS, *caseload.READS, *needs.READS, "intervention_referrals"} - made
    frames = {name: lake.read(name, pin) for name in names}
    linked = identity.link(
        **{name: frames[name] for name in identity.READS},
        key=read_key(workspace / "pseudonym.key"),
        as_at=SUNDAY,
        decisions=lake.decisions("link", pin),
    )
    frames |= {name: getattr(linked, name) for name in identity.WRITES}
    frames["source_freshness"] = lake.source_freshness(pin, stale_days=14)
    built = caseload.build(**{name: frames[name] for name in caseload.READS}, as_at=SUNDAY)
    profile = needs.profile(**{name: frames[name] for name in needs.READS}, as_at=SUNDAY, lookback_days=36_500)
    since = built.episodes.filter(pl.col("kind") == "assessment")["start"].quantile(0.01)
    assert isinstance(since, (date, datetime))
    cohort = build_cohort(
        read_cards()["re_referral_dfe"],
        episodes=built.episodes,
        family_members=linked.family_members,
        people=linked.people,
        need_profiles=profile.need_profiles,
        intervention_spells=spells(
            intervention_referrals=name_referrals(frames["intervention_referrals"], read_catalogue()).known,
            people=linked.people,
            families=linked.families,
            family_members=linked.family_members,
            as_at=SUNDAY,
        ),
        as_at=SUNDAY,
        records_from=since.date() if isinstance(since, datetime) else since,
    )
    return cohort, linked


def true_differences(rows: pl.DataFrame) -> pl.DataFrame:
    """GRAIN one row per arm: the true difference that offering it makes, over families eligible for it."""
    trials = rows.select("trials").explode("trials").unnest("trials")
    starts = trials.filter("offered")["started"].to_numpy().mean()
    apart = pl.col("setback_with").cast(pl.Float64) - pl.col("setback_without").cast(pl.Float64)
    return trials.group_by(arm="programme").agg(truly=apart.mean() * starts, eligible=pl.len())


def say(told: str) -> None:
    sys.stdout.write(f"\n{told}\n")


def _naive(rows: pl.DataFrame) -> pl.DataFrame:
    shares = rows.group_by("arm").agg(share=pl.col("outcome").mean())
    usual = float(shares.filter(pl.col("arm") == USUAL_SUPPORT)["share"].item())
    return shares.select("arm", naive=pl.col("share") - usual)


@pytest.mark.parametrize("name", list(WORLDS))
def test_effects_found_of_those_that_are_true(tmp_path: Path, name: str) -> None:
    from fi_workbench.matching.effects import estimate

    card = read_cards()["re_referral_dfe"]
    told, controls = [], []
    for seed in (11, 12):
        rows = cohort_with_truth(tmp_path / str(seed), WORLDS[name], seed=seed)
        arms = (USUAL_SUPPORT, *[arm for arm in card.arms if arm in set(rows["arm"])])
        blocks = {block: card.covariates[block] for block in card.adjust_for}
        with_setback = rows.drop("days", "event").with_columns(outcome=pl.col("observed").cast(pl.Float64))
        found = estimate(with_setback.drop("trials"), arms=arms, covariates=blocks, negative_control_outcome="arrears")
        whole = found.cells.filter("whole").join(true_differences(rows), on="arm").join(_naive(with_setback), on="arm")
        controls.append(found.negative_control)
        recorded = estimate(
            rows.drop("trials", "outcome_on"),
            arms=arms,
            covariates=blocks,
            horizon_days=card.outcome.horizon_days,
        ).cells.filter("whole")
        told.append(whole.with_columns(seed=pl.lit(seed), families=pl.lit(rows.height)))
        flagged = recorded.filter(pl.col("word").str.starts_with("evidence"))["arm"].to_list()
        say(f"{name}, seed {seed}: {rows.height} decisions; recorded outcome flags {flagged or 'nothing'}")
    every = pl.concat(told, how="diagonal_relaxed")
    shown = every.filter(pl.col("difference").is_finite())
    covered = shown.filter(pl.col("truly").is_between(pl.col("low"), pl.col("high"))).height
    bias = (shown["difference"] - shown["truly"]).to_numpy().mean()
    naive = (shown["naive"] - shown["truly"]).to_numpy().mean()
    evidence = every.filter(pl.col("word").str.starts_with("evidence"))
    wrong = evidence.filter(pl.col("difference") * pl.col("truly") <= 0).height
    say(
        f"{name}: {shown.height} arms shown of {every.height}; mean bias {bias:+.3f} (naive {naive:+.3f}); "
        f"{covered} intervals hold the truth; {evidence.height} flagged, {wrong} wrong"
    )
    checked = pl.concat(controls)
    say(
        f"{name}: rent arrears as a negative control: {checked['passed'].is_not_null().sum()} arms checked, "
        f"{(~checked['passed']).sum()} failed"
    )
    assert shown.height >= 4
    assert wrong <= 1
