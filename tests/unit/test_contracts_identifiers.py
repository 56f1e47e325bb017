"""Check characters against numbers that others published, and against the sum done by hand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.contracts.identifiers import (
    CHECK_LETTERS,
    nhs_number_check_digit,
    nhs_number_is_valid,
    upn_check_letter,
    upn_is_valid,
)


def said(function, *values):
    return pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}).select(function(pl.col("x"))).to_series().to_list()


def test_numbers_that_others_published_are_valid():
    # NHS Data Dictionary and the usual test numbers; UPN from python-stdnum's documentation.
    assert said(nhs_number_is_valid, "9434765870", "9434765919", "4505577104", "4010232137") == [True] * 4
    assert said(upn_is_valid, "B801200005001") == [True]


@pytest.mark.parametrize(
    "number",
    [
        "9434765871",
        "943476587",
        "94347658700",
        "943 476 5870",
        "943476587X",
        "",
        "0000000000",
        "4444444444",
        "٩٤٣٤٧٦٥٨٧٠",
    ],
)
def test_other_nhs_numbers_are_not(number):
    assert said(nhs_number_is_valid, number) == [False]


@pytest.mark.parametrize(
    "number",
    [
        "O801200005001",
        "A801200005001",
        "b801200005001",
        "801200005001B",
        "B80120000500",
        "B8012000050011",
        "I801200005001",
        "9.5E+11",
        "",
    ],
)
def test_other_upns_are_not(number):
    assert said(upn_is_valid, number) == [False]


def test_nothing_is_neither_valid_nor_invalid():
    assert said(upn_is_valid, None) == [None]
    assert said(nhs_number_is_valid, None) == [None]


def test_new_authorities_have_valid_upns():
    # A list of authorities kept by hand has no 838, 839 or 940 to 943; the sum knows no list.
    for authority in ("838", "839", "940", "941", "942", "943"):
        body = f"{authority}200026001"
        assert said(upn_is_valid, upn_check_letter(body) + body) == [True]


def test_a_temporary_upn_ends_in_a_letter():
    # Weights 2 to 13; the letter counts from A=0: 8*2+0+1*4+2*5+5*10+0+0+0*13 = 80, 80 mod 23 = 11, the letter M.
    assert upn_check_letter("80120000500A") == CHECK_LETTERS[80 % 23] == "M"
    assert said(upn_is_valid, "M80120000500A") == [True]


@settings(max_examples=60)
@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_upn_is_always_seen(body, place, step):
    upn = upn_check_letter(body) + body
    assert said(upn_is_valid, upn) == [True]
    wrong = list(upn)
    wrong[place + 1] = str((int(wrong[place + 1]) + step) % 10)
    assert said(upn_is_valid, "".join(wrong)) == [False]


@settings(max_examples=60)
@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_nhs_number_is_always_seen(body, place, step):
    digit = nhs_number_check_digit(body)
    if digit is None or len(set(f"{body}{digit}")) == 1:
        return
    wrong = list(f"{body}{digit}")
    wrong[place] = str((int(wrong[place]) + step) % 10)
    assert said(nhs_number_is_valid, f"{body}{digit}", "".join(wrong)) == [True, False]
