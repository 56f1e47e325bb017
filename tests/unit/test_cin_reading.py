"""How the blocks of a census become rows of text: none lost, none invented, each with its line."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from fi_workbench.contracts import Contract, load_contract
from fi_workbench.loaders import cin_census
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year>"
    "<ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails>"
    "<Source><LEA>201</LEA><DateTime>{year}-05-20T09:30:00</DateTime></Source></Header>"
)
ONE_CHILD = """<Child>
  <ChildIdentifiers>
    <LAchildID>C1</LAchildID>
    <PersonBirthDate>2015-03-27</PersonBirthDate>
    <Sex>F</Sex>
  </ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>WBRI</Ethnicity>
    <Disabilities><Disability>HAND</Disability><Disability>HEAR</Disability></Disabilities></ChildCharacteristics>
  <CINdetails>
    <CINreferralDate>2025-10-06</CINreferralDate>
    <ReferralSource>1A</ReferralSource>
    <Assessments>
      <AssessmentActualStartDate>2025-10-07</AssessmentActualStartDate>
      <FactorsIdentifiedAtAssessment><AssessmentFactors>2A</AssessmentFactors><AssessmentFactors>2B</AssessmentFactors>
      </FactorsIdentifiedAtAssessment>
    </Assessments>
    <Assessments><AssessmentActualStartDate>2026-01-07</AssessmentActualStartDate>
      <FactorsIdentifiedAtAssessment/></Assessments>
    <Section47><S47ActualStartDate>2025-11-01</S47ActualStartDate><ICPCnotRequired>false</ICPCnotRequired></Section47>
    <ReferralNFA>0</ReferralNFA>
    <ChildProtectionPlans>
      <CPPstartDate>2025-11-17</CPPstartDate>
      <NumberOfPreviousCPP>1</NumberOfPreviousCPP>
      <Reviews><CPPreviewDate>2026-01-15</CPPreviewDate><CPPreviewDate>2026-03-15</CPPreviewDate></Reviews>
      <Reviews><CPPreviewDate>2026-03-20</CPPreviewDate></Reviews>
    </ChildProtectionPlans>
    <PreProceedingsandFGDM><PPStartDate>2026-02-01</PPStartDate><FGDMMeetingOffer>1</FGDMMeetingOffer>
      <ReviewMeetingsCount>2</ReviewMeetingsCount></PreProceedingsandFGDM>
  </CINdetails>
