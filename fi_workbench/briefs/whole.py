"""A week as the notebooks for everyone see it: the digest across units, and the data note of the analyst."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import polars as pl

from fi_workbench import display
from fi_workbench.briefs.reconciling import RECONCILIATION, last_reconciliation
from fi_workbench.briefs.release_record import standing
from fi_workbench.briefs.week import UnitWeek, opened
from fi_workbench.disclosure import Audience, Profile, Released, every_week, profile_named, release
from fi_workbench.display import Section, data_note, digest, year
from fi_workbench.display.prose import day, joined, sentence
from fi_workbench.errors import StoreError
from fi_workbench.settings import WHOLE_AUTHORITY

PUBLISHED = ("unit_changes", "returns_home", "year_measures")
"""The week's tables that the digest publishes."""


class WholeWeek(UnitWeek):
    """A week over all units."""

    whole: ClassVar[bool] = True

    @property
    def profile(self) -> Profile:
        """The rule for small counts, as it holds for what comes every week."""
        return every_week(profile_named(self.settings.disclosure.profile))

    def names(self) -> dict[str, str]:
        """Units in words."""
        return {unit.code: unit.name for unit in self.settings.units} | {WHOLE_AUTHORITY: self.settings.authority.name}

    def _week_table(self, table: str) -> pl.DataFrame:
        frame = self.lake.read_week_table(str(self.week), table, self.run.run_id)
        self.rows[table] = frame.height
        return frame

    def _for(self, audience: Audience, table: str, frame: pl.DataFrame) -> Released:
        return release(frame, self.catalogue.table(table), audience=audience, profile=self.profile)


class DigestWeek(WholeWeek):
    """A week across units, as it may be published."""

    audience: ClassVar[Audience] = "published"
    product: ClassVar[str] = "digest across units"

    def audience_words(self) -> str:
        """For whom it is, and how it may be used."""
        return "For everyone. It holds counts that no person can be found in. It ranks no unit and no worker."

    def rule(self) -> Section:
        """Under which rule the numbers were made."""
        return digest.rule(self.profile)

    def demand(self) -> Section:
        """Who came to each unit in thirteen weeks."""
        return self._shown(digest.demand(self._published("unit_changes"), self.names()))

    def going_home(self) -> Section:
        """Children who went home from care, and those who came back."""
        return self._shown(digest.going_home(self._published("returns_home")))

    def year(self) -> Section:
        """The measures of a year, beside England's."""
        return self._shown(year.of_a_year(self._published("year_measures")))

    def equity(self) -> Section:
        """Whether groups of people were offered something, where that was worked out."""
        try:
            offers = self._published("evidence_offers")
        except StoreError:
            return self._shown(digest.equity(None))
        return self._shown(digest.equity(offers))

    def notes(self) -> Section:
        """What units learnt and passed on. A note with a figure stays in the briefs: no rule protects its count."""
        known = self._learnt().practice_notes
        plain = known.filter(~pl.col("text").str.contains(r"\d") & ~pl.col("title").str.contains(r"\d"))
        self.rows["practice_notes"] = plain.height
        told = self._for("published", "practice_notes", plain)
        return self._shown(digest.notes(told, known.height - plain.height))

    def _published(self, table: str) -> Released:
        return self._for("published", table, self._week_table(table))

    def _shown(self, section: Section) -> Section:
        return self._unasked(section)


class DataNoteWeek(WholeWeek):
    """A week's data, as the analyst who answers for them sees it."""

    audience: ClassVar[Audience] = "analyst"
    product: ClassVar[str] = "data note"

    def audience_words(self) -> str:
        """For whom it is, and how it may be used."""
        return "For analysts. It counts records and names nobody. It is not for publication."

    def trust(self) -> Section:
        """May this be used, and what is old or missing; before that, which briefs of the same run were taken back."""
        shown = super().trust()
        last = standing(self.lake, self.week)
        if last is None or not last.recalls or last.decision["run"] != self.run.run_id:
            return shown
        told = []
        for one in last.recalls:
            units = joined(sorted(self.settings.unit_name(unit) for unit in one.units))
            told.append(f"Taken back on {day(one.at.date())}: {units}. Why: {sentence(one.reason)}")
        dates = (*shown.dates, *(one.at.date() for one in last.recalls))
        return shown.model_copy(update={"lead": " ".join([*told, shown.lead]), "level": "stop", "dates": dates})

    def linkage(self) -> Section:
        """How many people of each partner could be tied."""
        return self._shown(data_note.linkage(self._own("link_summary"), self._sources()))

    def withheld(self) -> Section:
        """Restricted children and families, who are in no figure."""
        return self._shown(data_note.withheld(self._own("caseload_withheld")))

    def drift(self) -> Section:
        """Whether families that come now are those that the grouping was made for."""
        return self._shown(data_note.drifted(self._own("segment_drift")))

    def hidden(self) -> Section:
        """What the digest hides, and why."""
        published = [self._for("published", table, self._week_table(table)) for table in PUBLISHED]
        return self._shown(data_note.hidden(published, self.profile))

    def reconciled(self) -> Section:
        """Our counts beside the council's own."""
        # Counts are compared once the week is made, so after its pin: what counts is that they are of this run.
        decisions = self.lake.decisions(RECONCILIATION)
        rows = last_reconciliation(decisions, week=self.week, run=self.run.run_id)
        given = None if rows is None else self._for("analyst", "count_reconciliation", rows)
        return self._shown(data_note.reconciled(given, self.names()))

    def sections_used(self) -> Section:
        """Which parts of the briefs their readers answer, and which nobody has answered for six weeks."""
        known = self._learnt().section_use
        self.rows["section_use"] = known.height
        return self._shown(display.sections_used(self._for("analyst", "section_use", known)))

    def _own(self, table: str) -> Released:
        return self._for("analyst", table, self._week_table(table))

    def _sources(self) -> dict[str, str]:
        return {row["source"]: row["name"] for row in self._freshness().frame.to_dicts()}

    def _shown(self, section: Section) -> Section:
        return self._unasked(section)


def open_digest(week: str, unit: str = WHOLE_AUTHORITY, *, workspace: Path | str | None = None) -> DigestWeek:
    """Open a week of a workspace for the digest.

    Raises:
        WrongUseError: the week cannot be.
        BriefError: the week has not been made.
    """
    return opened(DigestWeek, week, unit, workspace)


def open_data_note(week: str, unit: str = WHOLE_AUTHORITY, *, workspace: Path | str | None = None) -> DataNoteWeek:
    """Open a week of a workspace for the data note.

    Raises:
        WrongUseError: the week cannot be.
        BriefError: the week has not been made.
    """
    return opened(DataNoteWeek, week, unit, workspace)


__all__ = ["DataNoteWeek", "DigestWeek", "open_data_note", "open_digest"]
