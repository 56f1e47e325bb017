"""The process from which others are forked: it imports everything once, runs no query, and starts clean copies.

Run as `python -m fi_workbench.briefs.fork_server NUMBER`, where the number is that of an inherited socket; or forked
early from a command that has done nothing yet (`begin`). Either way it has one thread that works, so a copy of it holds
no lock that nobody will release: whether that is still so is looked at before it serves, and it refuses where other
threads run.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, NoReturn

from fi_workbench.apart import end_with_parent, print_nowhere
from fi_workbench.briefs.scratch import scratch
from fi_workbench.chart_engine import let_go

IDLE_THREADS = frozenset({"jemalloc_bg_thd", "polars-ooc-clea"})
"""Threads of libraries that only ever wait, and hold nothing that a copy needs."""

READY, REFUSED = b"ready", b"threads"
PID = struct.Struct("!q")
NONE = -1
"""In place of a process's number: the system refused another one."""
ASKED = b"c"
"""What comes when somebody will want processes; what contracts say is in a file by then."""
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Libraries that start their threads when they are imported must not do so before a fork."""
OWN_PATH = "FI_OWN_PYTHONPATH"
"""Holds what PYTHONPATH was, for whatever a notebook starts."""


First = Sequence[tuple[Callable[..., None], socket.socket]]
"""Functions and their ends of connections."""


def preload_exporting() -> None:
    """Import what pages and papers are made by, which is little."""
    import jinja2  # noqa: F401, PLC0415
    import typst  # noqa: F401, PLC0415

    from fi_workbench.briefs import exporting, paper, rendering  # noqa: F401, PLC0415


def preload(folder: Path) -> None:
    """Import what every brief needs, and make what each would make anew. Nothing here may run a query or start V8.

    Args:
        folder: for what is written on the way.
    """
    # Where JupyterLab is installed, importing jsonschema builds some 35 parsers of addresses that no notebook has:
    # more than two seconds. It takes their absence for what it is, an optional check that is not installed.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import nbformat  # noqa: PLC0415
    from papermill import execute  # noqa: F401, PLC0415

    from fi_workbench.briefs import cells, engine, forked_engine, inside  # noqa: F401, PLC0415
    from fi_workbench.calendar import bank_holidays  # noqa: PLC0415
    from fi_workbench.display.drawing import check_no_more, kept_shapes  # noqa: PLC0415

    nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # compiles the schema
    check_no_more()
    kept_shapes()
    bank_holidays()
    _rehearse(folder)
    cells.warm()


def _rehearse(folder: Path) -> None:
    """Run a notebook of one cell, so that what is made at first use (compiled patterns) is there to be copied."""
    import nbformat  # noqa: PLC0415

    from fi_workbench.briefs.forked_engine import LANGUAGE  # noqa: PLC0415
    from fi_workbench.briefs.inside import run_in  # noqa: PLC0415
    from fi_workbench.briefs.jobs import FORKED, Job  # noqa: PLC0415

    cell = nbformat.v4.new_code_cell("unit: str = ''", metadata={"tags": ["parameters"]}, id="parameters")  # type: ignore[no-untyped-call]
    shown = nbformat.v4.new_code_cell("unit", id="shown")  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=[cell, shown], metadata={"language_info": LANGUAGE})  # type: ignore[no-untyped-call]
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    run_in(Job("", text, {"unit": ""}, {}, 60.0, engine=FORKED), folder)


def threads_that_work() -> list[str]:
    """Names of this process's threads beside the first, without those that only wait."""
    tasks = Path("/proc/self/task")
    others = [task for task in tasks.iterdir() if int(task.name) != os.getpid()]
    names = [(task / "comm").read_text().strip() for task in others]
    return [name for name in names if name not in IDLE_THREADS]


def serve(control: socket.socket, children: set[int]) -> None:
    """Fork a copy for each connection that is handed over, until nobody asks any more.

    Args:
        control: where connections come from.
        children: copies that were forked before.
    """
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        children -= _ended(children)
        if not message:
            break
        child = _forked()
        if child == 0:
            control.close()
            _become(Connection(descriptors[0]))
        os.close(descriptors[0])
        if child != NONE:
            children.add(child)
            with suppress(OSError):  # it does so itself, but may be ended before
                os.setpgid(child, child)
        control.sendall(PID.pack(child))
    for child in children:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _forked() -> int:
    """A copy's number, 0 in the copy, and `NONE` where the system refuses one: those that run go on."""
    try:
        return os.fork()
    except OSError:
        return NONE


def _ended(children: set[int]) -> set[int]:
    return {child for child in children if os.waitpid(child, os.WNOHANG)[0]}


def _become(connection: Connection, function: Callable[..., None] | None = None) -> NoReturn:
    """Do in a copy what the connection asks for, or, after telling its number, what is known already; and end."""
    status = 1
    try:
        os.setpgid(0, 0)  # so that whatever a notebook starts ends with it
        end_with_parent()
        arguments: tuple[Any, ...] = ()
        if function is None:
            function, arguments = connection.recv()
        else:
            connection.send(os.getpid())
        function(connection, *arguments)
        status = 0
    finally:
        os._exit(status)


def _begin_first(control: socket.socket, first: First) -> set[int]:
    """Fork the copies that need not wait for all that is imported."""
    children = set()
    for function, theirs in first:
        if not threads_that_work():
            gc.freeze()
            child = os.fork()
            if child == 0:
                control.close()
                gc.enable()
                _become(Connection(theirs.detach()), function)
            children.add(child)
        theirs.close()
    let_go()
    return children


def begin(control: socket.socket, known: IO[bytes], first: First = ()) -> NoReturn:
    """Become the server, in a process just forked from a command.

    Args:
        control: the command's other end.
        known: an empty file, which the command fills before it asks.
        first: copies that are wanted before anything is asked.
    """
    try:
        os.setsid()  # a person who interrupts the command interrupts it alone; its end is the end of the connection
        print_nowhere()
        os.environ.update(ONE_THREAD)
        _work(control, known, first)
    finally:
        os._exit(0)


def main(number: int) -> None:
    """Become the server, in a process started by exec."""
    os.environ["PYTHONPATH"] = os.environ.pop(OWN_PATH, "")
    _work(socket.socket(fileno=number), sys.stdin.buffer)


def _work(control: socket.socket, known: IO[bytes], first: First = ()) -> None:
    """Get ready, say so when asked, and serve."""
    gc.disable()  # what is imported stays: looking for what may go took a third of the time
    with scratch() as folder:
        os.environ["IPYTHONDIR"] = str(folder)
        preload_exporting()
        children = _begin_first(control, first)
        preload(folder)
        if control.recv(len(ASKED)) != ASKED:
            return  # the command ended without a brief
        _take_contracts(known)
        gc.freeze()  # so that collecting does not copy what is shared
        gc.enable()
        can = not threads_that_work()
        control.sendall(READY if can else REFUSED)
        if can:
            serve(control, children)


def _take_contracts(known: IO[bytes]) -> None:
    """Take over what the parent has read: reading contracts tries their patterns, which is a query."""
    from fi_workbench.contracts.catalogue import remember_catalogues  # noqa: PLC0415

    known.seek(0)
    remember_catalogues(pickle.load(known))  # noqa: S301 - a file that the parent opened


if __name__ == "__main__":
    main(int(sys.argv[1]))
