"""What keeps one page from being made stays its own, and is told on one line without anybody's values."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path

from fi_workbench.briefs.jobs import refused
from fi_workbench.briefs.started import EndedError
from fi_workbench.errors import DiskFullError, WorkbenchError
from fi_workbench.store.place import FULL_ERRNOS


class Problem:
    """What kept one page from being made.

    Attributes:
        told: on one line; empty where nothing did.
    """

    def __init__(self) -> None:
        self.told = ""


@contextmanager
def own_problem() -> Iterator[Problem]:
    """Keep what goes wrong while one page is made from the others.

    A full disk is everybody's, and goes on; so does the end of work that a person stopped.

    Yields:
        The problem, to be read once this is over.
    """
    problem = Problem()
    try:
        yield problem
    except (DiskFullError, EndedError, CancelledError):
        raise
    except Exception as error:  # whatever it is, it is this page's alone
        if isinstance(error, OSError) and error.errno in FULL_ERRNOS:
            raise
        problem.told = one_line(error)


def one_line(error: Exception) -> str:
    """What an error of the workbench says; of any other its type and its place alone, as its words may hold values.

    Example:
        >>> one_line(WorkbenchError("A list is too long.", where="page")), one_line(KeyError("Somebody"))
        ('A list is too long. (page)', 'a fault in the workbench itself (KeyError)')
    """
    if isinstance(error, WorkbenchError):
        return f"{error.what}{f' ({error.where})' if error.where else ''}"
    if isinstance(error, OSError):
        return refused(error)[0]
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(places[-1].filename).name}, line {places[-1].lineno}" if places else ""
    return f"a fault in the workbench itself ({type(error).__name__}{where})"
