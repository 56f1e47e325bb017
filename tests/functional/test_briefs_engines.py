"""The same notebooks through every engine: the same outputs, and the same failures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fi_workbench.briefs import forking
from fi_workbench.briefs.fork_server import threads_that_work
from fi_workbench.briefs.forking import ForkServer
from fi_workbench.briefs.jobs import FORKED, KERNEL, REFERENCE, Broke, Job, Ran
from fi_workbench.briefs.running import run_job
from fi_workbench.briefs.scratch import remove_left
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import CannotForkError

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")

CELLS = [
    "unit: str = 'nobody'",
    "import sys\nprint('out', unit)\nprint('err', file=sys.stderr)\nprint('out again')",
    "display({'a': 1}, 'two')\n40 + 2",
    "%%capture caught\nprint('kept')",
    "caught.stdout",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "from IPython.display import HTML, SVG, Image, clear_output\nHTML('<b>é</b>')",
    "Image(data=b'\\x89PNG\\r\\n\\x1a\\n0', format='png')",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone')\nclear_output(wait=True)\ndisplay('stays')",
    "shown = display('before', display_id='d')",
    "shown.update('after')\n_",
    "!echo from a shell",
    "class Shown:\n    def _repr_mimebundle_(self, **_):\n        return {'text/plain': 'x', 'application/vnd.x+json': {'n': [1]}}\nShown()",
    "import warnings\nwarnings.warn('careful')",
    "__name__, [Out[4], In[4][-6:]]",
    "exit(3)\nprint('goes on')",
    "quit(keep_kernel=True)\n'and on'",
]
SKIPPED = "raise ValueError('never reached')"


def notebook(*cells: str) -> str:
    """A notebook of code cells; the first declares the parameters."""
    made = []
    for n, source in enumerate(cells):
        tags = ["parameters"] * (n == 0) + ["skip-execution"] * (source == SKIPPED)
        made.append(
            {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": tags}, "outputs": [], "source": source,
             "execution_count": None}
        )  # fmt: skip
    meta = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": made, "metadata": meta, "nbformat": 4, "nbformat_minor": 5})


def job(engine: str, *cells: str, **more: Any) -> Job:
    return Job("unit_tyne", notebook(*cells), {"unit": "unit_tyne"}, {}, **{"seconds": 60.0, **more}, engine=engine)


def plain(text: str) -> str:
    """Without colours, addresses, and the places where each engine keeps the cell that it runs."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    return re.sub(r"(?:\S*ipykernel_\d+\S*?|<ipython-input-[^>]*>):\d+:", "CELL", text)


def outputs(executed: dict[str, Any]) -> list[tuple[str, int | None, list[Any]]]:
    """What every cell shows: streams joined, tracebacks by their last line."""
    found = []
    for cell in executed["cells"]:
        kept: list[Any] = []
        for out in cell["outputs"]:
            joined = {name: "".join(out[name]) for name in ("text",) if name in out}
            if out["output_type"] == "error":
                kept.append(("error", out["ename"], plain(out["evalue"]), plain(out["traceback"][-1]).strip()))
            elif "text" in joined:
                kept.append((out["name"], plain(joined["text"])))
            else:
                kept.append((out["output_type"], out["data"], out["metadata"], out.get("execution_count")))
        streams = {
            name: "".join(text for kind, *rest in kept if kind == name for text in rest)
            for name in ("stdout", "stderr")
        }
        others = [one for one in kept if one[0] not in streams]
        found.append((cell["source"], cell["execution_count"], [streams, others]))
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    if sys.platform != "linux":
        pytest.skip("only Linux forks safely")
    started = ForkServer()
    yield started
    started.close()


def test_every_engine_gives_the_same_outputs(server: ForkServer) -> None:
    with ThreadPoolExecutor(2) as lanes:
        ran = list(lanes.map(lambda engine: run_job(job(engine, *CELLS, SKIPPED), server), (FORKED, KERNEL, REFERENCE)))
    assert all(isinstance(one, Ran) for one in ran), [str(one) for one in ran]
    forked, kernel, reference = [outputs(one.notebook) for one in ran]
    assert kernel == reference
    assert forked == kernel
    assert [one.effort.engine for one in ran] == [FORKED, KERNEL, REFERENCE]
    for cells in zip(*(one.notebook["cells"] for one in ran), strict=True):
        mine, *theirs = [cell["metadata"]["papermill"] for cell in cells]
        assert all(set(one) == set(mine) and one["status"] == mine["status"] == "completed" for one in theirs)
        lasted = datetime.fromisoformat(mine["end_time"]) - datetime.fromisoformat(mine["start_time"])
        assert mine["duration"] == lasted.total_seconds()
    assert [one.effort.warnings for one in ran] == [2, 2, 2]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("engine", [FORKED, KERNEL])
