"""From a week's stored tables to pages that people read: plan, build, release, recall.

A brief is the work of a notebook, run by papermill for one unit. What its cells show is data released for the unit's
audience; the exporter makes the page of it. Built pages wait in `built/` until a named person releases them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fi_workbench.briefs.building import BuildReport, build, check_ways
from fi_workbench.briefs.digest_release import digest_stands, recall_digest, release_digest
from fi_workbench.briefs.evidence import EvidenceWeek, open_evidence
from fi_workbench.briefs.evidence_pages import EvidenceReport, build_evidence_pages
from fi_workbench.briefs.folders import built_folder, released_folder, worklists_folder
from fi_workbench.briefs.guarding import Guard
from fi_workbench.briefs.hidden import Hidden, hidden_now, restricting_nobody
from fi_workbench.briefs.manager import ManagerWeek, open_manager_week
from fi_workbench.briefs.manager_pages import ManagerReport, build_manager_pages
from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.planning import Plan, guard_of, plan
from fi_workbench.briefs.recalling import recall
from fi_workbench.briefs.release_record import recalled_units
from fi_workbench.briefs.releasing import hold, release
from fi_workbench.briefs.shared_processes import kept_processes
from fi_workbench.briefs.week import UnitWeek, open_week
from fi_workbench.briefs.whole import DataNoteWeek, DigestWeek, open_data_note, open_digest
from fi_workbench.briefs.whole_pages import WholeReport, build_whole_pages
from fi_workbench.briefs.withdrawing import withdraw_erased, withdraw_hidden, withdrawn_words
from fi_workbench.briefs.worklists import WorklistReport, build_worklists, expire_worklists

if TYPE_CHECKING:
    from fi_workbench.briefs.review import GroupingReview, open_review
    from fi_workbench.briefs.review_page import build_review

_OF_REVIEWS = {"GroupingReview": "review", "open_review": "review", "build_review": "review_page"}


def __getattr__(name: str) -> Any:
    """Load what reviews a grouping when it is asked for: it needs scipy, and no weekly brief does."""
    if name in _OF_REVIEWS:
        return getattr(import_module(f"{__name__}.{_OF_REVIEWS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Brief",
    "BuildReport",
    "DataNoteWeek",
    "DigestWeek",
    "EvidenceReport",
    "EvidenceWeek",
    "GroupingReview",
    "Guard",
    "Hidden",
    "ManagerReport",
    "ManagerWeek",
    "Part",
    "Plan",
    "UnitWeek",
    "WholeReport",
    "WorklistReport",
    "build",
    "build_evidence_pages",
    "build_manager_pages",
    "build_review",
    "build_whole_pages",
    "build_worklists",
    "built_folder",
    "check_ways",
    "digest_stands",
    "expire_worklists",
    "guard_of",
    "hidden_now",
    "hold",
    "kept_processes",
    "open_data_note",
    "open_digest",
    "open_evidence",
    "open_manager_week",
    "open_review",
    "open_week",
    "plan",
    "recall",
    "recall_digest",
    "recalled_units",
    "release",
    "release_digest",
    "released_folder",
    "restricting_nobody",
    "withdraw_erased",
    "withdraw_hidden",
    "withdrawn_words",
    "worklists_folder",
]
