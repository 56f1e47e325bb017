"""Commands about interventions: criteria, question cards, families like a described one, the match, equity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fi_workbench.cli.app import DebugOption, JsonOption, WeekOption, WorkspaceOption, app, rim
from fi_workbench.cli.make import _stage
from fi_workbench.cli.rim import now
from fi_workbench.cli.words import as_table
from fi_workbench.errors import MatchingError

match = typer.Typer(help="Interventions: who could be offered what, and what is known of it.")
question = typer.Typer(help="Question cards: what is asked, of whom, from which day on.", no_args_is_help=True)
app.add_typer(match, name="match")
match.add_typer(question, name="question")

QuestionArgument = Annotated[str, typer.Argument(help="Id of a question card (`match question list`).")]


@match.callback(invoke_without_command=True)
def match_stage(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check the intervention catalogue's criteria, each with its reason; or ask one of the questions below."""
    if context.invoked_subcommand is None:
        _stage(rim(workspace, as_json, debug), week, ["match"])


@question.command("list")
def question_list(workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """List the question cards: the shipped ones and those of the workspace."""
    from fi_workbench.weekly import open_workspace
    from fi_workbench.weekly.cohorts import cards_of

    view = rim(workspace, as_json, debug)
    cards = cards_of(open_workspace(view.workspace))
    lines = [f"{card.id}: {card.title}" for card in cards.values()]
    view.show("\n".join(lines), {"questions": [{"id": card.id, "title": card.title} for card in cards.values()]})


@question.command("show")
def question_show(
    card: QuestionArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Print a question card as it stands with every figure that answers it."""
    from fi_workbench.matching.cards import card_of
    from fi_workbench.weekly import consulting, open_workspace
    from fi_workbench.weekly.cohorts import cards_of

    view = rim(workspace, as_json, debug)
    opened = open_workspace(view.workspace)
    chosen = card_of(card, cards_of(opened))
    view.show(consulting.card_text(opened, card), {"question": chosen.model_dump(mode="json")})


@question.command("check")
def question_check(
    file: Annotated[Path, typer.Argument(help="YAML file of a question card.", show_default=False)],
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Say whether a question card can be used: keys, arms, and whether its adjustment set fits its diagram."""
    from fi_workbench.matching import read_catalogue
    from fi_workbench.matching.cards import read_card

    view = rim(None, as_json, debug)
    card = read_card(file)
    catalogue = read_catalogue()
    for arm in card.arms:
        catalogue.of(arm)
    told = f"{card.id} can be used: {len(card.arms)} arms, {len(card.columns)} covariates, no back door open."
    view.show(told, {"id": card.id, "arms": len(card.arms), "covariates": len(card.columns), "usable": True})


@match.command("like")
def match_like(
    card: QuestionArgument,
    features: Annotated[
        list[str] | None,
        typer.Option("--with", help="What is described, as neglect=yes or n_children=3 (repeat).", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what became of families like a described one, in each arm. Never a score, never about one family.

    Below 50 families like it in an arm only the pooled figure is shown. That it was asked is written down.
    """
    from fi_workbench import weekly
    from fi_workbench.weekly import consulting

    view = rim(workspace, as_json, debug)
    profile = consulting.parse_profile(features or [])
    at = now()
    with weekly.locked(view.workspace, "match like", host=view.host, pid=view.pid, at=at), view.reporter() as reporter:
        opened = weekly.open_workspace(view.workspace)
        chosen = weekly.choose_week(opened, week, at=now())
        reporter.say("Comparing families …")
        asked = consulting.families_like(opened, chosen, card, profile, at=at)
    if as_json:
        view.show("", asked.facts())
        return
    view.out.print(asked.card, markup=False)
    view.out.print(as_table(asked.exhibit.arms, "Families like the one described, counts rounded to 5"))
    if asked.exhibit.abstains:
        view.out.print(asked.exhibit.abstains, markup=False)
    else:
        view.out.print(as_table(asked.exhibit.features, "What matched, and what did not"))
    if asked.pooled is None:
        view.out.print("Pooled figure: the evidence has not been worked out for this week.", markup=False)
    else:
        view.out.print(as_table(asked.pooled, "Pooled over all families"))
    view.out.print("What became of others is no forecast for one family. The decision is a person's.", markup=False)


@match.command("options")
def match_options(
    file: Annotated[Path, typer.Argument(help="TOML file that describes a family.", show_default=False)],
    order: Annotated[str, typer.Option(help="shortest_wait, strongest_evidence or alphabetical.")] = "alphabetical",
    chosen: Annotated[str, typer.Option(help="Keep what was chosen: an id shown, or none.")] = "",
    reason: Annotated[str, typer.Option(help="With --chosen: a reason code.")] = "",
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what could be talked about with a described family, with reasons and evidence, in the order you ask for.

    With --chosen and --reason, what was shown and chosen is kept without any reference. The decision and its reason
    belong in the case record.
    """
    from fi_workbench import weekly
    from fi_workbench.matching.described import PREFERENCES, read_described
    from fi_workbench.weekly import consulting

    view = rim(workspace, as_json, debug)
    if bool(chosen) != bool(reason):
        raise MatchingError("What was chosen is kept with a reason code.", where="--chosen and --reason")
    described = read_described(file)
    opened = weekly.open_workspace(view.workspace)
    told = consulting.match_family(opened, weekly.choose_week(opened, week, at=now()), described, preference=order)
    number = None
    if chosen:
        at = now()
        with weekly.locked(view.workspace, "match options", host=view.host, pid=view.pid, at=at):
            number = consulting.record_choice(opened, told, chosen=chosen, reason_code=reason, at=at)
    if as_json:
        facts = {"order": order, "cards": told.cards.to_dicts(), "ruled_out": told.ruled_out.to_dicts()}
        view.show("", facts | {"effects": told.effects.to_dicts(), "number": number})
        return
    view.out.print(f"In the order asked for: {PREFERENCES[order]}. Nothing is ranked otherwise.", markup=False)
    columns = ["name", "eligibility", "reason", "rating", "mixed", "review_stale", "places", "start_lag_weeks"]
    view.out.print(as_table(told.cards.select(columns), "What could be talked about"))
    for name, asks in told.cards.select("name", "not_known").iter_rows():
        view.out.print(f"{name}: not known {', '.join(asks) or 'nothing that is asked'}.", markup=False)
    if not told.effects.is_empty():
        view.out.print(as_table(told.effects, "What local records say, with what was published"))
    view.out.print(as_table(told.ruled_out.select("name", "reason"), "Ruled out"))


@match.command("equity")
def match_equity(
    card: QuestionArgument,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Audit who was offered something, by group of people, against families with the same needs."""
    from fi_workbench import weekly
    from fi_workbench.weekly import consulting

    view = rim(workspace, as_json, debug)
    with view.reporter() as reporter:
        opened = weekly.open_workspace(view.workspace)
        reporter.say("Comparing offers …")
        told = consulting.offers_by_group(opened, weekly.choose_week(opened, week, at=now()), card)
    if as_json:
        view.show("", {"groups": told.to_dicts()})
        return
    view.out.print(consulting.card_text(opened, card), markup=False)
    view.out.print(as_table(told, "Offered something within the grace window, counts rounded to 5"))


@match.command("speak")
def match_speak(
    card: QuestionArgument,
    workspace: WorkspaceOption = None,
    week: WeekOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Say how many interventions can say anything after 1, 2 and 3 years of records, and what is shown until then."""
    from fi_workbench import weekly
    from fi_workbench.weekly import consulting

    view = rim(workspace, as_json, debug)
    opened = weekly.open_workspace(view.workspace)
    told = consulting.may_speak(opened, weekly.choose_week(opened, week, at=now()), card)
    if as_json:
        view.show("", {"years": told.to_dicts()})
        return
    view.out.print(consulting.card_text(opened, card), markup=False)
    view.out.print(as_table(told, "When it may speak"))
