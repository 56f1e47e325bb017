"""The brief on paper: a tagged PDF of the same object, made without a browser and the same bytes every time.

Source:
    PDF/UA-1 (ISO 14289-1), as far as Typst enforces it: language, title, tags, and no picture without words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fi_workbench.briefs.characters import all_printed, facts_on_paper
from fi_workbench.briefs.model import Brief
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.pictures import draw
from fi_workbench.errors import BriefError
from fi_workbench.resources import shipped

TEMPLATE, NOTICE = "unit_brief.typ", "notice.typ"
BLANK, BLANKS = "blank.typ", 10
PAGES = 3
"""A team meeting reads so many pages. A longer paper is set tighter where that saves one: often its last is a line."""
_COUNT = re.compile(rb"/Type\s*/Pages\s*/Count (\d+)")
_FAMILY = re.compile(r'font-family="[^"]*"')


def brief_paper(brief: Brief) -> bytes:
    """A brief as a PDF for A4.

    Args:
        brief: the brief.

    Returns:
        The PDF; its date is the last day of the week, so that the same brief is the same bytes.

    Raises:
        BriefError: it cannot be set, for instance for want of words for a picture.
    """
    sunday = ReportingWeek.parse(brief.head.week).sunday
    facts: dict[str, Any] = {**brief.model_dump(mode="json"), "date": sunday.isoformat()}
    for part, told in zip(brief.parts, facts["parts"], strict=True):
        for section, shown in zip(part.sections, told["sections"], strict=True):
            for chart in shown["charts"]:
                _draw(chart)
            for finding, words in zip(section.findings, shown["findings"], strict=True):
                words |= {"top": finding.top, "between": finding.between}
    made = _set(TEMPLATE, "brief", {**facts, "tight": False}, sunday)
    if _pages(made) <= PAGES:
        return made
    tight = _set(TEMPLATE, "brief", {**facts, "tight": True}, sunday)
    return tight if _pages(tight) < _pages(made) else made


def _pages(paper: bytes) -> int:
    """How many pages Typst says that it made."""
    told = _COUNT.search(paper)
    return int(told[1]) if told else 0


def notice_paper(*, title: str, authority: str, texts: Sequence[str], on: date) -> bytes:
    """A notice as a PDF for A4, where a brief was.

    Raises:
        BriefError: it cannot be set.
    """
    facts = {"title": title, "authority": authority, "texts": list(texts), "date": on.isoformat()}
    return _set(NOTICE, "notice", facts, on)


def _set(template: str, name: str, facts: Mapping[str, Any], on: date) -> bytes:
    """Set a paper of a template's facts, which it knows by a name.

    A character that its letters lack comes from a partner's list or the settings, and keeps no unit's brief back.
    """
    written = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    if not all_printed(written):
        written = json.dumps(facts_on_paper(facts), sort_keys=True, ensure_ascii=False)
    try:
        made = _press(template).compile(
            format="pdf",
            sys_inputs={name: written},
            pdf_standards="ua-1",
            timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
        )
    except RuntimeError as error:
        raise BriefError(
            f"The {name} cannot be set on paper.",
            where=f"{template}: {type(error).__name__}",
            next_step="Use the page.",
        ) from None
    if not isinstance(made, bytes):
        raise BriefError(f"The {name} cannot be set on paper.", where=template)
    return made


def forget_papers() -> None:
    """Let Typst forget the papers before the last few, for a process that sets many.

    It keeps every part of a paper that was needed in its last ten settings, and a blank page is a setting.
    """
    for _ in range(BLANKS):
        _press(BLANK).compile(format="svg")


def warm_press() -> None:
    """Read the fonts and the template beforehand, in a process that sets papers later."""
    _press(TEMPLATE)
    forget_papers()


@cache
def _press(template: str) -> Any:
    """What sets papers: it reads the fonts and the template once in a process."""
    import typst  # noqa: PLC0415 - only the exporter needs it
    from fontpkg_atkinson_hyperlegible import ROOT  # noqa: PLC0415

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(ROOT) / "files"])
    return typst.Compiler(shipped("templates") / "brief" / template, font_paths=fonts, ignore_system_fonts=True)


def _draw(chart: dict[str, Any]) -> None:
    """Put the page's own drawing in the place of its specification, with the paper's letters."""
    spec = chart.pop("spec")
    chart["svg"] = _FAMILY.sub('font-family="Atkinson Hyperlegible"', draw(spec))
