"""Brief notebooks ask and show; they do not compute."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.briefs.notebook_lint import problems
from fi_workbench.resources import shipped

SHIPPED = sorted((shipped("notebooks") / "briefs").glob("*.ipynb"))
GOOD: dict[str, Any] = json.loads((shipped("notebooks") / "briefs" / "unit_brief.ipynb").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_brief_notebooks_keep_the_rules(path: Path) -> None:
    assert problems(path) == []


def cell(source: str, kind: str = "code", **more: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "id": "x", "metadata": {}, "source": source, **more}
    return {**made, "outputs": [], "execution_count": None, **more} if kind == "code" else made


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        (cell("def f():\n    return 1"), "FunctionDef"),
        (cell("x = [n for n in y]"), "ListComp"),
        (cell("for n in y:\n    n"), "For"),
        (cell("try:\n    x\nfinally:\n    y"), "Try"),
        (cell("lambda x: x"), "Lambda"),
        (cell("from polars import *"), "star import"),
        (cell('pl.read_csv("x")'), "calls read_csv"),
        (cell("brief.frame.group_by('x')"), "calls group_by"),
        (cell('x = "/data/x"'), "path"),
        (cell('x = "https://example.org"'), "path"),
        (cell('x = "#12436D"'), "colour"),
        (cell("1 + 1"), "sum"),
        (cell("%time x"), "magic"),
        (cell("x ="), "not Python"),
        (cell("\n".join("x" for _ in range(13))), "13 lines"),
        (cell("x", execution_count=3), "output"),
        (cell("Unit {{ unit }}", "markdown"), "placeholder"),
        (cell("x", id=""), "no id"),
        (cell("# Another title", "markdown"), "main heading"),
    ],
)
def test_each_problem_is_found(tmp_path: Path, added: dict[str, Any], problem: str) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].append(added)
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook))
    assert any(problem in found for found in problems(path)), problems(path)


def test_too_many_cells_are_found(tmp_path: Path) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"] += [cell("x") for _ in range(37)]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook))
    assert any("at most 36" in found for found in problems(path))


def test_a_missing_tag_is_a_problem(tmp_path: Path) -> None:
    notebook = copy.deepcopy(GOOD)
    for each in notebook["cells"]:
        each["metadata"] = {}
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook))
    assert any("exactly one code cell" in found for found in problems(path))
