"""Going home from care, and coming back: each way home apart, children of one year followed for as long as it takes.

E4A and E4B mean anyone with parental responsibility, not parents alone. A child placed at home who is still looked
after (P1) has not left care; such placements stand apart, followed for a move away from home.

Source:
    Children looked after return, guide: reasons why an episode ceases; the national figures' notes on children who
    returned home. Follow-up at 6 and 12 months is local practice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.placements import AT_HOME, NEW_PLACEMENT
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.year_measure import ADULT, counted_people, months_before

WAYS = {"E4A": "home_planned", "E4B": "home_not_planned", "E41": "arrangements_order"}
"""Reason why care ceased, and the way home that it means. E13, to somebody without parental responsibility, is none."""
AT_HOME_IN_CARE = "at_home_in_care"
REMAND = ("J1", "J2", "J3")
FOLLOW_UP_MONTHS = (6, 12)

RETURNS_HOME = {
    "way": pl.String(),
    "follow_up_months": pl.Int64(),
    "n": pl.Int64(),
    "n_back": pl.Int64(),
    "from_date": pl.Date(),
    "to_date": pl.Date(),
    "as_of": pl.Date(),
}


def returns_home(frames: Mapping[str, pl.DataFrame], sources: Sources, *, as_at: date) -> pl.DataFrame:
    """Count children who went home in the year for which the whole follow-up has passed, and those who came back.

    Each follow-up has its own year, so that every child counted was followed to its end, within the days that the
    return covers. Unaccompanied children,
    children on remand, short breaks and those who had turned 18 are left out.

    Args:
        frames: `episodes`, `ssda903_episodes`, `ssda903_uasc`, `people`.
        sources: where the return is absent or old, or begins later than the year, there are no rows.
        as_at: the week's Sunday.

    Returns:
        Contract `returns_home`: one row per way and follow-up, for the whole authority, sorted; a way that nobody
        went is there with 0. For `at_home_in_care`, `n_back` counts those moved away from home.
    """
    known = counted_people(frames["people"], frames["episodes"])
    care = _care(frames, known)
    home = _placed_at_home(frames, known, care)
    reach = min(as_at, sources["ssda903"].covers_to or as_at)  # nobody is known to be followed any longer
    rows = []
    for months in FOLLOW_UP_MONTHS:
        last = months_before(reach, months)
        first = months_before(last, 12)
        if not sources.covers("ssda903", since=first):
            continue
        told = {"follow_up_months": months, "from_date": first, "to_date": last, "as_of": sources["ssda903"].covers_to}
        for reason, way in WAYS.items():
            left = care.filter(pl.col("end_detail") == reason)
            rows.append(
                {"way": way, **_followed(left, pl.col("end"), pl.col("next_start"), first, last, months), **told}
            )
        moved = _followed(home, pl.col("start"), pl.col("moved"), first, last, months)
        rows.append({"way": AT_HOME_IN_CARE, **moved, **told})
    return pl.DataFrame(rows, schema=RETURNS_HOME, orient="row").sort("way", "follow_up_months")


def _followed(
    spells: pl.DataFrame, day: pl.Expr, back: pl.Expr, first: date, last: date, months: int
) -> dict[str, int]:
    """Children whose day is after `first` and not after `last`, each once by the latest, and those back in time."""
    cohort = spells.with_columns(_day=day, _back=back).filter(pl.col("_day") > first, pl.col("_day") <= last)
    latest = cohort.sort("person_id", "_day").unique("person_id", keep="last", maintain_order=True)
    again = latest.filter(pl.col("_back") <= pl.col("_day").dt.offset_by(f"{months}mo"))
    return {"n": latest.height, "n_back": again.height}


def _care(frames: Mapping[str, pl.DataFrame], known: pl.DataFrame) -> pl.DataFrame:
    """Periods of care that may count, each with the start of the child's next."""
    alone = frames["ssda903_uasc"].join(known, left_on="child", right_on="case_reference", how="inner")
    return (
        frames["episodes"]
        .filter(pl.col("kind") == "looked_after")
        .sort("person_id", "start")
        .with_columns(next_start=pl.col("start").shift(-1).over("person_id"))
        .join(frames["people"].select("person_id", "birth_date"), on="person_id", how="left", maintain_order="left")
        .join(alone, on="person_id", how="anti", maintain_order="left")
        .filter(~pl.col("detail").is_in(REMAND).fill_null(value=False))
        .filter((pl.col("end") < birthday("birth_date", ADULT)).fill_null(value=True))
    )


def _placed_at_home(frames: Mapping[str, pl.DataFrame], known: pl.DataFrame, care: pl.DataFrame) -> pl.DataFrame:
    """Placements at home within a period of care: when each began, and when the child was moved away, if ever."""
    placed = (
        frames["ssda903_episodes"]
        .join(known, left_on="child", right_on="case_reference", how="inner")
        .sort("person_id", "decom")
        .with_columns(run=pl.col("rne").is_in(NEW_PLACEMENT).fill_null(value=True).cum_sum().over("person_id"))
        .group_by("person_id", "run", maintain_order=True)
        .agg(start=pl.col("decom").first(), place=pl.col("place").last())
        .with_columns(
            next_start=pl.col("start").shift(-1).over("person_id"),
            next_place=pl.col("place").shift(-1).over("person_id"),
        )
    )
    within = care.select("person_id", care_start="start", care_end="end")
    return (
        placed.filter(pl.col("place") == AT_HOME)
        .join(within, on="person_id")
        .filter(
            pl.col("start") >= pl.col("care_start"),
            pl.col("care_end").is_null() | (pl.col("start") < pl.col("care_end")),
        )
        .with_columns(moved=pl.when(pl.col("next_place") != AT_HOME).then("next_start"))
        .select("person_id", "start", "moved")
    )
