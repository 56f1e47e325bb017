"""The file of what charts of a kind have in common: `python -m fi_workbench.display.shapes` writes it anew.

A notebook that runs unattended fills these shapes and need not import what makes them, which took a fifth of a second
before the first brief. A test compares the file with what is made.
"""

from __future__ import annotations

import json

from fi_workbench.display.bars import needs_shape
from fi_workbench.display.drawing import SHAPES, Shape
from fi_workbench.display.evidence import differences_shape
from fi_workbench.display.evidence_checks import likeness_shape
from fi_workbench.display.series import events_shape, level_shape
from fi_workbench.display.stacked import stacked_shape

KEPT: tuple[tuple[Shape, dict[str, bool]], ...] = (
    *((shape, {"banded": banded}) for shape in (events_shape, level_shape) for banded in (False, True)),
    *((shape, {}) for shape in (differences_shape, likeness_shape, needs_shape, stacked_shape)),
)
"""Every shape, in each of its kinds."""


def as_text() -> str:
    """What the file holds."""
    made = {shape.name(**kinds): shape.made(**kinds) for shape, kinds in KEPT}
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    SHAPES.write_text(as_text(), encoding="utf-8")
