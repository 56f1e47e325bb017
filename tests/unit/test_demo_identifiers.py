"""Identifiers have right check characters, can belong to nobody, and never meet."""

from __future__ import annotations

import itertools

import polars as pl

from fi_workbench.contracts.identifiers import nhs_number_is_valid, upn_is_valid
from fi_workbench.demo import identifiers
from fi_workbench.demo.planting import KINDS, VARIANTS, disguise, identifier


def test_nhs_numbers_are_valid_distinct_and_of_the_test_range() -> None:
    numbers = [identifiers.nhs_number(patch, n) for patch in range(6) for n in range(3000)]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("999") for number in numbers)
    assert pl.Series(numbers).to_frame("n").select(nhs_number_is_valid(pl.col("n")).all()).item()


def test_pupil_numbers_are_valid_distinct_and_of_no_school() -> None:
    numbers = [identifiers.pupil_number(patch, n, 2020) for patch in range(4) for n in range(3000)]
    assert len(set(numbers)) == len(numbers)
    assert all(number[4] == "9" and number[10] == "9" for number in numbers)
    assert pl.Series(numbers).to_frame("n").select(upn_is_valid(pl.col("n")).all()).item()


def test_case_numbers_fit_the_census_and_tell_nothing_of_their_order() -> None:
    numbers = [identifiers.case_number(2, n) for n in range(1, 5000)]
    assert len(set(numbers)) == len(numbers)
    assert all(number.isalnum() and len(number) <= 20 and number.startswith("SYN") for number in numbers)
    neighbours = sum(int(b[3:]) - int(a[3:]) == 1 for a, b in itertools.pairwise(numbers))
    assert neighbours == 0


def test_postcodes_lie_in_no_area() -> None:
    assert all(identifiers.postcode(patch, n).startswith("ZZ") for patch in range(200) for n in (0, 7, 399))


def test_planted_identifiers_all_differ_and_are_none_of_the_simulations() -> None:
    for kind in KINDS:
        values = [identifier(kind, n) for n in range(1500)]
        assert len(set(values)) == len(values)
    assert not any(identifier("nhs_number", n).startswith("999") for n in range(1500))
    assert not any(identifier("upn", n)[4] == "9" for n in range(1500))
    planted = [identifier("nhs_number", n) for n in range(1500)]
    assert pl.Series(planted).to_frame("n").select(nhs_number_is_valid(pl.col("n")).all()).item()
    upns = [identifier("upn", n) for n in range(1500)]
    assert pl.Series(upns).to_frame("n").select(upn_is_valid(pl.col("n")).all()).item()


def test_disguises_are_what_they_say() -> None:
    assert [disguise("Ab 1", variant) for variant in VARIANTS] == ["Ab 1", "AB 1", "ab 1", "A b 1", "QWIgMQ=="]
