"""When the next notebook of a build may run."""

from __future__ import annotations

import sys
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from threading import Event, Lock

import pytest

from fi_workbench.briefs.turns import Turns, quick_handover

LONG = 20.0
"""Seconds that no test takes."""


class Notebooks:
    """Notebooks that run until they are let go, and how many ran at once."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.lock = turns, Lock()
        self.running = self.most = 0
        self.began, self.over = Event(), Event()

    def run(self) -> None:
        with self.turns.notebook():
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            self.began.set()
            assert self.over.wait(LONG)
            with self.lock:
                self.running -= 1


def until(notebooks: Notebooks, running: int) -> None:
    ends = time.monotonic() + LONG
    while notebooks.running < running:
        assert time.monotonic() < ends
        time.sleep(0.001)


def run_five(turns: Turns, *, at_once: int) -> None:
    """Run five notebooks, of which so many run at once, and never more."""
    notebooks = Notebooks(turns)
    with ThreadPoolExecutor(5) as lanes:
        made = [lanes.submit(notebooks.run) for _ in range(5)]
        until(notebooks, at_once)
        time.sleep(0.05)
        assert notebooks.running == at_once
        notebooks.over.set()
        for one in made:
            one.result(LONG)
    assert notebooks.most == at_once


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_notebooks_run_side_by_side_and_never_more_than_workers(workers: int) -> None:
    run_five(Turns(workers), at_once=workers)


def test_one_brief_is_looked_through_after_the_other_also_when_one_is_refused() -> None:
    turns, lock = Turns(2), Lock()
    looking, most = [0], [0]

    def look() -> None:
        with turns.looking:
            with lock:
                looking[0] += 1
                most[0] = max(most[0], looking[0])
            time.sleep(0.01)
            with lock:
                looking[0] -= 1
            raise ZeroDivisionError

    with ThreadPoolExecutor(4) as lanes:
        told = [lanes.submit(look).exception(LONG) for _ in range(4)]
    assert list(map(type, told)) == [ZeroDivisionError] * 4
    assert most == [1]


def test_one_brief_more_than_workers_is_in_the_making_but_for_one_worker() -> None:
    assert [Turns(workers).in_making for workers in (1, 2, 16)] == [1, 3, 17]


def test_one_worker_puts_a_brief_in_place_before_the_next_is_made() -> None:
    assert [Turns(workers).lanes for workers in (1, 2, 16)] == [1, 4, 18]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_briefs_are_made_than_may_be_and_one_that_breaks_makes_room(workers: int) -> None:
    turns, lock, over = Turns(workers), Lock(), Event()
    made = []

    def make(number: int) -> None:
        with turns.making():
            with lock:
                made.append(number)
            assert over.wait(LONG)
            raise ZeroDivisionError

    with ThreadPoolExecutor(6) as lanes:
        briefs = [lanes.submit(make, number) for number in range(6)]
        ends = time.monotonic() + LONG
        while len(made) < turns.in_making:
            assert time.monotonic() < ends
            time.sleep(0.001)
        time.sleep(0.05)
        assert len(made) == turns.in_making
        over.set()
        assert [type(brief.exception(LONG)) for brief in briefs] == [ZeroDivisionError] * 6
    assert sorted(made) == list(range(6))


def test_a_brief_that_waits_when_a_build_is_stopped_is_not_begun() -> None:
    turns = Turns(1)
    inside, over = Event(), Event()

    def make() -> None:
        with turns.making():
            inside.set()
            assert over.wait(LONG)

    with ThreadPoolExecutor(2) as lanes:
        first = lanes.submit(make)
        assert inside.wait(LONG)
        second = lanes.submit(make)
        time.sleep(0.02)
        turns.stop()
        with pytest.raises(CancelledError):
            second.result(LONG)
        over.set()
        first.result(LONG)
    with pytest.raises(CancelledError), turns.making():
        raise AssertionError


def test_whoever_waits_when_a_build_is_stopped_begins_nothing() -> None:
    turns = Turns(1)
    notebooks = Notebooks(turns)
    with ThreadPoolExecutor(2) as lanes:
        first = lanes.submit(notebooks.run)
        assert notebooks.began.wait(LONG)
        second = lanes.submit(notebooks.run)
        time.sleep(0.02)
        turns.stop()
        with pytest.raises(CancelledError):
            second.result(LONG)
        notebooks.over.set()
        first.result(LONG)
    with pytest.raises(CancelledError), turns.notebook():
        raise AssertionError
    assert notebooks.most == 1


def test_a_notebook_that_breaks_gives_its_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.notebook():
        raise ZeroDivisionError
    with turns.notebook():
        pass


def test_threads_are_as_patient_as_before_after_a_build() -> None:
    before = sys.getswitchinterval()
    with quick_handover():
        assert sys.getswitchinterval() < before / 2
    assert sys.getswitchinterval() == before
