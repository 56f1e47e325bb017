"""A notebook to run, and what came of it: that it ran, or where and how it broke, and what it took."""

from __future__ import annotations

import builtins
import errno
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fi_workbench import errors
from fi_workbench.briefs.handing import Handed

FORKED, KERNEL, REFERENCE = "fi-workbench-forked", "fi-workbench-kernel", "nbclient"
"""Names of papermill engines: without a kernel, with a kernel over a private socket, and papermill's own."""
ENGINES = (FORKED, KERNEL, REFERENCE)
UNKNOWN = "an error"
UNSAID = "What it says may name somebody, so it is not kept: to read it, run the notebook cell by cell"
FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""There is no room, or none that this account may use."""
_WORDS_MEET = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBERED = re.compile(r"\[Errno (\d{1,5})\]")


@dataclass(frozen=True)
class Job:
    """One notebook to run.

    Attributes:
        unit: whose brief it is.
        notebook: the source notebook's JSON text, already checked.
        parameters: as checked against the notebook.
        environment: variables of the kernel: which workspace and which run.
        seconds: time limit for the whole notebook.
        threads: threads that the notebook may use.
        memory_mb: memory that it may take beyond what it starts with; 0 for no limit.
        engine: papermill's engine; empty for the quickest that works here.
        handed: what was read for it; without it, and in a kernel, the notebook reads the lake.
    """

    unit: str
    notebook: str
    parameters: Mapping[str, str]
    environment: Mapping[str, str] = field(repr=False)
    seconds: float
    threads: int = 1
    memory_mb: int = 0
    engine: str = ""
    handed: Handed | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Effort:
    """What running a notebook took.

    Attributes:
        engine: papermill's engine.
        seconds: from its start to its end.
        cpu_seconds: of its processes, without what they share.
        peak_mb: memory held at most.
        warnings: how many of its cells wrote to standard error; never what.
        attempts: 2 when its first process died.
    """

    engine: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    warnings: int = 0
    attempts: int = 1


@dataclass(frozen=True)
class Ran:
    """A notebook that ran to its end.

    Attributes:
        executed: the JSON text that papermill wrote, as it stands.
    """

    unit: str
    executed: str = field(repr=False)
    effort: Effort = Effort()

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The executed notebook, read when somebody asks for it: by whoever makes pages of it, not where it ran."""
        read: dict[str, Any] = json.loads(self.executed)
        return read


@dataclass(frozen=True)
class Broke:
    """A notebook that did not: where and how.

    Attributes:
        cell: the number of the cell in the source notebook, counted from 1; 0 when no cell is to blame.
        kind: the type of the error.
        message: what a message of the workbench says; empty for every other error. Where a cell is to blame, its
            author may have chosen the words: `told` says them, once they have been looked through.
        notebook: the source cells as they were run, without outputs.
        died: whether its process or kernel was gone, so that trying again may help.
    """

    unit: str
    cell: int
    kind: str
    message: str
    notebook: dict[str, Any] | None = field(default=None, repr=False)
    died: bool = False
    effort: Effort = Effort()

    def __str__(self) -> str:
        """Where and how, without words that a cell may have chosen."""
        if self.cell:
            return f"cell {self.cell}: {self.kind}"
        return f"{self.kind}. {self.message}" if self.message else self.kind

    def told(self, names_nobody: Callable[[str], bool]) -> str:
        """As the person watching reads it, on one line.

        Args:
            names_nobody: looks through words that a cell may have chosen, as through a page; those that it does not
                let pass stay unsaid.
        """
        if not self.cell:
            return str(self)
        sayable = _known(self.kind) or names_nobody(_WORDS_MEET.sub(" ", self.kind))
        kind = self.kind if sayable else UNKNOWN
        words = self.message.replace("\n", " ")
        if not sayable or not names_nobody(words):
            words = UNSAID
        return f"cell {self.cell}: {kind}. {words}" if words else f"cell {self.cell}: {kind}"


def bare(job: Job) -> dict[str, Any]:
    """The notebook as it was to be run, without outputs, so that whoever mends it can run it again."""
    notebook: dict[str, Any] = json.loads(job.notebook)
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook.setdefault("metadata", {}).pop("papermill", None)
    return notebook


def refused(error: OSError) -> tuple[str, str]:
    """What the operating system refused a notebook's process, and what to do: never where.

    All that such a process writes is in a folder of its own among the temporary ones.

    Example:
        >>> refused(OSError(errno.ENOSPC, "No space left on device"))[0]
        'the folder for temporary files is full'
    """
    if error.errno in FULL:
        return "the folder for temporary files is full", "Make room there, or set TMPDIR to a folder that has room"
    if error.errno == errno.EFBIG:
        return "a file that it writes is larger than files may be here", "See `ulimit -f`, and raise it"
    return f"the operating system refused it something: {error.strerror or type(error).__name__}", ""


def kept_of(kind: str, text: str) -> tuple[str, str]:
    """What is kept of an error in a notebook: its type, and its words when its type is one of the workbench's.

    That says nothing of who chose the words. Of what the operating system refused its own words are kept.

    Example:
        >>> kept_of("ValueError", "child 123 is wrong"), kept_of("BriefError", "This week has not been made.")
        (('ValueError', ''), ('BriefError', 'This week has not been made.'))
        >>> kept_of("OSError", "[Errno 27] File too large: 'a name'")
        ('OSError', 'File too large')
    """
    known = _known(kind) or Exception
    words = ""
    if issubclass(known, errors.WorkbenchError):
        words = text.strip()
    elif issubclass(known, OSError) and (number := _NUMBERED.match(text)):
        words = os.strerror(int(number[1]))
    return (kind if kind.isidentifier() else UNKNOWN), words


def _known(kind: str) -> type[BaseException] | None:
    """The type of error of this name among the workbench's and Python's own, whose names name nobody."""
    found = getattr(errors, kind, None) or getattr(builtins, kind, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
