"""Kill this process right after its so-manieth rename, flush to disk or table write; or stand still there; or count.

Renames and flushes are those that Python makes, with the exchange of two folders; writes of the table format are made
by a library, so the call counts as one.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from fi_workbench.store import delta, publishing

NEVER = 1_000_000_000
EACH = -1
"""Stand still after every moment, all threads of it, until somebody says go on: what stands then is what a kill leaves."""


class Traced:
    """Counts moments, and dies at one of them or stands still at each."""

    def __init__(self, last: int = NEVER) -> None:
        self.moments = 0
        self._last = last
        for place, names in ((os, ("rename", "replace", "link", "fsync")), (delta, ("append", "replace", "delete"))):
            for name in names:
                setattr(place, name, self._after(getattr(place, name)))
        publishing._exchange = self._after(publishing._exchange)

    def _after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            self.moments += 1
            if self.moments == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            if self._last == EACH:
                os.kill(os.getpid(), signal.SIGSTOP)
            return result

        return counted
