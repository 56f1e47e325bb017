"""One source of processes for a whole run: kept from product to product, ended with the run."""

from __future__ import annotations

from typing import Any

import pytest

from fi_workbench.briefs import shared_processes
from fi_workbench.briefs.forking import NewProcesses
from fi_workbench.briefs.shared_processes import kept_processes, processes
from fi_workbench.briefs.started import CannotForkError


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every source that was made, in place of fork servers."""
    made: list[Any] = []

    class Counted(NewProcesses):
        def __init__(self) -> None:
            super().__init__("")
            self.ended = False
            made.append(self)

        def end(self) -> None:
            self.ended = True

    monkeypatch.setattr(shared_processes, "ForkServer", Counted)
    return made


def test_a_run_of_several_products_starts_one_server(made: list[Any]) -> None:
    with kept_processes():
        first = processes()
        assert not first.forks
        first.close()
        with kept_processes():
            assert processes() is first
        assert first.why_not == ""
        assert [one.ended for one in made] == [False]
    assert [one.ended for one in made] == [True]
    assert processes() is not first


def test_a_run_that_wants_no_process_starts_none(made: list[Any]) -> None:
    with kept_processes():
        processes()
    assert not made


def test_a_run_that_is_stopped_ends_them(made: list[Any]) -> None:
    def work() -> None:
        assert not processes().forks
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), kept_processes():
        work()
    assert [one.ended for one in made] == [True]
    assert processes() is made[-1]  # and the next gets its own


def test_where_nothing_can_be_forked_processes_are_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise CannotForkError("forking is not safe here")

    monkeypatch.setattr(shared_processes, "ForkServer", refuse)
    found = processes()
    assert (found.forks, found.why_not) == (False, "forking is not safe here")
