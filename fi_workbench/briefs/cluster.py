"""Notebooks run on a Dask cluster: the same function as here, on workers that see the same workspace.

Only the notebooks run there. Pages are made, looked through and put in place by whoever asked, so a notebook that was
run twice, because the worker that ran it first was lost, still gives one brief.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from fi_workbench import __version__
from fi_workbench.briefs.jobs import Broke, Job, Ran, bare
from fi_workbench.briefs.running import run_job
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import Processes
from fi_workbench.errors import BriefError, WrongUseError

SCHEMES = {"dask": "tcp", "dask+tls": "tls"}
CONNECT_SECONDS = 15
CUT_OFF = "scheduler-connection-lost"
"""Dask's own reason for giving up what was asked of a scheduler that has gone."""
LISTEN_SECONDS = 2.0
"""How often whoever waits for a notebook looks whether there is still somebody who will answer."""
TRIES = 3
"""A notebook whose workers died so often is taken for the cause."""


class DaskCluster:
    """A cluster that is there already; nothing is started or stopped.

    Args:
        address: `dask://host:port` of the scheduler, or `dask+tls://` where Dask is configured with certificates.

    Attributes:
        lost_scheduler: whether the scheduler went away while something was asked of it.

    Raises:
        WrongUseError: another kind of address, or Dask is not installed.
        BriefError: nobody answers there, no worker is there, or workers have another version of this package.
    """

    def __init__(self, address: str) -> None:
        check_executor(address)
        scheme, _, place = address.partition("://")
        try:
            distributed: Any = import_module("distributed")  # an extra that few need
        except ImportError:
            raise WrongUseError(
                "Dask is not installed here.", where=address, next_step='Install it: pip install "fi-workbench[dask]".'
            ) from None
        quieten()
        self.lost_scheduler = False
        try:
            self._client: Any = distributed.Client(
                f"{SCHEMES[scheme]}://{place}", timeout=CONNECT_SECONDS, set_as_default=False
            )
        except OSError:
            raise BriefError(
                "No Dask scheduler answers.", where=address, next_step="Start it, or leave out --executor."
            ) from None
        self._check(address)

    def _check(self, address: str) -> None:
        versions = self._client.run(version_here)
        if not versions:
            raise BriefError(
                "The cluster has no workers.", where=address, next_step="Start `dask worker` on a machine."
            )
        others = {found for found in versions.values() if found != __version__}
        if others:
            raise BriefError(
                f"Workers have another version of the workbench than {__version__}.",
                where=address,
                how_many=f"{sum(found != __version__ for found in versions.values())} of {len(versions)} workers",
                next_step="Install the same version everywhere.",
            )

    @property
    def at_once(self) -> int:
        """How many notebooks the cluster runs side by side."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def run(self, job: Job) -> Ran | Broke:
        """Run a notebook on whichever worker is free; on another when that one is lost."""
        client = import_module("distributed.client")
        killed = import_module("distributed").KilledWorker
        try:
            return self._answer(job, time.monotonic() + TRIES * (job.seconds + CONNECT_SECONDS) + 600)
        except (killed, client.ClosedClientError, CancelledError, TimeoutError, OSError) as error:
            # By now the client may have found another scheduler at the same address, which knows nothing of this.
            if self._client.status != "running" or getattr(error, "reason", "") == CUT_OFF:
                self.lost_scheduler = True
                return Broke(job.unit, 0, "the cluster's scheduler was lost", "")
            return Broke(job.unit, 0, "the workers that ran it were lost", "", bare(job), died=True)

    def _answer(self, job: Job, until: float) -> Ran | Broke:
        """Ask for a notebook and wait; what is asked of a client that is just closing is never answered."""
        future = self._client.submit(on_worker, job, pure=False, retries=TRIES - 1)
        try:
            while True:
                with suppress(TimeoutError):
                    result: Ran | Broke = future.result(timeout=LISTEN_SECONDS)
                    return result
                if self._client.status == "closed" or time.monotonic() > until:
                    raise TimeoutError
        finally:
            future.release()

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close()


def check_executor(address: str) -> None:
    """Refuse what cannot be the address of a cluster, without asking anybody.

    Raises:
        WrongUseError: another kind of address, or one without a host or a port.
    """
    parts = urlsplit(address)
    try:
        complete = bool(parts.scheme in SCHEMES and parts.hostname and parts.port)
    except ValueError:  # a port that is no number
        complete = False
    if not complete:
        raise WrongUseError("This is not the address of an executor.", where=address, next_step="Use dask://HOST:PORT.")


def quieten() -> None:
    """Keep Dask's own lines from the person watching, who is told in our words; each of its loggers has a level."""
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def version_here() -> str:
    """The version of this package where this is called."""
    return __version__


@cache
def _of_this_worker() -> Processes:
    """A worker's fork server, started with its first notebook; it ends with the worker."""
    return processes()


def on_worker(job: Job) -> Ran | Broke:
    """On a worker: run a notebook in a process of its own."""
    return run_job(job, _of_this_worker())
