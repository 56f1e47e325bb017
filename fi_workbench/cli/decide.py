"""Commands by which people decide: models, links, erasure. Each asks for a name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from fi_workbench.cli.app import ByOption, DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.make import _stage
from fi_workbench.cli.rim import now
from fi_workbench.cli.words import as_table, what_if_lines, what_if_tables
from fi_workbench.errors import EXIT_WAITS, WrongUseError

segment = typer.Typer(help="Group families by need: fit, review, approve, assign.", no_args_is_help=True)
app.add_typer(segment, name="segment")

ReasonOption = Annotated[str, typer.Option(help="Why, in a sentence without any family's details.")]


@segment.command("fit")
def segment_fit(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Fit a candidate grouping on a week's need profiles. It is not used until a person approves it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with view.reporter() as reporter:
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        version = weekly.fit_segments(opened, chosen, reporter=reporter).version
    view.show(
        f"Candidate {version}. Read it with `fi-workbench segment review {version}`; it waits for a person.",
        {"version": version, "approved": False},
    )
    raise typer.Exit(EXIT_WAITS)


@segment.command("review")
def segment_review(
    version: Annotated[str, typer.Argument(help="Candidate to read.")],
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Write the review as a page.")] = True,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show a candidate, and write the page that the person who approves it reads: what it is and what it would do."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    told = weekly.review_segments(opened, version)
    path = weekly.write_review(opened, version, weekly.choose_week(opened, week, at=now())) if page else None
    if as_json:
        facts = {
            "fits": told.fits,
            "classes": told.segments,
            "carried": told.carried,
            "stability": told.stability,
            "missed_pairs": told.missed_pairs,
        }
        tables = {name: frame.to_dicts() for name, frame in facts.items()}
        facts_told = {"version": version, **tables, "changes": list(told.changes), "page": str(path) if path else None}
        view.show("", facts_told)
        return
    view.out.print(as_table(told.fits, "How well each number of segments fits"))
    view.out.print(as_table(told.segments, "What each segment is about"))
    if not told.stability.is_empty():
        view.out.print(as_table(told.stability, "Whether each segment would come out again"))
        view.out.print(as_table(told.missed_pairs, "Pairs that the segments explain least (above 4: missed)"))
    if not told.carried.is_empty():
        view.out.print(as_table(told.carried, "Which segment in use each one carries on"))
    for change in told.changes:
        view.out.print(change)
    if path:
        view.out.print(f"To read before you decide: {path}")


@segment.command("approve")
def segment_approve(
    version: Annotated[str, typer.Argument(help="Candidate to approve.")],
    by: ByOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Approve a candidate by name: weeks made from now on use it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    weekly.approve_segments(weekly.open_workspace(view.workspace), version, by=by, reason=reason, at=now())
    view.show(f"{version} is approved by {by}. Weeks made from now on use it.", {"version": version, "by": by})


@segment.command("roll-back")
def segment_roll_back(
    by: ByOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take back the approval in use: weeks made from now on use the grouping approved before it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    withdrawn, used = weekly.roll_back_segments(opened, by=by, reason=reason, at=now())
    told = f"{used} is in use again." if used else "No grouping is in use now."
    view.show(f"{withdrawn} is withdrawn by {by}. {told}", {"withdrawn": withdrawn, "in_use": used, "by": by})


@segment.command("assign")
def segment_assign(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Assign a week's families to segments with the approved model, and propose an allocation to units."""
    _stage(rim(workspace, as_json, debug), week, ["segments", "allocation"])


@segment.command("decide")
def segment_decide(
    family: Annotated[str, typer.Argument(help="The family's pseudonym, from unit_proposals.")],
    decision: Annotated[str, typer.Argument(help="may_move, stay, place (with --unit), or none to take one back.")],
    by: ByOption,
    reason: ReasonOption,
    unit: Annotated[str | None, typer.Option(help="The unit named, for place.", show_default=False)] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Decide by name about one family's unit: it may move, it stays, or it goes to a unit."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "decide", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        number = weekly.decide_family(opened, family, decision, unit=unit, by=by, reason=reason, at=now())
    view.show(
        f"Decision {number} is kept. It holds for proposals of weeks made from now on; it moves nobody by itself.",
        {"decision": number},
    )


@segment.command("what-if")
def segment_what_if(
    file: Annotated[Path | None, typer.Argument(help="TOML file of scenarios.", show_default=False)] = None,
    capacity: Annotated[
        list[str] | None,
        typer.Option(help="Try one change of capacity, as unit_north=210 (repeat for more).", show_default=False),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print a file that can be copied, and do nothing.")
    ] = False,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Compare capacities, units and intakes side by side before anybody moves; count the families that would.

    Every scenario is solved as a whole. Nothing is stored, and no family is named. A family moves only if its needs
    have changed or a person says so, unless a scenario says everyone_may_move.
    """
    from fi_workbench import weekly
    from fi_workbench.segmentation import scenarios

    view = rim(workspace, as_json, debug)
    if example:
        view.show(scenarios.EXAMPLE, {"example": scenarios.EXAMPLE})
        return
    told = [*scenarios.read_scenarios(file)] if file else []
    told += scenarios.of_capacities(capacity or ())
    opened = weekly.open_workspace(view.workspace)
    chosen = weekly.choose_week(opened, week, at=now())
    tried = weekly.what_if(opened, chosen, told, where=str(file or "--capacity"))
    if as_json:
        view.show("", tried.facts())
        return
    for table in what_if_tables(tried):
        view.out.print(table)
    for sentence in (*what_if_lines(tried), *tried.one_more):
        view.out.print(sentence)


@app.command()
def unlink(
    source: Annotated[str, typer.Argument(help="Source of the wrong link, as police_notifications.")],
    partner_person: Annotated[str, typer.Argument(help="The partner person's pseudonym, from person_links.")],
    by: ByOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Undo a link between a partner's record and a person, from today on."""
    _decide_link("unlink", source, partner_person, None, by, reason, workspace, as_json, debug)


@app.command("link-person")
def link_person(
    source: Annotated[str, typer.Argument(help="Source of the record, as police_notifications.")],
    partner_person: Annotated[str, typer.Argument(help="The partner person's pseudonym, from person_links.")],
    person_id: Annotated[str, typer.Argument(help="The person's pseudonym, from people.")],
    by: ByOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Tie a partner's record to a person by hand, from today on."""
    _decide_link("link", source, partner_person, person_id, by, reason, workspace, as_json, debug)


def _decide_link(
    action: Literal["link", "unlink"],
    source: str,
    partner_person: str,
    person_id: str | None,
    by: str,
    reason: str,
    workspace: Path | None,
    as_json: bool,
    debug: bool,
) -> None:
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    at = now()
    with weekly.locked(view.workspace, action, host=view.host, pid=view.pid, at=at):
        opened = weekly.open_workspace(view.workspace)
        number = weekly.decide_link(opened, action, source, partner_person, person_id, by=by, reason=reason, at=at)
    view.show(
        f"Decision {number} is kept. It holds for weeks made from now on; earlier weeks stay as they were.",
        {"decision": number},
    )


@app.command()
def erase(
    person: Annotated[list[str], typer.Argument(help="Case references of the people to erase.")],
    by: ByOption,
    reason: ReasonOption,
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone: say yes.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Erase people from every version of every table. It cannot be undone."""
    from fi_workbench import weekly

    if not yes:
        raise WrongUseError("Erasure cannot be undone.", next_step="Run it again with --yes if you mean it.")
    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "erase", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        text, facts = weekly.erase(opened, person, by=by, reason=reason, at=now())
    view.show(text, facts)
