"""The commands and what is common to them all."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from fi_workbench import __version__
from fi_workbench.cli.rim import Rim, default_workspace

app = typer.Typer(
    name="fi-workbench",
    help="From raw extracts to a short, honest weekly brief for each unit.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", help="Workspace folder (or FI_WORKSPACE; default ./workspace).", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print facts for machines.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show a traceback if the workbench itself fails.")]
WeekOption = Annotated[
    str | None,
    typer.Option(
        help="Reporting week, as 2026-W47 (default: the latest that is over and has extracts).", show_default=False
    ),
]
ByOption = Annotated[str, typer.Option("--by", help="Who decides: a person's name.")]


def rim(workspace: Path | None, as_json: bool, debug: bool) -> Rim:
    """What the command knows of the world."""
    return Rim(workspace or default_workspace(), as_json, debug)


def _version(show: bool) -> None:
    if show:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From raw extracts to a short, honest weekly brief for each unit."""


# Each module adds its commands to `app` when it is imported; help lists them in this order.
for _module in ("start", "make", "match", "decide", "release", "review", "learn", "inspect", "contract"):
    import_module(f"fi_workbench.cli.{_module}")
