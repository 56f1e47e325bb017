"""What a Dask cluster's failures are taken for, and that its library keeps quiet. A real one is a study."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from fi_workbench.briefs.cluster import DaskCluster, quieten
from fi_workbench.briefs.jobs import Broke, Job

distributed: Any = pytest.importorskip("distributed", reason="the extra `dask` is not installed")

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


class Asked:
    """A client, and what is asked of it: it fails as it is told to."""

    def __init__(self, error: Exception, *, status: str = "running", at_once: bool = False) -> None:
        self.status, self._error, self._at_once = status, error, at_once
        self.released = 0

    def submit(self, *_: Any, **__: Any) -> Asked:
        if self._at_once:
            raise self._error
        return self

    def result(self, **_: Any) -> None:
        raise self._error

    def release(self) -> None:
        self.released += 1


def asked(client: Asked) -> tuple[DaskCluster, Broke]:
    cluster = DaskCluster.__new__(DaskCluster)
    cluster._client, cluster.lost_scheduler = client, False
    broke = cluster.run(Job("unit_tyne", NOTEBOOK, {}, {}, 1.0))
    assert isinstance(broke, Broke)
    return cluster, broke


def cancelled(reason: str) -> Exception:
    error: Exception = distributed.client.FutureCancelledError(key="k", reason=reason)
    return error


@pytest.mark.parametrize(
    "client",
    [
        Asked(cancelled("scheduler-connection-lost")),  # and there is one again
        Asked(cancelled("unknown"), status="connecting"),
        Asked(OSError(), status="closed"),
        Asked(TimeoutError(), status="closed"),  # asked as it was closing: there is never an answer
        Asked(distributed.client.ClosedClientError(), status="closed", at_once=True),
    ],
)
def test_a_lost_scheduler_is_told_and_no_notebook_is_blamed(client: Asked) -> None:
    cluster, broke = asked(client)
    assert cluster.lost_scheduler
    assert str(broke) == "the cluster's scheduler was lost"
    assert broke.notebook is None
    assert client.released == (not client._at_once)


@pytest.mark.parametrize("error", [distributed.KilledWorker("t", None, 3), OSError(), cancelled("unknown")])
def test_lost_workers_are_told_as_such(error: Exception) -> None:
    cluster, broke = asked(Asked(error))
    assert not cluster.lost_scheduler
    assert str(broke) == "the workers that ran it were lost"
    assert broke.died


def test_dask_writes_no_lines_of_its_own() -> None:
    logging.getLogger("distributed.client").setLevel(logging.WARNING)  # as its configuration does
    quieten()
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    assert len(names) > 10
    assert not [name for name in names if logging.getLogger(name).isEnabledFor(logging.ERROR)]
