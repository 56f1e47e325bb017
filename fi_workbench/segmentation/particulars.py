"""What a family's sentence tells besides the records that group it: its children, and needs that are shown only.

They are facts of one family, so they are added after the reason of its pattern of answers, and change no segment.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.segmentation.indicators import SHOWN_ONLY, TOGETHER, phrase_of
from fi_workbench.segmentation.naming import joined
from fi_workbench.vocabulary.needs import AGE_BAND_WORDS, PRESENT, need

AGE = "youngest_age_band"
SEVERAL = 2
ALSO = "also recorded: "
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def particulars(need_profiles: pl.DataFrame, family_profiles: pl.DataFrame) -> pl.DataFrame:
    """What is told of each family beside its segment.

    Args:
        need_profiles: contract `need_profiles` (`family_id`, `need`, `state`).
        family_profiles: contract `family_profiles` (`family_id`, `n_children`, `youngest_age_band`).

    Returns:
        One row per family: `family_id`, `children` ("three children, youngest under five"), `besides` (needs that are
        shown only), and for each indicator of several needs the recorded ones, under its name; null where there is
        nothing to tell.
    """
    told = (
        need_profiles.filter(pl.col("state") == PRESENT)
        .group_by("family_id")
        .agg(_words(SHOWN_ONLY).alias("besides"), *[_words(codes).alias(name) for name, codes in TOGETHER.items()])
    )
    return family_profiles.select("family_id", children=_children()).join(told, on="family_id", how="left")


def _children() -> pl.Expr:
    number = pl.col("n_children")
    words = number.replace_strict(dict(enumerate(_NUMBERS)), default=number.cast(pl.String), return_dtype=pl.String)
    count = pl.when(number >= SEVERAL).then(pl.concat_str(words, pl.lit(" children")))
    age = pl.col(AGE).replace_strict(dict(AGE_BAND_WORDS), default=None, return_dtype=pl.String)
    told = pl.concat_str(count, age, separator=", ", ignore_nulls=True)
    return pl.when(told != "").then(told)


def _words(codes: tuple[str, ...]) -> pl.Expr:
    """The recorded needs of a short list, in its order, as in a sentence; null where there is none."""
    words: dict[int, str | None] = {
        number: joined([need(code).phrase for place, code in enumerate(codes) if number >> place & 1]) or None
        for number in range(2 ** len(codes))
    }
    recorded = pl.sum_horizontal(
        (pl.col("need") == code).any().cast(pl.Int64) * 2**place for place, code in enumerate(codes)
    )
    return recorded.replace_strict(words, return_dtype=pl.String)


def sentence() -> pl.Expr:
    """A family's reason: that of its pattern (`why`, `then`), with what `particulars` tell of the family itself."""
    why = pl.col("why")
    for name in TOGETHER:
        words = phrase_of(name)
        named = pl.concat_str(pl.lit(f"{words} ("), pl.col(name), pl.lit(")"))
        for before, after in ((words, named), (words.capitalize(), _capital(named))):
            why = pl.when(pl.col(name).is_null()).then(why).otherwise(why.str.replace(before, after, literal=True))
    besides = pl.concat_str(pl.lit(ALSO), pl.col("besides"))
    first = pl.concat_str(why, "children", separator=", ", ignore_nulls=True)
    return pl.concat_str(first, "then", besides, separator="; ", ignore_nulls=True)


def _capital(words: pl.Expr) -> pl.Expr:
    return pl.concat_str(words.str.slice(0, 1).str.to_uppercase(), words.str.slice(1))
