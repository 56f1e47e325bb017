"""The command line: parse, call, print. The only reader of the environment and the clock, and the only printer."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; a person's mistake ends in a sentence and an exit code, never in a traceback."""
    from fi_workbench.cli.rim import guarded

    sys.exit(guarded(sys.argv[1:]))
