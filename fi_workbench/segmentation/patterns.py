"""Response patterns: rows of categorical answers as codes, and equal rows collapsed into one with a count.

A latent class model sees nothing of a row but its answers, so equal rows need be worked on once. The patterns are
sorted, which makes everything built on them the same whatever the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.errors import SegmentationError

Codes = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Category = bool | int | float | str

MISSING = -1
_LARGEST_KEY = 2**62


@dataclass(frozen=True)
class Item:
    """One categorical indicator: its name and its categories in order."""

    name: str
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of codes with how many rows (or how much weight) each stands for.

    Attributes:
        codes: one row per pattern, one column per item; -1 where missing; sorted.
        counts: weight of each pattern.
        of_row: the pattern of each row that was collapsed.
    """

    codes: Codes
    counts: Reals
    of_row: Codes

    @property
    def total(self) -> float:
        """The weight of all patterns."""
        return float(self.counts.sum())


def columns_of(data: Any, names: Sequence[str] | None = None) -> list[pl.Series]:
    """Take a table apart into one series per item; NaN counts as missing.

    Args:
        data: a polars frame, or anything that numpy reads as a table of two dimensions.
        names: names for the columns of an array.

    Raises:
        SegmentationError: not a table, a table without rows or columns, or values that are no answers.
    """
    series = data.get_columns() if isinstance(data, pl.DataFrame) else _series_of(data, names)
    if not series or not len(series[0]):
        raise SegmentationError("There is nothing to group: no rows, or no indicators.")
    odd = [one.name for one in series if not _is_answer(one.dtype)]
    if odd:
        raise SegmentationError(
            "Answers must be text, numbers or yes and no.", where=", ".join(odd), how_many=f"{len(odd)} indicators"
        )
    told = [one.fill_nan(None) if one.dtype.is_float() else one for one in series]
    endless = [one.name for one in told if one.dtype.is_float() and one.is_infinite().any()]
    if endless:
        raise SegmentationError("An answer cannot be infinite (inf).", where=", ".join(endless))
    return told


def _series_of(data: Any, names: Sequence[str] | None) -> list[pl.Series]:
    """The columns of anything that numpy reads as a table."""
    if scipy.sparse.issparse(data):
        raise SegmentationError(
            "A sparse matrix is not supported: what it leaves out is zero, and here an answer may be missing.",
            next_step="Give a polars frame or a dense array.",
        )
    array = np.asarray(data)
    if array.ndim != 2:
        raise SegmentationError(
            "Indicators must be a table with one row per family and one column per indicator. Reshape your data.",
            how_many=f"{array.ndim} dimensions",
        )
    if np.iscomplexobj(array):
        raise SegmentationError("Complex data not supported: an answer is text, a number or yes and no.")
    if not array.shape[1]:
        raise SegmentationError(f"0 feature(s) (shape=({len(array)}, 0)) while a minimum of 1 is required.")
    if names is not None and len(names) != array.shape[1]:
        raise SegmentationError(
            f"X has {array.shape[1]} features, but LatentClassSegmenter is expecting {len(names)} features as input.",
            next_step=f"Give the columns {', '.join(names)}, in this order.",
        )
    used = names if names is not None else [f"x{i}" for i in range(array.shape[1])]
    return [pl.Series(name, array[:, i].tolist(), strict=False) for i, name in enumerate(used)]


def _is_answer(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, pl.String | pl.Boolean | pl.Categorical | pl.Enum | pl.Null)


def items_of(columns: Sequence[pl.Series]) -> tuple[Item, ...]:
    """List each column's categories that occur: those of an Enum in its order, others sorted."""
    return tuple(Item(column.name, _categories(column)) for column in columns)


def _categories(column: pl.Series) -> tuple[Category, ...]:
    if isinstance(column.dtype, pl.Enum):
        found = set(column.unique().drop_nulls().to_list())
        return tuple(one for one in column.dtype.categories.to_list() if one in found)
    told = column.cast(pl.String) if isinstance(column.dtype, pl.Categorical) else column
    return tuple(told.unique().drop_nulls().sort().to_list())


