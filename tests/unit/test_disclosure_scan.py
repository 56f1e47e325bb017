"""No file leaves with anybody in it whom the authority knows."""

from __future__ import annotations

import base64
import random
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fi_workbench.contracts import all_contracts
from fi_workbench.contracts.identifiers import nhs_number_check_digit, upn_check_letter
from fi_workbench.disclosure import IdentifierIndex, found_in, index_identifiers, scan
from fi_workbench.disclosure.identifiers import Match, ordinary_words, squeeze
from fi_workbench.disclosure.own_words import own_phrases, own_words
from fi_workbench.disclosure.scanning import _known, _known_in, _lines, _told
from fi_workbench.errors import DisclosureError

CATALOGUE = all_contracts()
PAGE = (
    "<html><head><title>Tyne unit, week 47</title></head><body><h1>Tyne unit</h1><p>7 of 12 visits were on time. "
    "The week ends on 22 November 2026.</p><table><tr><td>{}</td></tr></table></body></html>"
)


def people(rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = ["person_id", "forename", "surname", "date_of_birth", "address", "postcode", "upn", "nhs_number"]
    schema = {name: pl.Date() if name == "date_of_birth" else pl.String() for name in names}
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=schema)


ONE = {
    "person_id": "CMS-204871",
    "forename": "Aurelia Mae",
    "surname": "Quillfeather",
    "date_of_birth": date(2015, 4, 3),
    "address": "14 Imagined Terrace",
    "postcode": "NE99 7ZQ",
    "upn": upn_check_letter("391200012345") + "391200012345",
    "nhs_number": "943476587" + str(nhs_number_check_digit("943476587")),
}


@pytest.fixture(scope="module")
def index() -> IdentifierIndex:
    rows = [
        ONE,
        {**ONE, "person_id": "90210", "forename": "Grace", "surname": "Close", "date_of_birth": date(2012, 1, 9)},
    ]
    return index_identifiers({"case_people": people(rows)}, CATALOGUE)


FORMS = [
    "Aurelia Quillfeather",
    "QUILLFEATHER, Aurelia Mae",
    "aurelia-mae quillfeather",
    "Quillfeather",
    "quillfeather's",
    "Q u i l l f e a t h e r",
    "Grace Close",
    "close, grace",
    "03/04/2015",
    "3.4.15",
    "2015-04-03",
    "20150403",
    "3 April 2015",
    "3rd Apr 2015",
    "April 3, 2015",
    "2 0 1 5 - 0 4 - 0 3",
    "NE99 7ZQ",
    "ne997zq",
    "N E 9 9 7 Z Q",
    "14 Imagined Terrace",
    "943 476 5870",
    "943-476-5870",
    "9434765870",
    str(ONE["upn"]),
    " ".join(str(ONE["upn"])),
    str(ONE["upn"]).lower(),
    "CMS-204871",
    "cms 204871",
    "90210",
]


@pytest.mark.parametrize("planted", FORMS)
def test_an_identifier_is_found_in_any_form(index: IdentifierIndex, planted: str) -> None:
    assert found_in(PAGE.format(planted), index)


@pytest.mark.parametrize("planted", ["Aurelia Quillfeather", "03/04/2015", "NE99 7ZQ", "943 476 5870", str(ONE["upn"])])
def test_an_identifier_is_found_behind_encodings(index: IdentifierIndex, planted: str) -> None:
    encoded = base64.b64encode(planted.encode()).decode()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text x="1" y="2">{planted}</text></svg>'
    inside = base64.b64encode(svg.encode()).decode()
    for page in (
        PAGE.format(encoded),
        f'<img alt="chart" src="data:image/svg+xml;base64,{inside}">',
        f'<img alt="{planted}" src="data:,">',
        f"<!-- {planted} -->",
        '{"note": "' + "".join("\\u" + format(ord(c), "04x") for c in planted) + '"}',
        "".join(f"&#{ord(c)};" for c in planted),
        PAGE.format(f"<b>{planted[:3]}</b>{planted[3:]}"),
        planted.replace(" ", "%20").replace("/", "%2F"),
    ):
        assert found_in(page, index), page


