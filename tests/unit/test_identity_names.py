"""One way of writing names, places and numbers: what must agree agrees, and what says nothing is nothing."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.identity.names import forename_key, nhs_number_key, place_key, surname_key, upn_key


def one(make, text: str | None) -> str | None:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(make(pl.col("x"))).item()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("O'Brien", "OBRIEN"),
        ("O’Brien", "o brien"),
        ("Smith-Jones", "Smith Jones"),
        ("Nuñez", unicodedata.normalize("NFD", "nuñez")),
        ("Łukasz", "Lukasz"),
        ("Weiß", "WEISS"),
        ("Sørensen", "Sorensen"),
        ("van der Berg", "Van Der-Berg"),
    ],
)
def test_spelling_habits_do_not_keep_names_apart(left: str, right: str) -> None:
    assert one(surname_key, left) == one(surname_key, right) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Baby",
        "Baby Smith",
        "BABY GIRL",
        "Unborn",
        "unborn baby",
        "Twin 1",
        "Infant",
        "Not known",
        "TBC",
        " ",
        "-",
        None,
    ],
)
def test_a_stand_in_is_no_given_name(text: str | None) -> None:
    assert one(forename_key, text) is None


@pytest.mark.parametrize("text", ["Bo", "Na", "Twinkle", "Babylonia", "Infanta", "Ünzüle"])
def test_a_name_that_looks_like_a_stand_in_is_a_name(text: str) -> None:
    assert one(forename_key, text)


def test_names_in_other_scripts_keep_their_letters() -> None:
    assert one(surname_key, "Іваненко") == "іваненко"


def test_postcodes_and_numbers() -> None:
    assert one(place_key, " ne1 4xq") == one(place_key, "NE14XQ") == "NE14XQ"
    assert one(upn_key, "B80120 0005001") == "B801200005001"
    assert one(upn_key, "A801200005001") is None  # the check letter disagrees
    assert one(upn_key, "UN1") is None
    assert one(nhs_number_key, "943 476 5870") == "9434765870"
    assert one(nhs_number_key, "943 476 5871") is None
    assert one(nhs_number_key, None) is None


@given(st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_composed_and_decomposed_text_agree_and_writing_twice_changes_nothing(text: str) -> None:
    key = one(surname_key, unicodedata.normalize("NFC", text))
    assert key == one(surname_key, unicodedata.normalize("NFD", text))
    assert key is None or one(surname_key, key) == key
