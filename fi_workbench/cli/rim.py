"""Where the world comes in: environment, clock, terminal, and what a person sees when something is wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from fi_workbench.cli.reporter import RichReporter
from fi_workbench.errors import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    DiskFullError,
    WorkbenchError,
    WrongUseError,
)


def screen(*, stderr: bool = False) -> Console:
    """A stream that shows words as they were written: what people write in brackets or between colons is no command."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


@dataclass
class Rim:
    """What one command knows of the world outside."""

    workspace: Path
    as_json: bool
    debug: bool
    out: Console = field(default_factory=screen)
    err: Console = field(default_factory=lambda: screen(stderr=True))

    @contextmanager
    def reporter(self) -> Iterator[RichReporter]:
        """Progress on the error stream, so that what is printed can be piped."""
        with RichReporter(self.err, quiet=self.as_json) as reporter:
            yield reporter

    def show(self, text: str, facts: dict[str, Any] | None = None) -> None:
        """Print for people, or the same facts for machines."""
        if self.as_json:
            _write(facts or {"message": text})
        else:
            self.out.print(text)

    @property
    def host(self) -> str:
        """Whose lock it is."""
        return socket.gethostname()

    @property
    def pid(self) -> int:
        """Which process's lock it is."""
        return os.getpid()


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def default_workspace() -> Path:
    """`FI_WORKSPACE`, or the folder `workspace`."""
    return Path(os.environ.get("FI_WORKSPACE", "workspace"))


def guarded(arguments: Sequence[str]) -> int:
    """Run a command and turn what goes wrong into a message and an exit code."""
    from fi_workbench.cli.app import app

    err = screen(stderr=True)
    _say_what_can_be_said()
    try:
        result = app(args=list(arguments), standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        result = EXIT_INTERRUPTED
    except typer.TyperException as error:
        say = getattr(error, "format_message", error.__str__)
        wrong = WrongUseError(
            say(), next_step="`fi-workbench --help` lists commands, `fi-workbench COMMAND --help` options."
        )
        return _tell(err, wrong, arguments)
    except BrokenPipeError:  # whoever read the output has read enough
        _close_output()
        return EXIT_FAILED
    except (WorkbenchError, OSError) as error:
        return _tell(err, error if isinstance(error, WorkbenchError) else _explain(error), arguments)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of ours, told without values
        return _own_fault(err, error, debug="--debug" in arguments)
    if result == EXIT_INTERRUPTED:  # typer makes an exit code of an interrupt, and says nothing
        with suppress(OSError):  # the terminal that was closed
            err.print("Stopped. What was done stays done; the same command goes on from there.")
    return result if isinstance(result, int) else EXIT_DONE


def _own_fault(err: Console, error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    err.print(
        f"This is a fault in the workbench itself ({type(error).__name__} in {Path(place.filename).name}, "
        f"line {place.lineno}), not something you did.\nNothing half-done is visible. "
        "Run it again with --debug and give the result to whoever looks after the workbench; "
        "look through it first, as it may show records."
    )
    return EXIT_FAILED


def _tell(err: Console, error: WorkbenchError, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        facts = {
            "error": type(error).__name__,
            "what": error.what,
            "where": error.where,
            "how_many": error.how_many,
            "next_step": error.next_step,
        }
        try:
            _write(facts)
        except OSError:  # what it says may be that there is no room for output
            _close_output()
            err.print(str(error))
    else:
        err.print(str(error))
    return error.exit_code


def _write(facts: Mapping[str, Any]) -> None:
    """One line of output for machines, which is out when this returns."""
    sys.stdout.write(json.dumps(facts, default=str, sort_keys=True) + "\n")
    sys.stdout.flush()


def _close_output() -> None:
    """Send what was not written to nowhere, so that Python does not try again, and complain, while it ends."""
    with suppress(OSError, ValueError):  # a stream without a file, as in a notebook
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say_what_can_be_said() -> None:
    """Write another character for one that the output cannot hold, as on an old Windows screen, and do not fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _explain(error: OSError) -> WorkbenchError:
    if error.errno == errno.ENOSPC:
        if error.filename and Path(str(error.filename)).is_relative_to(tempfile.gettempdir()):
            return DiskFullError(
                "The folder for temporary files is full. What stood before still stands.",
                next_step="Make room there or set TMPDIR to a folder that has room, then run the same command.",
            )
        return DiskFullError(
            "The disk is full. What stood before still stands.", next_step="Make room, then run the same command."
        )
    if isinstance(error, PermissionError):
        return WrongUseError(
            "A file or folder may not be read or written.",
            where=Path(str(error.filename or "")).name,
            next_step="Ask for the permission, or use another folder.",
        )
    if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
        return WrongUseError(
            "A file or folder is not there, or is not what it should be.",
            where=Path(str(error.filename or "")).name,
            next_step="Check the name.",
        )
    if error.errno == errno.EFBIG:
        return WorkbenchError(
            "A file would be larger than files may be here. What stood before still stands.",
            next_step="Raise the limit (see `ulimit -f`), then run the same command.",
        )
    return WorkbenchError(f"The operating system refused ({type(error).__name__}).", next_step="Run it again.")
