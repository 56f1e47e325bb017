"""What every chart is made with: inline data, our configuration, and a check against the Vega-Lite schema.

Charts are specifications only; `pictures` draws them. Labels stand on the marks, and there is no hover.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fi_workbench.display.theme import FONT, INK, config
from fi_workbench.resources import shipped

SHAPES = shipped("templates") / "brief" / "charts.json"


def data(values: list[dict[str, Any]]) -> Any:
    """Values that travel inside the chart; as a tuple, which altair does not copy with every change of a chart."""
    import altair as alt  # noqa: PLC0415 - most of a second that only the making of charts needs

    if not _checks:
        alt.utils.schemapi.disable_debug_mode()
    return alt.Data(values=tuple(values))  # type: ignore[no-untyped-call]


def by_row() -> Any:
    """The upright channel of a chart that has a row for each thing, whose name stands above its marks."""
    import altair as alt  # noqa: PLC0415

    return alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))


def names_above(base: Any, *, up: int = 8, size: int = 15) -> Any:
    """The names of a chart's rows, above their marks and from the left edge, so that it reads on a phone.

    Args:
        base: the chart of the rows, with a `label` each.
        up: pixels above the middle of a row.
        size: of the letters.
    """
    import altair as alt  # noqa: PLC0415

    # Given as a bare value or a string, altair works out anew what kind of channel the left edge is.
    left = alt.XValue(0)  # type: ignore[no-untyped-call]
    text = base.mark_text(align="left", dy=-up, font=FONT, fontSize=size, color=INK)
    return text.encode(y=by_row(), x=left, text=alt.Text("label:N"))


_checks = True


def check_no_more() -> None:
    """Leave out the check against the schema in this process: for unattended runs of charts that tests have checked.

    It costs more than making the charts, and drawing refuses what it cannot read.
    """
    global _checks  # noqa: PLW0603 - set once, in a process that does nothing else
    _checks = False


def finished(chart: Any, height: int) -> dict[str, Any]:
    """A chart's checked specification, in our manner and without a width."""
    chart.height, chart.config = height, config()  # in place: each of altair's own calls copies all of the chart
    spec = dict(chart.to_dict(validate=_checks))
    spec.pop("$schema", None)
    return spec


def rows_of(name: str) -> Any:
    """Stands for a table in a shape; see `filled`."""
    import altair as alt  # noqa: PLC0415

    return alt.Data(values=part(name))  # type: ignore[no-untyped-call]


def part(name: str) -> Any:
    """Stands for a part of a shape that differs between charts of its kind; see `filled`."""
    return f"{_PART}{name}"


@dataclass(frozen=True)
class Shape:
    """What all charts of a kind have in common. Making it takes longer than all that is done with it, so it is kept.

    Attributes:
        make: gives the layers, with `part` and `rows_of` where charts differ.
    """

    make: Callable[..., Any]

    def __call__(self, **kinds: bool) -> dict[str, Any]:
        """The specification of the layers, as `filled` takes it: from the file that travels with the package."""
        kept = kept_shapes().get(self.name(**kinds))
        return kept if kept is not None else self.made(**kinds)

    def name(self, **kinds: bool) -> str:
        """What it is called in the file."""
        return " ".join([self.make.__name__, *(kind for kind, there in sorted(kinds.items()) if there)])

    def made(self, **kinds: bool) -> dict[str, Any]:
        """The same as altair makes it, by which the file is written."""
        return _made(self.make, **kinds)


@cache
def _made(make: Callable[..., Any], **kinds: bool) -> dict[str, Any]:
    from altair.utils.schemapi import debug_mode  # noqa: PLC0415

    with debug_mode(False):  # what stands for a part is checked when it is filled
        spec = dict(make(**kinds).to_dict(validate=False))
    spec.pop("$schema", None)
    return spec


def made_once(make: Callable[..., Any]) -> Shape:
    """The shape of a kind of chart; see `Shape`. What `display.shapes` lists is written into the file."""
    return Shape(make)


@cache
def kept_shapes() -> dict[str, dict[str, Any]]:
    """Shapes by their names, as `display.shapes` wrote them."""
    kept: dict[str, dict[str, Any]] = json.loads(SHAPES.read_text(encoding="utf-8"))
    return kept


def filled(common: dict[str, Any], height: int, **parts: Any) -> dict[str, Any]:
    """A chart's checked specification, in our manner and without a width.

    Args:
        common: the shape.
        height: in pixels.
        **parts: what stands for its parts, by name.

    Raises:
        KeyError: a part is not given.
    """
    spec: dict[str, Any] = {**_filled(common, parts), "height": height, "config": config()}
    if _checks:
        import altair as alt  # noqa: PLC0415

        alt.LayerChart.from_dict(spec)
    return spec


def _filled(common: Any, parts: Mapping[str, Any]) -> Any:
    if isinstance(common, dict):
        return {name: _filled(one, parts) for name, one in common.items()}
    if isinstance(common, list):
        return [_filled(one, parts) for one in common]
    if isinstance(common, str) and common.startswith(_PART):
        return parts[common.removeprefix(_PART)]
    return common


_PART = "@ "


def inside(name: str) -> str:
    """A name as it stands inside a sentence.

    Example:
        >>> inside("Families open"), inside("UPN unknown")
        ('families open', 'UPN unknown')
    """
    return name[0].lower() + name[1:] if name[:1].isupper() and not name[1:2].isupper() else name
