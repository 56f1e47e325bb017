"""Whose turn it is: how many briefs of a build are in the making, and how many of their notebooks run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, Lock

HANDOVER = 0.0001
"""Seconds after which a thread of Python lets another go on; usually 5 ms, several times in each brief."""


class Turns:
    """Says when the next brief and the next notebook may begin.

    A brief is run, then drawn and set, then looked through, in three processes, two of which do it for one brief after
    another. With one worker one brief is made after the other; with more, one brief beyond the workers is in the
    making, so that its next step is there when a processor is free. A brief that is only put in place waits for the
    disk and makes room for the next.

    Args:
        workers: how many notebooks may run at once.

    Attributes:
        in_making: how many briefs may be in the making.
        lanes: how many threads are of use.
        looking: held while a brief is put together or looked through, one after the other: two threads would take each
            other's turns.
    """

    def __init__(self, workers: int) -> None:
        self.in_making = workers if workers == 1 else workers + 1
        self.lanes = self.in_making if workers == 1 else self.in_making + 1
        self.looking = Lock()
        self._briefs, self._notebooks = _Places(self.in_making), _Places(workers)

    def making(self) -> AbstractContextManager[None]:
        """While a brief is made; waits until few enough others are.

        Raises:
            CancelledError: nothing more is to be begun.
        """
        return self._briefs.taken()

    def notebook(self) -> AbstractContextManager[None]:
        """While a notebook runs; waits for its turn first.

        Raises:
            CancelledError: nothing more is to be begun.
        """
        return self._notebooks.taken()

    def stop(self) -> None:
        """Begin nothing more, whoever waits."""
        self._briefs.close()
        self._notebooks.close()


class _Places:
    """So many places, taken and given back, until they are closed."""

    def __init__(self, free: int) -> None:
        self._free, self._closed = free, False
        self._changed = Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._free)
            if self._closed:
                raise CancelledError
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


@contextmanager
def quick_handover() -> Iterator[None]:
    """Let threads that only pass something on do so at once, while another looks through a brief."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(HANDOVER)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
