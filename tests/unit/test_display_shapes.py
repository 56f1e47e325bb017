"""What charts of a kind have in common is kept in a file, which says what altair makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.display import drawing, shapes
from fi_workbench.display.drawing import SHAPES, Shape, filled, kept_shapes, made_once, part

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_is_what_altair_makes() -> None:
    """Otherwise: `python -m fi_workbench.display.shapes`."""
    assert json.loads(SHAPES.read_text(encoding="utf-8")) == json.loads(shapes.as_text())


def test_every_shape_of_the_room_is_in_the_file() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("fi_workbench.display.")]
    there = {id(one): one for module in modules for one in vars(module).values() if isinstance(one, Shape)}
    assert {one.make.__name__ for one in there.values()} == {shape.make.__name__ for shape, _ in shapes.KEPT}
    assert len(kept_shapes()) == len(shapes.KEPT)


def test_filling_a_kept_shape_leaves_it_and_needs_no_altair() -> None:
    code = (
        "import sys\n"
        "from fi_workbench.display.bars import needs_shape\n"
        "from fi_workbench.display.drawing import check_no_more, filled\n"
        "check_no_more()\n"
        "one, two = (filled(needs_shape(), 40, needs=[{'n': n}], domain=[0, n]) for n in (1, 2))\n"
        "assert one != two and '@ needs' in str(needs_shape())\n"
        "assert 'altair' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_shape_that_is_not_in_the_file_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "kept_shapes", dict)

    @made_once
    def dots(*, large: bool) -> Any:
        import altair as alt

        return alt.layer(alt.Chart(alt.Data(values=part("dots"))).mark_point(size=90 if large else 9))  # type: ignore[no-untyped-call]

    assert (dots.name(large=True), dots.name(large=False)) == ("dots large", "dots")
    spec = filled(dots(large=True), 10, dots=[{"a": 1}])
    assert spec["layer"][0]["mark"]["size"] == 90
    assert "values" in str(spec)
