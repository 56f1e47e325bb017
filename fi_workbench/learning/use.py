"""Which sections of the brief nobody answered for six weeks: proposed to the analyst, never removed by itself."""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import ReportingWeek

UNUSED_WEEKS = 6

SECTION_USE = {
    "section": pl.String(),
    "n_weeks_shown": pl.Int64(),
    "n_replies": pl.Int64(),
    "last_reply_on": pl.Date(),
    "state": pl.String(),
}


def section_use(findings: pl.DataFrame, replies: pl.DataFrame, *, week: ReportingWeek) -> pl.DataFrame:
    """How often each section was answered in the last six weeks that were released.

    Silence about everything says nothing about one section. So a section is proposed for removal only where it was
    shown in each of six weeks, nobody answered it in any unit, and somebody did answer another section.

    Args:
        findings: as `told.findings_shown`.
        replies: as `told.replies_accepted`.
        week: the week that is being made; weeks before it count.

    Returns:
        Contract `section_use`: one row per section shown in those weeks, sorted; `state` is `used`, `unused`
        (proposed for removal) or `cannot_tell`.
    """
    shown = findings.filter(pl.col("week") < str(week))
    weeks = shown["week"].unique().sort(descending=True).head(UNUSED_WEEKS).to_list()
    recent = shown.filter(pl.col("week").is_in(weeks))
    answered = recent.join(replies, on="code", how="inner")
    somebody = answered.height > 0
    counts = answered.group_by("section").agg(
        n_replies=pl.len().cast(pl.Int64), last_reply_on=pl.col("imported_on").max()
    )
    silent = (pl.col("n_weeks_shown") == UNUSED_WEEKS) & pl.lit(somebody)
    return (
        recent.group_by("section")
        .agg(n_weeks_shown=pl.col("week").n_unique().cast(pl.Int64))
        .join(counts, on="section", how="left")
        .with_columns(pl.col("n_replies").fill_null(0))
        .with_columns(
            state=pl.when(pl.col("n_replies") > 0)
            .then(pl.lit("used"))
            .when(silent)
            .then(pl.lit("unused"))
            .otherwise(pl.lit("cannot_tell"))
        )
        .select(list(SECTION_USE))
        .sort("section")
    )
