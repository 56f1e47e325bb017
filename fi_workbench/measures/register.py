"""The register of clocks as a table: for the page that says what is counted, by whose rule, and what is not there."""

from __future__ import annotations

from collections.abc import Iterable

from fi_workbench.measures.clock import Clock

HEADINGS = ("Clock", "Rule", "Who made it", "In force from", "Approved by", "Read from", "Never read from", "Note")


def register(clocks: Iterable[Clock]) -> str:
    """Set clocks out as a table in Markdown, in their own order.

    Args:
        clocks: as `clocks.CLOCKS`, or those of a workspace by `clocks_in_force`.
    """
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    return "\n".join([*lines, *(_line(_cells(clock)) for clock in clocks)]) + "\n"


def _cells(clock: Clock) -> tuple[str, ...]:
    local = clock.authority == "local"
    return (
        clock.label,
        clock.rule,
        f"{clock.source} ({clock.authority})",
        "a local setting"
        if clock.in_force_from is None
        else f"{clock.in_force_from}{f' to {clock.in_force_to}' if clock.in_force_to else ''}",
        (clock.approved_by or "the workspace's settings say") if local else "statute",
        ", and ".join(" or ".join(group) for group in clock.feeds),
        clock.never_from or "anything but these",
        clock.note or "",
    )


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
