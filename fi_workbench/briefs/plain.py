"""A brief as plain text: for a braille line, a voice, a terminal, or a message to oneself. Nothing is folded away.

The same object as the page and the paper, in the same order; a chart is told by its words and its numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fi_workbench.briefs.model import Brief, Part
from fi_workbench.display.model import Chart, Finding, Section, Table

EDITED = " (An analyst changed this sentence.)"
AGAIN = "Also in last week's brief."


def brief_text(brief: Brief, *, banner: str = "") -> bytes:
    """A brief as text in UTF-8, a paragraph a line, so that every screen breaks lines for itself.

    Args:
        brief: the brief.
        banner: a warning at its beginning, for the last good brief of a week that was held.
    """
    head = brief.head
    opening = (
        *_titled(head.title, "="),
        head.authority,
        head.week_words,
        banner,
        "Synthetic data: nobody in this brief is real." if head.synthetic else "",
        brief.trust.lead,
        head.audience_words,
    )
    closing = (
        f"Wrong, or not useful? Tell {head.contact}. They can also give you this brief in another form.",
        *(f"{name}: {value}" for name, value in brief.made_from.facts.items()),
    )
    blocks = [_lines(opening), *("".join(_part(part)) for part in brief.parts), _lines(closing)]
    return "\n".join(blocks).encode()


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines if line)


def _titled(title: str, mark: str) -> tuple[str, str]:
    return title, mark * len(title)


def _part(part: Part) -> Iterator[str]:
    yield _lines((*_titled(part.title, "-"), *part.reading))
    for section in part.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield _lines((section.lead + (EDITED if section.edited and section.lead else ""),))
    yield from _findings(section.findings)
    if section.rest:
        yield _lines((section.rest_words,))
        yield from _findings(section.rest)
    if section.question:
        yield _lines((f"A question for group supervision: {section.question}",))
    for chart in section.charts:
        yield from _chart(chart)
    for table in section.tables:
        yield from _table(table)
    yield _lines((*section.notes, f"Code {section.code}" if section.code else ""))


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    group = ""
    for one in findings:
        if one.group != group:
            group = one.group
            yield _lines((f"{group}:" if group else "",))
        told = (
            one.sentence + (EDITED if one.edited else ""),
            AGAIN if one.again else "",
            f"{one.between}." if one.between else "",
            one.to_do,
            f"{one.source}." if one.source else "",
            f"{one.as_of}." if one.as_of else "",
            f"Code {one.code}." if one.code else "",
        )
        yield f"- {' '.join(part for part in told if part)}\n"


def _chart(chart: Chart) -> Iterator[str]:
    yield _lines((chart.title, chart.measure))
    yield from _table(chart.table)


def _table(table: Table) -> Iterator[str]:
    """Each row names its columns, so that it can be heard without the row of headings."""
    yield _lines((f"{table.caption}:",))
    for row in table.rows:
        first, *rest = zip(table.headings, row, strict=True)
        named = [f"{heading.label}: {cell.removesuffix('.')}" for heading, cell in rest]
        yield f"- {'; '.join([first[1].removesuffix('.'), *named])}\n"
    yield _lines(table.notes)
