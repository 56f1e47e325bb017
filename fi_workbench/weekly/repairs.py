"""What was repaired in a week's episodes of care: counts by kind, and each repair with the record it is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WrongUseError
from fi_workbench.loaders.drafting import row_prefix
from fi_workbench.weekly.workspace import Workspace

TABLE = "care_repairs"
EPISODES = "ssda903_episodes"


@dataclass(frozen=True)
class CareRepairs:
    """Repairs of a week, for analysts.

    Attributes:
        week: the reporting week.
        counts: GRAIN one row per kind that was needed, in the order of the contract: `kind`, `label`, `values`
            repaired, `episodes` repaired, and of these `changing`, those for which a period is another.
        rows: GRAIN one row per repaired value, by kind and record: `kind`, `file`, `file_as_of` and `record` of the
            episode, `row_id`, `other_row_id`, `column`, `before`, `after`, `changes_period`, `reason`, `as_of`. No
            case number: the record leads to it. `record` counts from 1, without the heading, blank lines and footers.
    """

    week: ReportingWeek
    counts: pl.DataFrame = field(repr=False)
    rows: pl.DataFrame = field(repr=False)

    def facts(self) -> dict[str, Any]:
        """For machines: counts alone."""
        return {"week": str(self.week), TABLE: self.counts.drop("label").to_dicts()}


def care_repairs(
    workspace: Workspace, week: ReportingWeek, *, run_id: str | None = None, kinds: Collection[str] = ()
) -> CareRepairs:
    """Look up what was repaired in a week's episodes of care.

    Args:
        workspace: an open workspace.
        week: the reporting week, whose caseload has been made.
        run_id: the run; the week's current one when none is named.
        kinds: only these kinds; all when empty.

    Raises:
        WrongUseError: there is no such kind.
        StoreError: the week's caseload has not been made.
    """
    labels = workspace.catalogue.table(TABLE).columns["kind"].labels
    unknown = sorted(set(kinds) - set(labels))
    if unknown:
        raise WrongUseError(
            "There is no such kind of repair.", where=", ".join(unknown), next_step="Kinds: " + ", ".join(labels) + "."
        )
    repairs = workspace.lake.read_week_table(str(week), TABLE, run_id)
    if kinds:
        repairs = repairs.filter(pl.col("kind").is_in(list(kinds)))
    repairs = repairs.with_columns(pl.col("kind").cast(pl.Enum(list(labels))))
    counts = repairs.group_by("kind").agg(
        values=pl.len(),
        episodes=pl.col("row_id").n_unique(),
        changing=pl.col("row_id").filter("changes_period").n_unique(),
    )
    label = pl.col("kind").cast(pl.String).replace_strict(labels, return_dtype=pl.String)
    columns = ("file", "file_as_of", "record", "row_id", "other_row_id", "column", "before", "after")
    return CareRepairs(
        week=week,
        counts=counts.sort("kind").select("kind", label.alias("label"), "values", "episodes", "changing"),
        rows=_placed(workspace, repairs)
        .sort("kind", "file_as_of", "file", "record", "column", "row_id")
        .select("kind", *columns, "changes_period", "reason", "as_of"),
    )


def _placed(workspace: Workspace, repairs: pl.DataFrame) -> pl.DataFrame:
    """Repairs with the file that first brought the episode, the day it covers up to, and the record's number in it."""
    source = workspace.catalogue.table(EPISODES).source
    loads = workspace.lake.ledger().filter(pl.col("source") == source).sort("load_id")
    files = [
        {"prefix": row_prefix(file["sha256"], EPISODES), "file": file["name"], "file_as_of": load["as_of"]}
        for load in loads.iter_rows(named=True)
        for file in load["files"]
    ]
    schema = {"prefix": pl.String, "file": pl.String, "file_as_of": pl.Date}
    known = pl.DataFrame(files, schema=schema).unique("prefix", keep="first", maintain_order=True)
    parts = pl.col("row_id").str.splitn("-", 2)
    named = repairs.with_columns(
        prefix=parts.struct.field("field_0"), record=parts.struct.field("field_1").cast(pl.Int64, strict=False)
    )
    return named.join(known, on="prefix", how="left", maintain_order="left")
