"""Processes that stop amid a message, never listen, or are gone: whoever talks to them is never left waiting."""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of_pieces

from fi_workbench.briefs import exporting, running
from fi_workbench.briefs.exporting import Exporter
from fi_workbench.briefs.forking import Running
from fi_workbench.briefs.jobs import FORKED, Broke, Job
from fi_workbench.errors import BriefError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")

SOON = 10.0
"""Seconds that no test takes, unless it waits for what never comes."""


def soon(work: Callable[[], Any]) -> Any:
    """What comes of some work, which must be over soon."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(SOON)
    assert found, "it still waits"
    return found[0]


def half_a_message(connection: Connection) -> None:
    """The beginning of an answer whose rest never comes; the other end stays open."""
    os.write(connection.fileno(), struct.pack("!i", 100_000) + b"x" * 10)


def job(seconds: float = 60.0) -> Job:
    return Job("unit_tyne", '{"cells": []}', {}, {}, seconds, engine=FORKED)


def test_a_time_limit_holds_once_an_answer_has_begun() -> None:
    ours, theirs = Pipe()
    half_a_message(theirs)
    killed: list[bool] = []
    result = soon(lambda: running._result(job(0.2), Running(ours, lambda: killed.append(True))))
    assert isinstance(result, Broke)
    assert (str(result), result.died, killed) == ("it ran longer than 0 seconds", False, [True])


def test_an_answer_in_time_is_taken_and_nothing_is_killed_later() -> None:
    ours, theirs = Pipe()
    theirs.send("answer")
    killed: list[bool] = []
    with Running(ours, lambda: killed.append(True)).within(0.2):
        assert ours.recv() == "answer"
    time.sleep(0.3)
    assert not killed
    theirs.send("and more")
    assert ours.recv() == "and more"


class Exporters:
    """Processes that hang while they make a brief."""

    forks, why_not = True, ""

    def __init__(self, answer: Callable[[Connection], None]) -> None:
        self.answer, self.ends, self.killed = answer, [], 0

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        ours, theirs = Pipe()
        self.ends.append(theirs)
        self.answer(theirs)
        return Running(ours, self.kill)

    def kill(self) -> None:
        self.killed += 1


@pytest.mark.parametrize("answer", [half_a_message, lambda _: None], ids=["half a message", "it never listens"])
def test_an_exporter_that_hangs_is_started_once_more_and_then_told(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[Connection], None]
) -> None:
    """A brief is larger than what a connection holds, so that sending waits, too."""
    monkeypatch.setattr(exporting, "LONGEST_SECONDS", 0.2)
    made = Exporters(answer)
    brief = brief_of_pieces()
    large = brief.model_copy(update={"head": brief.head.model_copy(update={"unit_name": "x" * 1_000_000})})

    def told() -> str:
        with pytest.raises(BriefError, match="ended without an answer") as error:
            Exporter(made).files(large)
        return str(error.value)

    assert soon(told)
    assert len(made.ends) == 2
    assert made.killed >= 2
