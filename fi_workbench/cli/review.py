"""Commands by which an analyst reads a built week before it is released."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fi_workbench.cli.app import ByOption, DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import now
from fi_workbench.cli.words import as_table
from fi_workbench.errors import EXIT_WAITS

review = typer.Typer(help="Read a built week: accept, drop or edit findings, reconcile counts.", no_args_is_help=True)
app.add_typer(review, name="review")

CodeArgument = Annotated[str, typer.Argument(help="The finding's code, as printed below it.")]


@review.command("list")
def review_list(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """List every finding of a built week with its code, and what was done with it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    found = weekly.findings_to_review(opened, weekly.choose_week(opened, week, at=now()))
    if as_json:
        view.show("", {"findings": found.to_dicts()})
        return
    view.out.print(as_table(found, "Findings of the built briefs"))


@review.command("accept")
def review_accept(
    code: CodeArgument,
    by: ByOption,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Say that a finding was read and is right."""
    _act(code, "accept", "", "", by, workspace, week, as_json, debug)


@review.command("drop")
def review_drop(
    code: CodeArgument,
    by: ByOption,
    reason: Annotated[str, typer.Option(help="Why, in a sentence without any person.")],
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Leave a finding out. The manifest says so, and the brief as built is kept."""
    _act(code, "drop", "", reason, by, workspace, week, as_json, debug)


@review.command("edit")
def review_edit(
    code: CodeArgument,
    to: Annotated[str, typer.Option("--to", help="The finding in other words: its own numbers, nobody's name.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Put a finding in other words. Who, when, before and after are kept, and the page is checked again.

    Refused: a number that neither the finding nor what stands beside it holds (in words, too), a part larger than its
    whole, and whatever looks like a person's name. A service or place that is meant is written in small letters.
    """
    _act(code, "edit", to, "", by, workspace, week, as_json, debug)


@review.command("undo")
def review_undo(
    code: CodeArgument,
    by: ByOption,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take back what was done with a finding."""
    _act(code, "undo", "", "", by, workspace, week, as_json, debug)


@review.command("reconcile")
def review_reconcile(
    file: Annotated[Path, typer.Argument(help="CSV of the council's own counts: unit,measure,theirs,reason.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Put our counts beside the council's own. A difference without a reason keeps the week from being released."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "review", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        rows = weekly.reconcile_counts(opened, chosen, file, by=by, at=now())
        problem = weekly.retell_data_note(opened, chosen)
    if as_json:
        view.show("", {"week": str(chosen), "counts": rows.to_dicts(), "data_note": problem})
    else:
        view.out.print(as_table(rows, f"Counts of {chosen}: ours and theirs"))
        if problem:
            view.out.print(problem)
    if "no_reason" in rows["state"].to_list():
        raise typer.Exit(EXIT_WAITS)


def _act(
    code: str,
    action: str,
    after: str,
    reason: str,
    by: str,
    workspace: Path | None,
    week: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "review", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        unit = weekly.review_finding(opened, chosen, code, action, by=by, at=now(), after=after, reason=reason)
    page = opened.folder / "built" / str(chosen) / unit / "unit_brief.html"
    view.show(f"Kept ({action}). Read the page again: {page}", {"code": code, "action": action, "page": str(page)})
