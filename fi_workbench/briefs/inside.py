"""What happens in the process of one notebook: papermill runs it there, and only facts come back.

Nothing that a notebook printed or raised leaves this process, but for messages of the workbench's own kinds, which
whoever says them looks through first.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from fi_workbench.briefs import handing
from fi_workbench.briefs.jobs import FORKED, REFERENCE, Broke, Effort, Job, Ran, bare, kept_of, refused
from fi_workbench.briefs.parameters import INJECTED, tags_of
from fi_workbench.briefs.scratch import hold

MEGABYTE = 1024 * 1024
EXIT = "SystemExit"


def in_process(connection: Any, job: Job, folder: Path) -> None:
    """In a process that does nothing else: run the notebook and send what became of it.

    Args:
        connection: where it is sent.
        job: the notebook.
        folder: for all that is written on the way; whoever started this process removes it.
    """
    with hold(folder):
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        try:
            result = run_in(job, folder)
        except OSError as error:  # of this process itself: what a cell raises is caught before
            result = Broke(job.unit, 0, *refused(error), bare(job))
    cpu_seconds, peak_mb = _used()
    n_warnings = _warnings(result) if isinstance(result, Ran) else 0
    effort = Effort(cpu_seconds=cpu_seconds, peak_mb=peak_mb, warnings=n_warnings)
    connection.send(replace(result, effort=effort))


def run_in(job: Job, folder: Path) -> Ran | Broke:
    """Run a notebook in this process, with a folder of its own for what is written on the way."""
    logging.disable(logging.CRITICAL)  # libraries log what notebooks say
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: PLC0415
    from papermill.exceptions import PapermillExecutionError  # noqa: PLC0415
    from papermill.execute import execute_notebook  # noqa: PLC0415 - a second that only these processes pay

    from fi_workbench.briefs import engine  # noqa: PLC0415

    engine.register()
    threads = str(max(1, job.threads))
    os.environ.update(
        job.environment,
        **({} if job.engine == FORKED else engine.private_jupyter(folder)),
        POLARS_MAX_THREADS=threads,
        OMP_NUM_THREADS=threads,
        OPENBLAS_NUM_THREADS=threads,
        RAYON_NUM_THREADS=threads,
    )
    if job.engine == FORKED:
        heed_environment()
    source, output, place = folder / "source.ipynb", folder / "executed.ipynb", folder / "empty"
    source.write_text(job.notebook, encoding="utf-8")
    place.mkdir()
    own = {"time_limit": job.seconds, "here": True}
    if job.handed is not None:
        handing.take(job.handed)
    if job.memory_mb:
        _limit_memory(job.memory_mb)
    try:
        execute_notebook(  # type: ignore[no-untyped-call]
            source,
            output,
            parameters=dict(job.parameters),
            engine_name=job.engine,
            kernel_name=engine.KERNEL_NAME,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            progress_bar=False,
            start_timeout=engine.START_SECONDS,
            cwd=place,
            **({"execution_timeout": int(job.seconds)} if job.engine == REFERENCE else own),
        )
    except PapermillExecutionError as error:
        kind, message = kept_of(error.ename, error.evalue)
        return Broke(job.unit, _source_cell(output, error.cell_index), kind, message, bare(job))
    except CellTimeoutError:
        return Broke(job.unit, 0, f"it ran longer than {job.seconds:.0f} seconds", "", bare(job))
    except DeadKernelError:
        return Broke(job.unit, 0, "its kernel died", "", bare(job), died=True)
    except RuntimeError:
        return Broke(job.unit, 0, "its kernel did not start", "", bare(job), died=True)
    ran = Ran(job.unit, output.read_text(encoding="utf-8"))
    left = _exit(ran)
    if left:  # papermill takes an exit without a code for success, and the cells after it were never run
        return Broke(job.unit, left, EXIT, "", bare(job))
    return ran


def heed_environment() -> None:
    """Let polars read its settings again: it read them where it was imported, which for a copy is before they were set.

    Its threads are started by the first query, so that until then their number can still be told.
    """
    import polars as pl  # noqa: PLC0415 - what runs a notebook in a kernel does not need it

    pl.Config.load('{"environment": {}}')


def _used() -> tuple[float, float]:
    """CPU seconds and megabytes of this process and of those that it started."""
    if sys.platform == "win32":
        times = os.times()
        return times.user + times.system, 0.0
    import resource  # noqa: PLC0415 - not on Windows

    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = MEGABYTE if sys.platform == "darwin" else 1024
    return sum(one.ru_utime + one.ru_stime for one in both), max(one.ru_maxrss for one in both) / unit


def _limit_memory(megabytes: int) -> None:
    """Let this process and those below it take so much more memory than now, and no more; on Linux alone."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on Windows

    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        limit = pages * resource.getpagesize() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _warnings(ran: Ran) -> int:
    """How many cells wrote to standard error. Most notebooks' text lacks the word, and need not be read for it."""
    if '"stderr"' not in ran.executed:
        return 0
    cells = ran.notebook["cells"]
    return sum(any(output.get("name") == "stderr" for output in cell.get("outputs", ())) for cell in cells)


def _exit(ran: Ran) -> int:
    """The number of the source's cell that left the notebook; 0 when none did."""
    if EXIT not in ran.executed:
        return 0
    return next((n for n, kind in _errors(ran.notebook["cells"]) if kind == EXIT), 0)


def _source_cell(output: Path, index: int) -> int:
    """The number of the cell that failed among those of the source: papermill adds its own before and after."""
    if not output.is_file():
        return index + 1
    own = _own(json.loads(output.read_text(encoding="utf-8"))["cells"])
    marked = (n for n, cell in enumerate(own, start=1) if cell["metadata"].get("papermill", {}).get("exception"))
    return next(marked, index + 1)


def _errors(cells: Iterable[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Source cells that raised, by their number, with the kind of the error."""
    return [
        (place, out.get("ename", ""))
        for place, cell in enumerate(_own(cells), start=1)
        for out in cell.get("outputs", ())
        if out.get("output_type") == "error"
    ]


def _own(cells: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The cells that the source has: without injected parameters and error markers."""
    return [cell for cell in cells if not any(tag == INJECTED or tag.startswith("papermill-") for tag in tags_of(cell))]
