"""The weekly run: stages in order, what each reads and writes, resuming, locking, manifest. No rule of its own."""

from fi_workbench.weekly.allocating import WhatIf, decide_family, what_if
from fi_workbench.weekly.choosing import choose_week
from fi_workbench.weekly.doctor import Finding, examine
from fi_workbench.weekly.feedback import import_feedback
from fi_workbench.weekly.forecasts import DemandAhead, demand_ahead
from fi_workbench.weekly.learning import (
    add_request,
    answer_request,
    decide_finding,
    learnt,
    list_requests,
    pass_on_note,
    respond,
    withdraw_note,
    withdraw_request,
)
from fi_workbench.weekly.linking import decide_link
from fi_workbench.weekly.models import (
    approve_segments,
    fit_segments,
    review_segments,
    roll_back_segments,
    write_review,
)
from fi_workbench.weekly.pages import Wish
from fi_workbench.weekly.pinning import is_released, pinned_run
from fi_workbench.weekly.quality import quality_report, try_quality_report
from fi_workbench.weekly.releasing import (
    digest_stands,
    erase,
    recall,
    recall_digest,
    recalled_units,
    release,
    release_digest,
)
from fi_workbench.weekly.repairs import CareRepairs, care_repairs
from fi_workbench.weekly.reviewing import (
    findings_to_review,
    last_release,
    reconcile_counts,
    retell_data_note,
    review_finding,
)
from fi_workbench.weekly.run import StageOutcome, run_stages
from fi_workbench.weekly.scheduling import KINDS as SCHEDULERS
from fi_workbench.weekly.scheduling import Weekly
from fi_workbench.weekly.stages import stages
from fi_workbench.weekly.status import Status, status
from fi_workbench.weekly.week import WeekReport, briefs_to_make, load, make_briefs, run_week
from fi_workbench.weekly.workspace import Workspace, locked, make_workspace, open_workspace

__all__ = [
    "SCHEDULERS",
    "CareRepairs",
    "DemandAhead",
    "Finding",
    "StageOutcome",
    "Status",
    "WeekReport",
    "Weekly",
    "WhatIf",
    "Wish",
    "Workspace",
    "add_request",
    "answer_request",
    "approve_segments",
    "briefs_to_make",
    "care_repairs",
    "choose_week",
    "decide_family",
    "decide_finding",
    "decide_link",
    "demand_ahead",
    "digest_stands",
    "erase",
    "examine",
    "findings_to_review",
    "fit_segments",
    "import_feedback",
    "is_released",
    "last_release",
    "learnt",
    "list_requests",
    "load",
    "locked",
    "make_briefs",
    "make_workspace",
    "open_workspace",
    "pass_on_note",
    "pinned_run",
    "quality_report",
    "recall",
    "recall_digest",
    "recalled_units",
    "reconcile_counts",
    "release",
    "release_digest",
    "respond",
    "retell_data_note",
    "review_finding",
    "review_segments",
    "roll_back_segments",
    "run_stages",
    "run_week",
    "stages",
    "status",
    "try_quality_report",
    "what_if",
    "withdraw_note",
    "withdraw_request",
    "write_review",
]
