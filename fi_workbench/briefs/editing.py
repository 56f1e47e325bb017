"""What an analyst does with a finding before release: accept it, drop it, or edit its words, and all of it is kept.

Nothing is overwritten: the brief as it was built stays beside the edited one, and the edited one is made from it anew
by the decisions that people wrote down. A brief that is built again is edited again, as long as its words are the
same; where they are not, somebody looks again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench.briefs.model import Brief, Part
from fi_workbench.display import Finding, Section
from fi_workbench.display.prose import day, in_words, sentence
from fi_workbench.errors import BriefError, WrongUseError

REVIEW = "finding_review"
"""Kind of decision: a finding of a built brief was accepted, dropped or edited. Subject: the week."""

ACCEPT, DROP, EDIT, UNDO = "accept", "drop", "edit", "undo"


@dataclass(frozen=True)
class Reviewed:
    """What one person did with one finding.

    Attributes:
        number: of the decision.
        unit: whose brief.
        code: the finding's feedback code.
        action: accept, drop or edit.
        before: its words as built.
        after: its words as edited; empty otherwise.
        by: who.
        at: when.
        reason: why, for a drop.
    """

    number: int
    unit: str
    code: str
    action: str
    before: str
    after: str
    by: str
    at: datetime
    reason: str

    def facts(self) -> dict[str, str]:
        """As the manifest keeps it, which readers have: the words taken out, and why, stay with the decision."""
        return {"code": self.code, "by": self.by, "at": self.at.isoformat(timespec="seconds")}


def reviews(decisions: pl.DataFrame, *, week: str) -> list[Reviewed]:
    """What stands of the reviews of a week: for each finding the last act, unless that took the others back.

    Args:
        decisions: of kind `finding_review`, oldest first.
        week: the week.
    """
    found: dict[str, Reviewed] = {}
    for row in decisions.filter(pl.col("subject") == week).iter_rows(named=True):
        told = json.loads(row["decision"])
        code = told["code"]
        found.pop(code, None)
        if told["action"] != UNDO:
            found[code] = Reviewed(
                number=row["decision_id"],
                unit=told["unit"],
                code=code,
                action=told["action"],
                before=told["before"],
                after=told.get("after", ""),
                by=row["by"],
                at=row["at"],
                reason=row["reason"],
            )
    return list(found.values())


def words_of(brief: Brief, code: str) -> str:
    """The words of a finding, or the first words of an answer that has a code as a whole.

    Raises:
        WrongUseError: this brief has no such finding.
    """
    for section in _sections(brief):
        if section.code == code:
            return section.lead
        for one in (*section.findings, *section.rest):
            if one.code == code:
                return one.sentence
    raise WrongUseError("This brief has no such finding.", where=code, next_step="Its code stands below the finding.")


def told_by(brief: Brief, code: str) -> list[str]:
    """Everything that a finding says beside its sentence, or an answer that has a code as a whole beside its lead."""
    found: list[str] = []
    for section in _sections(brief):
        if section.code == code:
            tables = (*section.tables, *(chart.table for chart in section.charts))
            found += [cell for table in tables for row in table.rows for cell in row]
        for one in (*section.findings, *section.rest):
            if code in {section.code, one.code}:
                found += [one.sentence, one.top, one.printed, one.usual, one.between, one.whom, one.to_do, one.as_of]
                found += [day(one.by)] if one.by else []
    return found


def printed_of(brief: Brief, code: str) -> str:
    """A finding's number as people read it; empty where it has none, or for an answer that has a code as a whole."""
    found = (one for section in _sections(brief) for one in (*section.findings, *section.rest) if one.code == code)
    return next((one.printed for one in found), "")


def apply_reviews(brief: Brief, told: Iterable[Reviewed]) -> tuple[Brief, dict[str, Any]]:
    """Make the brief that will be released from the one that was built.

    Args:
        brief: as built.
        told: what was done with its findings; those of other units are left alone.

    Returns:
        The brief, and what its manifest says of the review.

    Raises:
        BriefError: a finding was built anew with other words since somebody edited or dropped it.
    """
    own = {one.code: one for one in told if one.unit == brief.head.unit}
    kept: dict[str, list[dict[str, str]]] = {"accepted": [], "edited": [], "dropped": []}
    names = {ACCEPT: "accepted", EDIT: "edited", DROP: "dropped"}
    for code, one in sorted(own.items()):
        section = next((s for s in _sections(brief) if code in _codes(s)), None)
        if one.action != ACCEPT and (section is None or words_of(brief, code) != one.before):
            raise BriefError(
                "A finding has other words than when it was edited or dropped.",
                where=f"{brief.head.unit}, {code}",
                next_step=f"Read it again, then edit or drop it anew, or `fi-workbench review undo {code}`.",
            )
        if section is not None:
            kept[names[one.action]].append(one.facts())
    parts = [
        Part(title=part.title, reading=part.reading, sections=tuple(_left(part.sections, own))) for part in brief.parts
    ]
    left = tuple(new for new, old in zip(parts, brief.parts, strict=True) if new.sections or not old.sections)
    if not left:
        raise BriefError("Every answer of this brief was dropped.", where=brief.head.unit, next_step="Recall it.")
    n_codes = sum(len(_codes(section)) for section in _sections(brief))
    return brief.model_copy(update={"parts": left}), {**kept, "not_looked_at": n_codes - len(own)}


def _left(sections: Iterable[Section], own: Mapping[str, Reviewed]) -> Iterable[Section]:
    for section in sections:
        whole = own.get(section.code) if section.code else None
        if whole is not None and whole.action == DROP:
            continue
        rest = tuple(_findings(section.rest, own))
        changed: dict[str, Any] = {"findings": tuple(_findings(section.findings, own)), "rest": rest}
        if len(rest) < len(section.rest):
            changed["rest_words"] = sentence(f"{in_words(len(rest))} more to look at") if rest else ""
        if whole is not None and whole.action == EDIT:
            changed |= {"lead": whole.after, "edited": True}
        new = section.model_copy(update=changed)
        if section.findings and not (
            new.findings or new.rest or new.lead or new.charts or any(not t.folded for t in new.tables)
        ):
            continue
        yield new


def _findings(findings: Iterable[Finding], own: Mapping[str, Reviewed]) -> Iterable[Finding]:
    for one in findings:
        done = own.get(one.code) if one.code else None
        if done is not None and done.action == EDIT:
            yield one.model_copy(update={"sentence": done.after, "edited": True})
        elif done is None or done.action != DROP:
            yield one


def _codes(section: Section) -> set[str]:
    return {code for code in (section.code, *(one.code for one in (*section.findings, *section.rest))) if code}


def _sections(brief: Brief) -> Iterable[Section]:
    for part in brief.parts:
        yield from part.sections
