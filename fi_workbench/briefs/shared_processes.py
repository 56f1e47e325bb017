"""The same processes for several pieces of work: a run of many products starts one fork server, not one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fi_workbench.briefs.forking import ForkServer, NewProcesses
from fi_workbench.briefs.started import CannotForkError, Processes, Running


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

    def anew(self) -> Processes:
        return self._source().anew()

    def close(self) -> None:
        """Nothing: others may need them."""

    def end(self) -> None:
        """End everything that runs."""
        if self._started is not None:
            self._started.end()


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
