"""Build the briefs of a plan: run, assemble, render, look through, put in place; one unit's failure stays its own."""

from __future__ import annotations

import hashlib
import platform
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.capacity import at_hand, give_back, side_by_side
from fi_workbench.briefs.cluster import DaskCluster, check_executor
from fi_workbench.briefs.exporting import Exporter, rendered
from fi_workbench.briefs.folders import (
    BUILT,
    DATA,
    FAILED,
    HELD,
    PAPER,
    REPORT,
    as_json,
    built_folder,
    close_waiting,
    published,
    read_json,
    write_json,
)
from fi_workbench.briefs.gate import check_paper, check_request, check_secrets, secrets_of
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.jobs import ENGINES
from fi_workbench.briefs.model import PRODUCT, Brief
from fi_workbench.briefs.planning import Plan, guard_of
from fi_workbench.briefs.problems import own_problem
from fi_workbench.briefs.reading_once import ReadOnce
from fi_workbench.briefs.reviewing import keep_reviews
from fi_workbench.briefs.running import Broke, Effort, Job, Ran, as_they_end, run_apart, run_job
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import Processes
from fi_workbench.briefs.turns import Turns, quick_handover
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.errors import WrongUseError
from fi_workbench.progress import SILENT, Reporter

LIBRARIES = ("polars", "altair", "vl-convert-python", "papermill", "nbclient", "ipykernel", "jinja2", "typst")


@dataclass(frozen=True)
class BuildReport:
    """Which units have a brief now, and which not and why; no person's values.

    Attributes:
        efforts: what running each unit's notebook took.
        run: facts of the whole: workers, seconds, and why nothing was forked where nothing was.
        cut_off: why the rest could not be made, and what to do; empty where each was tried.
    """

    built: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    efforts: Mapping[str, Effort] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    cut_off: str = ""

    def facts(self) -> dict[str, Any]:
        """For the run's manifest."""
        return {**self.run, "notebooks": {unit: asdict(effort) for unit, effort in sorted(self.efforts.items())}}


def build(
    plan: Plan,
    *,
    reporter: Reporter = SILENT,
    workers: int | None = None,
    engine: str = "",
    guard: Callable[[], Guard] | None = None,
    started: Processes | None = None,
    executor: str = "",
) -> BuildReport:
    """Build the briefs of a plan into the workspace's `built` folder, each folder complete or absent.

    Args:
        plan: what to build, already checked.
        reporter: is told of each brief.
        workers: notebooks that may run side by side; with one, one brief is made after the other. Unset means by the
            cores and the memory at hand.
        engine: papermill's engine; empty for the quickest that works here.
        guard: gives what looks for people in files; it is made while the first notebooks run.
        started: where processes come from, left open; otherwise a fork server of this build alone.
        executor: address of a Dask cluster that runs the notebooks; empty for this machine.

    Returns:
        Units built and units that failed. A failing notebook, or a page that the gate refuses, leaves no brief for
        its unit, not even an older one, and does not hold up the others.

    Raises:
        WrongUseError: there is no such engine or executor.
        BriefError: the cluster does not answer.
        DiskFullError: no room; what stood before still stands.
    """
    check_ways(engine=engine, executor=executor)
    began = time.monotonic()
    text = plan.notebook.read_text(encoding="utf-8")
    far = DaskCluster(executor) if executor else None
    source = started or processes()
    at_once = side_by_side(workers, len(plan.units), forks=source.forks)
    if far is not None:
        at_once = max(1, min(far.at_once, len(plan.units)))
    close_waiting(plan.workspace, BUILT)
    reporter.start("Briefs", len(plan.units))
    if not source.forks:
        reporter.say(f"Each brief runs in a kernel of its own, which is slower: {source.why_not}.")
    efforts: dict[str, Effort] = {}
    failed: dict[str, str] = {}
    exporter = Exporter(source)
    try:
        turns = Turns(at_once)
        with (
            ThreadPoolExecutor(1) as clearing,
            ThreadPoolExecutor(turns.lanes) as lanes,
            ThreadPoolExecutor(3) as beside,
            quick_handover(),
        ):
            run_one = far.run if far is not None else partial(run_job, started=source, when=clearing.submit)
            reading = beside.submit(ReadOnce, plan.lake, plan.week, plan.run, plan.workspace)
            guarded = beside.submit(_once_read, reading, guard or guard_of(plan))
            jobs = [_job(plan, unit, text, at_once, engine) for unit in plan.units]
            makers = [lanes.submit(_make, job, plan, run_one, turns, exporter, guarded, reading) for job in jobs]
            beside.submit(exporter.warm)
            try:
                for maker in as_they_end(makers):
                    unit, problem, efforts[unit] = maker.result()
                    if problem:
                        failed[unit] = problem
                    reporter.ended(plan.settings.unit_name(unit), problem)
            except BaseException:  # a full disk, or a person who stops it: nothing more is begun, what runs is ended
                turns.stop()
                for pool in (lanes, beside):
                    pool.shutdown(wait=False, cancel_futures=True)
                source.end()
                raise
    finally:
        exporter.close()
        if started is None:
            source.close()
        if far is not None:
            far.close()
    reporter.finish()
    built = tuple(unit for unit in sorted(plan.units) if unit not in failed)
    _keep_report(plan, built, failed)
    keep_reviews(workspace=plan.workspace, week=plan.week, units=built, lake=plan.lake, guard=guarded.result)
    run = {
        "executor": executor,
        "workers": at_once,
        "seconds": round(time.monotonic() - began, 3),
        "not_forked": source.why_not,
    }
    cut_off = ""
    if far is not None and far.lost_scheduler:
        cut_off = (
            f"The scheduler of the Dask cluster was lost: {len(built)} of {len(plan.units)} briefs were made and stay. "
            f"Start it again, then `fi-workbench briefs --failed --executor {executor}`, or leave out --executor."
        )
    return BuildReport(built, dict(sorted(failed.items())), efforts, run, cut_off)


