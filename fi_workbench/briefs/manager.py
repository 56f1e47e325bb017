"""A week as the notebook of a unit's manager sees it: released for `manager`, case references and no names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from fi_workbench import display
from fi_workbench.briefs.week import UnitWeek, opened
from fi_workbench.disclosure import Audience
from fi_workbench.display import Section

ITEMS, STAFF, TO_PLACE = "manager_items", "manager_staff", "does_not_fit"


class ManagerWeek(UnitWeek):
    """One unit's week for its manager. Each call gives one answer; none computes anything."""

    audience: ClassVar[Audience] = "manager"
    product: ClassVar[str] = "manager's page"

    def audience_words(self) -> str:
        """For whom it is, and how it may be used."""
        return (
            "For the manager of the unit alone. It holds case numbers: keep it behind the council's log-in. "
            "Do not e-mail it or leave it printed. Restricted records are left out. "
            "It is about room for work. It is never used to judge anyone's work."
        )

    def room(self) -> Section:
        """Children and families for each full-time post against the agreed number."""
        return display.room(self._released("unit_workload"), self._released(STAFF))

    def leavers(self) -> Section:
        """Last days and leave, and children to hand over."""
        return display.leavers(self._released(STAFF), self._freshness())

    def supervision(self) -> Section:
        """Supervision that falls due, or has no record."""
        return display.supervision_dates(self._released(STAFF), self.week.sunday)

    def referrals(self) -> Section:
        """Referrals without a recorded decision, with working days since."""
        return self._listed(
            {"referral_decision": "Received"},
            key="referrals",
            nothing="Our records show no referral of this unit without a decision.",
            n_label="Working days since",
        )

    def unallocated(self) -> Section:
        """Children without a lead practitioner, with days waiting."""
        return self._listed(
            {"without_lead_practitioner": "Without since"},
            key="unallocated",
            nothing="Every open child of this unit has a lead practitioner on record.",
            n_label="Days",
        )

    def assessments(self) -> Section:
        """Assessments that have reached a working day on which somebody looks at them, or day 45."""
        return self._listed(
            {"assessment_day_": "Day 45"},
            key="assessments",
            nothing="Our records show no assessment at a day to look at it.",
            n_label="Working days so far",
        )

    def meetings(self) -> Section:
        """Conferences that fall due or have no record by their date, and hearings that are listed."""
        return self._listed(
            {"conference": "Due by", "hearing": "Date"},
            key="meetings",
            nothing="Our records show no conference due and no hearing in four weeks.",
        )

    def decisions(self) -> Section:
        """Plans that have been open so long that somebody decides what next."""
        return self._listed(
            dict.fromkeys(
                (
                    "child_protection_plan_",
                    "child_in_need_plan_",
                    "section_20_",
                    "pre_proceedings_",
                    "care_proceedings_",
                ),
                "Began",
            ),
            key="decisions",
            nothing="Our records show no plan at a point at which somebody decides.",
        )

    def to_place(self) -> Section:
        """Families that two segments fit equally, or none."""
        return display.to_place(self._released(TO_PLACE))

    def worker_changes(self) -> Section:
        """Children whose lead practitioner changed more than once in a year."""
        return self._listed(
            {"changes_of_worker": "Last change"},
            key="worker_changes",
            nothing="Our records show no child whose worker changed often in 12 months.",
            n_label="Changes",
        )

    def _listed(self, kinds: Mapping[str, str], *, key: str, nothing: str, n_label: str = "") -> Section:
        return display.listed(self._released(ITEMS), kinds, key=key, nothing=nothing, n_label=n_label)


def open_manager_week(week: str, unit: str, *, workspace: Path | str | None = None) -> ManagerWeek:
    """Open a week of a workspace for a unit's manager.

    Args:
        week: as 2026-W47.
        unit: the unit's code.
        workspace: the workspace's folder; otherwise that of FI_WORKSPACE, otherwise ./workspace.

    Raises:
        WrongUseError: the week or the unit cannot be.
        BriefError: the week has not been made.
    """
    return opened(ManagerWeek, week, unit, workspace)
