"""Commands about contracts: draft one from a sample of a new partner's file, and check one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fi_workbench.cli.app import DebugOption, JsonOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import Rim
from fi_workbench.errors import EXIT_DONE, EXIT_WAITS

if TYPE_CHECKING:
    from fi_workbench.weekly.contracting import Drafted

contract_app = typer.Typer(help="Draft and check the contracts of sources.", no_args_is_help=True)
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


def _tell(view: Rim, drafted: Drafted, word: str) -> None:
    lines = [
        f"{word}: {drafted.path}, {drafted.columns} columns, {drafted.rules} rules.",
        *(f"  {line}" for line in drafted.todo),
        f"{len(drafted.todo)} to settle." if drafted.todo else "Nothing is left to settle.",
        f"Files go to extracts/{drafted.source}/, named {drafted.source}_YYYY-MM-DD.csv; then `fi-workbench load`.",
    ]
    facts = {"source": drafted.source, "path": str(drafted.path), "columns": drafted.columns, "rules": drafted.rules}
    view.show("\n".join(lines), facts | {"todo": list(drafted.todo)})
