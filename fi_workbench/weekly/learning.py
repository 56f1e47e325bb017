"""What people write down of briefs: decisions, requests, notes; looked through for people, with name and day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl

from fi_workbench.briefs import answering
from fi_workbench.briefs.characters import check_printable
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.wording import faults_of_text
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import DisclosureError, WrongUseError
from fi_workbench.learning import Learning
from fi_workbench.learning.asked import ANSWERED, ASKED, REQUEST, WITHDRAWN, next_number, open_request, requests
from fi_workbench.learning.codes import read_code
from fi_workbench.learning.decided import FINDING_DECISION, first_review
from fi_workbench.learning.notes import NOTE, PASSED_ON, known_notes, read_note
from fi_workbench.learning.told import CODES, RESPONSE, findings_shown
from fi_workbench.settings import WHOLE_AUTHORITY
from fi_workbench.store import AuditLog
from fi_workbench.weekly.feedback import KEPT_APART, REASON, kept_apart_files, people_in
from fi_workbench.weekly.workspace import Workspace


def respond(workspace: Workspace, code: str, changed: str, *, by: str, at: datetime) -> str:
    """Write down what changed because of what was said of a finding; the next brief opens with it.

    Raises:
        WrongUseError: no name or no text, or a code of no released brief.
        DisclosureError: the text holds somebody.
    """
    known = _known_code(workspace, code)
    text = _text(workspace, changed, "--changed")
    return _decide(workspace, RESPONSE, known, {"changed": text}, by=by, at=at)


def decide_finding(
    workspace: Workspace, code: str, decision: str, *, role: str, review_on: date | None, by: str, at: datetime
) -> date:
    """Write down what was decided on a finding; it comes back after 4 and 13 weeks, and on its review day.

    Returns:
        The review day.

    Raises:
        WrongUseError: no name, role or text; a code of no released brief; a review day that has passed.
        DisclosureError: a text holds somebody.
    """
    known = _known_code(workspace, code)
    review = review_on or first_review(at.date())
    if review <= at.date():
        raise WrongUseError("The review day must lie ahead.", where="--review-on")
    told = {
        "decision": _text(workspace, decision, "the decision"),
        "role": _text(workspace, role, "--role", label=True),
        "review_on": review.isoformat(),
    }
    _decide(workspace, FINDING_DECISION, known, told, by=by, at=at)
    return review


def add_request(workspace: Workspace, unit: str, question: str, *, promised: date, by: str, at: datetime) -> str:
    """Write down what a unit asked and until when it will have an answer; return the request's number.

    Raises:
        WrongUseError: no name or question, no such unit, one that has no brief to say it in, or a promise for a day
            that has passed.
        DisclosureError: the question holds somebody.
    """
    _known_unit(workspace, unit)
    if unit == WHOLE_AUTHORITY:
        raise WrongUseError(
            "The authority as a whole has no brief that would say when it is answered.",
            where=unit,
            next_step="Write it down for each unit that asked: " + ", ".join(_units(workspace)),
        )
    if promised < at.date():
        raise WrongUseError("An answer can only be promised for a day ahead.", where="--by-day")
    number = next_number(workspace.lake.decisions(REQUEST), "R")
    told = {
        "action": ASKED,
        "unit": unit,
        "question": _text(workspace, question, "the question"),
        "asked_on": at.date().isoformat(),
        "promised_on": promised.isoformat(),
    }
    return _decide(workspace, REQUEST, number, told, by=by, at=at)


def answer_request(workspace: Workspace, number: str, answer: str, *, by: str, at: datetime) -> str:
    """Write down what was found; the unit's next briefs say it. A second answer takes the place of the first.

    Returns:
        The request's number as it is kept.

    Raises:
        WrongUseError: no name or answer, or no such request.
        DisclosureError: the answer holds somebody.
    """
    number = _number(number)
    open_request(workspace.lake.decisions(REQUEST), number)
    told = {"action": ANSWERED, "answer": _text(workspace, answer, "the answer"), "answered_on": at.date().isoformat()}
    return _decide(workspace, REQUEST, number, told, by=by, at=at)


def withdraw_request(workspace: Workspace, number: str, *, by: str, at: datetime) -> str:
    """Take a request back, such as one asked by mistake; it stays in the table of decisions.

    Returns:
        The request's number as it is kept.

    Raises:
        WrongUseError: no name, or no such request.
    """
    number = _number(number)
    open_request(workspace.lake.decisions(REQUEST), number)
    return _decide(workspace, REQUEST, number, {"action": WITHDRAWN}, by=by, at=at)


def list_requests(workspace: Workspace, *, unit: str | None = None) -> pl.DataFrame:
    """Every request with its promised and answered dates, oldest first. GRAIN one row per request.

    Raises:
        WrongUseError: there is no such unit, and never was one that asked.
    """
    schema = {
        "request": pl.String(),
        "unit": pl.String(),
        "asked_on": pl.Date(),
        "promised_on": pl.Date(),
        "answered_on": pl.Date(),
        "question": pl.String(),
        "answer": pl.String(),
    }
    known = requests(workspace.lake.decisions(REQUEST))
    rows = [{**dict.fromkeys(schema), **told, "request": number} for number, told in known.items()]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    if unit is None:
        return frame
    own = frame.filter(pl.col("unit") == unit)
    if own.is_empty():
        _known_unit(workspace, unit)
    return own


def pass_on_note(workspace: Workspace, unit: str, path: Path, *, by: str, at: datetime) -> str:
    """Pass a unit's practice note on to the others; return the note's number.

    Raises:
        WrongUseError: no name, no such unit, or not a note.
        DisclosureError: the note holds somebody; it was not kept.
    """
    _known_unit(workspace, unit)
    title, text = read_note(path)
    number = next_number(workspace.lake.decisions(NOTE), "N")
    told = {
        "action": PASSED_ON,
        "unit": unit,
        "title": _text(workspace, title, path.name, label=True),
        "text": _text(workspace, text, path.name),
    }
    return _decide(workspace, NOTE, number, told, by=by, at=at)


def withdraw_note(workspace: Workspace, number: str, *, by: str, at: datetime) -> str:
    """Take a note back: later briefs do not show it.

    Returns:
        The note's number as it is kept.

    Raises:
        WrongUseError: no name, or no such note.
    """
    number, known = _number(number), known_notes(workspace.lake.decisions(NOTE))
    if number not in known:
        raise WrongUseError("There is no such note.", where=number, next_step=f"Notes: {', '.join(known) or 'none'}.")
    return _decide(workspace, NOTE, number, {"action": WITHDRAWN}, by=by, at=at)


def learnt(workspace: Workspace, week: ReportingWeek) -> Learning:
    """All that was said until now, as a brief of this week would say it; for the analyst."""
    return answering.learnt(workspace.lake, None, week, workspace.settings)


def waiting(workspace: Workspace, latest: date | None, *, today: date) -> list[str]:
    """What readers wait for: answers promised, findings called wrong, sections that nobody answers.

    Args:
        workspace: an open workspace.
        latest: the last day that an extract covers; None where nothing was loaded.
        today: a promise is kept until its day is over.
    """
    if latest is None:  # nothing was loaded, so nothing was ever shown
        return []
    known = learnt(workspace, ReportingWeek.of(latest).shift(1))
    wrong = known.unit_feedback.filter(pl.col("n_wrong") > 0, pl.col("changed").is_null()).height
    asked = requests(workspace.lake.decisions(REQUEST))
    late = [n for n, one in asked.items() if "answered_on" not in one and one["promised_on"] < today]
    unused = known.section_use.filter(pl.col("state") == "unused")["section"].to_list()
    told = []
    apart = len(kept_apart_files(workspace))
    if apart:
        told.append(f"Replies kept apart: {apart:,} files in {KEPT_APART.as_posix()}. Read them, then delete them.")
    if wrong:
        told.append(
            f"Findings called wrong: {wrong:,}. Nobody has said what changed (`fi-workbench feedback show`, "
            "then `feedback respond`)."
        )
    told += [f"{number} was promised an answer that has not come (`fi-workbench request list`)." for number in late]
    told += [f"Nobody answered the section {name} for six weeks: think about removing it." for name in unused]
    return told


def _decide(workspace: Workspace, kind: str, subject: str, told: dict[str, str], *, by: str, at: datetime) -> str:
    check_named(by)
    AuditLog(workspace.folder).write(by, f"wrote down a {kind.replace('_', ' ')}", at=at, about=subject)
    workspace.lake.decide(kind, subject, told, by=by, reason=REASON, at=at)
    return subject


def _known_code(workspace: Workspace, code: str) -> str:
    known = read_code(code)
    if known is None:
        raise WrongUseError(
            "This is no feedback code, or it was mistyped.", where="code", next_step="Codes look like Q74HF0V3."
        )
    if known not in findings_shown(workspace.lake.decisions(CODES))["code"].to_list():
        raise WrongUseError("No released brief has this code.", where=known, next_step="Look at the brief again.")
    return known


def _known_unit(workspace: Workspace, unit: str) -> None:
    known = [WHOLE_AUTHORITY, *_units(workspace)]
    if unit not in known:
        raise WrongUseError("There is no such unit.", where=unit, next_step="Units: " + ", ".join(known))


def _number(typed: str) -> str:
    """The number of a request or note, as people type it: R-12 or r-12."""
    return typed.strip().upper()


def _units(workspace: Workspace) -> list[str]:
    return [one.code for one in workspace.settings.units]


def _text(workspace: Workspace, text: str, where: str, *, label: bool = False) -> str:
    """A person's words on one line, looked through for everybody the authority knows.

    It is read for plain words too, unless it is a label: a brief with words that are not plain would be held.
    Dates are looked at as strictly as names: people write of weeks without their birthdays.
    """
    plain = " ".join(text.split())
    if not plain:
        raise WrongUseError("There is no text.", where=where)
    check_printable(plain, where)
    kinds = list(people_in(workspace)(plain))
    if kinds:
        raise DisclosureError(
            f"The text holds {', '.join(kinds)}.", where=where, next_step="Say it without any person; nothing was kept."
        )
    faults = [] if label else faults_of_text(plain)
    if faults:
        raise WrongUseError(
            f"The text is not plain enough for a brief: it has {'; '.join(faults)}.",
            where=where,
            next_step="Use shorter sentences and plainer words; nothing was kept.",
        )
    return plain
