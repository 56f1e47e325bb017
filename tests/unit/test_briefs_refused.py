"""What the operating system refuses is said with what to do, and never with where."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from fi_workbench.briefs.jobs import Broke, refused
from fi_workbench.cli.rim import _explain


def of(number: int, path: str = "") -> OSError:
    return OSError(number, os.strerror(number), path or None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_notebook_without_room_for_its_files_says_which_folder_is_full(number: int) -> None:
    told = str(Broke("unit_north", 0, *refused(of(number, "/somewhere/of/mine"))))
    assert told == ("the folder for temporary files is full. Make room there, or set TMPDIR to a folder that has room")


def test_what_else_is_refused_is_said_in_the_systems_words() -> None:
    assert refused(of(errno.EIO)) == (f"the operating system refused it something: {os.strerror(errno.EIO)}", "")


def test_a_command_says_whether_the_disk_or_the_folder_for_temporary_files_is_full() -> None:
    told = str(_explain(of(errno.ENOSPC, str(Path(tempfile.gettempdir()) / "fi-brief-x"))))
    assert "The folder for temporary files is full." in told
    assert "TMPDIR" in told
    assert "The disk is full." in str(_explain(of(errno.ENOSPC, "elsewhere")))
    assert "The disk is full." in str(_explain(of(errno.ENOSPC)))
