"""A notebook to run, and what came of it: that it ran, or where and how it broke, and what it took."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fi_workbench import errors
from fi_workbench.briefs.handing import Handed

FORKED, KERNEL, REFERENCE = "fi-workbench-forked", "fi-workbench-kernel", "nbclient"
"""Names of papermill engines: without a kernel, with a kernel over a private socket, and papermill's own."""
ENGINES = (FORKED, KERNEL, REFERENCE)


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
    """A notebook that did not: where and how, without anybody's values.

    Attributes:
        cell: the number of the cell in the source notebook, counted from 1; 0 when no cell is to blame.
        kind: the type of the error.
        message: the workbench's own message; empty for every other error, since its words may hold anything.
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
        """As the person watching reads it."""
        place = f"cell {self.cell}: " if self.cell else ""
        return f"{place}{self.kind}" + (f". {self.message}" if self.message else "")


def bare(job: Job) -> dict[str, Any]:
    """The notebook as it was to be run, without outputs, so that whoever mends it can run it again."""
    notebook: dict[str, Any] = json.loads(job.notebook)
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook.setdefault("metadata", {}).pop("papermill", None)
    return notebook


def not_written(error: OSError) -> tuple[str, str]:
    """Why a notebook's process could not write what it writes on the way, and what to do: never where or what."""
    if error.errno == errno.EFBIG:
        return "a file that it writes is larger than files may be here", "See `ulimit -f`, and raise it"
    return f"its files could not be written: {error.strerror or type(error).__name__}", ""


def told(kind: str, text: str) -> tuple[str, str]:
    """What may be said of an error in a notebook: its type, and its words only when they are the workbench's own.

    Example:
        >>> told("ValueError", "child 123 is wrong"), told("BriefError", "This week has not been made.")
        (('ValueError', ''), ('BriefError', 'This week has not been made.'))
    """
    found = getattr(errors, kind, None)
    ours = isinstance(found, type) and issubclass(found, errors.WorkbenchError)
    return (kind if kind.isidentifier() else "an error"), (text.strip() if ours else "")
