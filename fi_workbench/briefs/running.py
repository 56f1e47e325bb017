"""Run brief notebooks, each in a process of its own that was started clean.

Processes are forked from a server that was started by exec (or are started anew where there is none), never from a
process that has run a query. What a notebook printed or raised stays behind: only its executed cells or the kind of
its failure come back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from fi_workbench.briefs.inside import in_process
from fi_workbench.briefs.jobs import FORKED, KERNEL, Broke, Effort, Job, Ran, bare
from fi_workbench.briefs.problems import own_problem
from fi_workbench.briefs.scratch import scratch
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import ENDING_SECONDS, CannotForkError, Processes, Running

__all__ = ["Broke", "Effort", "Job", "Ran", "run_all", "run_apart", "run_job"]

DIED = "its process was killed"
START_SLACK = 180.0
"""Seconds for a process started anew to import everything and start its kernel."""
LISTEN_SECONDS = 0.5
"""How often whoever waits looks whether a person has stopped it."""
T = TypeVar("T")


def as_they_end(futures: Iterable[Future[T]]) -> Iterator[Future[T]]:
    """Give each piece of work when it is done, and let a person stop the wait.

    Once polars has run, a process that waits without an end is not woken by an interrupt.
    """
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=LISTEN_SECONDS, return_when=FIRST_COMPLETED)
        yield from done


def run_all(jobs: Iterable[Job], *, workers: int) -> Iterator[Ran | Broke]:
    """Run notebooks side by side and give each result as it comes.

    Args:
        jobs: what to run.
        workers: how many at once.
    """
    waiting = list(jobs)
    if not waiting:
        return
    started = processes()
    run = partial(run_job, started=started)
    try:
        with ThreadPoolExecutor(min(workers, len(waiting))) as lanes:
            try:
                for future in as_they_end([lanes.submit(run_apart, job, run) for job in waiting]):
                    yield future.result()
            except BaseException:  # a person stops it: nothing more is begun, what runs is ended
                lanes.shutdown(wait=False, cancel_futures=True)
                started.end()
                raise
    finally:
        started.close()


def run_apart(job: Job, run: Callable[[Job], Ran | Broke]) -> Ran | Broke:
    """Run a notebook so that whatever goes wrong is told as what broke this one, and ends no other."""
    result: Ran | Broke | None = None
    with own_problem() as problem:
        result = run(job)
    return result or Broke(job.unit, 0, problem.told, "", bare(job))


def at_once(clear_up: Callable[[], None]) -> None:
    """Do it before anything else."""
    clear_up()


def run_job(job: Job, started: Processes, when: Callable[[Callable[[], None]], object] = at_once) -> Ran | Broke:
    """Run one notebook in a process of its own; once more, in a real kernel, when that process died.

    Args:
        job: the notebook.
        started: where its process comes from.
        when: is given what waits until the process is gone and removes its folder; by default that is done before the
            result is given. Others can go on with the result, and let another thread do it.
    """
    first = _run_once(job, started, when)
    if not (isinstance(first, Broke) and first.died):
        return first
    again = _run_once(replace(job, engine=KERNEL), started, when)
    return replace(again, effort=replace(again.effort, attempts=2))


def _run_once(job: Job, started: Processes, when: Callable[[Callable[[], None]], object]) -> Ran | Broke:
    chosen = replace(job, engine=job.engine or (FORKED if started.forks else KERNEL))
    began = time.monotonic()
    with ExitStack() as held:
        folder = held.enter_context(scratch())
        try:
            process = started.start(in_process, chosen, folder)
        except CannotForkError:
            return _run_once(replace(job, engine=KERNEL), started.anew(), when)
        held.callback(_until_gone, process)
        result = _result(chosen, process)
        clear_up = held.pop_all().close
    when(clear_up)
    return replace(result, effort=replace(result.effort, engine=chosen.engine, seconds=time.monotonic() - began))


def _until_gone(process: Running) -> None:
    """Wait until its memory is free for the next, and nobody writes to its folder any more."""
    with suppress(OSError):
        process.connection.poll(ENDING_SECONDS)
    process.connection.close()


def _result(job: Job, process: Running) -> Ran | Broke:
    """What came of a notebook."""
    try:
        # A kernel ends its own notebook in time; whoever runs here is ended from here.
        limit = job.seconds if job.engine == FORKED else job.seconds + START_SLACK
        with process.within(limit):
            result: Ran | Broke = process.connection.recv()
    except TimeoutError:
        result = Broke(job.unit, 0, f"it ran longer than {job.seconds:.0f} seconds", "", bare(job))
    except (EOFError, OSError):
        limit_words = f", perhaps for want of memory (its limit is {job.memory_mb} MB)" if job.memory_mb else ""
        result = Broke(job.unit, 0, DIED + limit_words, "", bare(job), died=True)
    return result
