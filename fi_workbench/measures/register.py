"""The registers of clocks and of a year's measures as tables: what is counted, by whose rule, and from what never."""

from __future__ import annotations

from collections.abc import Iterable

from fi_workbench.measures.clock import Clock
from fi_workbench.measures.year_measure import YearMeasure

OF_A_YEAR = (
    "Measure", "Of whom", "What is counted", "Who made it", "In force from", "Approved by", "Read from",
    "Never read from", "England", "Note",
)  # fmt: skip
HEADINGS = ("Clock", "Rule", "Who made it", "In force from", "Approved by", "Read from", "Never read from", "Note")

_APPROVED = "the workspace's settings say"


def register(clocks: Iterable[Clock]) -> str:
    """Set clocks out as a table in Markdown, in their own order.

    Args:
        clocks: as `clocks.CLOCKS`, or those of a workspace by `clocks_in_force`.
    """
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    return "\n".join([*lines, *(_line(_cells(clock)) for clock in clocks)]) + "\n"


def register_of_a_year(measures: Iterable[YearMeasure]) -> str:
    """Set the measures of a year out as a table in Markdown, in their own order.

    Args:
        measures: as `year_definitions.YEAR_MEASURES`.
    """
    lines = [_line(OF_A_YEAR), _line(["---"] * len(OF_A_YEAR))]
    return "\n".join([*lines, *(_line(_cells_of_a_year(measure)) for measure in measures)]) + "\n"


def _cells(clock: Clock) -> tuple[str, ...]:
    local = clock.authority == "local"
    return (
        clock.label,
        clock.rule,
        f"{clock.source} ({clock.authority})",
        "a local setting"
        if clock.in_force_from is None
        else f"{clock.in_force_from}{f' to {clock.in_force_to}' if clock.in_force_to else ''}",
        (clock.approved_by or _APPROVED) if local else "statute",
        _sources(clock.feeds),
        clock.never_from or "anything but these",
        clock.note or "",
    )


def _cells_of_a_year(measure: YearMeasure) -> tuple[str, ...]:
    until = f" to {measure.in_force_to}" if measure.in_force_to else ""
    return (
        measure.label,
        measure.whom,
        measure.rule,
        f"{measure.source} ({measure.authority})",
        f"{measure.in_force_from}{until}",
        _APPROVED if measure.authority == "local" else "statute",
        _sources(measure.feeds),
        measure.never_from,
        str(measure.england) if measure.england else "none given",
        measure.note,
    )


def _sources(feeds: Iterable[Iterable[str]]) -> str:
    return ", and ".join(" or ".join(group) for group in feeds)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
