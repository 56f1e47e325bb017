"""Families with similar needs seen together: the latent class model, its approval, and proposed units.

scikit-learn is loaded only where a model is fitted, not to use an approved one.
"""

from typing import TYPE_CHECKING, Any

from fi_workbench.segmentation.approvals import (
    SYNTHETIC_PERSON,
    Approval,
    ApprovedModel,
    approve,
    read_approved,
    read_candidate,
    roll_back,
    ship_synthetic_model,
    write_candidate,
)
from fi_workbench.segmentation.candidates import Candidate, carried_table, fit_candidate, fit_table, review_table
from fi_workbench.segmentation.checks import (
    CHECK_READS,
    CHECK_WRITES,
    DEPRIVATION,
    DEPRIVATION_READS,
    Checks,
    check,
    deprivation_of,
)
from fi_workbench.segmentation.continuity import Continuity, continuity
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import INDICATORS, indicator_hash
from fi_workbench.segmentation.membership import Segments, assign
from fi_workbench.segmentation.proposal import Proposal, propose, propose_strictly

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

ASSIGN_READS: tuple[str, ...] = ("need_profiles", "family_profiles")
ASSIGN_WRITES: tuple[str, ...] = ("segment_memberships", "segment_profiles")
PROPOSE_READS: tuple[str, ...] = (
    "segment_memberships",
    "family_status",
    "child_status",
    "need_profiles",
    "roster",
)
PROPOSE_WRITES: tuple[str, ...] = ("unit_proposals",)

__all__ = [
    "ASSIGN_READS",
    "ASSIGN_WRITES",
    "CHECK_READS",
    "CHECK_WRITES",
    "DEPRIVATION",
    "DEPRIVATION_READS",
    "INDICATORS",
    "PROPOSE_READS",
    "PROPOSE_WRITES",
    "SYNTHETIC_PERSON",
    "Approval",
    "ApprovedModel",
    "Candidate",
    "Checks",
    "Continuity",
    "Grouping",
    "LatentClassSegmenter",
    "Proposal",
    "Segments",
    "approve",
    "assign",
    "carried_table",
    "check",
    "continuity",
    "deprivation_of",
    "fit_candidate",
    "fit_table",
    "indicator_hash",
    "propose",
    "propose_strictly",
    "read_approved",
    "read_candidate",
    "review_table",
    "roll_back",
    "ship_synthetic_model",
    "write_candidate",
]


def __getattr__(name: str) -> Any:
    """Load the estimator, and scikit-learn with it, on first use."""
    if name == "LatentClassSegmenter":
        from fi_workbench.segmentation.latent_class import LatentClassSegmenter  # noqa: PLC0415

        return LatentClassSegmenter
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
