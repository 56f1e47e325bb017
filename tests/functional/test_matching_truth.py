"""Cohorts made from the records of a synthetic authority, against its sealed truth.

Measured when written, on 400 families and 130 weeks (seed 3): of 331 families and decisions in the cohort, 322 are
decisions of the truth on the same day (the others were eligible for no programme, so the truth has no row for them);
of these 317 (98%) are in the arm that the truth offered; 322 of 390 true decisions were found (the others were long
support without a plan, families already with a programme, or withheld ones). Of 47 families followed for a year that
truly had no setback none was referred again. The bounds are lower, because this world is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from fi_workbench import caseload, identity, needs
from fi_workbench.contracts import all_contracts
from fi_workbench.demo import make_authority
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
WHOLE_RECORD_DAYS = 4000


@dataclass(frozen=True)
class World:
    """A cohort, and the decisions that the truth knows of families with a case number."""

    cohort: Cohort
    decisions: pl.DataFrame


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("matching")
    workspace, sealed = folder / "workspace", folder / "truth"
    make_authority(workspace, sealed, families=120, seed=3, weeks=104, weekly_deliveries=1, end=SUNDAY)
    catalogue = all_contracts()
    lake = Lake.open(workspace / "lake", catalogue)
    load_new(
        workspace=workspace,
        lake=lake,
        catalogue=catalogue,
        settings=read_settings(workspace),
        clock=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC),
    )
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
    needed = needs.profile(
        **{name: frames[name] for name in needs.READS}, as_at=SUNDAY, lookback_days=WHOLE_RECORD_DAYS
    )
    offers = spells(
        intervention_referrals=name_referrals(frames["intervention_referrals"], read_catalogue()).known,
        people=linked.people,
        families=linked.families,
        family_members=linked.family_members,
        as_at=SUNDAY,
    )
    since = built.episodes.filter(pl.col("kind") == "assessment")["start"].min()
    assert isinstance(since, date)
    cohort = build_cohort(
        read_cards()["re_referral_dfe"],
        episodes=built.episodes,
        family_members=linked.family_members,
        people=linked.people,
        need_profiles=needed.need_profiles,
        intervention_spells=offers,
        as_at=SUNDAY,
        records_from=since,
    )
    children = pl.read_parquet(sealed / "people" / "*.parquet").filter("is_child").select("reference", "family")
    families = (
        linked.family_members.filter(pl.col("role") == "child")
        .join(linked.people.select("person_id", reference="case_reference"), on="person_id")
        .join(children, on="reference")
        .group_by("family_id")
        .agg(pl.col("family").mode().sort().first())
    )
    trials = pl.read_parquet(sealed / "trials" / "*.parquet")
    truly = (
        trials.group_by("family", "day")
        .agg(offered=pl.col("programme").filter("offered").first(), setback=pl.col("setback_without").first())
        .join(families, on="family")
        .filter(pl.col("day") >= since, pl.col("day") <= SUNDAY - timedelta(days=29))
        .select("family_id", "offered", "setback", time_zero="day")
    )
    return World(cohort, truly)


def _both(world: World) -> pl.DataFrame:
    rows = pl.concat([world.cohort.timed.drop("arm"), world.cohort.rows], how="horizontal")
    return rows.join(world.decisions, on=["family_id", "time_zero"])


def test_time_zero_is_the_day_of_the_true_decision(world: World) -> None:
    both = _both(world)
    assert world.cohort.rows.height > 60
    assert both.height / world.cohort.rows.height >= 0.90
    assert both.height / world.decisions.height >= 0.70


def test_the_arm_is_what_was_truly_offered(world: World) -> None:
    both = _both(world)
    truly = both["offered"].fill_null(USUAL_SUPPORT)
    assert (truly != USUAL_SUPPORT).sum() >= 10
    assert int((both["arm"] == truly).sum()) >= 0.95 * both.height


def test_families_without_a_setback_are_hardly_ever_referred_again(world: World) -> None:
    both = _both(world).filter(pl.col("time_zero") <= SUNDAY - timedelta(days=182), pl.col("arm") == USUAL_SUPPORT)
    again = both.group_by("setback").agg(n=pl.len(), share=(pl.col("event") == 1).mean()).sort("setback")
    (_, n_without, without), (_, n_with, with_setback) = again.rows()
    assert min(n_without, n_with) >= 5
    assert without <= 0.10
    assert with_setback > without


def test_every_family_that_left_the_cohort_is_counted(world: World) -> None:
    flow = world.cohort.flow["n"].to_list()
    assert flow == sorted(flow, reverse=True)
    assert flow[-1] == world.cohort.rows.height
