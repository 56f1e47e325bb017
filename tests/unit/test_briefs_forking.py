"""Processes that stop amid a message, never listen, or are gone: whoever talks to them is never left waiting."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of_pieces

from fi_workbench.briefs import exporting, forking, running
from fi_workbench.briefs.exporting import Exporter
from fi_workbench.briefs.fork_server import ASKED, NONE, PID, READY, REFUSED
from fi_workbench.briefs.forking import ForkServer, NewProcesses
from fi_workbench.briefs.jobs import FORKED, KERNEL, Broke, Job, Ran
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.started import CannotForkError, EndedError, Running
from fi_workbench.display import pictures
from fi_workbench.errors import BriefError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")

SOON = 10.0
"""Seconds that no test takes, unless it waits for what never comes."""

NOBODY = 2**22 + 1
"""No process has this number: it is above the most that Linux gives."""


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


def test_a_process_that_is_ended_is_gone_before_anybody_goes_on() -> None:
    """Its folder is removed then: a connection that is hung up at once would say so too soon."""
    ours, theirs = Pipe()
    ended: list[float] = []

    def gone() -> None:
        ended.append(time.monotonic())
        theirs.close()

    with (
        pytest.raises(TimeoutError),
        Running(ours, threading.Timer(0.2, gone).start).within(0.1),  # as long as the system takes over it
    ):
        ours.recv()
    assert ended
    assert ended[0] <= time.monotonic()


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


class Answering:
    """Processes that answer with the names of those whose briefs they are; some die instead, of a brief or in time."""

    forks, why_not = True, ""

    def __init__(self, dies: Callable[[int, list[str]], bool]) -> None:
        self.dies, self.began, self.killed = dies, 0, 0
        self.came: list[list[str]] = []

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        ours, theirs = Pipe()
        self.came.append([])
        threading.Thread(target=self.serve, args=(len(self.came), theirs), daemon=True).start()
        return Running(ours, self.kill)

    def serve(self, number: int, end: Connection) -> None:
        with end, suppress(EOFError, OSError):
            while True:
                while True:
                    self.came[number - 1].append(Brief.model_validate_json(end.recv()).head.unit)
                    if not end.poll(0.2):
                        break
                if self.dies(number, self.came[number - 1]):
                    return
                for unit in self.came[number - 1]:
                    end.send({"unit": unit.encode()})
                self.came[number - 1].clear()

    def kill(self) -> None:
        self.killed += 1


def made_at_once(exporter: Exporter, units: Sequence[str]) -> dict[str, str]:
    """What comes for each of several briefs that are asked for at once: its own unit, or what went wrong."""
    brief = brief_of_pieces()

    def made(unit: str) -> str:
        one = brief.model_copy(update={"head": brief.head.model_copy(update={"unit": unit})})
        try:
            return exporter.files(one)["unit"].decode()
        except BriefError as error:
            return error.what

    def all_made() -> dict[str, str]:
        with ThreadPoolExecutor(len(units)) as lanes:
            return dict(zip(units, lanes.map(made, units), strict=True))

    found: dict[str, str] = soon(all_made)
    return found


UNITS = [f"unit_{number}" for number in range(5)]


def test_several_briefs_are_made_at_once_and_each_gets_its_own_files() -> None:
    processes = Answering(lambda number, came: False)
    assert made_at_once(Exporter(processes), UNITS) == {unit: unit for unit in UNITS}
    assert len(processes.came) == 1


def test_all_that_an_exporter_died_with_are_made_alone_and_the_next_by_a_new_one() -> None:
    processes = Answering(lambda number, came: number == 1)
    exporter = Exporter(processes)
    assert made_at_once(exporter, UNITS) == {unit: unit for unit in UNITS}
    assert 2 <= len(processes.came) <= 1 + len(UNITS)
    assert processes.killed >= len(processes.came) - 1  # who made one alone is not needed any more
    before = len(processes.came)
    assert made_at_once(exporter, UNITS[:2]) == {unit: unit for unit in UNITS[:2]}
    assert len(processes.came) <= before + 1


def test_a_brief_that_an_exporter_dies_of_takes_no_other_with_it() -> None:
    processes = Answering(lambda number, came: UNITS[2] in came)
    made = made_at_once(Exporter(processes), UNITS)
    assert made.pop(UNITS[2]) == "The process that makes the pages ended without an answer."
    assert made == {unit: unit for unit in UNITS if unit != UNITS[2]}


def test_charts_of_the_next_brief_are_drawn_while_files_of_the_first_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, may_set = threading.Event(), threading.Event()
    seen: list[str] = []

    def draw(spec: Mapping[str, Any]) -> str:
        seen.append("drawn")
        if seen.count("drawn") == 2:
            drawn.set()
        return ""

    def set_files(brief: Brief) -> dict[str, bytes]:
        assert may_set.wait(SOON)
        seen.append("set")
        return {"unit": brief.head.unit.encode()}

    monkeypatch.setattr(exporting, "warm", lambda _: None)
    monkeypatch.setattr(pictures, "draw", draw)
    monkeypatch.setattr(exporting, "rendered", set_files)
    ours, theirs = Pipe()
    thread = threading.Thread(target=exporting.serve_exports, args=(theirs,), daemon=True)
    thread.start()
    brief = brief_of_pieces()
    assert len(brief.charts()) == 1
    for _ in range(2):
        ours.send(brief.model_dump_json())
    assert drawn.wait(SOON)
    may_set.set()
    assert [ours.recv() for _ in range(2)] == [{"unit": brief.head.unit.encode()}] * 2
    assert seen == ["drawn", "drawn", "set", "set"]
    ours.close()
    thread.join(SOON)
    assert not thread.is_alive()


def test_an_exporter_ends_on_what_is_no_brief() -> None:
    ours, theirs = Pipe()
    ours.send("{}")
    assert soon(lambda: exporting.serve_exports(theirs) is None)


class Gone:
    """The process of a server of which nothing is left to wait for."""

    def wait(self, timeout: float | None = None) -> int:
        return 0

    def kill(self) -> None:
        raise AssertionError


@pytest.fixture
def pretend() -> Iterator[Callable[..., tuple[ForkServer, socket.socket]]]:
    """Fork servers that say what a test lets them say."""
    made: list[tuple[ForkServer, socket.socket]] = []

    def begin(said: bytes = b"") -> tuple[ForkServer, socket.socket]:
        ours, theirs = socket.socketpair()
        known = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the server that takes it over
        forking._early.append((Gone(), ours, known, {}))
        server = ForkServer()
        assert theirs.recv(len(ASKED)) == ASKED
        theirs.sendall(said)
        made.append((server, theirs))
        return made[-1]

    yield begin
    for server, theirs in made:
        server.close()
        theirs.close()


def why(server: ForkServer) -> str:
    """What whoever asks for a process is told."""
    try:
        server.start(Connection.recv)
    except (CannotForkError, EndedError) as error:
        return f"{type(error).__name__} {error}".strip()
    return "a process"


def answer(theirs: socket.socket, number: int) -> None:
    """What a server does that is asked for a process, but that the process is gone already."""
    _, (end,), _, _ = socket.recv_fds(theirs, 1, 1)
    os.close(end)
    theirs.sendall(PID.pack(number))


def test_whoever_waits_for_a_server_to_get_ready_is_told_that_the_work_was_stopped(
    pretend: Callable[..., tuple[ForkServer, socket.socket]],
) -> None:
    """One waits for the server, two wait for their turn, one comes later: nobody starts a kernel instead."""
    server, _ = pretend()
    told: list[str] = []
    waiting = [threading.Thread(target=lambda: told.append(why(server)), daemon=True) for _ in range(3)]
    for one in waiting:
        one.start()
    time.sleep(0.1)
    server.end()
    for one in waiting:
        one.join(SOON)
    assert told == ["EndedError"] * 3
    assert why(server) == "EndedError"


def test_a_server_that_is_ended_while_it_forks_is_not_taken_for_one_that_broke(
    pretend: Callable[..., tuple[ForkServer, socket.socket]],
) -> None:
    server, _ = pretend(READY)
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.append(why(server)), daemon=True)
    waiting.start()
    time.sleep(0.1)
    server.end()
    waiting.join(SOON)
    assert told == ["EndedError"]


def test_a_server_that_stops_answering_is_waited_for_once(
    monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., tuple[ForkServer, socket.socket]]
) -> None:
    monkeypatch.setattr(forking, "START_SECONDS", 0.2)
    server, theirs = pretend(READY)
    assert soon(lambda: why(server)) == "CannotForkError the fork server does not answer (TimeoutError)"
    theirs.sendall(PID.pack(NOBODY))  # too late: whose number it is nobody knows
    assert why(server) == "CannotForkError the fork server does not answer (TimeoutError)"


def test_what_is_started_instead_of_a_copy_ends_with_the_server(
    pretend: Callable[..., tuple[ForkServer, socket.socket]],
) -> None:
    server, _ = pretend(REFUSED)
    assert why(server) == "CannotForkError threads run in the fork server"
    instead = server.anew()
    assert (instead.forks, instead.anew()) == (False, instead)
    started = instead.start(Connection.recv)
    server.end()

    def ended() -> bool:
        with pytest.raises((EOFError, OSError)):
            started.connection.recv()
        return True

    assert soon(ended)
    with pytest.raises(EndedError):
        instead.start(Connection.recv)


class Anew(NewProcesses):
    """Processes that answer at once."""

    def __init__(self) -> None:
        super().__init__("")
        self.jobs: list[Job] = []

    def start(self, function: Callable[..., None], *arguments: Any) -> Running:
        ours, theirs = Pipe()
        self.jobs.append(arguments[0])
        theirs.send(Ran("unit_tyne", "{}"))
        return Running(ours, lambda: None)


def test_a_notebook_that_cannot_be_forked_runs_in_a_kernel_of_those_processes(
    monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., tuple[ForkServer, socket.socket]]
) -> None:
    """So that whoever ends the one ends the other."""
    server, _ = pretend(REFUSED)
    instead = Anew()
    monkeypatch.setattr(server, "anew", lambda: instead)
    monkeypatch.setattr(running, "ENDING_SECONDS", 0.0)
    assert isinstance(running.run_job(job(), server), Ran)
    assert [one.engine for one in instead.jobs] == [KERNEL]


def test_a_process_that_is_started_while_they_are_ended_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    instead = NewProcesses("")
    begin = instead._context.Process.start

    def start(self: Any) -> None:
        begin(self)
        instead.end()

    monkeypatch.setattr(instead._context.Process, "start", start)
    with pytest.raises(EndedError):
        instead.start(Connection.recv)
    (process,) = instead._started
    process.join(SOON)
    assert process.exitcode


def test_a_copy_that_is_gone_before_it_reads_its_job_is_told_as_one_that_died(
    monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., tuple[ForkServer, socket.socket]]
) -> None:
    """For want of memory, say: that is no reason to end every other unit's notebook."""
    server, theirs = pretend(READY)

    serving = threading.Thread(target=answer, args=(theirs, NOBODY))
    serving.start()
    process = server.start(Connection.recv, "x" * 1_000_000)
    serving.join(SOON)
    told = running._result(job(), process)
    assert isinstance(told, Broke)
    assert told.died


