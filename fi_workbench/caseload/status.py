"""The status of each child and family as at a day, and how it came about."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.calendar import age_in_years, birthday
from fi_workbench.caseload.ladder import CLOSED, LADDER, OUT, STATUSES, rank, runs

HISTORY_WEEKS = 78
ADULT_AT = 18
OVERDUE_DAYS = 30
"""Days after the expected birth from which on a child without a birth date is of unknown age, not unborn."""


def limits_of(people: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """From which day each person is no child any more.

    Args:
        people: contract `people`.
        left: as `care.departures`, with deaths.

    Returns:
        One row per person: `person_id`, `adult_from` (18th birthday), `died_on`; each null where it is not known.
    """
    died = left.filter(pl.col("how") == "died").group_by("case_reference").agg(died_on=pl.col("left_on").min())
    return people.join(died, on="case_reference", how="left").select(
        "person_id", adult_from=birthday("birth_date", ADULT_AT), died_on="died_on"
    )


def combined_timeline(statuses: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """Lay statuses and holders over each other: each row is true until the next.

    Returns:
        One row per child and change of status or unit: `person_id`, `from_date`, `to_date`, `status`, `unit`; only
        spells in which the person was a child with a known status.
    """
    nobody = ""
    held = holders.select("person_id", "from_date", unit=pl.col("unit").fill_null(nobody))
    days = pl.concat([statuses.select("person_id", "from_date"), held.select("person_id", "from_date")]).unique()
    filled = (
        days.join(statuses, on=["person_id", "from_date"], how="left")
        .join(held, on=["person_id", "from_date"], how="left")
        .sort("person_id", "from_date")
        .with_columns(pl.col("status", "unit").forward_fill().over("person_id"))
        .drop_nulls("status")
        .with_columns(unit=pl.when(pl.col("unit") != nobody).then("unit"))
    )
    changes = runs(filled.select("person_id", "from_date", "status", "unit"), "status", "unit")
    return (
        changes.with_columns(to_date=pl.col("from_date").shift(-1).over("person_id"))
        .filter(pl.col("status") != OUT)
        .select("person_id", "from_date", "to_date", "status", "unit")
    )


def status_history(timeline: pl.DataFrame, families: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Keep the spells that touch the last 78 weeks.

    Args:
        timeline: as `combined_timeline`.
        families: `person_id` and `family_id` of children.
        as_at: end of the window.

    Returns:
        Contract `status_history`: one row per child and first day of a spell, sorted.
    """
    window = as_at - timedelta(weeks=HISTORY_WEEKS)
    return (
        timeline.filter(pl.col("to_date").is_null() | (pl.col("to_date") >= window))
        .join(families, on="person_id")
        .select("person_id", "family_id", "from_date", "to_date", "status", "unit")
        .sort("person_id", "from_date")
    )


def child_status(
    *,
    people: pl.DataFrame,
    families: pl.DataFrame,
    episodes: pl.DataFrame,
    statuses: pl.DataFrame,
    holders: pl.DataFrame,
    limits: pl.DataFrame,
    needs: pl.DataFrame,
    as_at: date,
) -> pl.DataFrame:
    """Say of each child what is open, since when, and who holds the child.

    Args:
        people: contract `people`.
        families: `person_id` and `family_id` of children that may be shown.
        episodes: contract `episodes`.
        statuses: as `ladder.status_timeline`.
        holders: as `holders.holder_timeline`.
        limits: as `limits_of`.
        needs: `person_id` and `primary_need`.
        as_at: the day.

    Returns:
        Contract `child_status`: one row per living child under 18 (or older and still looked after), sorted.
    """
    now, holder = _latest_by(statuses, as_at), _latest_by(holders, as_at)
    table = (
        people.join(families, on="person_id")
        .join(now.rename({"from_date": "since"}), on="person_id", how="left")
        .join(holder.drop("from_date"), on="person_id", how="left")
        .join(needs, on="person_id", how="left")
        .join(limits.select("person_id", "died_on"), on="person_id", how="left")
        .with_columns(status=pl.col("status").fill_null(CLOSED), age=_age(as_at))
    )
    living = pl.col("died_on").is_null() | (pl.col("died_on") > as_at)
    young = pl.when(pl.col("age").is_null()).then(~pl.col("is_adult")).otherwise(pl.col("age") < ADULT_AT)
    table = table.filter(living, pl.col("status") != OUT, young | (pl.col("status") == "looked_after"))
    return (
        table.join(_grounds(episodes), on=["person_id", "status"], how="left")
        .select(
            "person_id", "family_id", "status", "since", "primary_need", pl.col("age").cast(pl.Int64), "unit",
            "worker_id", "case_reference", "allocated_since", "restricted",
            source_table=pl.coalesce("source_table", "source"), as_of=pl.coalesce("as_of_right", "as_of"),
        )
        .sort("person_id")
    )  # fmt: skip


