"""How each step-down criterion is answered from records, and when it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.clocks import CLOCKS
from fi_workbench.measures.due import VISIT_RULES
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.standing import NO_RECORD, NOT_COVERED, state
from fi_workbench.measures.words import among, day

QUIET_DAYS = 90
NONE_FOUND = "None found in the"
"""Begins the answer of a criterion that is met because nothing was found: it is never a "no"."""
PLAN_WEEKS = {"child_protection_plan": 26, "child_in_need_plan": 13}
"""How long a plan has run before step-down is talked about."""
STATUS_FEEDS = ("cin_census", "ssda903")
"""Sources that say whether a child is on a plan or in care: where one is old, nobody is known to be ready."""
SCHOOL_AGES = (5, 16)


@dataclass(frozen=True)
class Answer:
    """A criterion's answer for the families considered.

    Attributes:
        not_met: families for which a record says no.
        unknown: families for which the record does not say, and the reason; None where it does not say for any.
        met_words: why it is met.
        not_met_words: why it is not.
        unknown_words: why it is not known.
        open_question: whether every family without a "no" is unknown.
    """

    not_met: pl.Series
    unknown: pl.Series
    met_words: str
    not_met_words: str
    unknown_words: str
    open_question: bool = False


def nobody() -> pl.Series:
    """No families."""
    return pl.Series("family_id", [], dtype=pl.String)


def records_current(families: pl.DataFrame, sources: Sources) -> Answer:
    """The sources of every status are current: an old list does not know who came into care since."""
    why_not = sources.why_not([[feed] for feed in STATUS_FEEDS])
    return Answer(
        nobody(),
        families["family_id"] if why_not else nobody(),
        "The lists are up to date.",
        "",
        why_not or "The lists are not up to date.",
    )


def plan_length(children: pl.DataFrame, as_at: date) -> Answer:
    """Every plan of the family has run for the weeks of `PLAN_WEEKS`."""
    on_plan = children.filter(pl.col("status").is_in(list(PLAN_WEEKS)))
    weeks = pl.col("status").replace_strict(PLAN_WEEKS, return_dtype=pl.Int64)
    short = on_plan.filter(pl.col("since") + pl.duration(weeks=weeks) > as_at)
    return Answer(
        short["family_id"],
        on_plan.filter(pl.col("since").is_null())["family_id"],
        "Every plan has run that long.",
        "A plan has not run that long.",
        "The start of a plan is not recorded.",
    )


def last_two_visits(children: pl.DataFrame, due: pl.DataFrame, sources: Sources, as_at: date) -> Answer:
    """Of every child on a plan: the last two visits recorded were on time, and none is overdue on the record.

    Where a visit fell due after the lists end, nobody knows whether it was made, so the criterion is not known.
    """
    clocks = {kind: clock for clock, (_, kind) in VISIT_RULES.items()}
    on_plan = children.filter(pl.col("status").is_in(list(clocks))).select(
        "family_id", "person_id", clock=pl.col("status").replace_strict(clocks, return_dtype=pl.String)
    )
    steps = due.join(on_plan, on=["person_id", "clock"], maintain_order="left").filter(pl.col("start") <= as_at)
    last_two = (
        steps.drop_nulls("done")
        .sort("person_id", "done")
        .group_by("family_id", "person_id", maintain_order=True)
        .agg(n=pl.len(), on_time=(pl.col("done") <= pl.col("due")).fill_null(value=False).tail(2).all())
    )
    waiting = (
        steps.filter(pl.col("done").is_null())
        .drop_nulls("due")
        .with_columns(state=state(CLOCKS, sources, as_at=as_at))
        .select("family_id", "state")
    )
    passed = waiting.filter(pl.col("state") == NO_RECORD)["family_id"]
    not_covered = waiting.filter(pl.col("state") == NOT_COVERED)["family_id"]
    not_met = pl.concat([last_two.filter(~pl.col("on_time"))["family_id"], passed])
    two = last_two.filter(pl.col("n") >= 2)
    unknown = pl.concat([on_plan.join(two, on="person_id", how="anti")["family_id"], not_covered])
    why_not = sources.why_not([["visits"]])
    if why_not is not None:
        return Answer(nobody(), nobody(), "", "", why_not, open_question=True)
    return Answer(
        not_met,
        unknown,
        "The last two recorded visits were within the interval, with each child seen.",
        "A child has no visit recorded within the interval, or one of the last two came after it.",
        "Fewer than two visits to a child are recorded."
        if not_covered.is_empty()
        else "Fewer than two visits to a child are recorded, or one fell due after our records end.",
    )


def none_of(
    frames: Mapping[str, pl.DataFrame], children: pl.DataFrame, sources: Sources, kind: str, noun: str, as_at: date
) -> Answer:
    """No episode of a kind has begun for a child of the family in the quiet days."""
    since = as_at - timedelta(days=QUIET_DAYS)
    found = (
        frames["episodes"]
        .filter(pl.col("kind") == kind, pl.col("start") > since, pl.col("start") <= as_at)
        .join(children.select("person_id", "family_id"), on="person_id")
    )
    return _events(found["family_id"], sources, "cin_census", noun, since, frames["link_summary"])


def _events(
    families: pl.Series, sources: Sources, source: str, noun: str, since: date, link_summary: pl.DataFrame
) -> Answer:
    """Events within covered dates: one is a no; none is met only where the source covers the whole period.

    What none means is told with it: where it was looked for, up to when, and how many people there nobody could tie.
    """
    covered = sources.covers(source, since=since)
    reach = sources[source].covers_to
    until = f", up to {day(reach)}" if reach else ""
    why_not = sources.why_not([[source]]) or f"The {sources[source].noun} is not known to reach back {QUIET_DAYS} days."
    return Answer(
        families,
        nobody(),
        f"{NONE_FOUND} {sources[source].noun}{until}.{_untied(link_summary, source)}",
        f"There was at least one {noun} since {day(since)}.",
        why_not,
        open_question=not covered,
    )


def _untied(link_summary: pl.DataFrame, source: str) -> str:
    """People of a source who could not be tied to anyone: what it holds on them is found for nobody."""
    own = link_summary.filter(pl.col("source") == source)
    n = int((own["n_unlinked"] + own["n_ambiguous"]).sum())
    return f" {among(n, int(own['n_people'].sum()), 'person')} on it could not be tied to anyone." if n else ""


def police(
    frames: Mapping[str, pl.DataFrame], members: pl.DataFrame, sources: Sources, as_at: date, *, missing: bool
) -> Answer:
    """No police record names a member of the family; for missing events, neither does the looked after return."""
    since = as_at - timedelta(days=QUIET_DAYS)
    is_missing = pl.col("incident_type") == "missing"
    tied = (
        frames["police_notifications"]
        .filter(
            pl.col("incident_date") > since, pl.col("incident_date") <= as_at, is_missing if missing else ~is_missing
        )
        .join(
            frames["partner_people"].filter(pl.col("source") == "police_notifications").drop_nulls("person_id"),
            on="row_id",
        )
        .join(members.select("person_id", "family_id"), on="person_id")
    )
    found = tied["family_id"]
    if missing:
        from_care = (
            frames["ssda903_missing"]
            .filter(pl.col("mis_start") > since, pl.col("mis_start") <= as_at)
            .join(frames["people"].drop_nulls("case_reference"), left_on="child", right_on="case_reference")
            .join(members.select("person_id", "family_id"), on="person_id")
        )
        found = pl.concat([found, from_care["family_id"]])
    noun = "missing event" if missing else "police event"
    return _events(found, sources, "police_notifications", noun, since, frames["link_summary"])


def exclusions(frames: Mapping[str, pl.DataFrame], children: pl.DataFrame, sources: Sources, as_at: date) -> Answer:
    """No child of the family was excluded; where no child is of school age, that is met whatever the list covers."""
    since = as_at - timedelta(days=QUIET_DAYS)
    found = (
        frames["school_exclusions"]
        .filter(pl.col("start_date") > since, pl.col("start_date") <= as_at)
        .join(
            frames["partner_people"].filter(pl.col("source") == "school_exclusions").drop_nulls("person_id"),
            on="row_id",
        )
        .join(children.select("person_id", "family_id"), on="person_id")
    )
    answer = _events(
        found["family_id"], sources, "school_exclusions", "school exclusion", since, frames["link_summary"]
    )
    if not answer.open_question:
        return answer
    at_school = children.filter(pl.col("age").is_null() | pl.col("age").is_between(*SCHOOL_AGES))["family_id"]
    return Answer(answer.not_met, at_school, "No child is of school age.", answer.not_met_words, answer.unknown_words)
