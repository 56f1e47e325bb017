"""Dates that a page may show although somebody was born on them."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.disclosure.released import _dates_in_words


def test_dates_of_written_sentences_are_declared_and_dates_in_figures_are_not() -> None:
    texts = pl.Series(
        ["None since 7 July 2026; due 31 February 2026.", None, "born 12/03/2011", "2011-03-12", "17 May 2026"]
    )
    assert sorted(_dates_in_words(texts)) == [date(2026, 5, 17), date(2026, 7, 7)]
    assert list(_dates_in_words(pl.Series([None], dtype=pl.String))) == []
