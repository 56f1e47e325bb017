"""Candidate and approved groupings as folders of readable files: `<version>/model.yaml` and `approval.yaml`.

A grouping is used only once a named person approved it with a reason. The approval holds the hash of the file that
was approved: a model that is changed afterwards is no longer approved. Nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import yaml
from pydantic import ValidationError

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.candidates import fit_candidate
from fi_workbench.segmentation.grouping import Grouping, Part
from fi_workbench.segmentation.indicators import INDICATORS, indicator_hash
from fi_workbench.settings import Authority, Settings

MODEL_FILE = "model.yaml"
APPROVAL_FILE = "approval.yaml"
WITHDRAWAL_FILE = "withdrawal.yaml"
SYNTHETIC_PERSON = "Synthetic analyst (not a person)"

Kind = TypeVar("Kind", bound=Part)


class Approval(Part):
    """Who approved a grouping, when and why; `model_sha256` is of the file approved."""

    version: str
    by: str
    at: datetime
    reason: str
    synthetic: bool
    model_sha256: str


class Withdrawal(Part):
    """Who took an approval back, when and why. Weeks made with the model keep it."""

    version: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class ApprovedModel:
    """A grouping that a named person approved.

    Attributes:
        grouping: the grouping.
        approval: who approved it.
        former: the approved groupings that it carries on, oldest first: families keep their segments by them.
    """

    grouping: Grouping
    approval: Approval
    former: tuple[Grouping, ...] = ()

    @property
    def version(self) -> str:
        """The grouping's version."""
        return self.grouping.version

    @property
    def synthetic(self) -> bool:
        """Whether it was approved for a synthetic authority by nobody real."""
        return self.approval.synthetic


