"""What a brief cannot tell, in plain sentences: every absent or old source, missing link and rule not yet approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench import calendar
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import NOUNS, TELLS, Sources
from fi_workbench.measures.standing import OLD_ENQUIRY_WEEKS
from fi_workbench.measures.words import among, count, day
from fi_workbench.settings import Settings

UNIT_LIMITS = {"unit": pl.String(), "limit": pl.String(), "sentence": pl.String()}

NOT_APPROVED = "not yet approved"


def unit_limits(
    *,
    frames: Mapping[str, pl.DataFrame],
    due: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    settings: Settings,
    as_at: date,
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

    Returns:
        Contract `unit_limits`: one row per unit and limit, sorted. All units share the authority's limits.
    """
    said: dict[str, str] = {}
    said |= _sources(sources)
    said |= _links(frames["link_summary"])
    said |= _holding(holders, sources)
    said |= _records(frames, due, holders, as_at)
    said |= _rules(clocks, settings, sources)
    rows = [
        {"unit": unit, "limit": limit, "sentence": sentence}
        for unit in holders.units
        for limit, sentence in said.items()
    ]
    return pl.DataFrame(rows, schema=UNIT_LIMITS, orient="row").sort("unit", "limit")


def _sources(sources: Sources) -> dict[str, str]:
    said = {}
    for each in sources.known():
        tells = TELLS.get(each.source)
        # The census holds referrals too, up to the day it was drawn.
        if tells is None or (each.source == "case_referrals" and sources.current("cin_census")):
            continue
        if not each.loaded or each.covers_to is None:
            said[f"absent_{each.source}"] = f"No {each.noun} has been loaded, so {tells} cannot be told."
        elif not sources.current(each.source):
            said[f"old_{each.source}"] = f"The {each.noun} ends on {day(each.covers_to)}; nothing later is known."
    return said


def _links(link_summary: pl.DataFrame) -> dict[str, str]:
    return {
        f"unlinked_{row['source']}": (
            f"{among(row['n_unlinked'] + row['n_ambiguous'], row['n_people'], 'person')} in the "
            f"{NOUNS.get(row['source'], row['source'])} could not be tied to anyone; their records are not used."
        )
        for row in link_summary.sort("source").iter_rows(named=True)
        if row["n_unlinked"] + row["n_ambiguous"] > 0
    }


def _holding(holders: Holders, sources: Sources) -> dict[str, str]:
    if holders.whole:
        said = {"no_units": "Without a roster, everything is counted for the whole authority."}
    elif holders.unheld:
        open_children = count(holders.unheld, "open child")
        said = {"children_of_no_unit": f"No unit is recorded for {open_children}, so no unit counts them."}
    else:
        said = {}
    if not sources["restricted"].loaded:
        said["no_restricted_list"] = "No list of restricted records has been loaded, so no worklist may be made."
    return said


def _records(frames: Mapping[str, pl.DataFrame], due: pl.DataFrame, holders: Holders, as_at: date) -> dict[str, str]:
    said = {}
    beyond = due["due"].null_count()
    if beyond or not calendar.covered(as_at):
        covers = f"{calendar.FIRST_YEAR} to {calendar.LAST_YEAR}"
        said["calendar"] = (
            f"The calendar of working days covers {covers}; {count(beyond, 'date')} outside cannot be told."
        )
    if frames["segment_memberships"]["segment"].drop_nulls().is_empty():
        said["no_segments"] = "No segmentation has been approved, so families are not grouped by need."
    old = as_at - timedelta(weeks=OLD_ENQUIRY_WEEKS)
    unanswered = due.filter(
        pl.col("clock") == "section47_to_conference",
        pl.col("done").is_null(),
        pl.col("ended").is_null() | (pl.col("ended") > as_at),
        pl.col("start") <= old,
    ).join(holders.children, on="person_id", how="semi")
    if unanswered.height:
        said["old_section47"] = (
            f"{count(unanswered.height, 'section 47 enquiry')} older than {OLD_ENQUIRY_WEEKS} weeks "
            "have neither a conference nor a reason for none; they are not listed."
        )
    return said


def _rules(clocks: Mapping[str, Clock], settings: Settings, sources: Sources) -> dict[str, str]:
    told = [clock for clock in clocks.values() if sources.why_not(clock.feeds) is None]
    said = {f"clock_{clock.id}": clock.note for clock in told if clock.note}
    if NOT_APPROVED in settings.clocks.approved_by:
        said["local_intervals"] = "Local intervals for visits, core groups and supervision are not yet approved here."
    return said
