"""How long work shows on a screen: bars on a terminal, plain lines elsewhere, nothing at all for machines."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class RichReporter:
    """Bars on a terminal; lines for each piece of work and each product where nobody can see a bar move."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._bars = console.is_terminal and not quiet
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._bars,
        )
        self._tasks: list[TaskID] = []

    def __enter__(self) -> Self:
        """Take the bottom lines of the terminal."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back."""
        self._progress.stop()

    def start(self, label: str, total: int | None = None) -> None:
        """Begin a piece of work."""
        self._tasks.append(self._progress.add_task(label, total=total))
        if not self._bars:
            self.say(f"{label} …" if total is None else f"{label} … ({total})")

    def advance(self, steps: int = 1) -> None:
        """Move the latest bar."""
        if self._tasks:
            self._progress.advance(self._tasks[-1], steps)

    def ended(self, name: str, problem: str = "") -> None:
        """Move the latest bar, and say what failed; where there are no bars, also what was made."""
        self.advance()
        if problem or not self._bars:
            task = self._progress.tasks[-1]
            of = "" if task.total is None else f" of {task.total:.0f}"
            what = f"failed: {problem}" if problem else "made"
            self.say(f"{task.description} {task.completed:.0f}{of}: {name} {what}")

    def finish(self) -> None:
        """End the latest piece."""
        if self._tasks:
            self._progress.remove_task(self._tasks.pop())

    def say(self, message: str) -> None:
        """Show one line."""
        if not self._quiet:
            self._console.print(message, highlight=False, markup=False)
