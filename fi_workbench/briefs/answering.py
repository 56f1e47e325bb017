"""How a finding is answered: its code, and links that open a message which holds the code and the answer alone.

No server, no script, no free text: a link of `mailto:` where the settings name a mailbox, boxes to tick on paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import partial
from typing import Any
from urllib.parse import quote

from fi_workbench.briefs.handing import WeekLake
from fi_workbench.briefs.model import Brief
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display import Answer, Finding, Section
from fi_workbench.learning import KINDS, Learning, learn
from fi_workbench.learning.codes import finding_code, finding_key
from fi_workbench.learning.replies import ANSWERS, SUBJECT
from fi_workbench.settings import WHOLE_AUTHORITY, Settings
from fi_workbench.store import Pin

NOT_ASKED = frozenset({"trust", "learning", "limits", "sources"})
"""Sections that are about the brief itself: nobody is asked whether they were useful."""


def answerable(section: Section, *, unit: str, week: str, address: str, shown: Collection[str] = ()) -> Section:
    """Give each finding of a section its feedback code; a section without findings has one as a whole.

    A change that the brief of the week before told, too, is marked: a reader who has seen it knows what is new.

    Args:
        section: the answer to one question.
        unit: whose brief it stands in.
        week: as 2026-W47.
        address: the mailbox for answers; empty for none.
        shown: codes of the unit's released briefs of the weeks before.

    Returns:
        The same with codes; sections about the brief itself, and those that say nothing, as they are.
    """
    if section.key in NOT_ASKED or not _says(section):
        return section
    seen: Counter[str] = Counter()
    week_before = str(ReportingWeek.parse(week).shift(-1))

    def coded(one: Finding) -> Finding:
        if one.tone == "plain" and not one.stands_out:
            return one
        key = finding_key(one.key, one.sentence)
        seen[key] += 1
        number = f"#{seen[key]}" if seen[key] > 1 else ""
        code_in = partial(finding_code, unit=unit, section=section.key, finding=f"{key}{number}")
        code = code_in(week=week)
        again = one.is_change and code_in(week=week_before) in shown
        told = {"code": code, "answers": answers_to(code, address), "key": key, "again": again}
        return one.model_copy(update=told)

    changed: dict[str, Any] = {name: tuple(map(coded, getattr(section, name))) for name in ("findings", "rest")}
    if not seen:
        code = finding_code(unit=unit, week=week, section=section.key, finding="")
        changed |= {"code": code, "answers": answers_to(code, address)}
    return section.model_copy(update=changed)


def _says(section: Section) -> bool:
    """Whether there is anything in it that somebody could answer."""
    return bool(section.lead or section.findings or section.rest or section.charts or section.tables)


def answers_to(code: str, address: str) -> tuple[Answer, ...]:
    """The three links of a code; none without a mailbox."""
    if not address:
        return ()
    return tuple(
        Answer(label=label, href=f"mailto:{address}?subject={quote(f'{SUBJECT} {code} {label.lower()}')}")
        for label in ANSWERS.values()
    )


def learnt(lake: WeekLake, pin: Pin | None, week: ReportingWeek, settings: Settings) -> Learning:
    """All that readers had said by a pin, as the products of a week tell it.

    Args:
        lake: the lake.
        pin: what was known; None is everything until now.
        week: the week whose products open with it.
        settings: for the units and their names.

    Returns:
        The tables of the room `learning`: `practice_notes` are for every unit, the others by unit.
    """
    units = {one.code: one.name for one in settings.units}
    units[WHOLE_AUTHORITY] = settings.unit_name(WHOLE_AUTHORITY)
    return learn({kind: lake.decisions(kind, pin) for kind in KINDS}, week=week, units=units)


def codes_of(brief: Brief) -> dict[str, dict[str, str]]:
    """Every code of a brief, with what the register of codes keeps of it: unit, section, finding and its words."""
    found: dict[str, dict[str, str]] = {}
    for part in brief.parts:
        for section in part.sections:
            told = {"unit": brief.head.unit, "section": section.key}
            if section.code:
                found[section.code] = {**told, "finding": "", "sentence": part.title}
            for one in (*section.findings, *section.rest):
                if one.code:
                    found[one.code] = {**told, "finding": one.key, "sentence": one.sentence}
    return dict(sorted(found.items()))
