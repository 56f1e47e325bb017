"""What a process does first that was begun for one task: end with whoever began it, and print nowhere."""

from __future__ import annotations

import os
import signal

_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def end_with_parent() -> None:
    """Let the system end this process when the one that forked it ends, however that ends; on Linux alone."""
    import ctypes  # noqa: PLC0415 - the first process of a command is forked before anything is imported

    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)


def print_nowhere() -> None:
    """Send what this process would print to nowhere, and let it read nothing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