@pytest.mark.parametrize(
    "harmless",
    [
        "Grace was said. The case may close soon.",
        "Close to 7 of 12",
        "22 November 2026",
        "0 5 10 15 20 25 30",
        "<p>3</p><p>4</p><p>15</p>",
        "9\n1\n12",
        "5,432 children; 0.90210 of them",
        'd="M90210,5L1,2"',
        "Aurelia",
        "settings ab9434765870cd",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_ordinary_words_and_numbers_pass(index: IdentifierIndex, harmless: str) -> None:
    assert found_in(PAGE.format(harmless), index) == {}


def test_numbers_that_only_draw_a_picture_pass(index: IdentifierIndex) -> None:
    svg = '<svg viewBox="0 0 90210 9"><path d="M90210 943 476 5870L90210 1" transform="translate(90210,3)"/></svg>'
    assert found_in(svg, index) == {}


def test_text_drawn_as_coordinates_of_letters_is_not_spared(index: IdentifierIndex) -> None:
    assert found_in('<svg><path d="Quillfeather"/></svg>', index)


def test_a_date_that_the_page_declares_passes(index: IdentifierIndex) -> None:
    page = PAGE.format("As of 3 April 2015")
    assert found_in(page, index)
    assert found_in(page, index, declared_dates={date(2015, 4, 3)}) == {}


def test_a_unit_may_be_called_as_somebody_is(index: IdentifierIndex) -> None:
    assert found_in("Quillfeather unit", index)
    assert found_in("Quillfeather unit", index, allowed_words=["Quillfeather unit"]) == {}
    assert found_in("Aurelia Quillfeather", index, allowed_words=["Quillfeather unit"])


def test_numbers_with_right_check_digits_are_found_although_unknown() -> None:
    nobody = index_identifiers({"case_people": people([])}, CATALOGUE)
    other_nhs = "401023213" + str(nhs_number_check_digit("401023213"))
    other_upn = upn_check_letter("801200005001") + "801200005001"
    assert found_in(f"<p>{other_nhs}</p>", nobody) == {"a patient number": 1}
    assert found_in(f"<p>{other_upn}</p>", nobody) == {"a pupil number": 1}
    wrong = other_nhs[:-1] + str((int(other_nhs[-1]) + 1) % 10)
    assert found_in(f"<p>{wrong}</p>", nobody) == {}


@pytest.mark.parametrize(
    "path", ["/home/someone/workspace/x.ipynb", "C:\\Users\\someone", "\\\\server\\share", "file:///x"]
)
def test_paths_of_a_computer_are_found(index: IdentifierIndex, path: str) -> None:
    assert found_in(f'{{"path": "{path}"}}', index) == {"a path of a computer": 1}


def test_a_worklist_may_hold_references_and_still_no_names(index: IdentifierIndex) -> None:
    scan("w.html", PAGE.format("CMS-204871"), index, references=False)
    with pytest.raises(DisclosureError):
        scan("w.html", PAGE.format("Quillfeather"), index, references=False)


def test_the_refusal_says_which_file_and_what_kind_but_not_what(index: IdentifierIndex) -> None:
    with pytest.raises(DisclosureError) as caught:
        scan("tyne/unit_brief.html", PAGE.format("Aurelia Quillfeather").encode(), index)
    message = str(caught.value)
    assert "tyne/unit_brief.html" in message
    assert "full name" in message
    assert "quillfeather" not in message.casefold()


def test_a_file_name_is_searched_and_not_repeated(index: IdentifierIndex) -> None:
    with pytest.raises(DisclosureError) as caught:
        scan("tyne/quillfeather.html", PAGE, index)
    assert "quillfeather" not in str(caught.value).casefold()


def test_the_index_shows_nobody(index: IdentifierIndex) -> None:
    assert repr(index) == f"IdentifierIndex({len(index.forms)} forms, 2 dates)"


def test_ordinary_words_hold_common_words_and_no_common_surnames() -> None:
    assert {"page", "week", "close", "young", "plan", "good"} <= ordinary_words()
    assert not {"smith", "jones", "taylor", "walker", "robinson", "khan", "patel", "singh"} & ordinary_words()


def test_squeezing() -> None:
    assert squeeze("O’Bríain - Smith") == "obriainsmith"


VALUES = st.lists(st.text(st.sampled_from("abzAZ019 '-.,\t\x1cßéÉ\u0301\u00a0"), max_size=14), max_size=6)


@given(VALUES, st.booleans())
def test_what_a_page_is_searched_for_is_each_value_squeezed(values: list[str], surname: bool) -> None:
    column = "surname" if surname else "address"
    index = index_identifiers({"case_people": people([{column: value} for value in values]).select(column)}, CATALOGUE)
    expected: dict[str, bool] = {}
    for value in values:
        form, spaced = squeeze(value), " " in value.strip()
        several = len(re.findall(r"[^\W\d_]+", value)) > 1
        number = form.isdigit()
        if surname and (len(form) < 3 or number or form in ordinary_words() | own_words()):
            continue
        if not surname and (
            len(form) < (5 if number else 4) or (not number and form in ordinary_words() | own_words())
        ):
            continue
        loose = (
            several and spaced
            if surname
            else not number and (bool(re.search("[0-9]", form)) or (spaced and len(form) >= 8))
        )
        expected[form] = expected.get(form, False) or loose
    assert {form: known.match is Match.LOOSE for form, known in index.forms.items()} == expected
    numbers = {form: known.match is Match.DIGITS for form, known in index.forms.items() if form.isdigit()}
    assert numbers == {form: len(form) >= 9 for form in numbers}


@given(VALUES, VALUES)
def test_full_names_are_searched_for_with_all_forenames_and_the_first(given: list[str], family: list[str]) -> None:
    rows = [{"forename": one, "surname": other} for one, other in zip(given, family, strict=False)]
    index = index_identifiers({"case_people": people(rows).select("forename", "surname")}, CATALOGUE)
    expected = set()
    for row in rows:
        last = squeeze(row["surname"])
        for first in {squeeze(row["forename"]), squeeze((row["forename"].split() or [""])[0])}:
            if len(first) >= 2 and len(last) >= 2:
                expected |= {first + last, last + first}
    assert {form for form, known in index.forms.items() if known.kind == "a full name"} == expected - set(own_phrases())


def test_a_page_is_searched_quickly_however_many_people_are_known() -> None:
    chooser = random.Random(5)
    letters = "bcdfghjklmnpqrstvwxz"
    rows = [
        {
            "person_id": f"P{n:07d}",
            "forename": "".join(chooser.choices(letters, k=6)),
            "surname": "".join(chooser.choices(letters, k=8)),
            "date_of_birth": date(1960, 1, 1) + timedelta(days=n % 15000),
            "postcode": f"NE{n % 90 + 1} {n % 9}ZZ",
        }
        for n in range(60_000)
    ]
    index = index_identifiers({"case_people": people(rows)}, CATALOGUE)
    page = PAGE.format(" ".join(chooser.choices(sorted(ordinary_words()), k=12_000)))
    counted = replace(index, forms=(forms := CountedLookups(index.forms)))
    assert found_in(page, counted) == {}
    assert len(forms) > 100_000
    assert 0 < forms.lookups < 3 * 12_000  # a word or two a word of the page, in three views of it


class CountedLookups(dict[str, Any]):
    """Forms that count how often they are asked for one."""

    lookups = 0

    def get(self, form: str, default: Any = None) -> Any:
        self.lookups += 1
        return super().get(form, default)


APART = st.one_of(
    st.text(" \n\"-/.,':", max_size=7), st.sampled_from([n * mark for n in range(1, 7) for mark in " ,\n"])
)
PIECES = st.one_of(
    APART,
    st.sampled_from(("2015", "04", "3", "april", "20150403", "123", "456", "7890", "/home/a", "c:\\a", "a39120001234")),
    *(
        st.builds("".join, st.tuples(st.just(first), APART, st.just(last)))
        for first, last in (
            ("aurelia", "quillfeather"),
            ("ne99", "7zq"),
            ("2015", "04"),
            ("204", "871"),
            ("cms", "204"),
        )
    ),
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_a_text_read_line_by_line_and_stretch_by_stretch_holds_what_it_holds_whole(text: str) -> None:
    whole, lines = _told(text), [_told(line) for line in _lines(text)]
    assert sorted(whole.dates) == sorted(day for line in lines for day in line.dates)
    for shape in ("pupil_numbers", "patient_numbers", "paths"):
        assert getattr(whole, shape) == sum(getattr(line, shape) for line in lines)
    index = index_identifiers({"case_people": people([ONE])}, CATALOGUE)
    assert list(_known(text, index)) == list(_known_in(text, index))