def test_a_process_that_the_system_refuses_is_told_once_and_asked_for_again(
    pretend: Callable[..., tuple[ForkServer, socket.socket]],
) -> None:
    server, theirs = pretend(READY)
    for number, told in ((NONE, "CannotForkError the system refused another process"), (NOBODY, "a process")):
        answering = threading.Thread(target=answer, args=(theirs, number))
        answering.start()
        assert why(server) == told
        answering.join(SOON)
        assert server.why_not == ""


def serve(what: str) -> list[int]:
    """A server in a process of its own, asked for two copies and then for no more; the numbers it gave."""
    runs = f"""
import os, socket, struct, sys, time
from fi_workbench.briefs import fork_server
{what}
ours, theirs = socket.socketpair()
for _ in range(2):
    socket.send_fds(ours, [b"+"], [ours.fileno()])
ours.shutdown(socket.SHUT_WR)
fork_server.serve(theirs, set())
theirs.close()
told = ours.recv(100)
print(*(n for n, in struct.iter_unpack("!q", told)))
"""
    done = subprocess.run([sys.executable, "-c", runs], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


def test_a_copy_that_has_done_nothing_yet_ends_with_its_server() -> None:
    """Before it has a group of its own it was not found, and waited for until its notebook was over."""
    pids = serve("fork_server._become = lambda connection: time.sleep(300)")
    assert len(pids) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_where_the_system_refuses_a_process_the_server_goes_on() -> None:
    refuse = "def refuse():\n    raise BlockingIOError\nos.fork = refuse"
    assert serve(refuse) == [NONE, NONE]
