"""What the workbench says by itself refuses no page, whoever somebody is called; and nobody is spared by that."""

from __future__ import annotations

import polars as pl

from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import IdentifierIndex, found_in, index_identifiers
from fi_workbench.disclosure.own_texts import as_text
from fi_workbench.disclosure.own_words import FILE, own_phrases, own_words

CATALOGUE = all_contracts()
COMMON = (
    *("smith", "jones", "williams", "taylor", "davies", "evans", "thomas", "johnson", "roberts", "walker", "wright"),
    *("robinson", "thompson", "hughes", "edwards", "lewis", "jackson", "turner", "harris", "cooper", "morris", "moore"),
    *("clarke", "harrison", "patel", "khan", "ali", "ahmed", "hussain", "begum", "singh", "kaur", "shah", "mohammed"),
    *("wilson", "newcombe", "atkinson", "robson", "armstrong", "charlton", "milburn", "dodds", "elliott"),
)
"""Among the commonest surnames of England, and of the statisticians whom the package's sources name."""
OF_NOBODY = [
    ("Not", "Known"), ("Unknown", "Father"), ("Unborn", "Baby"), ("Baby", "Unknown"), ("Name", "Withheld"),
    ("Social", "Worker"), ("Health", "Visitor"), ("School", "Nurse"), ("Early", "Help"), ("Looked", "After"),
    ("Not", "Recorded"), ("Worker", "Social"),
]  # fmt: skip
"""Typed where a case management system asks for a name: of a father whom nobody names, of a child not yet born, of a
professional."""


def index_of(*names: tuple[str, str]) -> IdentifierIndex:
    schema = CATALOGUE.table("case_people").polars_schema()
    rows = [
        dict.fromkeys(schema) | {"person_id": f"P{n}", "forename": g, "surname": s} for n, (g, s) in enumerate(names)
    ]
    return index_identifiers({"case_people": pl.DataFrame(rows, schema=schema)}, CATALOGUE)


def test_the_file_is_what_is_said() -> None:
    """Otherwise: `python -m fi_workbench.disclosure.own_texts`."""
    assert FILE.read_text(encoding="utf-8") == as_text()


def test_what_is_typed_where_a_name_is_not_known_is_nobody() -> None:
    page = "<p>Led by: social worker, health visitor, school nurse. Early help: not known, not recorded.</p>"
    assert found_in(page, index_of(*OF_NOBODY)) == {}
    assert (
        found_in("<p>Unborn baby. Father: unknown father, baby unknown, name withheld.</p>", index_of(*OF_NOBODY)) == {}
    )


def test_a_family_called_as_every_page_is_written_refuses_none() -> None:
    page = (
        '<html lang="en"><p class="banner" style="max-width: 1px; font-weight: bold">New: 3 fell due, orange.</p>'
        '{"mark": "bar", "label": "Jan 2026", "other": "Mar 2026"}'
    )
    surnames = ("Lang", "New", "Mark", "Banner", "Bold", "Fell", "Max", "Orange", "Jan", "Mar")
    index = index_of(*(("Aurelia", surname) for surname in surnames))
    assert found_in(page, index) == {}
    for surname in surnames:
        assert found_in(f"<p>Seen by Aurelia {surname}.</p>", index), surname
        assert found_in(f"<p>{surname}, Aurelia</p>", index), surname


def test_a_name_of_ordinary_words_is_a_name() -> None:
    names = [("Rose", "Mark"), ("Grace", "Young"), ("Joy", "Field"), ("Child", "Wilson")]
    index = index_of(*names)
    for name in names:
        assert found_in(f"<p>{' '.join(name)} came.</p>", index), name


def test_a_name_of_ordinary_words_is_not_met_where_one_sentence_ends_and_the_next_begins() -> None:
    index = index_of(("Chance", "Field"))
    for said in ("Chance Field", "Field, Chance", "<td>Chance</td><td>Field</td>", "chance field", "Chance-Field"):
        assert found_in(f"<p>{said}</p>", index), said
    assert found_in("<p>It is no more than chance. Field of work: all. (Chance) field; chance: field.</p>", index) == {}
    assert found_in("<p>Aurelia. Quillfeather</p>", index_of(("Aurelia", "Quillfeather")))


def test_no_common_surname_is_among_the_words() -> None:
    assert not own_words() & set(COMMON)
    index = index_of(*(("Aurelia", surname.title()) for surname in COMMON))
    for surname in COMMON:
        assert found_in(f"<p>the {surname.title()} family</p>", index), surname


def test_a_phrase_goes_on_in_small_letters() -> None:
    phrases = set(own_phrases())
    assert "lookedafter" in phrases
    assert not {"atkinsonhyperlegible", "quillfeather"} & phrases


def test_nothing_is_said_of_an_index_of_nobody() -> None:
    assert found_in("<p>not known</p>", index_of()) == {}
