"""Who may be on no page that names cases, as known now: a week keeps its pin, and people are restricted since."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.store import Lake, Run

RESTRICTED = "restricted"


@dataclass(frozen=True)
class Hidden:
    """Who may be on no page that names cases, as known now.

    Attributes:
        references: case numbers of people who are restricted, of their families, and of those who died since the
            week was made.
        everyone: whether it could be anybody: the list of restricted records has a row that names nobody readable.
    """

    references: frozenset[str] = frozenset()
    everyone: bool = False

    def on(self, page: str) -> bool:
        """Whether a page names one of them."""
        return self.everyone or (self._naming is not None and self._naming.search(page) is not None)

    def left_out(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of a list, by their column `case_reference`, without them."""
        if self.everyone:
            return rows.clear()
        hidden = pl.Series(sorted(self.references), dtype=pl.String).implode()
        return rows.filter(~pl.col("case_reference").is_in(hidden).fill_null(value=False))

    @cached_property
    def _naming(self) -> re.Pattern[str] | None:
        escaped = "|".join(re.escape(reference) for reference in sorted(self.references) if reference)
        return re.compile(rf"(?<![0-9A-Za-z])(?:{escaped})(?![0-9A-Za-z])", re.IGNORECASE) if escaped else None


def hidden_now(lake: Lake, week: ReportingWeek, run_id: str, *, today: date) -> Hidden:
    """Who of a week's people may be on none of its lists any more.

    Args:
        lake: the workspace's lake.
        week: the reporting week.
        run_id: the run that its lists are of.
        today: the day it is; a restriction counts that is in force on it, on the week's Sunday, or on the last day
            that any source covers.

    Raises:
        StoreError: the run does not say who its people are.
    """
    last = lake.latest_as_of() or week.sunday
    pin = lake.pin(last)
    restricted, known = lake.read(RESTRICTED, pin), lake.read("case_people", pin)
    people = lake.read_week_table(str(week), "people", run_id)
    members = lake.read_week_table(str(week), "family_members", run_id)
    relationships = lake.read("case_relationships", pin)
    named = pl.concat([_restricted_on(restricted, day) for day in sorted({week.sunday, last, today})]).unique()
    written = _written(pl.col("case_reference"))
    # Whoever has come since is in none of the week's families, but may be known to be one of them now.
    come = named.filter(~named.is_in(people.select(written).to_series().implode()))
    own = people.filter(written.is_in(pl.concat([named, _close_to(come, relationships, known)]).implode()))
    current = members.filter(pl.col("valid_to").is_null() | (pl.col("role") == "child"))
    own = own.select("person_id")
    families = current.join(own, on="person_id", how="semi").select("family_id").unique()
    theirs = current.join(families, on="family_id", how="semi").select("person_id")
    hidden = people.join(pl.concat([own, theirs]).unique(), on="person_id", how="semi")
    died = known.filter(pl.col("date_of_death").is_not_null()).select(case_reference="person_id")
    since = people.filter(pl.col("death_date").is_null()).join(died, on="case_reference", how="semi")
    references = pl.concat([hidden["case_reference"], since["case_reference"], named]).drop_nulls()
    return Hidden(frozenset(references.to_list()), everyone=restricted["person_id"].null_count() > 0)


def restricting_nobody(lake: Lake, week: ReportingWeek, run: Run) -> int:
    """How many case numbers that are restricted in a week are nobody's: a misspelt one restricts nobody."""
    named = _restricted_on(lake.read(RESTRICTED, run.pin), week.sunday)
    people = lake.read_week_table(str(week), "people", run.run_id)
    known = people.select(_written(pl.col("case_reference"))).to_series()
    return named.filter(~named.is_in(known.implode())).len()


def _close_to(people: pl.Series, relationships: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Case numbers, in capitals, of whoever is related to some people as the case system has it now."""
    ties = pl.concat(
        [
            relationships.select(one="person_id", other="related_person_id"),
            relationships.select(one="related_person_id", other="person_id"),
            known.select(one="mother_person_id", other="person_id"),
            known.select(one="person_id", other="mother_person_id"),
        ]
    ).select(_written(pl.all()))
    return ties.filter(pl.col("one").is_in(people.implode()))["other"].drop_nulls().unique()


def _restricted_on(restricted: pl.DataFrame, day: date) -> pl.Series:
    # Importing it reads contracts, which runs a query: whoever imports this room may fork, and must not have.
    from fi_workbench.identity import restricted_on  # noqa: PLC0415

    return restricted_on(restricted, day)


def _written(reference: pl.Expr) -> pl.Expr:
    """As `restricted_on` gives case numbers."""
    return reference.str.strip_chars().str.to_uppercase()
