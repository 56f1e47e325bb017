"""What goes wrong with one page is that page's alone, and is told without words that may hold values."""

from __future__ import annotations

import errno
from concurrent.futures import CancelledError

import pytest

from fi_workbench.briefs.problems import one_line, own_problem
from fi_workbench.briefs.started import EndedError
from fi_workbench.errors import BriefError, DiskFullError


def told(error: BaseException) -> str:
    with own_problem() as problem:
        raise error
    return problem.told


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BriefError("A list is too long.", where="page"), "A list is too long. (page)"),
        (BriefError("A list is too long."), "A list is too long."),
        (KeyError("Quillfeather"), "a fault in the workbench itself (KeyError in test_briefs_problems.py, line 17)"),
        (
            NotADirectoryError(errno.ENOTDIR, "Not a directory", "Quillfeather"),
            "the operating system refused it something: Not a directory",
        ),
    ],
)
def test_whatever_goes_wrong_is_told_without_values(error: Exception, words: str) -> None:
    assert told(error) == words


@pytest.mark.parametrize(
    "error",
    [
        DiskFullError("The disk is full."),
        OSError(errno.ENOSPC, "full"),
        EndedError(),
        CancelledError(),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_everybodys_goes_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        told(error)


def test_where_nothing_goes_wrong_nothing_is_told() -> None:
    with own_problem() as problem:
        made = one_line(KeyError("Quillfeather"))
    assert problem.told == ""
    assert made == "a fault in the workbench itself (KeyError)"