def test_a_notebook_has_as_many_threads_as_its_job_says(server: ForkServer, engine: str, threads: int) -> None:
    """Polars reads their number where it is imported, which for a forked process was before it had a job."""
    result = run_job(
        job(engine, "unit: str = ''", "import polars as pl\npl.thread_pool_size()", threads=threads), server
    )
    assert isinstance(result, Ran)
    assert result.notebook["cells"][-1]["outputs"][0]["data"]["text/plain"] == [str(threads)]


FAILURES = {
    "an error": ("1 / 0", "cell 2: ZeroDivisionError"),
    "no Python": ("1 +", "cell 2: SyntaxError"),
    "no magic": ("%%no_such_magic\n1", "cell 2: CellExecutionError"),
    "a question": ("input('who?')", "cell 2: StdinNotImplementedError"),
    "an exit": ("import sys\nsys.exit(3)", "cell 2: SystemExit"),
    "an exit that says all is well": ("raise SystemExit", "cell 2: SystemExit"),
    "a death": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
    "no end": ("while True:\n    pass", "it ran longer than 3 seconds"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_every_failure_is_told_without_a_kernel(server: ForkServer, what: str) -> None:
    source, said = FAILURES[what]
    told = run_job(job(FORKED, "unit: str = ''", source, "2", seconds=3.0), server)
    assert isinstance(told, Broke)
    if what == "a death":
        assert told.died
        assert told.effort.attempts == 2
    else:
        assert str(told) == said
        assert told.effort.attempts == 1


def test_a_kernel_fails_in_the_same_ways(server: ForkServer) -> None:
    kinds = [what for what in FAILURES if what not in {"no Python", "a question"}]
    with ThreadPoolExecutor(3) as lanes:
        jobs = [job(KERNEL, "unit: str = ''", FAILURES[what][0], "2", seconds=3.0) for what in kinds]
        told = dict(zip(kinds, lanes.map(lambda one: run_job(one, server), jobs), strict=True))
    for what, broke in told.items():
        assert isinstance(broke, Broke)
        assert broke.died if what == "a death" else str(broke) == FAILURES[what][1], str(broke)


@linux
@pytest.mark.parametrize("engine", [FORKED, KERNEL])
@pytest.mark.parametrize("what", ["a death", "no end", "an error"])
def test_a_notebook_leaves_no_file_however_it_ends(
    server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, what: str
) -> None:
    """What it makes among temporary files goes with it, too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    leave = "import tempfile\nmade = tempfile.mkdtemp()\n"
    where = tmp_path / "where"
    note = f"open({str(where)!r}, 'w').write(made)\n"
    told = run_job(job(engine, "unit: str = ''", leave + note + FAILURES[what][0], seconds=3.0), server)
    assert isinstance(told, Broke)
    assert where.read_text().startswith(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["where"]


@linux
def test_what_a_killed_run_leaves_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = tmp_path / "begun"
    place = tmp_path / "place"
    place.mkdir()
    sleeps = f"open({str(begun)!r}, 'w').close()\nimport time\ntime.sleep(60)"
    runs = (
        "import sys\nsys.path.insert(0, 'tests/functional')\nfrom test_briefs_engines import *\n"
        f"run_job(job('', 'unit: str = 1', {sleeps!r}), processes())"
    )
    command = [sys.executable, "-c", runs]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(place)}) as running:
        until = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < until:
            time.sleep(0.05)
        running.kill()
    assert list(place.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    while list(place.iterdir()) and time.monotonic() < until:  # until its processes are gone, too
        remove_left()
        time.sleep(0.05)
    assert not list(place.iterdir())


@linux
@pytest.mark.parametrize("engine", [FORKED, KERNEL])
def test_a_limit_on_the_size_of_files_is_told_as_what_it_is(tmp_path: Path, engine: str) -> None:
    runs = (
        "import resource, sys\nsys.path.insert(0, 'tests/functional')\nfrom test_briefs_engines import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "started = processes()\n"
        "for cell in (\"print('x' * 2_000_000)\", \"open('big', 'w').write('x' * 2_000_000)\"):\n"
        f"    print(run_job(job({engine!r}, 'unit: str = 1', cell, memory_mb=512), started).told(lambda words: True))\n"
        "started.close()"
    )
    done = subprocess.run([sys.executable, "-c", runs], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.splitlines() == [
        "a file that it writes is larger than files may be here. See `ulimit -f`, and raise it",
        "cell 2: OSError. File too large",
    ], done.stderr


def test_nothing_that_runs_in_a_process_is_left_to_the_next(server: ForkServer) -> None:
    leave = "import builtins, os, sys\nbuiltins.left = os.environ['LEFT'] = sys.left = 'here'\nos.listdir('.')"
    look = "import builtins, os, sys\nhasattr(builtins, 'left'), 'LEFT' in os.environ, hasattr(sys, 'left'), len(In)"
    assert isinstance(run_job(job(FORKED, "unit: str = ''", leave), server), Ran)
    ran = run_job(job(FORKED, "unit: str = ''", look), server)
    assert isinstance(ran, Ran)
    (shown,) = ran.notebook["cells"][-1]["outputs"]
    assert "".join(shown["data"]["text/plain"]) == "(False, False, False, 4)"


def test_whoever_asks_may_go_on_while_another_waits_until_a_notebooks_process_is_gone(
    server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder stays as long, since the process may still write to it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left: list[Callable[[], None]] = []
    assert isinstance(run_job(job(FORKED, "unit: str = ''", "unit"), server, left.append), Ran)
    (clear_up,) = left
    assert len(list(tmp_path.iterdir())) == 1
    clear_up()
    assert not list(tmp_path.iterdir())


def test_counting_working_days_in_a_notebook_imports_no_numpy(server: ForkServer) -> None:
    """Nor had the server: it takes longer to import than all else that a brief's notebook does."""
    count = "from datetime import date\nfrom fi_workbench.calendar import working_days_between as between"
    shown = "import sys\nbetween(date(2026, 12, 24), date(2026, 12, 29)), 'numpy' in sys.modules"
    ran = run_job(job(FORKED, "unit: str = ''", count, shown), server)
    assert isinstance(ran, Ran)
    (output,) = ran.notebook["cells"][-1]["outputs"]
    assert "".join(output["data"]["text/plain"]) == "(1, False)"


def test_what_a_notebook_makes_and_drops_is_collected(server: ForkServer) -> None:
    """The server does not look for it while it imports; its copies do."""
    ran = run_job(job(FORKED, "import gc", "gc.isenabled(), gc.get_freeze_count() > 100_000"), server)
    assert isinstance(ran, Ran)
    (shown,) = outputs(ran.notebook)[-1][2][1]
    assert "".join(shown[1]["text/plain"]) == "(True, True)"


def test_a_notebook_that_wants_too_much_memory_is_stopped_and_says_so(server: ForkServer) -> None:
    told = run_job(job(FORKED, "unit: str = ''", "held = bytearray(600_000_000)", memory_mb=256), server)
    assert str(told) == "cell 2: MemoryError"


def test_a_server_that_does_not_start_is_told_and_new_processes_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "SERVER", "no_such_module")
    server = ForkServer()
    with pytest.raises(CannotForkError, match="did not start"):
        server.start(print)
    ran = run_job(job("", "unit: str = ''", "unit"), server)
    assert isinstance(ran, Ran), str(ran)
    assert (ran.effort.engine, ran.effort.attempts) == (KERNEL, 1)
    assert server.why_not == "the fork server did not start"
    server.close()
    monkeypatch.setattr(forking.sys, "platform", "darwin")
    assert "not safe on darwin" in processes().why_not


@linux
def test_a_process_that_has_run_a_query_refuses_to_be_forked_from() -> None:
    """A server that answers has no thread that works; a process that has run a query has some."""
    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a") + 1).collect()
    assert any("polars" in name for name in threads_that_work())


EARLY = """
import os, sys
from pathlib import Path
import fi_workbench.cli.app
from fi_workbench.briefs import forking
from fi_workbench.briefs.exporting import serve_exports
from fi_workbench.briefs.fork_server import threads_that_work
from fi_workbench.briefs.shared_processes import processes
FIRST = []
assert threads_that_work() == [], threads_that_work()
forking.start_early(*FIRST)
((server, *_),) = forking._early
print(server._pid, flush=True)
"""


@linux
def test_a_command_that_has_done_nothing_yet_is_forked_from() -> None:
    """Importing starts no thread; the server is the command's own process again, and runs notebooks as any other."""
    asks = """
sys.path.insert(0, "tests/functional")
from test_briefs_engines import CELLS, FORKED, job, outputs
from fi_workbench.briefs.running import run_job
import polars as pl
pl.DataFrame({"a": [1]}).lazy().select(pl.col("a") + 1).collect()
started = processes()
ran = run_job(job(FORKED, *CELLS), started)
assert not forking._early
assert Path(f"/proc/{server._pid}/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes()
print(len(outputs(ran.notebook)), ran.effort.engine, flush=True)
started.close()
assert not Path(f"/proc/{server._pid}").exists()
"""
    done = subprocess.run([sys.executable, "-c", EARLY + asks], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == f"{len(CELLS) + 1} {FORKED}"  # one holds the parameters


@linux
def test_what_needs_little_is_begun_before_the_server_is_ready() -> None:
    """Whoever asks for it gets it, once; it is a copy of the server, and ends with it."""
    early = EARLY.replace("FIRST = []", "FIRST = [serve_exports]")
    asks = """
(begun,) = forking._early[0][3].values()
assert begun.poll(60)  # it is there before anybody has asked the server
started = processes()
first, second = started.start(serve_exports), started.start(serve_exports)
def copies():
    children = Path(f"/proc/{server._pid}/task/{server._pid}/children").read_text().split()
    return [int(pid) for pid in children]
before = copies()
assert first.connection is begun and len(before) == 2
first.kill()
try:
    first.connection.recv()
    raise SystemExit("it was not the one that was killed")
except (EOFError, ConnectionError):
    pass
started.close()
assert not any(Path(f"/proc/{pid}").exists() for pid in before)
"""
    done = subprocess.run([sys.executable, "-c", early + asks], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@linux
def test_the_engine_that_draws_is_asked_by_the_exporter_alone_and_ends_with_it() -> None:
    """Neither the command nor the server keeps it alive; and its processor time is the command's own."""
    early = EARLY.replace(
        "import fi_workbench.cli.app", "from fi_workbench import chart_engine\nchart_engine.start_early()"
    )
    asks = """
import time
pid = chart_engine._early.pid
started = processes()
exporter = started.start(serve_exports)
def state():
    return Path(f"/proc/{pid}/stat").read_text().split()[2]
time.sleep(1.0)
assert state() == "S"
exporter.kill()
until = time.monotonic() + 20
while state() != "Z":
    assert time.monotonic() < until
    time.sleep(0.02)
before = os.times().children_user
started.close()
assert not Path(f"/proc/{pid}").exists() and os.times().children_user > before + 0.1
"""
    done = subprocess.run(
        [sys.executable, "-c", early.replace("FIRST = []", "FIRST = [serve_exports]") + asks],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@linux
@pytest.mark.parametrize("first", ["", "serve_exports"])
def test_a_server_forked_early_ends_with_a_command_that_wants_no_brief(tmp_path: Path, first: str) -> None:
    """And leaves no folder behind."""
    done = subprocess.run(
        [sys.executable, "-c", EARLY.replace("FIRST = []", f"FIRST = [{first}]")],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    place, until = Path(f"/proc/{done.stdout.strip()}"), time.monotonic() + 20
    while place.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not place.exists()
    assert not list(tmp_path.iterdir())


@linux
def test_papermill_finds_the_engines_by_their_entry_points(tmp_path: Path) -> None:
    """As installed: papermill's own command line, with nothing of ours imported before."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    lines = [f"{name} = {place}" for name, place in groups["papermill.engine"].items()]
    installed = tmp_path / "site" / "fi_workbench_here-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "entry_points.txt").write_text("\n".join(["[papermill.engine]", *lines]), encoding="utf-8")
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: fi-workbench-here\nVersion: 1\n", encoding="utf-8"
    )
    source, output = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    source.write_text(notebook("unit: str = 'nobody'", "unit", "1 / 0"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", FORKED, "--no-progress-bar", "-p", "unit", "north", source, output],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert "ZeroDivisionError" in done.stderr
    cells = json.loads(output.read_text(encoding="utf-8"))["cells"]
    shown = ["".join(out["data"]["text/plain"]) for cell in cells for out in cell.get("outputs", ()) if "data" in out]
    assert shown == ["'north'"]
    assert sum("papermill-error-cell-tag" in cell["metadata"].get("tags", ()) for cell in cells) == 2
