"""What came after stepping down: who has not come back after 3, 6 and 12 months, and who helps now.

A child steps down when it leaves a child protection or child in need plan for less help or none. It comes back when
it has a plan or care again that is as high as the one it left, or higher. Whoever turned 18, died or moved away within
the months can no longer come back and is counted apart. The weekly count `flow.stepped_down` is another: it holds those
who left care, too, and not those whose case closed, who have a count of their own.

Source:
    Practice: step-down is followed up, not predicted. Statuses follow Ofsted's Annex A, list 6; Family Help takes the
    place of targeted early help and child in need support (Working Together to Safeguard Children, 2023 and 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import LADDER
from fi_workbench.measures.holders import SOCIAL_CARE, Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.step_down_criteria import PLAN_WEEKS, STATUS_FEEDS
from fi_workbench.measures.words import among, count
from fi_workbench.statistics.intervals import wilson

FOLLOW_UP_MONTHS = (3, 6, 12)
SETTLED_DAYS = 7
"""A plan that begins again within so many days was renewed or moved, not stepped down from."""

HELP_WEEKS = 13
"""The rungs of children who stepped down in so many weeks are shown."""

WITH_SECTION17, EARLY_HELP, CLOSED, BACK = "family_help_section17", "early_help", "closed", "plan_or_care"
NOT_RECORDED = "not recorded"

UNIT_STEP_DOWN_FOLLOW_UP = {
    "unit": pl.String(),
    "months": pl.Int64(),
    "cohort_month": pl.Date(),
    "n_stepped_down": pl.Int64(),
    "n_left": pl.Int64(),
    "n_not_back": pl.Int64(),
    "share_low": pl.Float64(),
    "share_high": pl.Float64(),
    "can_tell": pl.Boolean(),
    "why_not": pl.String(),
    "sentence": pl.String(),
    "as_of": pl.Date(),
}
UNIT_STEP_DOWN_HELP = {
    "unit": pl.String(),
    "rung": pl.String(),
    "role": pl.String(),
    "n_children": pl.Int64(),
    "why_not": pl.String(),
}

_RANK = {status: place for place, status in enumerate(LADDER)}


def steps_down(history: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Every step down from a plan, with when the child came back or could no longer come back.

    Args:
        history: contract `status_history` with `unit` as holders have it.
        episodes: contract `episodes`, for children who moved away or died.

    Returns:
        One row per child and step: `person_id`, `unit` (that held the plan), `on`, `back_on`, `left_on`; the last two
        null where that did not happen.
    """
    rank = pl.col("status").replace_strict(_RANK, return_dtype=pl.Int64)
    turns = (
        history.sort("person_id", "from_date")
        .with_columns(rank=rank)
        .with_columns(
            before=pl.col("status").shift(1).over("person_id"),
            rank_before=pl.col("rank").shift(1).over("person_id"),
            held_by=pl.col("unit").shift(1).over("person_id"),
        )
    )
    down = turns.filter(pl.col("before").is_in(list(PLAN_WEEKS)), pl.col("rank") > pl.col("rank_before")).select(
        "person_id", "rank_before", unit="held_by", on="from_date"
    )
    later = turns.select("person_id", again="from_date", rank_again="rank")
    back = (
        down.join(later, on="person_id")
        .filter(pl.col("again") > pl.col("on"), pl.col("rank_again") <= pl.col("rank_before"))
        .group_by("person_id", "on")
        .agg(back_on=pl.col("again").min())
    )
    grown = (
        turns.group_by("person_id")
        .agg(left_on=pl.col("to_date").last(), open=pl.col("to_date").is_null().any())
        .filter(~pl.col("open"))
        .select("person_id", "left_on")
    )
    gone = episodes.filter(pl.col("end_detail").is_in(["moved_away", "died"])).select("person_id", left_on="end")
    left = pl.concat([grown, gone]).group_by("person_id").agg(left_on=pl.col("left_on").max())
    made = down.join(back, on=["person_id", "on"], how="left").join(left, on="person_id", how="left")
    renewed = (pl.col("back_on") <= pl.col("on") + timedelta(days=SETTLED_DAYS)).fill_null(value=False)
    left_later = pl.when(pl.col("left_on") >= pl.col("on")).then("left_on")
    return (
        made.filter(~renewed).with_columns(left_on=left_later).select("person_id", "unit", "on", "back_on", "left_on")
    )


