"""Parameters of a brief notebook are refused before anything runs when they cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.briefs.parameters import check_parameters, declared_parameters, read_notebook
from fi_workbench.errors import EXIT_WRONG_USE, WrongUseError
from fi_workbench.resources import shipped

GOOD = 'unit: str = "north"  # the unit\nweek: str = "2026-W47"\n'


def notebook(source: str | list[str] = GOOD, tags: list[str] | None = None, kind: str = "code") -> dict[str, Any]:
    tagged = {"cell_type": kind, "metadata": {"tags": ["parameters"] if tags is None else tags}, "source": source}
    return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# Brief"}, tagged]}


def test_the_shipped_notebook_declares_unit_and_week() -> None:
    declared = declared_parameters(read_notebook(shipped("notebooks") / "briefs" / "unit_brief.ipynb"), "unit_brief")
    assert {name: kind for name, (kind, _) in declared.items()} == {"unit": "str", "week": "str"}


def test_good_parameters_pass() -> None:
    check_parameters(notebook(), {"unit": "south", "week": "2026-W46"}, "x.ipynb")
    check_parameters(notebook(GOOD.splitlines(keepends=True)), {"unit": "south"}, "x.ipynb")


@pytest.mark.parametrize(
    "broken",
    [
        notebook(tags=[]),
        {"cells": [*notebook()["cells"], notebook()["cells"][1]]},
        notebook(kind="markdown"),
        {
            "cells": [
                *notebook()["cells"],
                {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}, "source": ""},
            ]
        },
    ],
    ids=["no tag", "two tags", "tag on words", "output of a run"],
)
def test_a_notebook_without_its_one_tag_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(WrongUseError) as caught:
        check_parameters(broken, {"unit": "south"}, "x.ipynb")
    assert caught.value.exit_code == EXIT_WRONG_USE


@pytest.mark.parametrize(
    "cell",
    ["text", {"metadata": None}, {"metadata": {"tags": None}}, {"metadata": {"tags": "parameters"}}],
    ids=["text", "no metadata", "no tags", "tags as text"],
)
def test_cells_that_are_none_are_told_by_their_place(cell: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": [*notebook()["cells"], cell]}), encoding="utf-8")
    with pytest.raises(WrongUseError, match=r"x\.ipynb, cells 3"):
        read_notebook(path)


@pytest.mark.parametrize(
    "source",
    [
        'unit = "north"',
        "unit: str = {[]: 1}",
        "unit: str",
        "unit: str = None",
        "unit: str = 3",
        "unit: list = []",
        "import os",
        "unit: str =",
        "unit: str = f()",
    ],
)
def test_parameters_are_typed_literals_with_defaults(source: str) -> None:
    with pytest.raises(WrongUseError):
        check_parameters(notebook(source), {}, "x.ipynb")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"unti": "south"}, "does not declare"),
        ({"unit": 3}, "must be of type str"),
        ({"unit": None}, "must be of type str"),
    ],
)
def test_unknown_and_mistyped_parameters_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongUseError, match=message):
        check_parameters(notebook(), given, "x.ipynb")


def test_true_is_not_a_number() -> None:
    with pytest.raises(WrongUseError, match="must be of type int"):
        check_parameters(notebook("n: int = 3"), {"n": True}, "x.ipynb")


def test_secrets_are_not_parameters() -> None:
    with pytest.raises(WrongUseError, match="Secrets"):
        check_parameters(notebook('api_key: str = ""'), {"api_key": "x"}, "x.ipynb")


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"cells": 3}'])
def test_files_that_are_no_notebook_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(WrongUseError):
        read_notebook(path)


def test_a_notebook_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no such notebook"):
        read_notebook(tmp_path / "x.ipynb")


def test_a_sentence_in_the_parameters_cell_is_let_be() -> None:
    assert declared_parameters(notebook('"""What to show."""\n' + GOOD), "x")["unit"] == ("str", "north")
    assert json.dumps(notebook())
