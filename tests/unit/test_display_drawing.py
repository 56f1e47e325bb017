"""What charts of a kind have in common is made once, and what is put into it is checked."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest
from jsonschema import ValidationError

from fi_workbench.display.drawing import filled, made_once, part, rows_of

made: list[bool] = []


@made_once
def dots(*, crossed: bool) -> Any:
    made.append(crossed)
    base = alt.Chart(rows_of("dots")).encode(x=alt.X("a:Q", axis=part("axis")), y="a:Q")
    return alt.layer(base.mark_point(shape="cross" if crossed else "circle"), base.mark_line())


def test_a_kind_is_made_once_and_each_chart_is_as_the_library_makes_it_whole() -> None:
    made.clear()
    first = filled(dots(crossed=True), 50, dots=[{"a": 1}], axis={"ticks": False})
    second = filled(dots(crossed=True), 50, dots=[{"a": 2}], axis={"ticks": True})
    assert made == [True]
    base = alt.Chart(alt.Data(values=[{"a": 1}])).encode(x=alt.X("a:Q", axis=alt.Axis(ticks=False)), y="a:Q")
    whole = alt.layer(base.mark_point(shape="cross"), base.mark_line()).to_dict()
    assert {name: first[name] for name in ("data", "layer")} == {name: whole[name] for name in ("data", "layer")}
    assert second["data"]["values"] == [{"a": 2}]
    assert first["data"]["values"] == [{"a": 1}]  # nothing of the second is in the first


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValidationError):
        filled(dots(crossed=False), 50, dots=[{"a": 1}], axis={"ticks": "many"})
    with pytest.raises(KeyError):
        filled(dots(crossed=False), 50, dots=[{"a": 1}])