def binned(counts: pl.Series, begins: Sequence[int]) -> pl.Series:
    """Put counts, such as children or referrals, into bands that a person can read, in their order.

    Args:
        counts: whole numbers, null where not known.
        begins: the least count of each band, ascending; the last band has no end.

    Returns:
        The same series as an Enum such as "0", "1 to 2", "3 or more".

    Raises:
        SegmentationError: bands that do not ascend, or counts below the first.

    Example:
        >>> binned(pl.Series("referrals", [0, 2, 7, None]), [0, 1, 3]).to_list()
        ['0', '1 to 2', '3 or more', None]
    """
    if not begins or any(later <= one for one, later in pairwise(begins)):
        raise SegmentationError("The bands of a count must begin at whole numbers that ascend.", where=counts.name)
    below = int((counts < begins[0]).sum())
    if below:
        raise SegmentationError(
            "Some counts lie below the first band.",
            where=counts.name,
            how_many=f"{below} of {len(counts)} rows",
            next_step=f"Let the first band begin lower than {begins[0]}.",
        )
    names = [str(one) if later == one + 1 else f"{one} to {later - 1}" for one, later in pairwise(begins)]
    names.append(f"{begins[-1]} or more")
    place = np.searchsorted(begins, counts.fill_null(begins[0]).to_numpy(), side="right") - 1
    told = pl.Series(counts.name, names, dtype=pl.Enum(names)).gather(place)
    return told.set(counts.is_null(), None)


def encode(columns: Sequence[pl.Series], items: Sequence[Item]) -> Codes:
    """Turn answers into codes: the place of each answer in its item's list, -1 where missing.

    Raises:
        SegmentationError: the columns are not the items', or hold codes that the items do not know. Such rows
            cannot be told anything, so nothing is guessed.
    """
    given, wanted = [column.name for column in columns], [item.name for item in items]
    if given != wanted:
        lacking, extra = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
        parts = [f"lacks {', '.join(lacking)}"] if lacking else []
        parts += [f"has {', '.join(extra)} besides"] if extra else []
        raise SegmentationError(
            f"The indicators are not those of the model: the table {' and '.join(parts or ['orders them otherwise'])}.",
            next_step=f"Give the columns {', '.join(wanted)}, in this order.",
        )
    return np.column_stack([_codes(column, item) for column, item in zip(columns, items, strict=True)])


def _codes(column: pl.Series, item: Item) -> Codes:
    text = isinstance(column.dtype, pl.Categorical | pl.Enum)
    values = column.cast(pl.String) if text else column
    known = pl.Series(item.categories, dtype=values.dtype, strict=False)
    table = {answer: code for code, answer in enumerate(known.to_list()) if answer is not None}
    unseen = values.drop_nulls().is_in(known.implode())
    if not unseen.all():
        raise SegmentationError(
            "An indicator has codes that the model has not seen.",
            where=item.name,
            how_many=f"{int((~unseen).sum())} of {len(values)} rows",
            next_step="Correct the codes at their source, or fit and approve a new grouping that knows them.",
        )
    if not table:
        return np.full(len(values), MISSING, dtype=np.int64)
    return values.replace_strict(table, default=MISSING, return_dtype=pl.Int64).to_numpy().astype(np.int64)


def collapse(codes: Codes, n_categories: Sequence[int], weights: Reals | None = None) -> Patterns:
    """Collapse equal rows, sorted by their codes; the sums do not depend on the order of the rows.

    Args:
        codes: one row per family, as `encode`.
        n_categories: categories of each item.
        weights: how much each row counts; 1 each when None.
    """
    key = np.zeros(len(codes), dtype=np.int64)
    bound = 1
    for column, size in enumerate(n_categories):
        if bound * (size + 1) > _LARGEST_KEY:
            distinct, key = np.unique(key, return_inverse=True)
            bound = len(distinct)
        key = key * (size + 1) + codes[:, column] + 1
        bound *= size + 1
    _, first, of_row = np.unique(key, return_index=True, return_inverse=True)
    if weights is None:
        counts = np.bincount(of_row, minlength=len(first)).astype(np.float64)
    else:
        order = np.lexsort((weights, of_row))
        starts = np.searchsorted(of_row[order], np.arange(len(first)))
        counts = np.add.reduceat(weights[order], starts)
    return Patterns(codes[first], counts, of_row.astype(np.int64))


def weights_of(sample_weight: npt.ArrayLike | None, n_rows: int) -> Reals | None:
    """How much each row counts, checked; None where every row counts once.

    Raises:
        SegmentationError: not one finite number of at least 0 for each row.
    """
    if sample_weight is None:
        return None
    given = sample_weight.to_numpy() if isinstance(sample_weight, pl.Series) else sample_weight
    weights = np.asarray(given, dtype=np.float64)
    if weights.shape != (n_rows,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise SegmentationError(
            "Weights must be one finite number of at least 0 for each row.",
            where="sample_weight",
            how_many=f"{weights.size} weights, {n_rows} rows",
        )
    return weights