def check_ways(*, engine: str, executor: str) -> None:
    """Refuse an engine that there is not, or what cannot be the address of a cluster; empty means the usual.

    Raises:
        WrongUseError: it is one of these.
    """
    if engine and engine not in ENGINES:
        raise WrongUseError("There is no such engine.", where=engine, next_step="Engines: " + ", ".join(ENGINES))
    if executor:
        check_executor(executor)


def _once_read(reading: Future[ReadOnce], guard: Callable[[], Guard]) -> Guard:
    """Make the guard when the week was read: notebooks wait for that first, and two threads take each other's turns."""
    wait([reading])
    return guard()


def _job(plan: Plan, unit: str, notebook: str, at_once: int, engine: str) -> Job:
    return Job(
        unit=unit,
        notebook=notebook,
        parameters=plan.parameters(unit),
        environment={WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id},
        seconds=float(plan.settings.briefs.timeout_seconds),
        threads=max(1, at_hand().cores // at_once),
        memory_mb=plan.settings.briefs.memory_mb,
        engine=engine,
    )


def _make(
    job: Job,
    plan: Plan,
    run_one: Callable[[Job], Ran | Broke],
    turns: Turns,
    exporter: Exporter,
    guarded: Future[Guard],
    reading: Future[ReadOnce],
) -> tuple[str, str, Effort]:
    """Make one unit's brief; give its problem, empty when it stands."""
    read = reading.result()

    def in_turn(job: Job) -> Ran | Broke:
        handed = read.for_unit(job.unit)
        with turns.notebook():
            return run_one(replace(job, handed=handed))

    files: dict[str, bytes] = {}
    with turns.making():
        result = run_apart(job, in_turn)
        if isinstance(result, Ran):
            with own_problem() as problem:
                files = _finish(result, plan, exporter, guarded.result(), job, turns)
            told = problem.told
        else:
            told = _broke(result, plan, guarded.result())
    folder = built_folder(plan.workspace, plan.week, job.unit)
    if not told:
        with own_problem() as problem, published(folder) as staging:
            write_files(staging, files)
        told = problem.told
    if told:
        shutil.rmtree(folder, ignore_errors=True)
    give_back()
    return job.unit, told, result.effort


def _finish(result: Ran, plan: Plan, exporter: Exporter, guard: Guard, job: Job, turns: Turns) -> dict[str, bytes]:
    """The files of a brief that has run, looked through."""
    with turns.looking:
        check_request(result.notebook, job.parameters, result.unit)
        brief = assemble(result.notebook, unit=result.unit, week=str(plan.week))
    read = exporter.files(brief)
    with turns.looking:
        files = brief_files(brief, plan, job.notebook, read)
        check_paper(files[PAPER], f"{result.unit}/{PAPER}")
        check_secrets({f"{result.unit}/{name}": made for name, made in files.items()}, secrets_of(plan.workspace))
        guard.check({f"{result.unit}/{name}": made for name, made in files.items()}, dates=brief.dates())
    return files


def brief_files(brief: Brief, plan: Plan, notebook: str, read: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of a brief: the page, the paper, and the same as data with what it was made by.

    Args:
        brief: the brief.
        plan: what it was planned with.
        notebook: the text of the notebook that made it.
        read: the files that people read, where they are made already.
    """
    read = read or rendered(brief)
    facts = {"brief": brief.model_dump(mode="json"), "manifest": manifest(brief, plan, notebook, read)}
    return {**read, DATA: as_json(facts).encode()}


def manifest(brief: Brief, plan: Plan, notebook: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What a brief was made from and by, with the hash of every file, so that it can be made again and compared."""
    run = plan.run
    tables = sorted(brief.made_from.rows)
    return {
        "product": PRODUCT,
        "audience": brief.head.audience,
        "unit": brief.head.unit,
        "week": str(plan.week),
        "run": run.run_id,
        "made_at": run.made_at.isoformat(timespec="seconds"),
        "pin": {"as_of": str(run.pin.as_of), "load_id": run.pin.load_id, "decision_id": run.pin.decision_id},
        "settings": run.settings_fingerprint,
        "model": run.model_version,
        "code": run.code_version,
        "notebook_sha256": _sha256(notebook.encode()),
        "files_sha256": {name: _sha256(content) for name, content in sorted(files.items())},
        "rows": dict(brief.made_from.rows),
        "contracts": {name: plan.catalogue.table(name).contract_version for name in tables},
        "erasures_since": len(run.erasure_touched),
        "python": platform.python_version(),
        "libraries": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in LIBRARIES)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _broke(result: Broke, plan: Plan, guard: Guard) -> str:
    if result.notebook is not None:
        folder = plan.workspace / FAILED / str(plan.week)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_json(folder / f"{result.unit}.ipynb", result.notebook)
    return result.told(guard.names_nobody)


def _keep_report(plan: Plan, built: Sequence[str], failed: Mapping[str, str]) -> None:
    """What stands of the week, for whoever releases it: units built and failed over all attempts of this run.

    A week that was held is no longer: whoever checks it looks at the new pages.
    """
    close_waiting(plan.workspace, BUILT)
    folder = built_folder(plan.workspace, plan.week, "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HELD).unlink(missing_ok=True)
    before = read_json(folder / REPORT)
    same_run = before.get("run") == plan.run.run_id
    units = {**(before.get("failed", {}) if same_run else {}), **failed}
    left = {unit: problem for unit, problem in units.items() if unit not in built}
    write_json(folder / REPORT, {"week": str(plan.week), "run": plan.run.run_id, "failed": left})
