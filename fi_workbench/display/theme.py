"""Colours and manners of every chart.

Source:
    Government Analysis Function, Data visualisation: colours (categorical and focus palettes) and charts (no clutter,
    direct labels, bars from zero, text of 4.5 to 1 and parts of 3 to 1 contrast).
"""

from __future__ import annotations

from typing import Any

NAVY = "#12436D"
TEAL = "#28A197"
PLUM = "#801650"
ORANGE = "#F46A25"
INK = "#0B0C0C"
QUIET = "#595959"
LINE = "#D4D6D8"
BAND = "#EFF4F8"
MUTED = "#7B8FA1"
"""What is past or not clear: 3 to 1 from the page, from the band behind it and from what is new (NAVY)."""
HOLLOW = "#FFFFFF"
"""What is not there, or has not changed: it shows by its outline."""

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"

DRAWN = 330
"""Width in pixels of a chart, without its axis: what a phone has room for. A screen and paper set words beside it."""


def config() -> dict[str, Any]:
    """Vega-Lite configuration shared by all charts."""
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFont": FONT,
            "labelFontSize": 14,
            "labelColor": INK,
            "titleFont": FONT,
            "titleFontSize": 14,
            "titleFontWeight": "normal",
            "titleColor": QUIET,
            "domainColor": QUIET,
            "tickColor": QUIET,
            "gridColor": LINE,
            "gridWidth": 1,
        },
        "text": {"font": FONT, "fontSize": 14, "color": INK},
    }
