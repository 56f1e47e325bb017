"""Fresh processes: forked from one that has imported everything, or, where that cannot be, started anew.

A process is given a function of an importable module and a connection; its end is the end of the connection. Nothing
that it prints goes anywhere.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import IO, Any, Protocol

from fi_workbench import chart_engine
from fi_workbench.apart import print_nowhere
from fi_workbench.briefs.fork_server import ASKED, NONE, ONE_THREAD, OWN_PATH, PID, READY, begin, threads_that_work
from fi_workbench.briefs.started import CannotForkError, EndedError, Processes, Running
from fi_workbench.contracts.catalogue import catalogues_read

SERVER = "fi_workbench.briefs.fork_server"

START_SECONDS = 120.0


class Server(Protocol):
    """The process of a fork server: the part of `subprocess.Popen` that is used."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""

    def kill(self) -> None:
        """End it."""


class _Forked:
    """A process forked from this one."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + timeout if timeout is not None else None
        while until is not None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return status
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(SERVER, timeout or 0.0)
            time.sleep(0.005)
        return os.waitpid(self._pid, 0)[1]

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


_early: list[tuple[Server, socket.socket, IO[bytes], dict[Callable[..., None], Connection]]] = []


def start_early(*first: Callable[..., None]) -> None:
    """Fork a server from this process, for the first that asks for processes; nothing where that is not safe.

    A command calls it first of all, while it has one thread: the server then has what the command has imported, and
    imports the rest beside it. Without it a server is started by exec, which takes a second more of a processor.

    Args:
        *first: functions that need little of what is imported: for each a process is begun before the rest is, and
            given to whoever first starts one for it.
    """
    if sys.platform != "linux" or _early or threads_that_work():
        return
    ours, theirs = socket.socketpair()
    pairs = {function: socket.socketpair() for function in first}
    known = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the server that takes it over
    gc.freeze()  # so that collecting does not copy what both have
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads that only wait count there
        pid = os.fork()
    if pid == 0:
        for end in (ours, *(pair[0] for pair in pairs.values())):
            end.close()
        begin(theirs, known, [(function, pair[1]) for function, pair in pairs.items()])
    chart_engine.let_go()
    for end in (theirs, *(pair[1] for pair in pairs.values())):
        end.close()
    begun = {function: Connection(pair[0].detach()) for function, pair in pairs.items()}
    _early.append((_Forked(pid), ours, known, begun))


def _by_exec() -> tuple[Server, socket.socket, IO[bytes], dict[Callable[..., None], Connection]]:
    ours, theirs = socket.socketpair()
    known = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the server that takes it over
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", SERVER, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **ONE_THREAD, **_same_modules()},
            stdin=known,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return server, ours, known, {}


class ForkServer:
    """A server that was forked early or is started by exec, and the processes forked from it.

    Raises:
        CannotForkError: not on this system, or it did not get ready.
    """

    forks = True

    def __init__(self) -> None:
        self.why_not = ""
        if sys.platform != "linux":
            raise CannotForkError(f"forking is not safe on {sys.platform}")
        self._lock = threading.Lock()
        self._server, self._control, known, self._begun = _early.pop() if _early else _by_exec()
        with known, suppress(OSError):  # one that is gone is seen when it is waited for
            pickle.dump(catalogues_read(), known)
            known.flush()
            self._control.sendall(ASKED)
        self._ready = self._ended = False
        self._anew = NewProcesses("")

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Fork a process.

        Raises:
            CannotForkError: the server did not get ready, or is gone.
            EndedError: it was ended.
        """
        if self._ended:
            raise EndedError
        if not arguments and function in self._begun:
            begun = self._begun.pop(function)
            with suppress(EOFError, OSError):  # it could not be begun; start one as any other
                with Running(begun, lambda: None).within(START_SECONDS):
                    pid = begun.recv()
                return Running(begun, partial(_kill, pid))
            begun.close()
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                pid = self._ask(theirs)
        except BaseException:  # nobody has this end of the connection yet
            ours.close()
            raise
        started = Running(Connection(ours.detach()), partial(_kill, pid))
        with suppress(OSError), started.within(START_SECONDS):  # whoever listens to it hears that it is gone
            started.connection.send((function, arguments))
        return started

    def _ask(self, theirs: socket.socket) -> int:
        """Ask for a process with this end of a connection, once the server is ready; its number is given back."""
        try:
            self._wait_until_ready()
            socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            answer = self._control.recv(PID.size)
        except OSError as error:
            raise self._refused(f"the fork server does not answer ({type(error).__name__})") from None
        if len(answer) != PID.size:
            raise self._refused("the fork server ended")
        (pid,) = PID.unpack(answer)
        if pid == NONE:  # this once: another time there may be room
            raise CannotForkError("the system refused another process")
        return int(pid)

    def _refused(self, why: str) -> CannotForkError | EndedError:
        """What to tell whoever asks in vain: it may try otherwise, unless somebody stopped the work meanwhile."""
        if self._ended:
            return EndedError()
        self.why_not = why
        return CannotForkError(why)

    def _wait_until_ready(self) -> None:
        if self.why_not or self._ended:  # it was waited for once, or is waited for no more
            raise self._refused(self.why_not)
        if self._ready:
            return
        self._control.settimeout(START_SECONDS)
        answer = b""
        with suppress(ConnectionError):  # it ended before it read what it was asked
            answer = self._control.recv(len(READY) + 8)
        if answer != READY:
            raise self._refused("threads run in the fork server" if answer else "the fork server did not start")
        self._ready = True

    def anew(self) -> Processes:
        """Processes started anew, which end with these."""
        return self._anew

    def close(self) -> None:
        """End the server and every process forked from it; a second time it does nothing."""
        if self._control.fileno() < 0:
            return
        for begun in self._begun.values():
            begun.close()
        with suppress(OSError):  # whoever waits for an answer is woken; closing alone would not do it
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        chart_engine.end()

    def end(self) -> None:
        """The same, and for good: nothing outlives its server, nor what was started instead of a copy of it."""
        self._ended = True
        self._anew.end()
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
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Start a process.

        Raises:
            EndedError: they were ended.
        """
        if self._ended.is_set():
            raise EndedError
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_alone, args=(function, theirs, arguments), daemon=False)
        process.start()
        theirs.close()
        with self._lock:
            self._started = [one for one in self._started if one.is_alive()] + [process]
        if self._ended.is_set():  # meanwhile: whoever ended them may have looked before this one was there
            process.kill()
            ours.close()
            raise EndedError
        return Running(ours, process.kill)

    def anew(self) -> Processes:
        """These."""
        return self

    def close(self) -> None:
        """Nothing is kept: each process ends with its connection."""

    def end(self) -> None:
        """End every process that was started here and still runs."""
        self._ended.set()
        with self._lock:
            started = list(self._started)
        for process in started:
            process.kill()


def _alone(function: Callable[..., None], connection: Any, arguments: tuple[Any, ...]) -> None:
    print_nowhere()
    function(connection, *arguments)
