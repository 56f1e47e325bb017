"""A process that somebody started: the talk with it, its end, and what any starter of processes can do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

ENDING_SECONDS = 1.0
"""A process ends within milliseconds of its answer, or of being killed."""


class CannotForkError(Exception):
    """There is no fork server here: why, in a few words. Callers start processes anew instead."""


class EndedError(Exception):
    """Somebody stopped the work, so nothing more is started for it: not even what would be tried again."""


@dataclass(frozen=True)
class Running:
    """A process and the connection to it."""

    connection: Any
    kill: Callable[[], None]

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Talk to it, and end it unless that is over in time: who stops amid a message is waited for without an end.

        Args:
            seconds: for all that is sent and received.

        Raises:
            TimeoutError: it was ended for that.
        """
        late, over = threading.Event(), threading.Event()

        def end() -> None:
            late.set()
            self.kill()
            if not over.wait(ENDING_SECONDS):  # what it started holds the other end
                _hang_up(self.connection)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            over.set()
            timer.cancel()


class Processes(Protocol):
    """Starts processes."""

    @property
    def forks(self) -> bool:
        """Whether they share what was imported."""

    @property
    def why_not(self) -> str:
        """Why nothing is forked; empty where it is."""

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Start a process that calls the function with its end of a connection and the arguments."""

    def anew(self) -> Processes:
        """Processes for when these cannot be forked after all: started anew, and ended with these."""

    def close(self) -> None:
        """Say that they are needed no more."""

    def end(self) -> None:
        """End what still runs, for instance because a person stops it; whoever asks for more gets an `EndedError`."""


def _hang_up(connection: Any) -> None:
    """Let whoever waits at this end see its end; where connections are no sockets, killing the process does that."""
    if isinstance(connection, Connection):
        with suppress(OSError), socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as end:
            end.shutdown(socket.SHUT_RDWR)
