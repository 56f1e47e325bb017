"""What a person sees of long work: a bar on a terminal, a line for each product in a log, nothing beside `--json`."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from fi_workbench.cli.reporter import RichReporter


def shown(*, terminal: bool, quiet: bool = False) -> str:
    """What three briefs of which one fails leave on the error stream, with stages around them."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, soft_wrap=True, color_system=None)
    with RichReporter(console, quiet=quiet) as reporter:
        reporter.start("Stages", 2)
        reporter.advance()
        reporter.start("Briefs", 3)
        reporter.ended("Tyne")
        reporter.ended("Wear [north]", "cell 3: KeyError")
        reporter.ended("Tees")
        reporter.finish()
        reporter.start("Worklists")
        reporter.ended("Tyne")
        reporter.finish()
        reporter.advance()
        reporter.finish()
    return stream.getvalue()


def test_a_log_has_one_plain_line_for_each_product_as_it_ends() -> None:
    assert shown(terminal=False).splitlines() == [
        "Stages … (2)",
        "Briefs … (3)",
        "Briefs 1 of 3: Tyne made",
        "Briefs 2 of 3: Wear [north] failed: cell 3: KeyError",
        "Briefs 3 of 3: Tees made",
        "Worklists …",
        "Worklists 1: Tyne made",
    ]


def test_a_terminal_shows_a_bar_and_says_only_what_failed() -> None:
    told = shown(terminal=True)
    assert "Briefs 2 of 3: Wear [north] failed: cell 3: KeyError" in told
    assert " made" not in told
    assert "\x1b" in told  # a bar is drawn over


@pytest.mark.parametrize("terminal", [True, False])
def test_machines_are_told_nothing(terminal: bool) -> None:
    assert not shown(terminal=terminal, quiet=True).strip()
