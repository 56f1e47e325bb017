"""Cell effects and their variances without a single row: what authorities can exchange, and what they know together.

Small cells of one authority never speak alone. The file holds differences, variances and numbers of families of at
least ten; it is JSON that a person can read before it leaves, and it is read strictly: what is unknown is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects.pooling import PRIOR_SPREAD, Z95, pool
from fi_workbench.matching.effects.speaking import LEAST_SHOWN

FORMAT: Literal["fi-workbench matching effects 1"] = "fi-workbench matching effects 1"

_Share = Annotated[float, Field(ge=-2, le=2)]
_Families = Annotated[int, Field(ge=LEAST_SHOWN)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SharedCell(_Strict):
    """One arm beside usual support in one segment."""

    arm: Annotated[str, Field(min_length=1)]
    segment: Annotated[str, Field(min_length=1)]
    n_arm: _Families
    n_usual: _Families
    difference: _Share
    variance: Annotated[float, Field(gt=0, le=1)]


class SharedEffects(_Strict):
    """What one authority knows of one question, without rows.

    Attributes:
        format: name and version of the file's form.
        authority: who worked it out.
        question: key of the question card; only the same question is combined.
        usual_support: name of the arm that the others are compared with.
        direction: whether fewer or more of the outcome is wanted.
        as_at: last day that the data cover, as YYYY-MM-DD.
        cells: sorted by arm and segment.
    """

    format: Literal["fi-workbench matching effects 1"] = FORMAT
    authority: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    usual_support: Annotated[str, Field(min_length=1)]
    direction: Literal["fewer", "more"]
    as_at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    cells: tuple[SharedCell, ...] = Field(strict=False)

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def share_effects(
    cells: pl.DataFrame, *, authority: str, question: str, usual_support: str, direction: str, as_at: str
) -> SharedEffects:
    """Take what may leave out of the cells of an analysis.

    Args:
        cells: as `Effects.cells`; only segments' cells with at least ten families in each arm are taken.
        authority: who worked it out.
        question: key of the question card.
        usual_support: name of arm 0.
        direction: `fewer` or `more`.
        as_at: last day that the data cover.

    Raises:
        MatchingError: something cannot be written as the format asks.
    """
    taken = cells.filter(
        ~pl.col("whole")
        & (pl.min_horizontal("n_arm", "n_usual") >= LEAST_SHOWN)
        & pl.col("difference").is_not_null()
        & (pl.col("variance") > 0)
    ).sort("arm", "segment")
    columns = ("arm", "segment", "n_arm", "n_usual", "difference", "variance")
    content = {
        "authority": authority,
        "question": question,
        "usual_support": usual_support,
        "direction": direction,
        "as_at": as_at,
        "cells": taken.select(columns).to_dicts(),
    }
    return _valid(json.dumps(content), "the cells of this analysis")


def read_effects(path: Path) -> SharedEffects:
    """Read the file of an authority.

    Raises:
        MatchingError: it cannot be read, or is not exactly of the format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise MatchingError(
            "The file of effects cannot be read.",
            where=path.name,
            next_step="Check that it is there and is UTF-8 text.",
        ) from problem
    made = _valid(text, path.name)
    keys = [(cell.arm, cell.segment) for cell in made.cells]
    if len(set(keys)) < len(keys):
        raise MatchingError(
            "The file of effects has cells twice.",
            where=path.name,
            how_many=f"{len(keys) - len(set(keys))} cells",
            next_step="Ask the authority to export it again.",
        )
    return made


def _valid(text: str, where: str) -> SharedEffects:
    try:
        return SharedEffects.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MatchingError(
            f"The file of effects is not of the format: {first['msg'][:1].lower()}{first['msg'][1:]}.",
            where=f"{where}, {place}" if place else where,
            how_many=f"{problem.error_count()} problems",
            next_step=f"Write it with the same version: {FORMAT}.",
        ) from problem


def combine_authorities(shared: Sequence[SharedEffects], *, prior_spread: float = PRIOR_SPREAD) -> pl.DataFrame:
    """Pool what several authorities know of the same question, cell by cell.

    Authorities are pooled first in each cell, letting them differ; then segments, as within one authority.

    Args:
        shared: one or more authorities' files, each authority once.
        prior_spread: as `pooling.pool`, for authorities and for segments.

    Returns:
        One row per arm and segment: `arm`, `segment`, `authorities`, `n_arm`, `n_usual`, `difference`, `variance`
        (over authorities), and `mean`, `low`, `high`, `below` after pooling over segments too.

    Raises:
        MatchingError: nothing to combine, an authority twice, or files that answer different questions.
    """
    _check_same(shared)
    rows = [cell.model_dump() | {"authority": each.authority} for each in shared for cell in each.cells]
    cells = pl.DataFrame(rows)
    arms, segments = (sorted(cells[name].unique().to_list()) for name in ("arm", "segment"))
    authorities = [each.authority for each in shared]
    shape = len(arms), len(segments), len(authorities)
    d, v = np.full(shape, np.nan), np.full(shape, np.nan)
    at = tuple(
        cells[column].replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
        for column, names in (("arm", arms), ("segment", segments), ("authority", authorities))
    )
    d[at], v[at] = cells["difference"].to_numpy(), cells["variance"].to_numpy()
    over = pool(d, v, prior_spread=prior_spread)
    both = pool(over.common, over.common_spread**2, prior_spread=prior_spread)
    grid = np.meshgrid(arms, segments, indexing="ij")
    made = pl.DataFrame(
        {
            "arm": grid[0].ravel(),
            "segment": grid[1].ravel(),
            "difference": over.common.ravel(),
            "variance": (over.common_spread**2).ravel(),
            "mean": both.mean.ravel(),
            "low": (both.mean - Z95 * both.spread).ravel(),
            "high": (both.mean + Z95 * both.spread).ravel(),
            "below": both.below.ravel(),
        }
    )
    counted = cells.group_by("arm", "segment").agg(
        pl.len().cast(pl.Int64).alias("authorities"), pl.col("n_arm").sum(), pl.col("n_usual").sum()
    )
    order = [
        "arm",
        "segment",
        "authorities",
        "n_arm",
        "n_usual",
        "difference",
        "variance",
        "mean",
        "low",
        "high",
        "below",
    ]
    return made.join(counted, on=["arm", "segment"], how="inner").select(order).sort("arm", "segment")


def _check_same(shared: Sequence[SharedEffects]) -> None:
    if not any(each.cells for each in shared):
        raise MatchingError(
            "There is nothing to combine: no cell has ten families in each arm.", where="effects of authorities"
        )
    names = [each.authority for each in shared]
    if len(set(names)) < len(names):
        raise MatchingError("An authority is there twice.", where="effects of authorities")
    asked = {(each.question, each.usual_support, each.direction) for each in shared}
    if len(asked) > 1:
        raise MatchingError(
            "The authorities answer different questions.",
            where="question, usual_support, direction",
            how_many=f"{len(asked)} questions in {len(shared)} files",
            next_step="Combine files of the same question card only.",
        )
