"""Every text that the workbench says: `python -m fi_workbench.disclosure.own_texts` writes their file anew.

A page is not refused for what stands in it (`own_words`). A test compares the file with what is said.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Container, Iterator
from typing import Any

import yaml

from fi_workbench.disclosure.own_words import FILE
from fi_workbench.resources import shipped

LEFT_OUT = frozenset({"demo"})
"""Rooms of the package whose words are people's names, if invented ones."""

_SAID_OF_DATA = frozenset({"businessName", "label", "description"})
_TEMPLATES = frozenset({".j2", ".typ", ".css", ".json", ".yaml", ".toml"})
_LINES = re.compile(r"\s*\n\s*")
_SAYS_SOMETHING = re.compile(r"[A-Za-z0-9]")


def as_text() -> str:
    """What the file holds: every text of the package, its templates, notebooks and contracts, each once."""
    said = {*_of_package(), *_of_templates(), *_of_notebooks(), *_of_contracts()}
    lines = {line.strip() for text in said for line in _LINES.split(text)}
    return "\n".join(sorted(line for line in lines if _SAYS_SOMETHING.search(line))) + "\n"


def _of_package() -> Iterator[str]:
    package = FILE.parents[1]
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] in LEFT_OUT:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
                yield node.value


def _of_templates() -> Iterator[str]:
    for path in sorted(shipped("templates").rglob("*")):
        if path.suffix in _TEMPLATES:
            yield path.read_text(encoding="utf-8")


def _of_notebooks() -> Iterator[str]:
    for path in sorted(shipped("notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield "".join(cell["source"])


def _of_contracts() -> Iterator[str]:
    for path in sorted(shipped("data_contracts").rglob("*.yaml")):
        said_of_data = _SAID_OF_DATA if path.name.endswith(".odcs.yaml") else frozenset()
        yield from _within(yaml.safe_load(path.read_text(encoding="utf-8")), said_of_data)


def _within(given: Any, keys: Container[str], *, said: bool = False) -> Iterator[str]:
    """Every text within what a file holds; where keys are given, only what stands under one of them."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _within(value, keys, said=key in keys)
    elif isinstance(given, list):
        for value in given:
            yield from _within(value, keys, said=said)
    elif isinstance(given, str) and (said or not keys):
        yield given


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
