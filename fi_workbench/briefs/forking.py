"""Fresh processes: forked from one that has imported everything, or, where that cannot be, started anew.

A process is given a function of an importable module and a connection; its end is the end of the connection. Nothing
that it prints goes anywhere.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

from fi_workbench.briefs.fork_server import OWN_PATH, PID, READY
from fi_workbench.contracts.catalogue import catalogues_read

SERVER = "fi_workbench.briefs.fork_server"

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Libraries that start their threads when they are imported must not do so before a fork."""

START_SECONDS = 120.0


class CannotForkError(Exception):
    """There is no fork server here: why, in a few words. Callers start processes anew instead."""


@dataclass(frozen=True)
class Running:
    """A process and the connection to it."""

    connection: Any
    kill: Callable[[], None]


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

    def close(self) -> None:
        """Say that they are needed no more."""

    def end(self) -> None:
        """End what still runs, for instance because a person stops it."""


class ForkServer:
    """A server started by exec, and the processes forked from it.

    Raises:
        CannotForkError: not on this system, or it did not get ready.
    """

    forks = True

    def __init__(self) -> None:
        self.why_not = ""
        if sys.platform != "linux":
            raise CannotForkError(f"forking is not safe on {sys.platform}")
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs, tempfile.TemporaryFile() as known:
            pickle.dump(catalogues_read(), known)
            known.seek(0)
            self._server = subprocess.Popen(
                [sys.executable, "-m", SERVER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **ONE_THREAD, **_same_modules()},
                stdin=known,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._ready = False

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Fork a process.

        Raises:
            CannotForkError: the server did not get ready, or is gone.
        """
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                self._wait_until_ready()
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
                answer = self._control.recv(PID.size, socket.MSG_WAITALL)
                if len(answer) != PID.size:
                    self.why_not = "the fork server ended"
                    raise CannotForkError(self.why_not)
            except OSError as error:
                ours.close()
                self.why_not = f"the fork server does not answer ({type(error).__name__})"
                raise CannotForkError(self.why_not) from None
        (pid,) = PID.unpack(answer)
        connection = Connection(ours.detach())
        connection.send((function, arguments))
        return Running(connection, lambda: _kill(pid))

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        if self.why_not:  # it was waited for once
            raise CannotForkError(self.why_not)
        self._control.settimeout(START_SECONDS)
        answer = self._control.recv(len(READY) + 8)
        self._control.settimeout(None)
        if answer != READY:
            self.why_not = "threads run in the fork server" if answer else "the fork server did not start"
            raise CannotForkError(self.why_not)
        self._ready = True

    def close(self) -> None:
        """End the server and every process forked from it."""
        self._control.close()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def end(self) -> None:
        """The same: nothing outlives its server."""
        self.close()


def _same_modules() -> dict[str, str]:
    """Where the server looks for modules: where this process does; what it starts looks where it did before."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        OWN_PATH: os.environ.get("PYTHONPATH", ""),
    }


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class NewProcesses:
    """Processes started anew, each with its own imports: works everywhere, and costs seconds each.

    Args:
        why_not: why nothing is forked.
    """

    forks = False

    def __init__(self, why_not: str) -> None:
        self.why_not = why_not
        self._context = multiprocessing.get_context("spawn")
        self._started: list[Any] = []

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Start a process."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_alone, args=(function, theirs, arguments), daemon=False)
        process.start()
        theirs.close()
        self._started = [one for one in self._started if one.is_alive()] + [process]
        return Running(ours, process.kill)

    def close(self) -> None:
        """Nothing is kept: each process ends with its connection."""

    def end(self) -> None:
        """End every process that was started here and still runs."""
        for process in self._started:
            process.kill()


def _alone(function: Callable[..., None], connection: Any, arguments: tuple[Any, ...]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    function(connection, *arguments)


class _Kept:
    """The same processes for several pieces of work: closing one leaves them to the next."""

    def __init__(self) -> None:
        self._started: Processes | None = None

    def _source(self) -> Processes:
        if self._started is None:
            self._started = _processes()
        return self._started

    @property
    def forks(self) -> bool:
        return self._source().forks

    @property
    def why_not(self) -> str:
        return self._source().why_not

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        return self._source().start(function, *arguments)

    def close(self) -> None:
        """Nothing: others may need them."""

    def end(self) -> None:
        """End everything that runs; whoever asks next gets new ones."""
        if self._started is not None:
            self._started.end()
            self._started = None


_kept: list[_Kept] = []


@contextmanager
def kept_processes() -> Iterator[None]:
    """Within it whatever asks for processes gets the same ones, so that a run of several products starts one server."""
    if _kept:
        yield
        return
    shared = _Kept()
    _kept.append(shared)
    try:
        yield
    finally:
        _kept.remove(shared)
        shared.end()


def processes() -> Processes:
    """Forked processes where that works, new ones elsewhere; the caller closes them."""
    return _kept[-1] if _kept else _processes()


def _processes() -> Processes:
    try:
        return ForkServer()
    except (CannotForkError, OSError) as error:
        return NewProcesses(str(error) or type(error).__name__)
