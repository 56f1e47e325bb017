"""Commands about what readers say: feedback, requests, practice notes, decisions on findings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fi_workbench.cli.app import ByOption, DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import now
from fi_workbench.cli.words import as_table
from fi_workbench.errors import EXIT_WAITS, WrongUseError

feedback = typer.Typer(help="Answers to findings: read them in, say what changed.", no_args_is_help=True)
request = typer.Typer(help="What units asked: add, answer, list.", no_args_is_help=True)
note = typer.Typer(help="Practice notes: what one unit learnt, for the others.", no_args_is_help=True)
finding = typer.Typer(help="Decisions on findings of a brief.", no_args_is_help=True)
for _name, _commands in (("feedback", feedback), ("request", request), ("note", note), ("finding", finding)):
    app.add_typer(_commands, name=_name)

CodeArgument = Annotated[str, typer.Argument(help="The finding's code, as printed in the brief.")]
UnitArgument = Annotated[str, typer.Argument(help="The unit's code.")]


@feedback.command("import")
def feedback_import(
    file: Annotated[
        Path,
        typer.Argument(
            help="Exported mail (.mbox, .eml), or CSV with the columns code and answer. For ticks on paper add the "
            "column reply, a number for each sheet: without it the same answer to the same code counts once."
        ),
    ],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Read replies. Those that hold more than a code and an answer are kept apart; nothing is lost."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "feedback", host=view.host, pid=view.pid, at=now()):
        found = weekly.import_feedback(weekly.open_workspace(view.workspace), file, by=by, at=now())
    judged = found.judged
    view.show(
        "\n".join(found.lines()),
        {
            "records": judged.n,
            "accepted": len(judged.accepted),
            "duplicates": judged.duplicates,
            "unknown_codes": list(judged.unknown),
            "kept_apart": {str(n): list(reasons) for n, reasons in judged.kept_apart.items()},
            "kept_as": found.kept_as,
            "read_before": found.again,
        },
    )
    if judged.kept_apart or judged.unknown:
        raise typer.Exit(EXIT_WAITS)


@feedback.command("respond")
def feedback_respond(
    code: CodeArgument,
    changed: Annotated[str, typer.Option(help="What changed or was found, in a sentence without any person.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Say what changed because of what was said of a finding. The unit's next brief opens with it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "feedback", host=view.host, pid=view.pid, at=now()):
        known = weekly.respond(weekly.open_workspace(view.workspace), code, changed, by=by, at=now())
    view.show(f"Kept. The next brief opens with it ({known}).", {"code": known})


@feedback.command("show")
def feedback_show(
    workspace: WorkspaceOption = None, week: WeekOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Show what was said of the last four weeks' findings, and sections that nobody answered for six weeks."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    known = weekly.learnt(opened, weekly.choose_week(opened, week, at=now()).shift(1))
    unused = known.section_use.filter(known.section_use["state"] == "unused")["section"].to_list()
    if as_json:
        facts = {"findings": known.unit_feedback.to_dicts(), "sections": known.section_use.to_dicts()}
        view.show("", {**facts, "proposed_for_removal": unused})
        return
    said = known.unit_feedback
    answered = said.filter((said["n_useful"] + said["n_wrong"] + said["n_acted_on"]) > 0)
    view.out.print(as_table(answered, "Findings that were answered"))
    view.out.print(as_table(known.section_use, "Use of sections in the last six weeks"))
    for section in unused:
        view.out.print(
            f"Nobody answered {section} for six weeks. Think about removing it from the notebook, or ask why."
        )


@request.command("add")
def request_add(
    unit: UnitArgument,
    question: Annotated[str, typer.Argument(help="What was asked, without any person.")],
    by_day: Annotated[str, typer.Option("--by-day", help="The day for which an answer is promised, as 2026-12-04.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write down what a unit asked, and until when it will have an answer."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "request", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        number = weekly.add_request(opened, unit, question, promised=_day(by_day, "--by-day"), by=by, at=now())
    view.show(f"Request {number}. The unit's next brief says when it will be answered.", {"request": number})


@request.command("answer")
def request_answer(
    number: Annotated[str, typer.Argument(help="The request's number, as R-12.")],
    answer: Annotated[str, typer.Argument(help="What was found, without any person.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Answer a request. The unit's briefs of the next four weeks say it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "request", host=view.host, pid=view.pid, at=now()):
        number = weekly.answer_request(weekly.open_workspace(view.workspace), number, answer, by=by, at=now())
    view.show(f"{number} is answered.", {"request": number})


@request.command("withdraw")
def request_withdraw(
    number: Annotated[str, typer.Argument(help="The request's number, as R-12.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take a request back, such as one asked by mistake."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "request", host=view.host, pid=view.pid, at=now()):
        number = weekly.withdraw_request(weekly.open_workspace(view.workspace), number, by=by, at=now())
    view.show(f"{number} is taken back.", {"request": number})


@request.command("list")
def request_list(
    unit: Annotated[str | None, typer.Option(help="Only this unit's.", show_default=False)] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List requests with their promised and answered dates."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    found = weekly.list_requests(weekly.open_workspace(view.workspace), unit=unit)
    if as_json:
        view.show("", {"requests": found.to_dicts()})
        return
    view.out.print(as_table(found, "What units asked"))


@note.command("add")
def note_add(
    unit: UnitArgument,
    file: Annotated[Path, typer.Argument(help="Text file: title in the first line, then a paragraph or two.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Pass a unit's practice note on: others' briefs of the next four weeks show it, and the digest for everyone."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "note", host=view.host, pid=view.pid, at=now()):
        number = weekly.pass_on_note(weekly.open_workspace(view.workspace), unit, file, by=by, at=now())
    view.show(f"Note {number} is passed on.", {"note": number})


@note.command("withdraw")
def note_withdraw(
    number: Annotated[str, typer.Argument(help="The note's number, as N-3.")],
    by: ByOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take a note back: later briefs do not show it."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    with weekly.locked(view.workspace, "note", host=view.host, pid=view.pid, at=now()):
        number = weekly.withdraw_note(weekly.open_workspace(view.workspace), number, by=by, at=now())
    view.show(f"Note {number} is taken back.", {"note": number})


@finding.command("decide")
def finding_decide(
    code: CodeArgument,
    decision: Annotated[str, typer.Argument(help="What was decided, without any person.")],
    role: Annotated[str, typer.Option(help="The role that the brief names, as unit manager.")],
    by: ByOption,
    review_on: Annotated[
        str | None, typer.Option(help="Review day, as 2027-01-11 (default: in four weeks).", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write down a decision on a finding. It comes back in the brief after 4 and 13 weeks, and on its review day."""
    from fi_workbench import weekly

    view = rim(workspace, as_json, debug)
    day = _day(review_on, "--review-on") if review_on else None
    with weekly.locked(view.workspace, "finding", host=view.host, pid=view.pid, at=now()):
        opened = weekly.open_workspace(view.workspace)
        review = weekly.decide_finding(opened, code, decision, role=role, review_on=day, by=by, at=now())
    view.show(f"Kept. To be looked at again on {review}.", {"review_on": review})


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUseError("This is not a day.", where=where, next_step="Write it as 2026-12-04.") from None
