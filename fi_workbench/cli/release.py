"""Commands by which a named analyst makes a week visible, and takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fi_workbench.calendar import ReportingWeek
from fi_workbench.cli.app import ByOption, DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.decide import ReasonOption
from fi_workbench.cli.rim import now
from fi_workbench.errors import WrongUseError


@app.command()
def release(
    by: ByOption,
    digest: Annotated[
        bool, typer.Option("--digest", help="Only the digest across units, which anyone may read.")
    ] = False,
    reason: Annotated[
        str, typer.Option(help="Why it is released again, where it was taken back and nothing changed since.")
    ] = "",
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a built week visible, by a named analyst: its briefs, or with --digest the digest across units.

    What was taken back and did not change since is refused without --reason, which readers of the briefs see.
    """
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    if digest:
        with weekly.locked(view.workspace, "release", host=view.host, pid=view.pid, at=now()):
            opened = weekly.open_workspace(view.workspace)
            chosen = weekly.choose_week(opened, week, at=now())
            page = weekly.release_digest(opened, chosen, by=by, at=now(), reason=reason)
        view.show(
            f"The digest of {chosen} is released. It is here:\n  {page}", {"week": str(chosen), "page": str(page)}
        )
        return
    with weekly.locked(view.workspace, "release", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        before, were_back = weekly.last_release(opened, chosen), weekly.recalled_units(opened, chosen)
        folder = weekly.release(opened, chosen, by=by, at=now(), reason=reason)
        last = weekly.last_release(opened, chosen)
        problem = weekly.retell_data_note(opened, chosen) if were_back else ""
    pages = sorted(str(path) for path in Path(folder).rglob("*.html"))
    stood = last is not None and last == before
    who = last["by"] if last else by
    words = f"{chosen} was released by {who} and nothing changed since" if stood else f"Released {chosen} by {by}"
    lines = [f"{words}. The briefs are here:", *(f"  {page}" for page in pages)]
    if were_back:
        lines.append(f"Worklists and managers' pages that were taken back: `fi-workbench briefs --week {chosen}`.")
    view.show(
        "\n".join([*lines, *([problem] if problem else [])]),
        {"week": str(chosen), "by": who, "pages": pages, "released_before": stood, "data_note": problem},
    )


@app.command()
def recall(
    by: ByOption,
    reason: ReasonOption,
    week: Annotated[str, typer.Option(help="Week to take back, as 2026-W47.")],
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit's brief (repeat for more).", show_default=False)
    ] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Only the digest across units.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take a released week back, or one unit's brief: a correction notice stands wherever a page told of it.

    That is the brief as page, paper and plain text; the unit's worklists and its manager's page; the digest, which
    counts the unit, too; and a later week's page that shows this brief for want of its own. The list of the week and
    the data note say so. What another run has made since is left as it is.
    """
    from fi_workbench import weekly

    if digest and unit:
        raise WrongUseError("The digest is of all units together.", where="--digest and --unit")
    view = rim(workspace, as_json, debug)
    problem, notices = "", {"published": 1}
    with weekly.locked(view.workspace, "recall", host=view.host, pid=view.pid, at=now()):
        opened, chosen = weekly.open_workspace(view.workspace), ReportingWeek.parse(week)
        if digest:
            weekly.recall_digest(opened, chosen, by=by, reason=reason, at=now())
        else:
            notices = weekly.recall(opened, chosen, by=by, reason=reason, at=now(), units=unit or ())
            problem = weekly.retell_data_note(opened, chosen)
        left = weekly.digest_stands(opened, chosen)
    week, named = str(chosen), list(dict.fromkeys(unit or ()))
    what = f"the digest of {week}" if digest else f"{', '.join(named)} of {week}" if named else week
    places = ", ".join(f"{n} in {folder}/" for folder, n in notices.items())
    lines = [f"Recalled {what}. A correction notice stands in place of each page: {places}."]
    if left:
        lines.append(f"A digest made since is still published: `fi-workbench recall --digest --week {week}`.")
    view.show(
        "\n".join([*lines, *([problem] if problem else [])]),
        {"week": week, "by": by, "units": named, "notices": notices, "data_note": problem},
    )
