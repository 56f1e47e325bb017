"""The JavaScript engine that draws: begun early in a process of its own, or in the one that asks for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fi_workbench import chart_engine, cli
from fi_workbench.chart_engine import VEGA_LITE
from fi_workbench.cli import rim

ROOT = Path(__file__).resolve().parents[2]
LONG = 20.0
"""Seconds that no test takes."""
SPEC = {
    "data": {"values": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "nominal"}},
    "width": 300,
}
BEGIN = f"""
import os, signal, sys, time
from fi_workbench import chart_engine
SPEC = {SPEC!r}
chart_engine.start_early()
pid = chart_engine._early.pid
def drawn():
    engine = chart_engine.engine()
    return engine.svg(engine.vega(SPEC))
def wait_for_its_end():
    until = time.monotonic() + {LONG}
    while open(f"/proc/{{pid}}/stat").read().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.01)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


def said(script: str) -> str:
    """What a program that begins the engine early prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def here() -> str:
    """The same drawing by the drawing library itself, in a process that measures letters by its font."""
    script = "chart_engine.end(); chart_engine.heed_no_fonts(); import vl_convert\n"
    return said(f"{script}print(vl_convert.vegalite_to_svg(SPEC, vl_version='{VEGA_LITE}'))")


def gone(pid: int) -> bool:
    until = time.monotonic() + LONG
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    return not Path(f"/proc/{pid}").exists()


@linux
def test_it_draws_in_its_own_process_what_the_library_draws_here(here: str) -> None:
    script = "print(drawn()); assert 'vl_convert' not in sys.modules; print(drawn(), file=sys.stderr)"
    assert said(script) == here


@linux
def test_one_that_is_gone_is_replaced_by_one_of_ones_own(here: str) -> None:
    """Amid a run, too: nobody who draws hears of it."""
    assert said("drawn(); os.kill(pid, signal.SIGKILL); print(drawn()); assert 'vl_convert' in sys.modules") == here
    assert said("chart_engine.end(); print(drawn())") == here


@linux
def test_what_cannot_be_drawn_is_refused_in_the_librarys_words_and_the_next_is_drawn(here: str) -> None:
    script = """
engine = chart_engine.engine()
try:
    engine.svg({"marks": [{"type": "no such mark"}]})
except ValueError as error:
    assert str(error).startswith("Vega to SVG conversion failed")
    print(drawn())
    assert 'vl_convert' not in sys.modules
"""
    assert said(script) == here


@linux
@pytest.mark.parametrize("how", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["ends", "is killed"])
def test_it_ends_with_the_command(how: str) -> None:
    """Also while it still starts, which takes longer than many a command."""
    program = [sys.executable, "-c", f"{BEGIN}print(pid, flush=True); {how}"]
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert gone(int(done.stdout))


@linux
def test_it_ends_once_nobody_may_ask_it_any_more() -> None:
    """Whoever lets go while another process holds its end leaves it to that one."""
    script = """
holder = os.fork()
if holder == 0:
    time.sleep(0.5)
    os._exit(0 if drawn() else 1)
chart_engine.let_go()
assert os.waitpid(holder, 0)[1] == 0
wait_for_its_end()
chart_engine.end()
assert not os.path.exists(f"/proc/{pid}")
chart_engine.end()  # a second time does nothing
"""
    said(script)


@linux
def test_it_hears_no_interrupt_and_prints_nowhere() -> None:
    said(
        "drawn(); assert os.getsid(pid) == pid != os.getsid(0)\n"
        "assert {os.readlink(f'/proc/{pid}/fd/{stream}') for stream in (0, 1, 2)} == {os.devnull}"
    )


@linux
def test_it_is_begun_once_and_only_where_nothing_else_runs() -> None:
    said("chart_engine.start_early(); assert chart_engine._early.pid == pid")
    said("""
import threading
chart_engine.end()
over = threading.Event()
thread = threading.Thread(target=over.wait)
thread.start()
chart_engine.start_early()
assert chart_engine._early.pid == 0 and chart_engine._early.end is None
over.set()
""")


def test_where_there_is_no_room_for_it_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(chart_engine, "_early", chart_engine._Early())
    monkeypatch.setattr(chart_engine.sys, "platform", "linux")
    monkeypatch.setattr(chart_engine.os, "listdir", lambda _: ["1"])
    monkeypatch.setattr(os, "fork", refused)
    chart_engine.start_early()
    assert (chart_engine._early.pid, chart_engine._early.end) == (0, None)
    assert isinstance(chart_engine.engine(), chart_engine._Own)


@pytest.mark.parametrize(
    ("arguments", "begun"),
    [
        (["briefs"], True), (["briefs", "--only", "unit_tyne"], True), (["briefs", "--dry-run"], False),
        (["briefs", "--help"], False), (["briefs", "-h"], False), (["weekly"], False), (["release", "briefs"], False),
        ([], False),
    ],
)  # fmt: skip
def test_a_command_that_draws_begins_it_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], begun: bool
) -> None:
    did: list[str] = []

    def done(_: object) -> int:
        did.append("guarded")
        return 0

    monkeypatch.setattr(sys, "argv", ["fi-workbench", *arguments])
    monkeypatch.setattr(chart_engine, "start_early", lambda: did.append("begun"))
    monkeypatch.setattr(rim, "guarded", done)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(SystemExit):
            cli.main()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert did == (["begun", "guarded"] if begun else ["guarded"])
