"""What the unit may do this week: each item with its rows, its rule and its date; one that has nothing is not there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.action import ROW, UNIT_ACTIONS, Action, Group, action_rows
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.clock_actions import clock_actions, supervision_actions
from fi_workbench.measures.decisions import decisions_in_force, plans_to_decide
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.leading import placed
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.unallocated import RULE, RULE_SOURCE, without_lead_practitioner
from fi_workbench.measures.words import count, span
from fi_workbench.measures.worklist import hearings_ahead
from fi_workbench.settings import DecisionPoints

AHEAD_DAYS = 14
"""A weekly brief looks two weeks ahead, so that nothing is seen first in the week in which it is due."""

FACTOR_WEEKS = 13
COMPLETED = "completed assessment"


def unit_actions(
    *,
    frames: Mapping[str, pl.DataFrame],
    open_steps: pl.DataFrame,
    supervision: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    points: DecisionPoints,
    as_at: date,
) -> pl.DataFrame:
    """List what each unit may do this week.

    Args:
        frames: the tables of `READS`.
        open_steps: as `standing.standing` makes them.
        supervision: as `standing.supervision_standing` makes them.
        clocks: as `clocks_in_force` gives them.
        holders: units and their open children.
        sources: an item whose source is absent or old is not listed; `unit_limits` says so.
        points: when a plan needs a decision.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_actions`: one row per unit and action that concerns at least one row, sorted by key.
    """
    horizon = as_at + timedelta(days=AHEAD_DAYS)
    actions = [
        *clock_actions(open_steps, clocks, sources, as_at, horizon),
        *_of_plans(frames, holders, sources, points, as_at),
        _hearings(frames["meetings"], holders, sources, as_at, horizon),
        _unallocated(frames, holders, sources, as_at),
        _factors(frames, holders, sources, as_at),
        *supervision_actions(supervision, clocks["supervision"], sources, horizon),
    ]
    rows = [row for action in actions for row in action_rows(action)]
    return placed(pl.DataFrame(rows, schema=UNIT_ACTIONS, orient="row")).sort("unit", "action")


def _of_plans(
    frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, points: DecisionPoints, as_at: date
) -> list[Action]:
    made = []
    for decision in decisions_in_force(points):
        rows = plans_to_decide(decision, frames, holders, sources, as_at=as_at).select(ROW)

        def say(group: Group, words: str = decision.label) -> str:
            return f"{words}: {group.whom}. The longest began in {group.first:%B %Y}."

        made.append(
            Action(
                decision.id,
                decision.label,
                decision.rule,
                decision.rule_source,
                sources.reach([[decision.feed]]),
                rows,
                say,
                "Talk over what comes next for each family, and write down what was decided.",
                decision.authority,
            )
        )
    return made


def _hearings(meetings: pl.DataFrame, holders: Holders, sources: Sources, as_at: date, horizon: date) -> Action:
    rows = hearings_ahead(meetings, holders, sources, as_at=as_at, horizon=horizon).with_columns(on="due_date")
    return Action(
        "court_hearings_ahead",
        "Court hearings ahead",
        "As listed by the court.",
        "Meeting list",
        sources["meetings"].covers_to,
        rows.select(ROW),
        # The list has a row for each child, and brothers and sisters may be heard together: children are counted.
        lambda group: (
            f"Court hearing{'' if group.first == group.last else 's'} {span(group.first, group.last)}: {group.whom}."
        ),
        "Check that statements and plans are on time.",
        "regulation",
        ahead=True,
    )


def _unallocated(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, as_at: date) -> Action:
    waiting = without_lead_practitioner(frames, holders, sources, as_at=as_at)
    return Action(
        "children_without_lead_practitioner",
        "Children without a lead practitioner",
        RULE,
        RULE_SOURCE,
        sources["allocations"].covers_to,
        waiting.with_columns(on=pl.col("without_since"), row_id=pl.lit(None, pl.String)).select(ROW),
        lambda group: f"No lead practitioner is recorded for {group.whom}.",
        "Name who holds each child, or write it down if that is settled.",
        "guidance",
    )


def _factors(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, as_at: date) -> Action:
    """Assessments authorised in the last quarter for which no factor is recorded."""
    key = ["la_child_id", "cin_referral_date", "assessment_actual_start_date"]
    told = sources.why_not([["cin_census"]]) is None
    rows = (
        frames["cin_assessments"]
        .filter(
            pl.lit(told),
            pl.col("assessment_authorisation_date") > as_at - timedelta(weeks=FACTOR_WEEKS),
            pl.col("assessment_authorisation_date") <= as_at,
        )
        .join(frames["cin_assessment_factors"], on=key, how="anti", maintain_order="left")
        .join(holders.children, left_on="la_child_id", right_on="case_reference", maintain_order="left")
        .with_columns(on="assessment_authorisation_date")
    )
    return Action(
        "factors_missing",
        "Factors missing on completed assessments",
        "A completed assessment records the factors found, or that there were none.",
        "Children in need census rule 8897Q",
        sources["cin_census"].covers_to,
        rows.select(ROW),
        lambda group: f"{count(group.n, COMPLETED)} without factors in {FACTOR_WEEKS} weeks: {group.whom}.",
        "Add what was found, or that nothing was.",
        "guidance",
        noun=COMPLETED,
    )