def unit_step_down_follow_up(steps: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date) -> pl.DataFrame:
    """Follow the children of one month for 3, 6 and 12 months: the last month whose whole follow-up has passed.

    Args:
        steps: as `steps_down`.
        holders: the units.
        sources: nothing is said past the day that both the census and the looked after return cover.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_step_down_follow_up`: one row per unit and number of months, sorted. `n_not_back` is of those
        who stayed to be followed (`n_stepped_down` less `n_left`), with a 95 % Wilson interval.
    """
    why_not = sources.why_not([[feed] for feed in STATUS_FEEDS])
    reach = sources.reach([[feed] for feed in STATUS_FEEDS])
    rows: list[dict[str, object]] = []
    for months in FOLLOW_UP_MONTHS:
        month = _last_month(min(reach or as_at, as_at), months)
        late = [feed for feed in STATUS_FEEDS if not sources.covers(feed, since=month)]
        why = why_not or (f"The {sources[late[0]].noun} is not known to reach back to {month:%B %Y}." if late else None)
        cohort = _cohort(steps, month, months)
        rows += [
            _followed(cohort.filter(pl.col("unit") == unit), unit, months, month, why, reach) for unit in holders.units
        ]
    return pl.DataFrame(rows, schema=UNIT_STEP_DOWN_FOLLOW_UP, orient="row").sort("unit", "months")


def _last_month(reach: date, months: int) -> date:
    """The first day of the last month whose last day, so many months later, has come."""
    first = pl.lit(reach).dt.month_start().dt.offset_by(f"-{months}mo")
    followed = first.dt.month_end().dt.offset_by(f"{months}mo") <= pl.lit(reach)
    found = pl.select(pl.when(followed).then(first).otherwise(first.dt.offset_by("-1mo"))).item()
    return date(found.year, found.month, 1)


def _cohort(steps: pl.DataFrame, month: date, months: int) -> pl.DataFrame:
    """The children who stepped down in the month, each once with the last step, and what became of them in time."""
    until = pl.col("on").dt.offset_by(f"{months}mo")
    last = (
        steps.filter(pl.col("on").dt.truncate("1mo") == month)
        .sort("person_id", "on")
        .unique("person_id", keep="last", maintain_order=True)
    )
    back = (pl.col("back_on") <= until).fill_null(value=False)
    gone = (pl.col("left_on") <= until).fill_null(value=False) & ~back
    return last.with_columns(back=back, gone=gone)


def _followed(
    own: pl.DataFrame, unit: str, months: int, month: date, why: str | None, reach: date | None
) -> dict[str, object]:
    told: dict[str, object] = dict.fromkeys(UNIT_STEP_DOWN_FOLLOW_UP)
    told |= {"unit": unit, "months": months, "cohort_month": month, "can_tell": why is None, "why_not": why}
    told |= {"n_stepped_down": 0, "n_left": 0, "n_not_back": 0, "as_of": reach}
    if why is not None:
        return told | {"sentence": why}
    n, gone = own.height, int(own["gone"].sum())
    stayed = n - gone
    not_back = stayed - int(own["back"].sum())
    told |= {"n_stepped_down": n, "n_left": gone, "n_not_back": not_back}
    apart = f" {count(gone, 'child')} turned 18, died or moved away and cannot be followed." if gone else ""
    if not stayed:
        return told | {"sentence": f"No child who stepped down in {month:%B %Y} can be followed.{apart}"}
    share = wilson(not_back, stayed)
    verb = "has" if not_back == 1 else "have"
    who = f"{among(not_back, stayed, 'child')} who stepped down in {month:%B %Y}"
    sentence = f"{who} {verb} not come back within {months} months."
    return told | {"share_low": share.low, "share_high": share.high, "sentence": sentence + apart}