</Child>"""
TAGS = {
    "cin_children": "Child",
    "cin_disabilities": "Disability",
    "cin_episodes": "CINdetails",
    "cin_assessments": "Assessments",
    "cin_assessment_factors": "AssessmentFactors",
    "cin_plans": "CINPlanDates",
    "cin_section47": "Section47",
    "cin_protection_plans": "ChildProtectionPlans",
    "cin_protection_plan_reviews": "CPPreviewDate",
    "cin_pre_proceedings": "PreProceedingsandFGDM",
}


def _read(children: str, folder: Path, *, year: int = 2026, contract: Contract = CONTRACT) -> RawExtract:
    path = folder / "census.xml"
    path.write_text(
        f"<Message>\n{HEADER.format(year=year)}\n<Children>\n{children}\n</Children></Message>", encoding="utf-8"
    )
    return cin_census.read([path], contract, SETTINGS)


def _tree(text: str) -> ET.Element:
    """The standard library's reading of our own text: another parser than the reader's."""
    return ET.fromstring(text)  # noqa: S314


def _rows(extract: RawExtract, table: str) -> pl.DataFrame:
    return next(one.with_text() for one in extract.tables if one.table == table)


def _notes(extract: RawExtract) -> dict[tuple[str, str], int]:
    return {(note.what, note.where): note.how_many for note in extract.notes}


def test_every_block_is_a_row_of_its_table(tmp_path: Path) -> None:
    extract = _read(ONE_CHILD, tmp_path)
    counted = {tag: len(list(_tree(ONE_CHILD).iter(tag))) for tag in TAGS.values()}
    counted["Child"] = 1
    assert {one.table: one.rows.height for one in extract.tables} == {
        table: counted[tag] for table, tag in TAGS.items()
    }


def test_rows_repeat_the_keys_of_the_blocks_around_them(tmp_path: Path) -> None:
    extract = _read(ONE_CHILD, tmp_path)
    reviews = _rows(extract, "cin_protection_plan_reviews").select(
        "la_child_id", "cin_referral_date", "cpp_start_date", "cpp_review_date"
    )
    assert reviews.rows() == [
        ("C1", "2025-10-06", "2025-11-17", "2026-01-15"),
        ("C1", "2025-10-06", "2025-11-17", "2026-03-15"),
        ("C1", "2025-10-06", "2025-11-17", "2026-03-20"),
    ]
    factors = _rows(extract, "cin_assessment_factors")
    assert factors.select("assessment_actual_start_date", "factor").rows() == [
        ("2025-10-07", "2A"),
        ("2025-10-07", "2B"),
    ]


def test_rows_know_their_line_and_their_own_text(tmp_path: Path) -> None:
    extract = _read(ONE_CHILD, tmp_path)
    lines = (tmp_path / "census.xml").read_text().splitlines()
    for table, tag in TAGS.items():
        for line in _rows(extract, table)["_line"]:
            assert f"<{tag}" in lines[line - 1]
    assert _rows(extract, "cin_disabilities")["_raw"].to_list() == ["Disability=HAND", "Disability=HEAR"]
    assert _rows(extract, "cin_episodes")["_raw"].to_list() == [
        "CINreferralDate=2025-10-06; ReferralSource=1A; ReferralNFA=0"
    ]
    assert _rows(extract, "cin_protection_plan_reviews")["_record"].to_list() == [1, 2, 3]


def test_lines_are_true_beyond_what_sixteen_bits_count(tmp_path: Path) -> None:
    child = ONE_CHILD.replace("<Section47>", "\n\n<Section47>\n\n").replace(
        "<AssessmentFactors>2B", "\n<AssessmentFactors>2B"
    )
    child = child.replace("<FactorsIdentifiedAtAssessment/>", "<CINPlanDates/>\n\n<FactorsIdentifiedAtAssessment/>")
    child = child.replace("<Disability>HEAR</Disability>", "\n<Disability/>\n\n")
    near = _read(child, tmp_path)
    far = _read("\n" * 70_000 + child, tmp_path)
    for table in TAGS:
        assert (_rows(far, table)["_line"] - 70_000).to_list() == _rows(near, table)["_line"].to_list(), table


def test_empty_tables_are_there_with_every_column(tmp_path: Path) -> None:
    plans = _rows(_read(ONE_CHILD, tmp_path), "cin_plans")
    assert plans.is_empty()
    assert set(CONTRACT.table("cin_plans").columns) <= set(plans.columns)


def test_several_review_blocks_are_all_kept_and_said(tmp_path: Path) -> None:
    assert _notes(_read(ONE_CHILD, tmp_path))["plans with several Reviews blocks, all reviews kept", ""] == 1


def test_order_within_a_block_does_not_matter(tmp_path: Path) -> None:
    tree = _tree(ONE_CHILD)
    shuffle = random.Random(7)
    for element in [tree.find("CINdetails"), *tree.iter("ChildProtectionPlans"), *tree.iter("ChildIdentifiers"), tree]:
        inner = list(element)
        shuffle.shuffle(inner)
        element[:] = inner
    straight = _read(ONE_CHILD, tmp_path)
    mixed = _read(ET.tostring(tree, encoding="unicode"), tmp_path)
    for table in TAGS:
        columns = list(CONTRACT.table(table).columns)
        assert (
            _rows(mixed, table)
            .select(columns)
            .sort(columns)
            .equals(_rows(straight, table).select(columns).sort(columns))
        )


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("A<!-- told to -->B", "AB"),
        ("<![CDATA[A]]>B", "AB"),
        ("A<?editor mark?>B", "AB"),
        ("<![CDATA[A<B>&C]]>", "A<B>&C"),
        ("&lt;A&amp;B&#x43;", "<A&BC"),
        ("  A B\n", "A B"),
        ("", None),
        ("   ", None),
    ],
)
def test_values_are_read_whole(inside: str, value: str | None, tmp_path: Path) -> None:
    extract = _read(f"<Child><ChildIdentifiers><LAchildID>{inside}</LAchildID></ChildIdentifiers></Child>", tmp_path)
    assert _rows(extract, "cin_children")["la_child_id"].to_list() == [value]


def test_text_between_elements_is_counted_and_not_repeated(tmp_path: Path) -> None:
    child = ONE_CHILD.replace("<Sex>", "PersonName Smith<Sex>").replace("<ReferralNFA>", "stray<ReferralNFA>")
    extract = _read(f"oops{child}{child.replace('C1', 'C2')}", tmp_path)
    notes = _notes(extract)
    assert notes["text between elements, passed over", "ChildIdentifiers"] == 2
    assert notes["text between elements, passed over", "CINdetails"] == 2
    assert notes["text between elements, passed over", "Children"] == 1
    assert "Smith" not in str(extract.notes)


def test_unknown_elements_are_counted_and_kept_in_the_raw_text(tmp_path: Path) -> None:
    child = ONE_CHILD.replace("<Sex>", "<PersonSurname>Smith</PersonSurname><Sex>").replace(
        "<ReferralNFA>", "<NewBlock><A>1</A><B>2</B></NewBlock><ReferralNFA>"
    )
    extract = _read(f"{child}<Sibling/>", tmp_path)
    known = "element that the contract does not know, kept in the raw file and in no table"
    notes = _notes(extract)
    assert notes[known, "PersonSurname in ChildIdentifiers"] == 1
    assert notes[known, "NewBlock in CINdetails"] == 1
    assert notes[known, "Sibling in Children"] == 1
    assert "Smith" not in str(extract.notes)
    assert "PersonSurname=Smith" in _rows(extract, "cin_children")["_raw"][0]
    assert "NewBlock=12" in _rows(extract, "cin_episodes")["_raw"][0]


def test_so_many_unknown_elements_are_summed_up(tmp_path: Path) -> None:
    strange = "".join(f"<X{i:03d}/>" for i in range(100))
    extract = _read(ONE_CHILD.replace("<Sex>", f"{strange}<Sex>"), tmp_path)
    unknown = [note for note in extract.notes if note.what.startswith("element that the contract")]
    assert len(unknown) == 41
    assert sum(note.how_many for note in unknown) == 100


def test_a_child_without_characteristics_is_taken_and_said(tmp_path: Path) -> None:
    extract = _read("<Child><ChildIdentifiers><LAchildID>C9</LAchildID></ChildIdentifiers></Child>", tmp_path)
    assert _rows(extract, "cin_children").select("la_child_id", "ethnicity").rows() == [("C9", None)]
    assert _notes(extract)["children without ChildCharacteristics", ""] == 1


def test_an_element_that_stands_twice_is_a_defect_and_shows_both(tmp_path: Path) -> None:
    child = ONE_CHILD.replace("<Sex>", "<LAchildID>C2</LAchildID><Sex>").replace(
        "<ReferralSource>", "<ReferralSource>6</ReferralSource><ReferralSource>"
    )
    extract = _read(child, tmp_path)
    children, episodes = _rows(extract, "cin_children"), _rows(extract, "cin_episodes")
    assert children["_defect"].to_list() == ["given_once: LAchildID stands more than once where one is allowed."]
    assert children["la_child_id"].to_list() == ["C1 | C2"]
    assert episodes["_defect"].to_list() == ["given_once: ReferralSource stands more than once where one is allowed."]
    assert episodes["_raw"][0].count("ReferralSource=") == 2


@pytest.mark.parametrize(
    ("given", "read", "note"),
    [
        ("<GenderCurrent>1</GenderCurrent>", "M", "GenderCurrent"),
        ("<GenderCurrent>2</GenderCurrent>", "F", "GenderCurrent"),
        ("<GenderCurrent>0</GenderCurrent>", "U", "GenderCurrent"),
        ("<GenderCurrent>9</GenderCurrent>", "U", "GenderCurrent"),
        ("<GenderCurrent>7</GenderCurrent>", "7", "GenderCurrent"),
        ("<Sex>1</Sex>", "M", "numbers in Sex"),
        ("<Sex>M</Sex>", "M", None),
        ("<Sex>M</Sex><GenderCurrent>1</GenderCurrent>", "M", "GenderCurrent"),
        ("", None, None),
    ],
)
def test_sex_is_read_from_either_element(given: str, read: str | None, note: str | None, tmp_path: Path) -> None:
    extract = _read(ONE_CHILD.replace("<Sex>F</Sex>", given), tmp_path)
    rows = _rows(extract, "cin_children")
    assert rows.select("sex", "_defect").rows() == [(read, None)]
    said = [one for one in extract.notes if "1 as M" in one.what]
    assert [one.how_many for one in said] == ([1] if note else [])
    assert not said or said[0].what.startswith(note or "")


def test_sex_and_gender_that_disagree_are_a_defect(tmp_path: Path) -> None:
    extract = _read(ONE_CHILD.replace("<Sex>F</Sex>", "<Sex>F</Sex><GenderCurrent>1</GenderCurrent>"), tmp_path)
    assert _rows(extract, "cin_children")["_defect"].to_list() == ["given_once: Sex and GenderCurrent disagree."]


@pytest.mark.parametrize(
    ("year", "defect"), [(2020, None), (2021, "factor_code_in_force"), (2026, "factor_code_in_force")]
)
def test_a_retired_factor_is_taken_only_in_its_years(year: int, defect: str | None, tmp_path: Path) -> None:
    extract = _read(ONE_CHILD.replace("<AssessmentFactors>2A<", "<AssessmentFactors>18A<"), tmp_path, year=year)
    defects = _rows(extract, "cin_assessment_factors")["_defect"].to_list()
    assert [one and one.split(":")[0] for one in defects] == [defect, None]


def test_a_code_before_its_first_year_is_taken_and_said(tmp_path: Path) -> None:
    extract = _read(ONE_CHILD.replace("<ReferralSource>1A<", "<ReferralSource>5D<"), tmp_path, year=2019)
    assert _rows(extract, "cin_episodes")["_defect"].to_list() == [None]
    assert _notes(extract)["codes that were collected only after 2019", "cin_episodes.referral_source"] == 1


def test_a_child_inside_something_else_is_no_child(tmp_path: Path) -> None:
    extract = _read(
        ONE_CHILD.replace("<ReferralNFA>", "<Child><LAchildID>X</LAchildID></Child><ReferralNFA>"), tmp_path
    )
    assert _rows(extract, "cin_children").height == 1
    assert (
        "element that the contract does not know, kept in the raw file and in no table",
        "Child in CINdetails",
    ) in _notes(extract)


def test_the_same_bytes_give_the_same_rows(tmp_path: Path) -> None:
    first, second = _read(ONE_CHILD, tmp_path), _read(ONE_CHILD, tmp_path)
    assert first.files == second.files
    assert all(a.rows.equals(b.rows) for a, b in zip(first.tables, second.tables, strict=True))


BLOCKS = st.recursive(
    st.sampled_from(sorted({*TAGS.values(), "CINreferralDate", "LAchildID", "Reviews", "Other"})).map(
        lambda tag: (tag, [])
    ),
    lambda inner: st.tuples(
        st.sampled_from(["Child", "CINdetails", "Assessments", "ChildProtectionPlans"]), st.lists(inner)
    ),
    max_leaves=20,
)


def _xml(block: tuple[str, list]) -> str:
    tag, inner = block
    return f"<{tag}>{''.join(map(_xml, inner))}x</{tag}>"


@tries(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(BLOCKS, max_size=6))
def test_any_tree_is_read_without_losing_a_child_or_an_episode(tmp_path: Path, blocks: list) -> None:
    text = "".join(map(_xml, blocks))
    extract = _read(text, tmp_path)
    children = [child for child in _tree(f"<Children>{text}</Children>") if child.tag == "Child"]
    assert _rows(extract, "cin_children").height == len(children)
    assert _rows(extract, "cin_episodes").height == sum(len(child.findall("CINdetails")) for child in children)
    assert _rows(extract, "cin_assessments").height == sum(len(c.findall("CINdetails/Assessments")) for c in children)
