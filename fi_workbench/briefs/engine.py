"""A papermill engine: a real kernel of this very environment, over a private socket, with a time limit for the whole.

The kernel is found without anything being installed on the machine: its description is written into the run's own
folder and names this Python. Where sockets of the file system work (not on Windows), no network port is opened.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from fi_workbench.briefs.jobs import FORKED, KERNEL

KERNEL_NAME = "fi-workbench"

LONGEST_SOCKET = 90
"""File sockets have names of at most about 104 bytes; the rest is for the port's number."""

START_SECONDS = 120


class KernelEngine(NBClientEngine):
    """Run a notebook in a fresh kernel, and end it when its time is up."""

    @classmethod
    def execute_managed_notebook(  # type: ignore[override]  # the rest is not used
        cls, nb_man: Any, kernel_name: str, *, time_limit: float = 600.0, start_timeout: int = START_SECONDS, **_: Any
    ) -> None:
        """Execute the notebook that papermill manages.

        Args:
            nb_man: papermill's record of the notebook.
            kernel_name: name of the kernel's description.
            time_limit: seconds for the whole notebook; after it the kernel is killed.
            start_timeout: seconds for the kernel to start.
        """
        with tempfile.TemporaryDirectory(prefix="fi-") as folder:
            client = PapermillNotebookClient(  # type: ignore[no-untyped-call]
                nb_man,
                config=_connection(Path(folder)),
                kernel_name=kernel_name,
                startup_timeout=start_timeout,
                timeout=None,
                shutdown_kernel="immediate",
                log_output=False,
                stdout_file=None,
                stderr_file=None,
            )
            over = threading.Event()
            watch = threading.Timer(time_limit, _kill, args=[client, over])
            watch.daemon = True
            client.on_notebook_start = lambda **_: watch.start()  # the kernel's own start does not count
            try:
                # A kernel's own streams go nowhere: a crash deep in a library may name what it was reading.
                client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # type: ignore[no-untyped-call]
            except DeadKernelError:
                if over.is_set():
                    raise CellTimeoutError(f"ran longer than {time_limit:.0f} seconds") from None
                raise
            finally:
                watch.cancel()


def _connection(folder: Path) -> Config:
    # Two kernels with one socket name hang each other, so each has a folder of its own, closed to others.
    config = Config()
    config.KernelManager.connection_file = str(folder / "kernel.json")
    socket = folder / "k"
    if sys.platform != "win32" and len(os.fsencode(socket)) <= LONGEST_SOCKET:
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(socket)
    return config


def _kill(client: PapermillNotebookClient, over: threading.Event) -> None:
    over.set()
    provisioner = getattr(client.km, "provisioner", None)
    process = getattr(provisioner, "process", None)
    if process is not None:
        process.kill()


def register() -> None:
    """Make the engines known to papermill in this process, also where they are not installed as entry points."""
    from fi_workbench.briefs.forked_engine import ForkedEngine  # noqa: PLC0415 - falls back to the engine above

    papermill_engines.register(KERNEL, KernelEngine)  # type: ignore[no-untyped-call]
    papermill_engines.register(FORKED, ForkedEngine)  # type: ignore[no-untyped-call]


def private_jupyter(folder: Path) -> dict[str, str]:
    """Write the kernel's description into a folder, and give the environment in which Jupyter looks nowhere else.

    Args:
        folder: a folder of this run alone.
    """
    described = folder / "share" / "kernels" / KERNEL_NAME
    described.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "fi_workbench",
        "language": "python",
    }
    (described / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    for name in ("config", "runtime", "ipython", "data"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "JUPYTER_PATH": str(folder / "share"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
