"""Documents cannot rot: the example runs, the module map is the tree, named commands and files exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_example_runs_and_prints_what_its_comments_say() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", read("README.md"), flags=re.DOTALL)
    shown = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, check=True)
    promised = [re.split(r"[,:]", line.split("# ")[1])[0].strip() for line in example.splitlines() if "print(" in line]
    printed = shown.stdout.splitlines()
    assert len(printed) == len(promised)
    for line, promise in zip(printed, promised, strict=True):
        assert line == promise


def test_every_command_of_the_readme_exists() -> None:
    commands = set(re.findall(r"fi-workbench ([a-z]+)", read("README.md")))
    shown = subprocess.run(
        [sys.executable, "-m", "fi_workbench.cli", "--help"], capture_output=True, text=True, check=True
    )
    missing = {command for command in commands if not re.search(rf"\b{command}\b", shown.stdout)}
    assert commands
    assert not missing


def test_every_make_target_of_the_readme_exists() -> None:
    targets = {t for line in re.findall(r"make ([a-z ]+)", read("README.md")) for t in line.split()}
    defined = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    assert {"briefs", "test"} <= targets & defined


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "DECISIONS.md", "ASSUMPTIONS.md"])
def test_links_lead_somewhere(document: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", read(document)) if "://" not in link]
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing


def test_the_module_map_is_the_tree() -> None:
    named = set(re.findall(r"^\| `(fi_workbench/[\w/]+\.py)` \|", read("ARCHITECTURE.md"), flags=re.MULTILINE))
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "fi_workbench").rglob("*.py")}
    modules = {path for path in modules if "_shipped" not in path}
    assert named == modules


def test_every_table_of_a_contract_says_its_grain() -> None:
    from fi_workbench.contracts import all_contracts

    tables = all_contracts().tables
    assert len(tables) > 60
    assert all(table.grain.startswith("one row per") for table in tables.values())
