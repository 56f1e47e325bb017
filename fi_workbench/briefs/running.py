"""Run brief notebooks side by side, each in a process of its own that was started clean.

Processes come from a fork server started by exec (or are spawned where there is none), never from a process that has
run a query. What a notebook printed or raised stays behind: only its executed cells or the kind of its failure
come back.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from fi_workbench import errors
from fi_workbench.briefs.parameters import INJECTED, tags_of

PRELOAD = "fi_workbench.briefs.engine"
"""What the fork server imports once for all: papermill and the kernel's client, and nothing that runs a query."""


@dataclass(frozen=True)
class Job:
    """One notebook to run.

    Attributes:
        unit: whose brief it is.
        notebook: the source notebook's JSON text, already checked.
        parameters: as checked against the notebook.
        environment: variables of the kernel: which workspace and which run.
        seconds: time limit for the whole notebook.
        threads: threads that the kernel may use.
    """

    unit: str
    notebook: str
    parameters: Mapping[str, str]
    environment: Mapping[str, str] = field(repr=False)
    seconds: float
    threads: int = 1


@dataclass(frozen=True)
class Ran:
    """A notebook that ran to its end."""

    unit: str
    notebook: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Broke:
    """A notebook that did not: where and how, without anybody's values.

    Attributes:
        cell: the number of the cell in the source notebook, counted from 1; 0 when no cell is to blame.
        kind: the type of the error.
        message: the workbench's own message; empty for every other error, since its words may hold anything.
        notebook: the source cells as they were run, without outputs.
    """

    unit: str
    cell: int
    kind: str
    message: str
    notebook: dict[str, Any] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """As the person watching reads it."""
        place = f"cell {self.cell}: " if self.cell else ""
        return f"{place}{self.kind}" + (f". {self.message}" if self.message else "")


def run_all(jobs: Iterable[Job], *, workers: int) -> Iterator[Ran | Broke]:
    """Run notebooks side by side and give each result as it comes.

    A process that dies takes down its own notebook only: the others of its pool are run again, one at a time.

    Args:
        jobs: what to run.
        workers: how many at once.
    """
    waiting = list(jobs)
    if not waiting:
        return
    context = _context()
    done: set[str] = set()
    try:
        with ProcessPoolExecutor(min(workers, len(waiting)), mp_context=context) as pool:
            futures = {pool.submit(run_one, job): job for job in waiting}
            for future in as_completed(futures):
                result = future.result()
                done.add(result.unit)
                yield result
    except BrokenProcessPool:
        for job in waiting:
            if job.unit not in done:
                yield _alone(job, context)


def _alone(job: Job, context: BaseContext) -> Ran | Broke:
    try:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(run_one, job).result()
    except BrokenProcessPool:
        return Broke(job.unit, 0, "its process was killed", "")


def _context() -> BaseContext:
    if "forkserver" in multiprocessing.get_all_start_methods() and sys.platform == "linux":
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([PRELOAD])
        return context
    return multiprocessing.get_context("spawn")


def run_one(job: Job) -> Ran | Broke:
    """Run one notebook with papermill; for a process that does nothing else."""
    with tempfile.TemporaryDirectory(prefix="fi-brief-") as scratch:
        return _run_in(job, Path(scratch))


def _run_in(job: Job, folder: Path) -> Ran | Broke:
    logging.disable(logging.CRITICAL)  # libraries log what notebooks say
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: PLC0415
    from papermill.exceptions import PapermillExecutionError  # noqa: PLC0415
    from papermill.execute import execute_notebook  # noqa: PLC0415 - a second that only these processes pay

    from fi_workbench.briefs import engine  # noqa: PLC0415

    engine.register()
    threads = str(max(1, job.threads))
    os.environ.update(
        job.environment,
        **engine.private_jupyter(folder),
        POLARS_MAX_THREADS=threads,
        OMP_NUM_THREADS=threads,
        OPENBLAS_NUM_THREADS=threads,
        RAYON_NUM_THREADS=threads,
    )
    source, output, place = folder / "source.ipynb", folder / "executed.ipynb", folder / "empty"
    source.write_text(job.notebook, encoding="utf-8")
    place.mkdir()
    try:
        execute_notebook(  # type: ignore[no-untyped-call]
            source,
            output,
            parameters=dict(job.parameters),
            engine_name=engine.ENGINE,
            kernel_name=engine.KERNEL,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            progress_bar=False,
            start_timeout=engine.START_SECONDS,
            time_limit=job.seconds,
            cwd=place,
        )
    except PapermillExecutionError as error:
        kind, message = told(error.ename, error.evalue)
        return Broke(job.unit, _source_cell(output, error.cell_index), kind, message, _bare(job))
    except (DeadKernelError, CellTimeoutError):
        return Broke(job.unit, 0, f"its kernel died, or ran longer than {job.seconds:.0f} seconds", "", _bare(job))
    except RuntimeError:
        return Broke(job.unit, 0, "its kernel did not start", "", _bare(job))
    return Ran(job.unit, json.loads(output.read_text(encoding="utf-8")))


def told(kind: str, text: str) -> tuple[str, str]:
    """What may be said of an error in a notebook: its type, and its words only when they are the workbench's own.

    Example:
        >>> told("ValueError", "child 123 is wrong"), told("BriefError", "This week has not been made.")
        (('ValueError', ''), ('BriefError', 'This week has not been made.'))
    """
    found = getattr(errors, kind, None)
    ours = isinstance(found, type) and issubclass(found, errors.WorkbenchError)
    return (kind if kind.isidentifier() else "an error"), (text.strip() if ours else "")


def _source_cell(output: Path, index: int) -> int:
    # Papermill's own cells (injected parameters, error markers) are not in the notebook that people have.
    if not output.is_file():
        return index + 1
    executed = json.loads(output.read_text(encoding="utf-8"))["cells"]
    own = [cell for cell in executed if not _is_papermills(cell)]
    failed = [
        place
        for place, cell in enumerate(own, start=1)
        if any(out.get("output_type") == "error" for out in cell.get("outputs", ()))
    ]
    return failed[0] if failed else index + 1


def _is_papermills(cell: Mapping[str, Any]) -> bool:
    return any(tag == INJECTED or tag.startswith("papermill-") for tag in tags_of(cell))


def _bare(job: Job) -> dict[str, Any]:
    """The notebook as it was run, without outputs, so that whoever mends it can run it again."""
    notebook: dict[str, Any] = json.loads(job.notebook)
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook.setdefault("metadata", {}).pop("papermill", None)
    return notebook