def write_candidate(folder: Path, candidate: Grouping) -> Path:
    """Write a candidate into its own folder, where it waits for a person.

    Args:
        folder: `models/segmentation` of a workspace.
        candidate: a grouping.

    Returns:
        The model file.

    Raises:
        SegmentationError: another model with this version is there.
    """
    target = folder / candidate.version / MODEL_FILE
    text = _model_text(candidate)
    if target.exists():
        if target.read_text(encoding="utf-8") == text:
            return target
        raise SegmentationError(
            "Another model with this version is there, and nothing is overwritten.", where=str(target)
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def _model_text(candidate: Grouping) -> str:
    head = (
        "# A grouping of families by need: a latent class model. Shares and probabilities are estimates from the\n"
        "# families it was fitted on. Each probability list has one number per segment, in the order of `segments`.\n"
    )
    data = candidate.model_dump(mode="json")
    return head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def read_candidate(folder: Path, version: str) -> Grouping:
    """Read a candidate, approved or not.

    Raises:
        SegmentationError: it is not there or cannot be read.
    """
    path = folder / version / MODEL_FILE
    if not path.is_file():
        there = sorted(each.parent.name for each in folder.glob(f"*/{MODEL_FILE}"))
        raise SegmentationError(
            "There is no such model.",
            where=str(path),
            next_step="Models here: " + ", ".join(there) if there else "Fit one with `fi-workbench segment fit`.",
        )
    grouping = _read(Grouping, path)
    if grouping.version != version:
        raise SegmentationError("A model file says another version than its folder.", where=str(path))
    return grouping


def _read(kind: type[Kind], path: Path) -> Kind:
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return kind.model_validate(data)
    except yaml.YAMLError:
        problems = ["not readable as YAML"]
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
    raise SegmentationError(
        "A model's file cannot be used: " + "; ".join(problems[:5]) + ".",
        where=str(path),
        how_many=f"{len(problems)} to mend",
        next_step="Restore the file from version control, or fit the model again.",
    )


def approve(folder: Path, version: str, by: str, reason: str, at: datetime, *, synthetic: bool = False) -> Approval:
    """Record that a named person approves a candidate.

    Args:
        folder: `models/segmentation` of a workspace.
        version: the candidate.
        by: the person's name.
        reason: why, in their words.
        at: when, with a time zone.
        synthetic: whether this stands in for a person in a synthetic authority.

    Raises:
        SegmentationError: no such candidate, no name or reason, approved before, indicators that are not the
            code's, or a solution that was found by one start only.
    """
    if not by.strip() or not reason.strip():
        raise SegmentationError(
            "An approval needs the name of a person and a reason.", where="--by, --reason", next_step="Say who and why."
        )
    grouping = read_candidate(folder, version)
    path = folder / version / APPROVAL_FILE
    if path.exists():
        raise SegmentationError("This model was approved before; an approval is never overwritten.", where=str(path))
    _check_indicators(grouping, folder / version / MODEL_FILE)
    if not grouping.fit.replicated:
        raise SegmentationError(
            "Only one start found this solution, so it may not be the best there is.",
            where=f"model {version}",
            how_many=f"1 of {grouping.n_starts} starts",
            next_step="Fit again with more starts (segmentation.n_starts) or fewer classes.",
        )
    approval = Approval(
        version=version,
        by=by.strip(),
        at=at.astimezone(UTC),
        reason=reason.strip(),
        synthetic=synthetic,
        model_sha256=_sha256(folder / version / MODEL_FILE),
    )
    text = yaml.safe_dump(approval.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return approval


def roll_back(folder: Path, by: str, reason: str, at: datetime) -> tuple[str, str | None]:
    """Withdraw the approval in use, so that the one before it is in use again. Nothing is removed.

    Returns:
        The version withdrawn, and the one now in use (None when there is none).

    Raises:
        SegmentationError: no name or reason, or no model is in use.
    """
    if not by.strip() or not reason.strip():
        raise SegmentationError(
            "A withdrawal needs the name of a person and a reason.",
            where="--by, --reason",
            next_step="Say who and why.",
        )
    used = read_approved(folder)
    if used is None:
        raise SegmentationError("No approved grouping is in use, so there is nothing to take back.", where=str(folder))
    told = Withdrawal(version=used.version, by=by.strip(), at=at.astimezone(UTC), reason=reason.strip())
    text = yaml.safe_dump(told.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120)
    with (folder / used.version / WITHDRAWAL_FILE).open("x", encoding="utf-8") as file:
        file.write(text)
    before = read_approved(folder)
    return used.version, before.version if before else None


def read_approved(models_folder: Path, version: str | None = None) -> ApprovedModel | None:
    """Read the approved model: the one approved last, or one by its version.

    Args:
        models_folder: `models/segmentation` of a workspace.
        version: a version that must be approved, also one withdrawn since; when None the latest approval that
            nobody has withdrawn.

    Returns:
        The model, or None when no model has been approved.

    Raises:
        SegmentationError: the approved model was changed since, cannot be read, or has other indicators than this
            version of the workbench.
    """
    used = _latest_approved(models_folder, version)
    if used is not None:
        _check_indicators(used.grouping, models_folder / used.version / MODEL_FILE)
    return used


def _latest_approved(models_folder: Path, version: str | None = None) -> ApprovedModel | None:
    pattern = f"{version}/{APPROVAL_FILE}" if version else f"*/{APPROVAL_FILE}"
    approvals = [
        (_read(Approval, path), path)
        for path in sorted(models_folder.glob(pattern))
        if version or not path.with_name(WITHDRAWAL_FILE).exists()
    ]
    if not approvals:
        if version:
            raise SegmentationError("This model is not approved.", where=str(models_folder / version))
        return None
    approval, path = max(approvals, key=lambda each: (each[0].at, each[0].version))
    grouping = read_candidate(models_folder, path.parent.name)
    model_path = path.with_name(MODEL_FILE)
    if approval.version != grouping.version or approval.model_sha256 != _sha256(model_path):
        raise SegmentationError(
            "The approved model was changed after its approval, so it is no longer approved.",
            where=str(model_path),
            next_step="Restore the file from version control, or fit and approve a new model.",
        )
    return ApprovedModel(grouping, approval, _forerunners(models_folder, grouping))


def _forerunners(models_folder: Path, grouping: Grouping) -> tuple[Grouping, ...]:
    """The approved groupings that one carries on, back to the last change of the list of indicators."""
    if not grouping.carried_from:
        return ()
    before = _latest_approved(models_folder, grouping.carried_from)
    if before is None or before.grouping.indicator_list != grouping.indicator_list:
        return ()
    return (*before.former, before.grouping)


def read_for_comparison(models_folder: Path, *, synthetic: bool, any_indicators: bool = False) -> ApprovedModel | None:
    """Read the grouping in use, to compare a new one with it; None where there is none that it can be compared with.

    Args:
        models_folder: `models/segmentation` of a workspace.
        synthetic: whether the authority is a synthetic one, where a model approved by nobody real is used.
        any_indicators: also one whose list of indicators is no longer the code's: families cannot be grouped by it
            today, but its segments can be compared as long as one indicator is shared.

    Raises:
        SegmentationError: the approved model was changed since, or cannot be read.
    """
    used = _latest_approved(models_folder)
    if used is None or (used.synthetic and not synthetic):
        return None
    if any_indicators:
        return used if set(used.grouping.probabilities) & {item.name for item in INDICATORS} else None
    return None if _other_indicators(used.grouping) else used


def _other_indicators(grouping: Grouping) -> bool:
    unknown = set(grouping.probabilities) - {item.name for item in INDICATORS}
    return bool(unknown) or grouping.indicator_list != indicator_hash()


def _check_indicators(grouping: Grouping, path: Path) -> None:
    if _other_indicators(grouping):
        raise SegmentationError(
            "The model was fitted on another list of indicators than this version of the workbench has.",
            where=str(path),
            next_step="Fit a new model with `fi-workbench segment fit`, review it, and approve it by name.",
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ship_synthetic_model(
    need_profiles: pl.DataFrame,
    family_profiles: pl.DataFrame,
    folder: Path,
    made_on: date,
    *,
    newcomers: Collection[str] = (),
    settings: Settings | None = None,
) -> ApprovedModel:
    """Fit, write and approve the model that travels with the synthetic authority.

    The approval is marked synthetic and names nobody; `assign` uses such a model in a synthetic authority only.

    Args:
        need_profiles: contract `need_profiles` of the synthetic authority.
        family_profiles: contract `family_profiles` of it.
        folder: where models are, such as `templates/workspace/models/segmentation`.
        made_on: the day of the fit and of the approval.
        newcomers: families of it that came in the last thirteen weeks, with whom later newcomers are compared.
        settings: number of classes and starts, and the seed; the defaults when None.
    """
    chosen = settings or Settings(authority=Authority(name="Synthetic authority", code="000", synthetic=True))
    note = "Fitted on the synthetic authority that `fi-workbench demo` makes: it describes nobody's families."
    candidate = fit_candidate(need_profiles, family_profiles, chosen, made_on=made_on, note=note, newcomers=newcomers)
    write_candidate(folder, candidate)
    approval = approve(
        folder,
        candidate.version,
        SYNTHETIC_PERSON,
        "Synthetic families only, so that the demonstration runs without a person; never for a real authority.",
        datetime.combine(made_on, datetime.min.time(), UTC),
        synthetic=True,
    )
    return ApprovedModel(candidate, approval)
