"""Commands that begin something: a workspace, a synthetic authority, a laboratory."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fi_workbench.calendar import ReportingWeek
from fi_workbench.cli.app import DebugOption, JsonOption, WorkspaceOption, app, rim
from fi_workbench.cli.rim import now
from fi_workbench.errors import WorkbenchError, WrongUseError

TRUTH_SUFFIX = "-truth"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="New workspace folder.")],
    name: Annotated[str, typer.Option(help="The authority's name.")],
    code: Annotated[str, typer.Option(help="Its three-digit DfE number, as in returns.")],
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Make an empty workspace: settings, a secret key, and a folder for each source."""
    from fi_workbench.weekly import make_workspace

    view = rim(folder, as_json, debug)
    sources = make_workspace(folder, name=name, code=code)
    view.show(
        f"Made the workspace {folder}. Settings are in workbench.toml; put extracts into extracts/<source>/ "
        f"({len(sources)} folders are there) and run `fi-workbench load --workspace {folder}`.\n"
        "Keep a copy of pseudonym.key apart: without it old and new figures cannot be joined.",
        {"workspace": str(folder), "sources": sources},
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Folder for the synthetic authority.")],
    families: Annotated[int, typer.Option(min=1, help="Families open at a time (1,600 is Newcastle's size).")] = 1600,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    weeks: Annotated[int, typer.Option(min=8, help="Weeks of history.")] = 156,
    week: Annotated[str, typer.Option(help="Last week of the history.")] = "2026-W47",
    deliveries: Annotated[
        int, typer.Option(min=1, help="How many of the last weeks have a delivery of their own.")
    ] = 6,
    truth: Annotated[
        Path | None, typer.Option(help="Where the truth goes (default: beside the workspace).", show_default=False)
    ] = None,
    dirty_files: Annotated[
        Path | None,
        typer.Option(
            help="Also write the files of every known case of dirt here, each in its own folder.", show_default=False
        ),
    ] = None,
    if_absent: Annotated[bool, typer.Option("--if-absent", help="Do nothing when it is there already.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a synthetic authority: extracts in the real formats, its truth kept apart. Nobody's data."""
    from fi_workbench import demo as room

    view = rim(folder, as_json, debug)
    if folder.exists() and any(folder.iterdir()):
        if if_absent and (folder / "workbench.toml").exists():
            view.show(f"The workspace {folder} is there already: nothing made.", {"made": False})
            return
        raise WrongUseError(
            "This folder is not empty, so no authority was made in it.",
            where=str(folder),
            next_step="Name a new folder, or delete this one.",
        )
    last: date = ReportingWeek.parse(week).sunday
    with view.reporter() as reporter:
        report = room.make_authority(
            folder,
            truth or folder.with_name(folder.name + TRUTH_SUFFIX),
            families=families,
            seed=seed,
            weeks=weeks,
            end=last,
            weekly_deliveries=deliveries,
            reporter=reporter,
        )
    n_cases = room.write_dirty_files(folder / "extracts", dirty_files, code=room.AUTHORITY_CODE) if dirty_files else 0
    dirty = f"The files of {n_cases} cases of dirt are in {dirty_files}.\n" if dirty_files else ""
    view.show(
        f"{dirty}Made a synthetic authority in {folder}: {families:,} families, {weeks} weeks up to {last:%-d %B %Y}.\n"
        f"Next: `fi-workbench weekly --workspace {folder}`.",
        {"made": True, "report": report.__dict__ if hasattr(report, "__dict__") else str(report)},
    )


@app.command()
def lab(workspace: WorkspaceOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Open JupyterLab on the workspace, with the notebooks beside it."""
    from fi_workbench.resources import shipped
    from fi_workbench.settings import read_settings

    view = rim(workspace, as_json, debug)
    read_settings(view.workspace)
    program = shutil.which("jupyter-lab", path=str(Path(sys.executable).parent)) or shutil.which("jupyter-lab")
    if program is None:
        raise WorkbenchError(
            "JupyterLab is not installed here.", next_step="Install it with `pip install 'fi-workbench[lab]'`."
        )
    target = view.workspace / "notebooks"
    copied = [path for path in sorted(shipped("notebooks").rglob("*.ipynb")) if _copy_new(path, target)]
    view.show(f"Opening JupyterLab on {view.workspace} ({len(copied)} notebooks added at {now():%H:%M}).")
    os.environ["FI_WORKSPACE"] = str(view.workspace.resolve())
    os.execv(program, [program, f"--ServerApp.root_dir={view.workspace.resolve()}"])  # noqa: S606 - the found program


def _copy_new(notebook: Path, target: Path) -> bool:
    place = target / notebook.parent.name / notebook.name
    if place.exists():
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(notebook, place)
    return True


@app.command()
def schedule(
    kind: Annotated[str, typer.Argument(help="systemd, cron, windows or airflow.")],
    workspace: WorkspaceOption = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder for the files (default: this one).", show_default=False)
    ] = None,
    day: Annotated[str, typer.Option(help="Day of the week.")] = "monday",
    at: Annotated[str, typer.Option(help="Local time.")] = "05:30",
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the files by which a scheduler that is there already starts `weekly` once a week."""
    from fi_workbench.settings import read_settings
    from fi_workbench.weekly import SCHEDULERS, Weekly
    from fi_workbench.weekly.scheduling import encoded

    view = rim(workspace, as_json, debug)
    if kind not in SCHEDULERS:
        raise WrongUseError("There is no such scheduler.", where=kind, next_step=", ".join(SCHEDULERS))
    try:
        moment = datetime.strptime(at, "%H:%M").time()  # noqa: DTZ007 - a time of day
    except ValueError:
        raise WrongUseError("This is not a time of day.", where="--at", next_step="Write it as 05:30.") from None
    read_settings(view.workspace)
    program = [sys.executable, "-m", "fi_workbench.cli"]
    asked = Weekly(program, view.workspace.resolve(), day.lower(), moment)
    folder = to or Path.cwd()
    folder.mkdir(parents=True, exist_ok=True)
    (view.workspace / "logs").mkdir(exist_ok=True)  # where Airflow keeps the notebook that it ran
    written = []
    for name, text in SCHEDULERS[kind](asked).items():
        (folder / name).write_bytes(encoded(name, text))
        written.append(str(folder / name))
    view.show(
        f"Wrote {', '.join(written)}. {day.capitalize()} at {at}: {' '.join(asked.command)}.\n"
        "Look at them, then give them to your scheduler; nothing is scheduled yet.",
        {"files": written},
    )