def unit_step_down_help(
    steps: pl.DataFrame, frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """On which rung children are who stepped down in the last 13 weeks, and the role of whoever leads the help.

    The lead practitioner of Family Help need not be a social worker: the role is that of the roster, or as early help
    records it. Closed means that no help is recorded; where the early help list is absent or old, that is not known.

    Args:
        steps: as `steps_down`.
        frames: `child_status`, `early_help`, `partner_people`.
        holders: the units and their workers.
        sources: whether early help is known.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_step_down_help`: one row per unit, rung and role, sorted; none where statuses cannot be told.
    """
    if sources.why_not([[feed] for feed in STATUS_FEEDS]) is not None:
        return pl.DataFrame(schema=UNIT_STEP_DOWN_HELP)
    since = as_at - timedelta(weeks=HELP_WEEKS)
    recent = (
        steps.filter(pl.col("on") > since, pl.col("on") <= as_at, pl.col("left_on").is_null())
        .sort("person_id", "on")
        .unique("person_id", keep="last", maintain_order=True)
        .filter(pl.col("unit").is_in(holders.units))
    )
    status = frames["child_status"].select("person_id", "status", "worker_id")
    roles = holders.workers.select("worker_id", worker_role=_role_words())
    rung = (
        pl.when(pl.col("status").is_in(list(SOCIAL_CARE[:2])))
        .then(pl.lit(BACK))
        .when(pl.col("status").is_in(list(SOCIAL_CARE)))
        .then(pl.lit(WITH_SECTION17))
        .when(pl.col("status") == EARLY_HELP)
        .then(pl.lit(EARLY_HELP))
        .otherwise(pl.lit(CLOSED))
    )
    role = pl.when(pl.col("rung") == EARLY_HELP).then("early_role").when(pl.col("rung") != CLOSED).then("worker_role")
    why_not = sources.why_not([["early_help"]])
    return (
        recent.join(status, on="person_id", how="inner")
        .join(roles, on="worker_id", how="left")
        .join(_early_help_roles(frames, as_at), on="person_id", how="left")
        .with_columns(rung=rung)
        .with_columns(role=pl.when(pl.col("rung") == CLOSED).then(pl.lit("")).otherwise(role.fill_null(NOT_RECORDED)))
        .group_by("unit", "rung", "role")
        .agg(n_children=pl.len().cast(pl.Int64))
        .with_columns(why_not=pl.when(pl.col("rung") == CLOSED).then(pl.lit(why_not, dtype=pl.String)))
        .select(list(UNIT_STEP_DOWN_HELP))
        .sort("unit", "rung", "role")
    )


def _role_words() -> pl.Expr:
    plain = pl.col("role").str.replace_all("_", " ")
    return pl.when(pl.col("role") == "newly_qualified").then(pl.lit("newly qualified social worker")).otherwise(plain)


def _early_help_roles(frames: Mapping[str, pl.DataFrame], as_at: date) -> pl.DataFrame:
    """The lead practitioner's role of each person's early help that is open, the latest where there are two."""
    tied = frames["partner_people"].filter(pl.col("source") == "early_help").drop_nulls("person_id")
    return (
        frames["early_help"]
        .filter(pl.col("start_date") <= as_at, pl.col("end_date").is_null() | (pl.col("end_date") > as_at))
        .join(tied.select("row_id", "person_id"), on="row_id")
        .sort("person_id", "start_date", "row_id")
        .unique("person_id", keep="last", maintain_order=True)
        .select("person_id", early_role=pl.col("lead_practitioner_role").str.to_lowercase())
    )
