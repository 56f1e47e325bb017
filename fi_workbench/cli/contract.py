"""Commands about contracts: draft one from a sample of a new partner's file, check one, show them to partners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fi_workbench.cli.app import DebugOption, JsonOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import Rim
from fi_workbench.errors import EXIT_DONE, EXIT_WAITS

if TYPE_CHECKING:
    from fi_workbench.weekly.contracting import Drafted

contract_app = typer.Typer(help="Draft, check and show the contracts of sources.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")


@contract_app.command("draft")
def draft(
    sample: Annotated[Path, typer.Argument(metavar="FILE", help="A delimited file of the new partner.", exists=True)],
    source: Annotated[
        str | None, typer.Option(help="What the source is to be called (default: the file's name).", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Propose a contract from a sample: types, codes, key and rules, with TODO where a person must settle."""
    from fi_workbench.weekly.contracting import draft_contract

    view = rim(workspace, as_json, debug)
    _tell(view, draft_contract(view.workspace, sample, source=source), "Drafted")


@contract_app.command("check")
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A contract (.odcs.yaml).", exists=True)],
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Read a contract as a load would, and list what is left to settle."""
    from fi_workbench.weekly.contracting import check_contract

    view = rim(None, as_json, debug)
    drafted = check_contract(path)
    _tell(view, drafted, "Right")
    raise typer.Exit(EXIT_WAITS if drafted.todo else EXIT_DONE)


@contract_app.command("page")
def page(
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pages go.", file_okay=False)],
    source: Annotated[
        str | None, typer.Argument(help="Only this source (default: all, with an index).", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a page for partners: what to send, how often, how it is checked, and who owns it."""
    from fi_workbench.weekly.contract_pages import write_contract_pages

    view = rim(workspace, as_json, debug)
    written = write_contract_pages(to, source=source, workspace=view.workspace)
    many = f"Wrote {len(written)} pages; begin with {written[0]}."
    view.show(many if len(written) > 1 else f"Wrote {written[0]}.", {"pages": [str(path) for path in written]})


def _tell(view: Rim, drafted: Drafted, word: str) -> None:
    lines = [
        f"{word}: {drafted.path}, {drafted.columns} columns, {drafted.rules} rules.",
        *(f"  {line}" for line in drafted.todo),
        f"{len(drafted.todo)} to settle." if drafted.todo else "Nothing is left to settle.",
        f"Files go to extracts/{drafted.source}/, named {drafted.source}_YYYY-MM-DD.csv; then `fi-workbench load`.",
    ]
    facts = {"source": drafted.source, "path": str(drafted.path), "columns": drafted.columns, "rules": drafted.rules}
    view.show("\n".join(lines), facts | {"todo": list(drafted.todo)})
