"""The order of the rooms: each imports only lower ones, and the subject rooms never each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "fi_workbench"

RANKS = {
    "errors": 0,
    "resources": 0,
    "keeping": 0,
    "apart": 0,
    "chart_engine": 0,
    "progress": 0,
    "vocabulary": 0,
    "calendar": 0,
    "settings": 0,
    "statistics": 0,
    "pseudonyms": 0,
    "contracts": 1,
    "store": 2,
    "loaders": 3,
    "identity": 3,
    "caseload": 3,
    "needs": 3,
    "segmentation": 3,
    "matching": 3,
    "measures": 3,
    "disclosure": 3,
    "learning": 3,
    "evaluation": 3,
    "demo": 3,
    "display": 4,
    "briefs": 5,
    "widgets": 6,
    "weekly": 6,
    "cli": 7,
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of this package that a module names in an import, wherever in the module it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module else []
        elif isinstance(node, ast.ImportFrom):
            base = list(path.relative_to(PACKAGE.parent).with_suffix("").parts[: -node.level])
            names = [".".join([*base, *(node.module or "").split("."), alias.name]) for alias in node.names]
            names = [name.replace("..", ".") for name in names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "fi_workbench" and len(parts) > 1 and parts[1] in RANKS:
                found.add(parts[1])
    return found


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_shipped" not in path.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_lower_rooms(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert not imports(path)
        return
    assert room in RANKS, f"{room} has no rank: give it one here and in ARCHITECTURE.md"
    wrong = {other for other in imports(path) if other != room and RANKS[other] >= RANKS[room] and RANKS[room] > 0}
    assert not wrong, f"{room} (rank {RANKS[room]}) must not import {sorted(wrong)}"


def test_the_walk_sees_imports_of_every_form(tmp_path: Path) -> None:
    module = PACKAGE / "needs" / "_imagined.py"
    text = "import fi_workbench.cli\nfrom fi_workbench import store\nfrom fi_workbench.measures.clocks import x\n"
    tree = ast.parse(text)
    assert len(list(ast.walk(tree))) > 3
    probe = tmp_path / "probe.py"
    probe.write_text(text)
    assert _imports_of_text(probe, module) == {"cli", "store", "measures"}


def _imports_of_text(probe: Path, pretend: Path) -> set[str]:
    pretend_text = probe.read_text(encoding="utf-8")

    class Pretend(type(pretend)):  # type: ignore[misc]
        def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
            return pretend_text

    return imports(Pretend(pretend))


def test_only_the_command_line_reads_clock_or_environment() -> None:
    allowed = {"cli", "briefs"}  # `briefs.open_week` is the rim of a notebook
    words = ("os.environ", "getenv", "datetime.now(", "date.today(", "time.time(")
    offenders = [
        f"{path.relative_to(PACKAGE)}: {word}"
        for path in MODULES
        if room_of(path) not in allowed
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert not offenders


def test_the_front_door_opens_no_room() -> None:
    code = (
        "import sys, fi_workbench;"
        "print([m for m in sys.modules if m.startswith('fi_workbench.') or m in ('polars', 'deltalake', 'sklearn')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_command_starts_without_what_only_some_need() -> None:
    """All commands open this room, and each of these takes longer to import than most commands run."""
    heavy = ("scipy.stats", "scipy.optimize", "sklearn", "altair", "papermill", "pandas", "pyarrow")
    code = f"import sys, fi_workbench.weekly; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
