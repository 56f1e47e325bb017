"""Draw a chart as SVG: the same bytes every time, without script, without ids that differ, named once by its page."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import Any

from fi_workbench.chart_engine import engine
from fi_workbench.display.theme import DRAWN, FONT

MEASURED = "Liberation Sans"
"""The letters by which a drawing leaves room: the drawing library brings them, and they are as wide as Arial's."""

_ARIA = re.compile(r'\s(?:aria-[a-z]+|role)="[^"]*"')
_ID = re.compile(r'\bid="([^"]+)"')
_TAG = re.compile(r"<[^<>]*>")
_FINE = re.compile(r"(\d\.\d)\d+")
"""A tenth of a pixel is finer than anybody sees; what stands between tags is text and stays as it is."""
_CLASS = re.compile(r'\sclass="[^"]*"')
_DEFAULT = re.compile(r'\s(?:text-anchor="start"|opacity="1")')
_FAMILY = re.compile(r'\sfont-family="[^"]*"')


def draw(spec: dict[str, Any]) -> str:
    """Draw a chart.

    Args:
        spec: Vega-Lite without a width, as in `Chart.spec`.
    """
    return _drawn(json.dumps({**spec, "width": DRAWN}, sort_keys=True))


def data_uri(svg: str) -> str:
    """A drawing as the source of a picture in a page."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def picture(spec: dict[str, Any]) -> str:
    """A chart as the source of a picture: drawn once, for a phone, a screen and paper alike."""
    return data_uri(draw(spec))


@lru_cache(maxsize=32)
def _drawn(text: str) -> str:
    spec = json.loads(text.replace(json.dumps(FONT)[1:-1], MEASURED))
    rows: list[Any] = []
    vega = json.loads(_compiled(json.dumps(_without_rows(spec, rows))))
    for source in vega["data"]:
        if "values" in source:
            source["values"] = rows[source["values"][0]["place"]]
    svg = engine().svg(vega).replace(f'font-family="{MEASURED}"', f'font-family="{FONT}"')
    return normalised(svg)


def _without_rows(spec: Any, rows: list[Any]) -> Any:
    """A specification with the place of each of its tables in the table's stead."""
    if isinstance(spec, list):
        return [_without_rows(part, rows) for part in spec]
    if not isinstance(spec, dict):
        return spec
    if isinstance(spec.get("values"), list) and all(isinstance(row, dict) for row in spec["values"]):
        rows.append(spec["values"])
        return {**spec, "values": [{"place": len(rows) - 1}]}
    return {name: _without_rows(part, rows) for name, part in spec.items()}


@lru_cache(maxsize=64)
def _compiled(text: str) -> str:
    """Vega for a Vega-Lite text: the same for every unit's chart of a kind, since rows take no part in it."""
    return json.dumps(engine().vega(json.loads(text)))


def normalised(svg: str) -> str:
    """Number the ids in order of appearance, and drop what a script or a screen reader alone would use or goes unsaid.

    Example:
        >>> normalised('<g id="clip42" role="img"><use href="#clip42"/></g>')
        '<g id="i1"><use href="#i1"/></g>'
    """
    plain = _DEFAULT.sub("", _CLASS.sub("", _ARIA.sub("", svg)))
    families = set(_FAMILY.findall(plain))
    if len(families) == 1:  # said once for the whole picture: charts are a third of a page's bytes
        plain = _FAMILY.sub("", plain).replace("<svg", f"<svg{families.pop()}", 1)
    plain = _TAG.sub(lambda tag: _FINE.sub(r"\1", tag[0]), plain)
    for place, name in enumerate(dict.fromkeys(_ID.findall(plain)), start=1):
        plain = re.sub(rf'(id="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>i{place}", plain)
    return plain
