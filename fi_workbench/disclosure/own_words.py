"""What the workbench says by itself, about nobody: `python -m fi_workbench.disclosure.own_words` writes its file anew.

Every page says in which `lang` it is, and what is "not known". Among thousands of families somebody is called Lang, and
in every case management system somebody is called Not Known. Were a page refused for such a name, no page would ever be
made, and none of these words has named anybody. A test compares the file with what is said.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fi_workbench.resources import shipped

FILE = Path(__file__).with_name("own_words.txt")
LEFT_OUT = frozenset({"demo"})
"""Rooms of the package whose words are people's names, if invented ones."""
LOOSE = 4
"""Words of a phrase stand no further apart, as those of an identifier."""
LONGEST = 4
"""Words of a phrase: few people and teams have names of more."""

NOBODY = (
    "unknown", "not", "known", "none", "name", "noname", "unnamed", "surname", "forename", "given", "stated",
    "recorded", "provided", "disclosed", "supplied", "available", "applicable", "withheld", "restricted", "redacted",
    "confidential", "anonymous", "unborn", "baby", "child", "infant", "twin", "triplet", "mother", "father", "parent",
    "sibling", "partner", "carer", "male", "female", "boy", "girl", "adult", "person", "test", "testing", "dummy",
    "duplicate", "record", "error", "tbc", "tba", "xxx",
)  # fmt: skip
"""What is typed where somebody's name is asked for and nobody knows it. A name of such words alone is no name."""

_SAID_OF_DATA = frozenset({"businessName", "label", "description"})
_TEMPLATES = frozenset({".j2", ".typ", ".css", ".json", ".yaml", ".toml"})
_WORD = re.compile(r"[A-Za-z0-9]+")
_APART = re.compile(rf"[^A-Za-z0-9]{{{LOOSE + 1},}}|\n")
_SMALL = re.compile(r"(?<![A-Za-z0-9])(?:[a-z]{3,}|[a-z]+(?:[A-Z][a-z]+)+)(?![A-Za-z0-9])")
"""Words in small letters, and names of things in charts, such as `labelAngle`."""
_LINES = re.compile(r"\s*\n\s*")


@cache
def own_words() -> frozenset[str]:
    """Words that the workbench says in small letters: what it says with a capital may be somebody's name."""
    return frozenset(word.lower() for word in _SMALL.findall(_text()))


@cache
def own_phrases() -> frozenset[str]:
    """Phrases that the workbench says, squeezed as names are.

    A phrase goes on in small letters after its first word, so that nobody who is named in the workbench's own sources
    is spared.
    """
    found: set[str] = set()
    for stretch in {tuple(_WORD.findall(part)) for part in _APART.split(_text())}:
        for first, begun in enumerate(stretch):
            said = begun.lower()
            for word in stretch[first + 1 : first + LONGEST]:
                if not word.islower():
                    break
                said += word
                found.add(said)
    return frozenset(found)


@cache
def _text() -> str:
    return FILE.read_text(encoding="utf-8")


def as_text() -> str:
    """What the file holds: every text of the package, its templates, notebooks and contracts, each once."""
    said = {*_of_package(), *_of_templates(), *_of_notebooks(), *_of_contracts()}
    lines = {line.strip() for text in said for line in _LINES.split(text)}
    return "\n".join(sorted(line for line in lines if _WORD.search(line))) + "\n"


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
