"""The parameters of a brief notebook, checked before anything runs.

A notebook without its `parameters` tag would run with its own defaults and end well: a brief about the wrong unit,
with no error. So the tag must be there exactly once, every parameter passed must be declared, and its type must fit.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fi_workbench.errors import WrongUseError

TAG = "parameters"
INJECTED = "injected-parameters"
TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
SECRET_WORDS = ("password", "secret", "token", "api_key", "credential")


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook's JSON.

    Raises:
        WrongUseError: there is none, or it is not a notebook.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongUseError("There is no such notebook.", where=path.name) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise WrongUseError("This file is not a notebook.", where=path.name) from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise WrongUseError("This file is not a notebook.", where=path.name)
    broken = [place for place, cell in enumerate(found["cells"], start=1) if not _is_cell(cell)]
    if broken:
        raise WrongUseError(
            "Some cells of this notebook are not what the notebook format says.",
            where=f"{path.name}, cells {', '.join(map(str, broken[:5]))}",
            how_many=f"{len(broken)} of {len(found['cells'])} cells",
            next_step="Open it in JupyterLab and save it again.",
        )
    return found


def _is_cell(cell: Any) -> bool:
    metadata = cell.get("metadata", {}) if isinstance(cell, dict) else None
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else None
    return isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's source as one text."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def tags_of(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """A cell's tags."""
    return tuple(cell.get("metadata", {}).get("tags", ()))


def declared_parameters(notebook: Mapping[str, Any], name: str) -> dict[str, tuple[str, Any]]:
    """The parameters that a notebook declares, each with its type and its default.

    Args:
        notebook: a notebook's JSON.
        name: the file's name, for messages.

    Raises:
        WrongUseError: the tag is missing or there twice, a line is no typed literal, or a default breaks its type.
    """
    tagged = [cell for cell in notebook["cells"] if TAG in tags_of(cell)]
    if len(tagged) != 1 or tagged[0].get("cell_type") != "code":
        raise WrongUseError(
            f"A brief notebook needs exactly one code cell tagged `{TAG}`; without it every unit would get the "
            "notebook's own defaults.",
            where=name,
            how_many=f"{len(tagged)} tagged cells",
            next_step=f"Tag the cell that holds the parameters with `{TAG}` (some cleaning tools strip tags).",
        )
    if any(INJECTED in tags_of(cell) for cell in notebook["cells"]):
        raise WrongUseError("This notebook is the output of a run, not its source.", where=name)
    return _literals(source_of(tagged[0]), name)


def _literals(source: str, name: str) -> dict[str, tuple[str, Any]]:
    try:
        lines = ast.parse(source).body
    except SyntaxError:
        raise WrongUseError("The parameters cell is not Python.", where=name) from None
    found: dict[str, tuple[str, Any]] = {}
    for line in lines:
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            continue  # a sentence about the parameters
        if not (
            isinstance(line, ast.AnnAssign)
            and isinstance(line.target, ast.Name)
            and isinstance(line.annotation, ast.Name)
            and line.annotation.id in TYPES
        ):
            raise WrongUseError(
                "The parameters cell holds something else than typed parameters with defaults.",
                where=f"{name}, line {line.lineno} of the cell",
                next_step='Write one a line: `unit: str = "north"`. Types: ' + ", ".join(TYPES),
            )
        kind, parameter = line.annotation.id, line.target.id
        try:
            default = ast.literal_eval(line.value) if line.value is not None else None
        except (ValueError, TypeError):
            default = None
        if type(default) is not TYPES[kind]:
            raise WrongUseError(
                f"The parameter {parameter} needs a plain default of its type.", where=f"{name}, {parameter}: {kind}"
            )
        found[parameter] = (kind, default)
    return found


def check_parameters(notebook: Mapping[str, Any], given: Mapping[str, Any], name: str) -> None:
    """Refuse parameters that the notebook does not declare, or whose type does not fit.

    Raises:
        WrongUseError: so, or one of them looks like a secret, which the executed notebook would keep in clear.
    """
    declared = declared_parameters(notebook, name)
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise WrongUseError(
            "The notebook does not declare every parameter that it is given.",
            where=f"{name}: {', '.join(unknown)}",
            next_step="It declares: " + ", ".join(declared),
        )
    for parameter, value in given.items():
        kind = declared[parameter][0]
        if type(value) is not TYPES[kind]:
            raise WrongUseError(f"The parameter {parameter} must be of type {kind}.", where=name)
        if any(word in parameter.lower() for word in SECRET_WORDS):
            raise WrongUseError("Secrets are never passed as parameters: notebooks keep them.", where=name)
