"""Commands that make something: loads, stages, briefs, the whole week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fi_workbench.cli.app import DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import Rim, now
from fi_workbench.cli.secrets import find_secret
from fi_workbench.cli.words import load_lines, repair_lines, week_lines
from fi_workbench.errors import EXIT_ALARM, EXIT_DONE, EXIT_WAITS, WrongUseError

AcceptOption = Annotated[bool, typer.Option("--accept", help="Take deliveries that are held for a person.")]
AcceptedByOption = Annotated[str, typer.Option("--by", help="With --accept: who takes them, a person's name.")]
WhyOption = Annotated[
    str, typer.Option("--reason", help="With --accept: why, in a sentence without any person's details.")
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Briefs made side by side (default: by cores and memory).", show_default=False)
]
ExecutorOption = Annotated[
    str, typer.Option(metavar="dask://HOST:PORT", help="A Dask cluster that makes the briefs.", show_default=False)
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="What date files without one cover up to.", show_default=False),
]


@app.command()
def load(
    workspace: WorkspaceOption = None,
    accept: AcceptOption = False,
    by: AcceptedByOption = "",
    reason: WhyOption = "",
    as_of: AsOfOption = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source (repeat for more).", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Read every new extract and ask every configured database; account for each row.

    Exit codes: 0 done; 3 something waits for a person; 4 a source broke its contract, and its delivery is held.
    """
    from fi_workbench import weekly

    taken = accepted_by(accept=accept, by=by, reason=reason)
    view = rim(workspace, as_json, debug)
    with view.reporter() as reporter, weekly.locked(view.workspace, "load", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        report = weekly.load(
            opened,
            clock=now,
            accept=accept,
            accepted_by=taken,
            as_of=as_of.date() if as_of else None,
            sources=source or (),
            secrets=find_secret,
            reporter=reporter,
        )
        page, told = weekly.try_quality_report(opened, report, at=now())
    lines, facts = load_lines(report)
    view.show("\n".join([lines, told] if told else [lines]), facts | {"quality_report": str(page) if page else None})
    raise typer.Exit(EXIT_ALARM if report.alarms else EXIT_WAITS if report.waits else EXIT_DONE)


@app.command()
def quality(workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Write a data quality report on the latest delivery of each source: rules broken, course, age, codes."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    path = weekly.quality_report(weekly.open_workspace(view.workspace), at=now())
    view.show(f"Wrote {path}.", {"page": str(path)})


def accepted_by(*, accept: bool, by: str, reason: str) -> str:
    """Who takes held deliveries and why, as it is written down.

    Raises:
        WrongUseError: a name without a reason, a reason without a name, or either without `--accept`.
    """
    if bool(by.strip()) != bool(reason.strip()) or (by and not accept):
        raise WrongUseError(
            "Who takes a held delivery says so with --accept, and gives a name and a reason.",
            next_step='Use `--accept --by NAME --reason "..."`.',
        )
    return f"{by.strip()}: {reason.strip()}" if by else ""


def _stage(view: Rim, week: str | None, names: Sequence[str]) -> None:
    from fi_workbench import weekly

    with view.reporter() as reporter:
        at = now()
        with weekly.locked(view.workspace, names[0], host=view.host, pid=view.pid, at=at):
            opened = weekly.open_workspace(view.workspace)
            chosen = weekly.choose_week(opened, week, at=now())
            run = weekly.pinned_run(opened, chosen, clock=now)
            outcomes = weekly.run_stages(opened, chosen, run, clock=now, only=names, reporter=reporter)
    lines = [f"{outcome.stage}: {outcome.outcome}" for outcome in outcomes if outcome.stage in names]
    facts: dict[str, Any] = {"week": str(chosen), "stages": {o.stage: o.outcome for o in outcomes}}
    if "caseload" in names:
        repairs = weekly.care_repairs(opened, chosen, run_id=run.run_id)
        lines += repair_lines(repairs)
        facts |= repairs.facts()
    view.show(f"Week {chosen}\n" + "\n".join(lines), facts)


@app.command()
def link(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Work out who is who across agencies, and build families."""
    _stage(rim(workspace, as_json, debug), week, ["link"])


@app.command()
def caseload(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Work out episodes, each child's one status, and who holds whom."""
    _stage(rim(workspace, as_json, debug), week, ["caseload"])


@app.command()
def needs(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Work out each family's need profile, with its evidence."""
    _stage(rim(workspace, as_json, debug), week, ["needs"])


@app.command()
def evidence(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Work out what interventions seem to do, for whom and how surely; the weekly run does it about once a month."""
    _stage(rim(workspace, as_json, debug), week, ["evidence"])


@app.command()
def measure(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Work out clocks, changes and workload for each unit."""
    _stage(rim(workspace, as_json, debug), week, ["measures"])


@app.command()
def briefs(
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", "--only", help="Only this unit (repeat for more).", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only units that have no brief of this run yet.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what would run, run nothing.")
    ] = False,
    workers: WorkersOption = None,
    executor: ExecutorOption = "",
    engine: Annotated[
        str, typer.Option(help="Papermill engine (default: the quickest that works here).", show_default=False)
    ] = "",
    notebook: Annotated[
        Path | None, typer.Option(help="Another brief notebook than the shipped one.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run the brief notebooks of a week whose measures are done; nothing is visible until it is released.

    Exit codes: 0 done; 3 a unit has no brief, or something else waits for a person.
    """
    from fi_workbench import chart_engine
    from fi_workbench.briefs.exporting import serve_exports
    from fi_workbench.briefs.forking import start_early

    if not dry_run and not executor:
        start_early(serve_exports)
    chart_engine.let_go()  # where it has gone to nobody
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    wish = weekly.Wish(
        units=unit, notebook=notebook, force=not failed, workers=workers, engine=engine, executor=executor
    )
    if dry_run:
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        todo, kept = weekly.briefs_to_make(opened, chosen, wish=wish)
        lines = [f"Week {chosen}. Nothing was run.", f"Would build {len(todo)} briefs: {', '.join(todo) or 'none'}."]
        lines += [f"Would leave as they are: {', '.join(kept)}."] if kept else []
        view.show("\n".join(lines), {"week": str(chosen), "build": todo, "leave": kept})
        return
    with view.reporter() as reporter, weekly.locked(view.workspace, "briefs", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        report = weekly.make_briefs(opened, chosen, clock=now, wish=wish, reporter=reporter)
    if report.is_idle:
        view.show(f"Week {chosen}. Nothing has failed, so nothing was done: every brief is there.", report.facts())
        return
    view.show(week_lines(report, view.workspace), report.facts())
    raise typer.Exit(EXIT_WAITS if report.waits else EXIT_DONE)


@app.command("weekly")
def weekly_command(
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    accept: AcceptOption = False,
    by: AcceptedByOption = "",
    reason: WhyOption = "",
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Make the week although a source broke its contract, without that delivery.")
    ] = False,
    repin: Annotated[
        bool, typer.Option("--repin", help="Make the week again with deliveries that arrived since.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make the week again from what was known when it was pinned.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this stage (repeat).", show_default=False)] = None,
    workers: WorkersOption = None,
    executor: ExecutorOption = "",
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a week from end to end: what scheduled runs call. Goes on from where a killed run stopped.

    Exit codes: 0 done; 3 something waits for a person; 4 a source broke its contract, and no stage was run.
    """
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    taken = accepted_by(accept=accept, by=by, reason=reason)
    if only:
        _stage(view, week, only)
        return
    with view.reporter() as reporter, weekly.locked(view.workspace, "weekly", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        report = weekly.run_week(
            opened,
            week,
            clock=now,
            accept=accept,
            accepted_by=taken,
            go_on=go_on,
            repin=repin,
            again=again,
            workers=workers,
            executor=executor,
            secrets=find_secret,
            reporter=reporter,
        )
    view.show(week_lines(report, view.workspace), report.facts())
    raise typer.Exit(EXIT_WAITS if report.waits else EXIT_DONE)
