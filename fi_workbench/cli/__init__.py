"""The command line: parse, call, print. The only reader of the environment and the clock, and the only printer."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

from fi_workbench import chart_engine
from fi_workbench.errors import EXIT_INTERRUPTED

COLLECTING = (10_000, 20, 20)
"""What is imported stays. Looking through it for what may go, as often as Python does, took a tenth of a second."""
DRAWS, DRAWS_NOTHING = "briefs", frozenset({"-h", "--help", "--dry-run"})
"""The command that draws charts, and options with which it does not."""
STOPPING = ("SIGTERM", "SIGHUP")
"""A scheduler that stops a run, and a terminal that is closed; what a system does not have is left out."""


def main() -> None:
    """Run a command; a person's mistake ends in a sentence and an exit code, never in a traceback."""
    _open_streams()
    gc.set_threshold(*COLLECTING)
    try:
        if DRAWS in sys.argv[1:2] and not DRAWS_NOTHING & set(sys.argv):
            chart_engine.start_early()
        _stop_as_a_person_does()
        from fi_workbench.cli.rim import guarded

        code = guarded(sys.argv[1:])
    except KeyboardInterrupt:  # before the command began
        sys.stderr.write("Stopped. Nothing was done.\n")
        code = EXIT_INTERRUPTED
    sys.exit(code)


def _open_streams() -> None:
    """Open upon nothing what was closed of input, output and errors, as some schedulers start a program.

    Else whatever is opened next takes the number of a stream, and libraries that write there write into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115 - never closed
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _stop_as_a_person_does() -> None:
    """Let what stops a run from outside do what Ctrl-C does, so that the lock goes and nothing is left lying."""
    for name in STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # not what nohup has switched off
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals call
    for name in STOPPING:  # once is enough: a second would stop the clearing up
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise KeyboardInterrupt
