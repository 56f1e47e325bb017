"""Commands that look and change nothing: how things stand, and what is wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from fi_workbench.cli.app import DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import now
from fi_workbench.cli.words import forecast_table, repair_lines
from fi_workbench.errors import EXIT_DONE, EXIT_FAILED


@app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Show what is loaded, how fresh it is, which weeks are made, and what waits for a person."""
    from rich.table import Table

    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    state = weekly.status(weekly.open_workspace(view.workspace), at=now(), host=view.host)
    if as_json:
        view.show("", state.facts())
        return
    sources = Table("Source", "Covers up to", "Rows", "Quarantined", "State", title="Sources", title_justify="left")
    for row in state.sources:
        covers = "" if row["as_of"] is None else f"{row['as_of']:%-d %b %Y}"
        sources.add_row(row["name"], covers, f"{row['n_rows']:,}", f"{row['n_quarantined']:,}", row["state"])
    view.out.print(sources)
    weeks = Table("Week", "Stages done", "Built", "Released", title="Weeks", title_justify="left")
    for made in state.weeks:
        weeks.add_row(made["week"], str(made["stages"]), made["built"], made["released"])
    view.out.print(weeks)
    if state.lock:
        view.out.print(f"Locked by {state.lock}.")
    for line in state.waits:
        view.out.print(f"Waits for a person: {line}")


@app.command()
def repairs(
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind (repeat for more).", show_default=False)
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Each repair as a line of CSV, for analysts: about one child each.")
    ] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what was repaired in a week's episodes of care: counts by kind, or each value before and after.

    A line holds no name and no case number: its file and record (from 1, headings and blank lines not counted) lead to
    the child.
    """
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    found = weekly.care_repairs(opened, weekly.choose_week(opened, week, at=now()), kinds=kind or ())
    facts = found.facts() | ({"rows": found.rows.to_dicts()} if rows else {})
    text = found.rows.write_csv().rstrip() if rows else "\n".join([f"Week {found.week}", *repair_lines(found)])
    view.show(text, facts)


@app.command()
def forecast(
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit (repeat for more).", show_default=False)
    ] = None,
    every_week: Annotated[
        bool, typer.Option("--every-week", help="Show all 13 weeks, not only 1, 4, 8 and 13.")
    ] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show how many children each unit is likely to hold over the next 13 weeks, and whether that is too many.

    Counts of units, made with the week: families come as is usual at that time of the year, and move on as often as
    families did before. The ranges hold 8 and 19 of 20 futures drawn so.
    """
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    ahead = weekly.demand_ahead(opened, weekly.choose_week(opened, week, at=now()), units=unit or ())
    if as_json:
        view.show("", ahead.facts())
        return
    shown = ahead.weeks if every_week else ahead.weeks.filter(ahead.weeks["weeks_ahead"].is_in([1, 4, 8, 13]))
    if not shown.is_empty():
        view.out.print(forecast_table(shown, f"Children likely to be held after {ahead.week}"))
    for name, sentence in ahead.sentences.items():
        view.out.print(f"{name}: {sentence}")


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Say what is wrong with this installation or workspace, and how to mend it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    findings = weekly.examine(view.workspace, at=now(), host=view.host)
    lines = [f"{'well ' if finding.well else 'WRONG'}  {finding.what}" for finding in findings]
    mends = [f"  -> {finding.mend}" for finding in findings if not finding.well]
    wrong = [finding for finding in findings if not finding.well]
    view.show(
        "\n".join([*lines, *mends, f"{len(wrong)} to mend." if wrong else "All is well."]),
        {"findings": [{"what": f.what, "well": f.well, "mend": f.mend} for f in findings]},
    )
    raise typer.Exit(EXIT_FAILED if wrong else EXIT_DONE)