def _latest_by(timeline: pl.DataFrame, as_at: date) -> pl.DataFrame:
    begun = timeline.filter(pl.col("from_date") <= as_at).sort("person_id", "from_date")
    return begun.unique(subset=["person_id"], keep="last", maintain_order=True)


def _age(as_at: date) -> pl.Expr:
    expected = pl.col("expected_birth_date")
    unborn = pl.col("birth_date").is_null() & (expected >= as_at - timedelta(days=OVERDUE_DAYS))
    return pl.when(unborn).then(-1).otherwise(age_in_years("birth_date", as_at))


def _grounds(episodes: pl.DataFrame) -> pl.DataFrame:
    """The table that each status rests on: the spell open that began last; for closed, the spell that ended last."""
    kinds = {kind: status for status, kind in LADDER.items()}
    relevant = episodes.filter(pl.col("kind").is_in(list(kinds)))
    is_open = pl.col("end").is_null()
    given = relevant.filter(is_open).with_columns(
        status=pl.col("kind").replace_strict(kinds, return_dtype=pl.String), order="start"
    )
    ended = relevant.filter(~is_open).with_columns(status=pl.lit(CLOSED), order="end")
    return (
        pl.concat([given, ended])
        .sort("person_id", "status", "order", "source_table", "row_id")
        .unique(subset=["person_id", "status"], keep="last", maintain_order=True)
        .select("person_id", "status", "source_table", "as_of")
    )


def family_status(children: pl.DataFrame) -> pl.DataFrame:
    """Sum up each family: its highest status, and the unit that holds most of its open children.

    Where two units hold as many, the one that has held them longer counts; children that nobody holds do not.

    Args:
        children: contract `child_status`.

    Returns:
        Contract `family_status`: one row per family with a child in `child_status`, sorted.
    """
    ranked = children.with_columns(rank=rank("status"))
    top = pl.col("rank").min()
    is_open = pl.col("status") != CLOSED
    summed = ranked.group_by("family_id").agg(
        top=top,
        since=pl.col("since").filter(pl.col("rank") == top).min(),
        n_children_open=is_open.sum().cast(pl.Int64),
        n_children=pl.len().cast(pl.Int64),
        youngest_age=pl.col("age").min(),
        restricted=pl.col("restricted").any(),
    )
    counting = ranked.filter(is_open | ~is_open.any().over("family_id")).drop_nulls("unit")
    unit = _most(counting, ["family_id"], "unit")
    worker = _most(counting.join(unit, on=["family_id", "unit"], how="semi"), ["family_id"], "worker_id")
    return (
        summed.join(unit, on="family_id", how="left")
        .join(worker, on="family_id", how="left")
        .select(
            "family_id",
            status=pl.col("top").replace_strict(list(range(len(STATUSES))), list(STATUSES), return_dtype=pl.String),
            since="since",
            n_children_open="n_children_open",
            n_children="n_children",
            youngest_age="youngest_age",
            unit="unit",
            worker_id="worker_id",
            restricted="restricted",
        )
        .sort("family_id")
    )


def _most(rows: pl.DataFrame, by: list[str], value: str) -> pl.DataFrame:
    """The value of most rows of a group; then the one allocated longest, then the first by name."""
    return (
        rows.drop_nulls(value)
        .group_by(*by, value)
        .agg(n=pl.len(), longest=pl.col("allocated_since").min())
        .sort([*by, "n", "longest", value], descending=[*[False] * len(by), True, False, False], nulls_last=True)
        .unique(subset=by, keep="first", maintain_order=True)
        .select(*by, value)
    )
