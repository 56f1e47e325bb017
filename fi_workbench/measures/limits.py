"""What a brief cannot tell, in plain sentences: every absent or old source, missing link and rule not yet approved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench import calendar
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.flow import MEASURES, WEEKS
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import NOUNS, TELLS, Sources
from fi_workbench.measures.standing import OLD_ENQUIRY_WEEKS
from fi_workbench.measures.typed_twice import typed_twice
from fi_workbench.measures.words import among, count, day, listed
from fi_workbench.settings import Settings

UNIT_LIMITS = {
    "unit": pl.String(),
    "limit": pl.String(),
    "n": pl.Int64(),
    "n_of": pl.Int64(),
    "noun": pl.String(),
    "sentence": pl.String(),
}

NOT_APPROVED = "not yet approved"
OPEN_CHILD, PERSON, ENQUIRY = "open child", "person", "section 47 enquiry"
DATE, REFERRAL, COUNT = "date", "referral", "count"


@dataclass(frozen=True)
class Limit:
    """One thing that cannot be told, in a sentence, with the number that it says.

    Attributes:
        n: how many; None where the sentence says no number.
        of: out of how many; None where that is not said.
        noun: what is counted.
    """

    sentence: str
    n: int | None = None
    of: int | None = None
    noun: str | None = None


def unit_limits(
    *,
    frames: Mapping[str, pl.DataFrame],
    due: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    settings: Settings,
    as_at: date,
    begins: date | None,
    unheld: Collection[tuple[str, int]],
) -> pl.DataFrame:
    """Say what cannot be told this week, and why.

    Args:
        frames: the tables of `READS`.
        due: obligations, for dates that the calendar cannot reckon and old enquiries.
        clocks: as `clocks_in_force` gives them, for their notes.
        holders: units, and children of none.
        sources: what is covered.
        settings: who approved the local intervals.
        as_at: the week's Sunday.
        begins: the first day from which it is known which unit held whom, as `flow.held_from`.
        unheld: measures and windows whose past has too few known units, as `changes.unheld_past`.

    Returns:
        Contract `unit_limits`: one row per unit and limit, sorted. All units share the authority's limits.
    """
    said: dict[str, Limit] = {}
    said |= _sources(sources)
    said |= _links(frames["link_summary"])
    said |= _holding(holders, sources)
    said |= _past(begins, unheld, as_at)
    said |= _records(frames, due, holders, as_at)
    said |= _rules(clocks, settings, sources)
    rows = [
        {
            "unit": unit,
            "limit": limit,
            "n": told.n,
            "n_of": told.of,
            "noun": told.noun,
            "sentence": told.sentence,
        }
        for unit in holders.units
        for limit, told in said.items()
    ]
    return pl.DataFrame(rows, schema=UNIT_LIMITS, orient="row").sort("unit", "limit")


def _sources(sources: Sources) -> dict[str, Limit]:
    said = {}
    for each in sources.known():
        tells = TELLS.get(each.source)
        # The census holds referrals too, up to the day it was drawn.
        if tells is None or (each.source == "case_referrals" and sources.current("cin_census")):
            continue
        if not each.loaded or each.covers_to is None:
            said[f"absent_{each.source}"] = Limit(f"No {each.noun} has been loaded, so {tells} cannot be told.")
        elif not sources.current(each.source):
            said[f"old_{each.source}"] = Limit(
                f"The {each.noun} ends on {day(each.covers_to)}; nothing later is known."
            )
    return said


def _links(link_summary: pl.DataFrame) -> dict[str, Limit]:
    return {
        f"unlinked_{row['source']}": Limit(
            f"{among(n, row['n_people'], PERSON)} in the {NOUNS.get(row['source'], row['source'])} "
            "could not be tied to anyone; their records are not used.",
            n,
            row["n_people"],
            PERSON,
        )
        for row in link_summary.sort("source").iter_rows(named=True)
        if (n := row["n_unlinked"] + row["n_ambiguous"]) > 0
    }


def _holding(holders: Holders, sources: Sources) -> dict[str, Limit]:
    if holders.whole:
        said = {"no_units": Limit("Without a roster, everything is counted for the whole authority.")}
    elif holders.unheld:
        words = f"No unit is recorded for {count(holders.unheld, OPEN_CHILD)}, so no unit counts them."
        held_back = [sources[name].noun for name in ("allocations", "roster") if sources[name].held_back]
        if held_back:
            words += f" Rows of the {listed(held_back)} that are held back may be why."
        said = {"children_of_no_unit": Limit(words, holders.unheld, noun=OPEN_CHILD)}
    else:
        said = {}
    if not sources["restricted"].loaded:
        words = "No list of restricted records has been loaded, so no worklist may be made."
        said["no_restricted_list"] = Limit(words)
    return said


def _past(begins: date | None, unheld: Collection[tuple[str, int]], as_at: date) -> dict[str, Limit]:
    said = {}
    if begins is not None and begins > as_at - timedelta(weeks=WEEKS):
        words = f"Which unit held whom is known from {day(begins)} on. Counts week by week begin there."
        said["no_units_before"] = Limit(words)
    if measures := {name for name, _ in unheld}:
        words = (
            f"For {among(len(measures), len(MEASURES), COUNT)}, too many past cases have no unit on today's roster. "
            "What is usual for them cannot be told."
        )
        said["no_units_of_the_past"] = Limit(words, len(measures), len(MEASURES), COUNT)
    return said


def _records(frames: Mapping[str, pl.DataFrame], due: pl.DataFrame, holders: Holders, as_at: date) -> dict[str, Limit]:
    said = {}
    beyond = due["due"].null_count()
    if beyond or not calendar.covered(as_at):
        covers = f"{calendar.FIRST_YEAR} to {calendar.LAST_YEAR}"
        said["calendar"] = Limit(
            f"The calendar of working days covers {covers}; {count(beyond, DATE)} outside cannot be told.",
            beyond,
            noun=DATE,
        )
    twice = typed_twice(frames["case_referrals"]).join(
        holders.children, left_on="child_id", right_on="case_reference", how="semi"
    )
    if twice.height:
        verb, they = ("looks", "it is") if twice.height == 1 else ("look", "they are")
        said["referrals_typed_twice"] = Limit(
            f"{count(twice.height, REFERRAL)} {verb} typed twice, with a decision under another number; "
            f"{they} not listed.",
            twice.height,
            noun=REFERRAL,
        )
    if frames["segment_memberships"]["segment"].drop_nulls().is_empty():
        said["no_segments"] = Limit("No segmentation has been approved, so families are not grouped by need.")
    old = as_at - timedelta(weeks=OLD_ENQUIRY_WEEKS)
    unanswered = due.filter(
        pl.col("clock") == "section47_to_conference",
        pl.col("done").is_null(),
        pl.col("ended").is_null() | (pl.col("ended") > as_at),
        pl.col("start") <= old,
    ).join(holders.children, on="person_id", how="semi")
    if unanswered.height:
        said["old_section47"] = Limit(
            f"{count(unanswered.height, ENQUIRY)} older than {OLD_ENQUIRY_WEEKS} weeks "
            "have neither a conference nor a reason for none; they are not listed.",
            unanswered.height,
            noun=ENQUIRY,
        )
    return said


def _rules(clocks: Mapping[str, Clock], settings: Settings, sources: Sources) -> dict[str, Limit]:
    told = [clock for clock in clocks.values() if sources.why_not(clock.feeds) is None]
    said = {f"clock_{clock.id}": Limit(clock.note) for clock in told if clock.note}
    if NOT_APPROVED in settings.clocks.approved_by:
        words = "Local intervals for visits, core groups and supervision are not yet approved here."
        said["local_intervals"] = Limit(words)
    return said
