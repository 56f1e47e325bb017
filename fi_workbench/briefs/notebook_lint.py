"""What a brief notebook may hold: it asks questions and shows answers; it never computes.

Anything used twice, anything with a branch, anything that makes a number or a sentence with a number belongs in the
package, where it is tested. In the notebook stay the order of the questions and the words around the answers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fi_workbench.briefs.parameters import declared_parameters, read_notebook, source_of
from fi_workbench.errors import WorkbenchError

MOST_CELLS = 36
MOST_LINES = 80
MOST_LINES_OF_A_CELL = 12
MOST_IMPORTS = 8

_COMPUTES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.Try,
    ast.With,
    ast.If,
)
_COMPREHENDS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BARRED_CALLS = re.compile(r"^(?:read_|scan_|write_|sink_)|^(?:group_by|open|eval|exec|print)$")
_PLACE = re.compile(r"https?:|^[/~]|[A-Za-z]:\\|\.(?:csv|parquet|json|xlsx|ipynb)$|#[0-9A-Fa-f]{6}$")


def problems(path: Path) -> list[str]:
    """List what a brief notebook should not hold; nothing when it is as it should be.

    Args:
        path: the notebook.

    Raises:
        WrongUseError: it is not a notebook.
    """
    notebook = read_notebook(path)
    found: list[str] = []
    try:
        declared_parameters(notebook, path.name)
    except WorkbenchError as error:
        found.append(error.what)
    cells = notebook["cells"]
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    lines = [len([line for line in source_of(cell).splitlines() if line.strip()]) for cell in code]
    imports = sum(source_of(cell).count("import ") for cell in code)
    found += [f"{len(cells)} cells, at most {MOST_CELLS}"] if len(cells) > MOST_CELLS else []
    found += [f"{sum(lines)} lines of code, at most {MOST_LINES}"] if sum(lines) > MOST_LINES else []
    found += [f"{imports} imports, at most {MOST_IMPORTS}"] if imports > MOST_IMPORTS else []
    titles = [cell for cell in cells if cell.get("cell_type") == "markdown" and _has_title(source_of(cell))]
    found += [] if len(titles) == 1 and cells[0] is titles[0] else ["the one main heading must come first"]
    found += ["a record of a run"] if "papermill" in notebook.get("metadata", {}) else []
    for number, cell in enumerate(cells, start=1):
        found += [f"cell {number}: {problem}" for problem in _of_cell(cell)]
    return found


def _has_title(source: str) -> bool:
    return bool(re.search(r"^# ", source, re.MULTILINE))


def _of_cell(cell: Mapping[str, Any]) -> Iterator[str]:
    if not cell.get("id"):
        yield "no id"
    if cell.get("outputs") or cell.get("execution_count"):
        yield "an output: notebooks are kept without"
    source = source_of(cell)
    if cell.get("cell_type") != "code":
        if "{{" in source:
            yield "a placeholder among the words"
        return
    n_lines = len(source.splitlines())
    if n_lines > MOST_LINES_OF_A_CELL:
        yield f"{n_lines} lines, at most {MOST_LINES_OF_A_CELL}"
    if re.search(r"^\s*[%!]", source, re.MULTILINE):
        yield "a magic"
        return
    try:
        tree = ast.parse(source)
    except SyntaxError:
        yield "not Python"
        return
    for node in ast.walk(tree):
        yield from _of_node(node)


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _COMPUTES + _COMPREHENDS):
        yield f"computes ({type(node).__name__}): give it a name in the package"
    elif isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
        yield "a star import"
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if _BARRED_CALLS.search(name):
            yield f"calls {name}: the package does that"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _PLACE.search(node.value):
        yield "a path, address or colour"
    elif isinstance(node, ast.BinOp | ast.Compare):
        yield "a sum or comparison: numbers are made in the package"
