"""How long work tells that it is getting on: an object passed down from the rim, silent by default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Reporter(Protocol):
    """What work may say while it runs; the command line shows it as bars on a terminal and lines elsewhere."""

    def start(self, label: str, total: int | None = None) -> None:
        """Begin a piece of work of `total` steps (unknown when None)."""

    def advance(self, steps: int = 1) -> None:
        """Some steps of the latest piece are done."""

    def ended(self, name: str, problem: str = "") -> None:
        """One product of the latest piece is made, or has failed: a step that a person wants to be told of."""

    def finish(self) -> None:
        """The latest piece is done."""

    def say(self, message: str) -> None:
        """One line for the person watching; never a person's values."""


class Silent:
    """Say nothing: what functions use when nobody watches."""

    def start(self, label: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""

    def ended(self, name: str, problem: str = "") -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def say(self, message: str) -> None:
        """Do nothing."""


SILENT: Reporter = Silent()


def track(items: Iterable[Item], label: str, reporter: Reporter) -> Iterator[Item]:
    """Yield the items, telling the reporter of each."""
    reporter.start(label, len(items) if isinstance(items, Sized) else None)
    try:
        for item in items:
            yield item
            reporter.advance()
    finally:
        reporter.finish()
