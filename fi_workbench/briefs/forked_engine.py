"""A papermill engine without a kernel: cells run by IPython in a process that was forked fresh for the notebook.

The same cells give the same outputs and the same failures as in a kernel, which a test compares. What is saved is a
kernel's start and every message over sockets.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine

from fi_workbench.briefs import cells
from fi_workbench.briefs.forking import ForkServer
from fi_workbench.briefs.started import CannotForkError

SKIP, MAY_FAIL = "skip-execution", "raises-exception"
"""Tags of a cell, as nbclient reads them."""

LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}


class ForkedEngine(Engine):
    """Run a notebook in a freshly forked process; where forking cannot work, in a real kernel."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, time_limit: float = 600.0, **given: Any
    ) -> None:
        """Execute the notebook that papermill manages.

        Args:
            nb_man: papermill's record of the notebook.
            kernel_name: of the kernel that runs it where forking cannot work.
            time_limit: seconds for the whole notebook; after it the process is killed.
            **given: what else papermill passes; `here` runs the cells in this process, for callers that have just
                been forked themselves.

        Raises:
            DeadKernelError: the process ended before the notebook did.
            CellTimeoutError: its time was up.
        """
        if given.get("here"):
            _execute(nb_man, cells.fresh().run)
            return
        try:
            with _forked(time_limit) as run:
                _execute(nb_man, run)
        except CannotForkError:
            from fi_workbench.briefs.engine import KernelEngine  # noqa: PLC0415 - only where it is needed

            KernelEngine.execute_managed_notebook(nb_man, kernel_name, time_limit=time_limit)


def _execute(nb_man: Any, run: cells.Run) -> None:
    shown: dict[str, list[Any]] = {}
    for index, cell in enumerate(nb_man.nb.cells):
        nb_man.cell_start(cell, index)
        failed = False
        try:
            if cell.cell_type == "code" and cell.source.strip() and SKIP not in cell.metadata.get("tags", []):
                ran = run(cell.source)
                _take(cell, ran, shown)
                failed = ran.failed and MAY_FAIL not in cell.metadata.get("tags", [])
            if failed:
                nb_man.cell_exception(cell, cell_index=index)
        finally:
            _complete(nb_man, cell, index)
        if failed:
            break
    nb_man.nb.metadata["language_info"] = dict(LANGUAGE)


def _complete(nb_man: Any, cell: Any, index: int) -> None:
    """Say that a cell is done. Papermill would guess the format of its own text of when it began, which takes long."""
    kept = cell.metadata.papermill
    began = kept.pop("start_time")
    nb_man.cell_complete(cell, cell_index=index)
    lasted = datetime.fromisoformat(kept["end_time"]) - datetime.fromisoformat(began)
    kept.update(start_time=began, duration=lasted.total_seconds())


def _take(cell: Any, ran: cells.CellRan, shown: dict[str, list[Any]]) -> None:
    cell.execution_count = ran.count
    cell.outputs = []
    for output in ran.outputs:
        display_id = output.pop("display_id", None)
        made = nbformat.from_dict(output)  # type: ignore[no-untyped-call]
        cell.outputs.append(made)
        if display_id:
            shown.setdefault(display_id, []).append(made)
    for display_id, changed in ran.updated.items():
        for made in shown.get(display_id, []):
            made.update(nbformat.from_dict(changed))  # type: ignore[no-untyped-call]


@contextmanager
def _forked(time_limit: float) -> Iterator[cells.Run]:
    """A process that runs cells for whoever is not freshly forked, such as papermill's own command line."""
    server = ForkServer()
    try:
        process = server.start(serve_cells)
        ends = time.monotonic() + time_limit

        def run(source: str) -> cells.CellRan:
            try:
                with process.within(max(0.0, ends - time.monotonic())):
                    process.connection.send(source)
                    ran: cells.CellRan = process.connection.recv()
            except TimeoutError:
                raise CellTimeoutError(f"ran longer than {time_limit:.0f} seconds") from None
            except (EOFError, OSError):
                raise DeadKernelError("its process ended") from None
            return ran

        yield run
    finally:
        server.close()


def serve_cells(connection: Any) -> None:
    """In a freshly forked process: run each cell that comes, until no more come."""
    shell = cells.fresh()
    with suppress(EOFError):
        while True:
            connection.send(shell.run(connection.recv()))
