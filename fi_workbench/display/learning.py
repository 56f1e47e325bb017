"""What the brief opens with: what was said of the last one, what changed because of it, and what was promised."""

from __future__ import annotations

from datetime import date

from fi_workbench.calendar import ReportingWeek
from fi_workbench.disclosure import Released
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.prose import counted, day, joined, name_of, sentence
from fi_workbench.display.released import Row, dates_of, label, rows_of, same_audience

CHANGED = "What changed because of it"
UNASKED = "What else changed"
ASKED = "You asked, we looked"
BACK = "Decided before, to look at again"
NOTES = "From other units"

BY_MAIL = (
    "Tap an answer below a finding: a message opens with its code. Send it as it is. On paper, tick it and hand it in. "
    "Write no names."
)
ON_PAPER = "Tick an answer beside a code on paper and hand it in. Write no names."
_AGO = {"after_4_weeks": "four weeks ago", "after_13_weeks": "thirteen weeks ago", "review_day": "some time ago"}


def told(feedback: Released, requests: Released, decisions: Released, notes: Released, *, by_mail: bool) -> Section:
    """Say what readers said, and what came of it.

    Args:
        feedback: `unit_feedback`.
        requests: `unit_requests`.
        decisions: `unit_finding_decisions`.
        notes: `practice_notes` of other units.
        by_mail: whether a finding can be answered by a tap.
    """
    given = (feedback, requests, decisions, notes)
    rows = rows_of(feedback, "unit_feedback")
    changed = [_changed(row) for row in rows if row["n_wrong"] or row["changed"]]
    findings = (
        *sorted(changed, key=lambda one: one.group == UNASKED),
        *(_asked(row) for row in rows_of(requests, "unit_requests")),
        *(_back(row) for row in rows_of(decisions, "unit_finding_decisions")),
        *(_note(row) for row in rows_of(notes, "practice_notes")),
    )
    audience, unit = same_audience(given)
    return Section(
        key="learning",
        audience=audience,
        unit=unit,
        lead=_lead(rows),
        findings=findings,
        notes=(BY_MAIL if by_mail else ON_PAPER,),
        dates=tuple(sorted({*dates_of(*given), *(_sunday(row) for row in rows)})),
    )


def sections_used(use: Released) -> Section:
    """Which sections of the briefs are answered; a section nobody used is proposed for removal, and stays.

    Args:
        use: `section_use`.
    """
    rows = rows_of(use, "section_use")
    unused = [name_of(row["section"]) for row in rows if row["state"] == "unused"]
    audience, unit = same_audience([use])
    table = Table(
        caption="Answers to each section in the last six released weeks",
        headings=(
            Heading(label="Section"),
            Heading(label="Weeks", numeric=True),
            Heading(label="Answers", numeric=True),
            Heading(label="Use"),
        ),
        rows=tuple(
            (
                name_of(row["section"]),
                f"{row['n_weeks_shown']:,}",
                f"{row['n_replies']:,}",
                label(use, "state", row["state"]),
            )
            for row in rows
        ),
    )
    if unused:
        lead = f"Nobody answered these for six weeks: {joined(unused)}. Think about removing them, or ask why."
    elif rows:
        lead = "No section went without an answer for six weeks while others had one."
    else:
        lead = "No brief was released before this week, so nobody can have answered one."
    return Section(
        key="sections_used",
        audience=audience,
        unit=unit,
        lead=lead,
        tables=(table,) if rows else (),
        dates=dates_of(use),
    )


def _lead(rows: list[Row]) -> str:
    if not rows:
        return "No brief of the last four weeks was released, so there is nothing to answer yet."
    last = max(row["shown_in"] for row in rows)
    own = [row for row in rows if row["shown_in"] == last]
    week = f"the brief for the week to {day(_sunday(own[0]))}"
    counts = {name: sum(row[f"n_{name}"] for row in own) for name in ("useful", "wrong", "acted_on")}
    n = sum(counts.values())
    if not n:
        return f"Nobody answered {week}."
    words = joined([f"{counts[name]} {name.replace('_', ' ')}" for name in counts if counts[name]])
    return f"{counted(n, 'answer')} came to {week}: {words}."


def _sunday(row: Row) -> date:
    """The last day of the week whose brief showed a finding."""
    return ReportingWeek.parse(row["shown_in"]).sunday


def _changed(row: Row) -> Finding:
    if row["n_wrong"]:
        said, group = "Somebody said that this was wrong.", CHANGED
    elif row["n_useful"] or row["n_acted_on"]:
        said, group = "Somebody answered this.", CHANGED
    else:
        said, group = "Nobody answered this, and we looked at it.", UNASKED
    looked = row["changed"] or "We have not looked into it yet."
    return Finding(sentence=f"{_quoted(row)} {said} {sentence(looked)}", group=group, tone="do")


def _asked(row: Row) -> Finding:
    asked = f"{sentence(row['question'])} You asked this on {day(row['asked_on'])}."
    if row["state"] == "answered":
        text = f"{asked} Here is what we found on {day(row['answered_on'])}. {sentence(row['answer'])}"
    elif row["state"] == "overdue":
        text = f"{asked} We promised an answer for {day(row['promised_on'])} and do not have it yet."
    else:
        text = f"{asked} You will have an answer by {day(row['promised_on'])}."
    return Finding(sentence=text, group=ASKED, tone="good" if row["state"] == "answered" else "do")


def _back(row: Row) -> Finding:
    when = f"The {row['role']} decided this {_AGO[row['why_now']]}, on {day(row['decided_on'])}."
    text = f"{sentence(row['decision'])} {when} It was about this. {_quoted(row)} Did it help?"
    return Finding(sentence=text, group=BACK, tone="do")


def _quoted(row: Row) -> str:
    """A finding as it was shown; each of its sentences stays one, so that none grows too long to be read."""
    return f"“{row['sentence'].rstrip('.')}”."


def _note(row: Row) -> Finding:
    return Finding(sentence=sentence(row["text"]), title=row["title"], usual=row["from_name"], group=NOTES, tone="good")
