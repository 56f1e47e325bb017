"""The command line: parse, call, print. The only reader of the environment and the clock, and the only printer."""

from __future__ import annotations

import gc
import sys

from fi_workbench.errors import EXIT_INTERRUPTED

COLLECTING = (10_000, 20, 20)
"""What is imported stays. Looking through it for what may go, as often as Python does, took a tenth of a second."""


def main() -> None:
    """Run a command; a person's mistake ends in a sentence and an exit code, never in a traceback."""
    gc.set_threshold(*COLLECTING)
    try:
        from fi_workbench.cli.rim import guarded

        code = guarded(sys.argv[1:])
    except KeyboardInterrupt:  # before the command began
        sys.stderr.write("Stopped. Nothing was done.\n")
        code = EXIT_INTERRUPTED
    sys.exit(code)
