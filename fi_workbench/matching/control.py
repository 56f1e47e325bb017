"""The negative-control outcome of a question card: what no arm can have changed, so that a difference in it is a sign.

Arms that are alike in everything that matters have like rates of it. Where they have not, something that nobody
recorded decides who is offered what, and the same thing may have made the difference in the outcome.

Source:
    Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from fi_workbench.matching.catalogue import Code, Part

ControlName = Literal["rent_arrears", "persistent_absence_before"]
MADE_OF: Mapping[str, tuple[str, ...]] = {"persistent_absence_before": ("school_absence",)}
"""Covariates that say what the control itself says: adjusting for them would make any control look well."""


class NegativeControl(Part):
    """What is counted beside the outcome although no arm can have changed it.

    Attributes:
        outcome: how it is read from records, see `cohort.controls`.
        definition: in words, printed with every figure.
        why: why no arm of the card can have changed it, and why what nobody records would show in it.
        acted_on_by: arms that may lower it all the same: these fail by having more of it alone. Every control is a bad
            thing to have, and no help is meant to bring it about.
    """

    outcome: ControlName
    definition: Annotated[str, Field(min_length=10, max_length=600)]
    why: Annotated[str, Field(min_length=10, max_length=600)]
    acted_on_by: tuple[Code, ...] = ()

    @property
    def made_of(self) -> tuple[str, ...]:
        """Covariates that it is compared without."""
        return MADE_OF.get(self.outcome, ())
