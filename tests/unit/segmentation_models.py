"""Small groupings and families drawn from them, for tests."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from fi_workbench.segmentation.grouping import Families, Fit, Grouping, Segment


def grouping_of(shares: tuple[float, ...], present: dict[str, tuple[float, ...]]) -> Grouping:
    """A grouping with these shares and chances of each need."""
    fit = Fit(
        n_classes=len(shares),
        log_likelihood=-1.0,
        n_parameters=1,
        bic=1.0,
        aic=1.0,
        relative_entropy=0.8,
        smallest_share=min(shares),
        hit_rate=1.0,
        replicated=True,
    )
    return Grouping(
        version="2026-11-22-abcdef01",
        made_on=date(2026, 11, 22),
        fitted_as_of=None,
        note="",
        families=Families(fitted=100, set_aside=0, patterns=60),
        n_starts=20,
        random_state=0,
        indicator_list="",
        left_out={},
        fits=(fit,),
        segments=tuple(Segment(code=f"s{i}", name=f"Segment {i}", share=share) for i, share in enumerate(shares, 1)),
        probabilities={need: {"present": row} for need, row in present.items()},
    )


def drawn_from(grouping: Grouping, n: int, *, seed: int) -> pl.DataFrame:
    """Families of a grouping. GRAIN: one row per family, one column per need, "present" or "absent"."""
    random = np.random.default_rng(seed)
    of_segment = random.choice(len(grouping.segments), size=n, p=[segment.share for segment in grouping.segments])
    return pl.DataFrame(
        {
            need: np.where(random.random(n) < np.array(table["present"])[of_segment], "present", "absent")
            for need, table in grouping.probabilities.items()
        }
    )
