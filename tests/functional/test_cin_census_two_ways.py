"""A census is read column by column where it is regular and child by child elsewhere: the rows are the same."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from fi_workbench.contracts import load_contract
from fi_workbench.loaders.cin_census_blocks import Collector
from fi_workbench.loaders.cin_census_columns import AT, ColumnReader
from fi_workbench.loaders.cin_census_walk import walk
from fi_workbench.loaders.raw import RAW
from fi_workbench.resources import shipped

pytestmark = pytest.mark.functional

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")
READER = ColumnReader(CONTRACT)

VALUES = st.sampled_from(["", "2025-10-06", " A1 ", "N1", "1", "x>y", "é", "\u00a0", "0"])
GAPS = st.sampled_from(["", "\n", "  \n\n", "\r\n"])


def element(tag: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda inner, gap: f"<{tag}>{inner}</{tag}>{gap}", inside, GAPS)


def some(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Each part once at most, in any order."""
    return st.permutations(parts).flatmap(
        lambda order: st.tuples(*(st.one_of(st.just(""), part) for part in order)).map("".join)
    )


def many(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(part, max_size=3).map("".join)


def leaf(tag: str) -> st.SearchStrategy[str]:
    return st.one_of(element(tag, VALUES), st.just(f"<{tag}/>\n"))


IDENTIFIERS = element(
    "ChildIdentifiers", some(*map(leaf, ("LAchildID", "UPN", "PersonBirthDate", "GenderCurrent", "Sex")))
)
CHARACTERISTICS = element(
    "ChildCharacteristics", some(leaf("Ethnicity"), element("Disabilities", many(leaf("Disability"))))
)
ASSESSMENT = element(
    "Assessments",
    some(leaf("AssessmentActualStartDate"), element("FactorsIdentifiedAtAssessment", many(leaf("AssessmentFactors")))),
)
SECTION_47 = element("Section47", some(leaf("S47ActualStartDate"), leaf("DateOfInitialCPC")))
PLAN = element(
    "ChildProtectionPlans",
    st.tuples(leaf("CPPstartDate"), many(element("Reviews", many(leaf("CPPreviewDate"))))).map("".join),
)
EPISODE = element(
    "CINdetails",
    st.tuples(
        many(ASSESSMENT), some(leaf("CINreferralDate"), leaf("DateOfInitialCPC")), many(SECTION_47), many(PLAN)
    ).map("".join),
)
CHILD = element("Child", st.tuples(many(EPISODE), some(IDENTIFIERS, CHARACTERISTICS), many(EPISODE)).map("".join))


@tries(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CHILD, min_size=1, max_size=4).map("".join), st.integers(1, 5))
def test_the_rows_their_lines_and_their_text_are_the_same(children: str, first_line: int) -> None:
    columns = READER.read(children.encode(), first_line)
    assert columns is not None
    collector = Collector(CONTRACT)
    document = ("\n" * (first_line - 1) + "<Message><Children>" + children + "</Children></Message>").encode()
    walk(BytesIO(document), Path("census.xml"), CONTRACT, collector)
    assert columns.seen == +collector.seen
    for name, walked in collector.taken().items():
        read = columns.tables[name]
        with_text = read.with_columns(columns.text_of(name, read[AT]).alias(RAW)).drop(AT)
        assert with_text.select(walked.columns).equals(walked), name


@pytest.mark.parametrize(
    "stretch",
    [
        "<Child><ChildIdentifiers><UPN>1</UPN><UPN>2</UPN></ChildIdentifiers></Child>",
        "<Child>text</Child>",
        "<Child><LAchildID>1</LAchildID></Child>",
        "<Child><New/></Child>",
        "<Child><!-- x --></Child>",
        "<Child><ChildIdentifiers><UPN>A&amp;B</UPN></ChildIdentifiers></Child>",
        "<Child a='1'></Child>",
        "x<Child></Child>",
        "<Child></Child>x<Child></Child>",
        "<CINdetails></CINdetails>",
        "<Child><ChildIdentifiers><UPN>1<Sex>F</Sex></UPN></ChildIdentifiers></Child>",
    ],
)
def test_whatever_is_unusual_is_handed_back(stretch: str) -> None:
    assert READER.read(stretch.encode(), 1) is None
