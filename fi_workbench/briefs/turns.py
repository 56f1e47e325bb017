"""Whose turn it is: when the next notebook of a build may run, and how many briefs are in the making."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, Lock

PATIENCE = 0.25
"""Seconds within which most notebooks are done; whoever runs longer has another beside it."""
AHEAD = 1
"""Steps under way beyond the workers: each also waits, to be begun and for its answer, and leaves a processor free."""
HANDOVER = 0.0001
"""Seconds after which a thread of Python lets another go on; usually 5 ms, several times in each brief."""


class Turns:
    """Says when the next notebook may run.

    A brief is run, then drawn and set, then looked through, in three processes, two of which do it for one brief after
    another. The next notebook begins as soon as no more of these steps are under way than there are workers; beside
    more of them another one would be no sooner done, and hold memory. Slow notebooks run side by side whatever else is
    done. With one worker one brief is made after the other; with more, one brief beyond the workers is in the making,
    so that its next step is there when a processor is free. A brief that is only put in place waits for the disk and
    makes room for the next.

    Args:
        workers: how many notebooks may run at once.
        patience: seconds within which a notebook is quick.

    Attributes:
        in_making: how many briefs may be in the making.
        lanes: how many threads are of use.
    """

    def __init__(self, workers: int, *, patience: float = PATIENCE) -> None:
        self.in_making = workers if workers == 1 else workers + 1
        self.lanes = self.in_making if workers == 1 else self.in_making + 1
        self._making = 0
        self._workers, self._patience = workers, patience
        self._began: list[float] = []
        self._finishing: Counter[str] = Counter()
        self._one_looks = Lock()
        self._stopped = False
        self._changed = Condition()

    @contextmanager
    def making(self) -> Iterator[None]:
        """While a brief is made; waits until few enough others are.

        Raises:
            CancelledError: nothing more is to be begun.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._making < self.in_making)
            if self._stopped:
                raise CancelledError
            self._making += 1
        try:
            yield
        finally:
            with self._changed:
                self._making -= 1
                self._changed.notify_all()

    @contextmanager
    def notebook(self) -> Iterator[None]:
        """While a notebook runs; waits for its turn first.

        Raises:
            CancelledError: nothing more is to be begun.
        """
        with self._changed:
            while (wait := self._longer()) != 0 and not self._stopped:
                self._changed.wait(wait)
            if self._stopped:
                raise CancelledError
            began = time.monotonic()
            self._began.append(began)
        try:
            yield
        finally:
            with self._changed:
                self._began.remove(began)
                self._changed.notify_all()

    def drawing(self) -> AbstractContextManager[None]:
        """While a brief whose notebook has run is drawn and set, or waits for the process that does it."""
        return self._under_way("drawing")

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While a brief is put together or looked through, one after the other: two would be in each other's way."""
        with self._under_way("looking"), self._one_looks:
            yield

    @contextmanager
    def _under_way(self, step: str) -> Iterator[None]:
        with self._changed:
            self._finishing[step] += 1
        try:
            yield
        finally:
            with self._changed:
                self._finishing[step] -= 1
                self._changed.notify_all()

    def _longer(self) -> float | None:
        """Seconds to wait, unless something changes before; none where only a change helps."""
        if not self._began:
            return 0.0
        if len(self._began) >= self._workers:
            return None
        if len(self._began) + len(+self._finishing) < self._workers + AHEAD:
            return 0.0
        return max(0.0, self._began[0] + self._patience - time.monotonic())

    def stop(self) -> None:
        """Begin nothing more, whoever waits."""
        with self._changed:
            self._stopped = True
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
