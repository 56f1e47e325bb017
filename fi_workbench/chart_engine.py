"""The JavaScript engine that draws charts: in a process begun before anything else, or in the one that asks for it.

It takes a third of a second to start, whatever is drawn, and so do a command's imports, which keep one processor busy.
So a command that will draw begins the engine first, in a process of its own that imports nothing else. It answers the
one process that makes pages; whoever else draws has an engine of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn, Protocol

from fi_workbench.apart import end_with_parent, print_nowhere
from fi_workbench.resources import shipped

VEGA_LITE = "6.4"


class Engine(Protocol):
    """What draws."""

    def vega(self, spec: Any) -> Any:
        """Vega for a Vega-Lite specification.

        Raises:
            ValueError: it is none.
        """

    def svg(self, vega: Any) -> str:
        """A drawing for a Vega specification.

        Raises:
            ValueError: it is none.
        """


class _Own:
    """The engine in this process."""

    def vega(self, spec: Any) -> Any:
        return _library().vegalite_to_vega(spec, vl_version=VEGA_LITE)

    def svg(self, vega: Any) -> str:
        return str(_library().vega_to_svg(vega))


def _library() -> Any:
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine at its first word, which only who draws needs

    return vl_convert


class _Early:
    """The engine that was begun early, as far as this process has to do with it."""

    def __init__(self) -> None:
        self.pid = 0
        self.end: socket.socket | None = None
        self.asked: _Asked | None = None


_early = _Early()


def start_early() -> None:
    """Begin the engine in a process forked from this one; nothing where that is not safe.

    A command calls it first of all, while it has one thread. Whoever is to draw is forked from it and asks `engine`;
    every other copy says `let_go`, so that the engine ends with the one that draws.
    """
    if sys.platform != "linux" or _early.pid or len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - quicker
        return
    _early.end, theirs = socket.socketpair()
    command = os.getpid()
    with theirs:
        try:
            _early.pid = os.fork()
        except OSError:  # no room for another process: whoever draws has its own engine
            let_go()
            return
        if _early.pid == 0:
            let_go()
            _answer(theirs, command)


def let_go() -> None:
    """Say that this process will not draw with the engine begun early."""
    if _early.end is not None:
        _early.end.close()
        _early.end = None


def end() -> None:
    """End the engine begun early, in the process that began it."""
    let_go()
    if _early.pid:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(_early.pid, signal.SIGKILL)
            os.waitpid(_early.pid, 0)
        _early.pid = 0


def engine() -> Engine:
    """What draws for this process: the engine begun early while it lives, otherwise one of its own."""
    if _early.end is not None:
        _early.asked, _early.end = _Asked(_early.end), None
    if _early.asked is not None:
        return _early.asked
    return _Own()


class _Asked:
    """The engine in the other process; one of this process's own as soon as that is gone."""

    def __init__(self, end: socket.socket) -> None:
        from multiprocessing.connection import Connection  # noqa: PLC0415 - nothing is imported before the engine is begun

        self._connection: Any = Connection(end.detach())
        self._lock = threading.Lock()

    def vega(self, spec: Any) -> Any:
        return self._ask("vega", spec)

    def svg(self, vega: Any) -> str:
        return str(self._ask("svg", vega))

    def _ask(self, what: str, about: Any) -> Any:
        with self._lock:
            if self._connection is None:
                return getattr(_Own(), what)(about)
            try:
                self._connection.send((what, about))
                answer, refused = self._connection.recv()
            except (EOFError, OSError):
                self._connection.close()
                self._connection = None
                return getattr(_Own(), what)(about)
        if refused:
            raise ValueError(refused)
        return answer


def warm(engine: Engine) -> None:
    """Start an engine that has not started yet, by something that it draws."""
    engine.svg(engine.vega({"data": {"values": []}, "mark": "point"}))


def heed_no_fonts() -> None:
    """Measure letters by the font that the drawing library brings; to be said before the engine's first word.

    Left to itself it opens the file of an installed font anew for every letter, which takes longer than all the rest.
    """
    os.putenv("FONTCONFIG_FILE", str(shipped("templates") / "brief" / "no_fonts.conf"))


def _answer(end: socket.socket, command: int) -> NoReturn:
    """Be the engine until nobody asks any more, or the command ends."""
    try:
        end_with_parent()
        if os.getppid() != command:  # it ended before that was said
            os._exit(0)
        os.setsid()  # a person who interrupts the command interrupts it alone
        print_nowhere()
        heed_no_fonts()
        engine = _Own()
        warm(engine)
        from multiprocessing.connection import Connection  # noqa: PLC0415

        connection = Connection(end.detach())
        while True:
            what, about = connection.recv()
            try:
                connection.send((getattr(engine, what)(about), ""))
            except ValueError as error:
                connection.send((None, str(error) or "It cannot be drawn."))
    finally:
        os._exit(0)
