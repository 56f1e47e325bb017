"""Tables and sections of pages that set out figures: what reviews of groupings and the evidence share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Chart, Finding, Heading, Section, Table
from fi_workbench.display.released import rows_of, same_audience


def table_of(
    caption: str,
    labels: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    *,
    text: set[int] | None = None,
    notes: tuple[str, ...] = (),
    folded: bool = False,
) -> Table:
    """A table whose columns after the first are numbers, but for those named as text."""
    words = {0, *(text or set())}
    headings = tuple(Heading(label=label, numeric=at not in words) for at, label in enumerate(labels))
    return Table(caption=caption, headings=headings, rows=tuple(rows), notes=notes, folded=folded)


def section_of(
    key: str,
    released: Sequence[Released],
    *,
    lead: str,
    findings: Sequence[Finding] = (),
    charts: Sequence[Chart] = (),
    tables: Sequence[Table] = (),
    notes: Sequence[str] = (),
    level: Literal["good", "care", "stop", ""] = "",
    dates: Sequence[date] = (),
) -> Section:
    """A section for the one audience that its rows were released for."""
    audience, unit = same_audience(released)
    return Section(
        key=key,
        audience=audience,
        unit=unit,
        lead=lead,
        findings=tuple(findings),
        charts=tuple(charts),
        tables=tuple(tables),
        notes=tuple(notes),
        level=level,
        dates=tuple(dates),
    )


def titles_of(questions: Released) -> dict[str, str]:
    """The title of each question."""
    return {str(row["question"]): str(row["title"]) for row in rows_of(questions, "evidence_questions")}


def of_hundred(value: float | None) -> str:
    """A share as so many of 100; a dash where it is not known."""
    return "–" if value is None else f"{100 * value:.0f} of 100"
