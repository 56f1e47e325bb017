"""What a notebook calls that a scheduler runs: the weekly command, in a process of its own, and how it ended."""

from __future__ import annotations

import shlex
import subprocess

from fi_workbench.errors import EXIT_WAITS, WorkbenchError, WrongUseError

DONE, WAITS = "Done.", "Done, and something waits for a person."
LAST_LINES = 20
"""So much of what a command said is told again where it failed."""


def run(command: str) -> str:
    """Run the weekly command, show what it says, and tell how it ended.

    Args:
        command: the program and its arguments, as a shell reads them.

    Returns:
        `DONE`, or `WAITS` where something waits for a person.

    Raises:
        WrongUseError: there is no such program, or the command cannot be read.
        WorkbenchError: it ended otherwise; with its last words, which name nobody.

    Example:
        >>> import sys
        >>> run(f'"{sys.executable}" -c "raise SystemExit(3)"')
        'Done, and something waits for a person.'
    """
    try:
        # What is run stands in the file that a person gave to the scheduler.
        process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except (OSError, IndexError, ValueError):
        raise WrongUseError(
            "The weekly command could not be started.",
            where=command or "no command was given",
            next_step="Write the scheduler's file again with `fi-workbench schedule`.",
        ) from None
    said: list[str] = []
    with process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        for line in process.stdout:
            print(line, end="")  # noqa: T201 - the notebook's output is the record of the run
            said = [*said, line][-LAST_LINES:]
    if process.returncode == 0:
        return DONE
    if process.returncode == EXIT_WAITS:
        return WAITS
    raise WorkbenchError(
        "The week was not made.",
        where=f"exit code {process.returncode}",
        how_many="".join(said).strip() or "nothing was said",
        next_step="Do what it says, then start it again: it goes on from where it stopped.",
    )
