"""The census contract: its codes are the vocabulary's, and each fault is named by the rule that it breaks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fi_workbench.contracts import Checked, check, load_contract
from fi_workbench.loaders import cin_census
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings
from fi_workbench.vocabulary.returns import CODE_LISTS

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
CHILD = """<Child><ChildIdentifiers><LAchildID>{id}</LAchildID><UPN>B801200005001</UPN>
<PersonBirthDate>2015-03-27</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>LD</Disability></Disabilities>
</ChildCharacteristics>
<CINdetails><CINreferralDate>2025-10-06</CINreferralDate><ReferralSource>1A</ReferralSource>
<PrimaryNeedCode>N1</PrimaryNeedCode><CINclosureDate>2026-03-06</CINclosureDate><ReasonForClosure>RC7</ReasonForClosure>
<Assessments><AssessmentActualStartDate>2025-10-07</AssessmentActualStartDate>
<AssessmentAuthorisationDate>2025-11-07</AssessmentAuthorisationDate>
<FactorsIdentifiedAtAssessment><AssessmentFactors>2A</AssessmentFactors><AssessmentFactors>3B</AssessmentFactors>
</FactorsIdentifiedAtAssessment></Assessments>
<CINPlanDates><CINPlanStartDate>2025-10-20</CINPlanStartDate><CINPlanEndDate>2025-11-17</CINPlanEndDate></CINPlanDates>
<Section47><S47ActualStartDate>2025-11-01</S47ActualStartDate><InitialCPCtarget>2025-11-20</InitialCPCtarget>
<DateOfInitialCPC>2025-11-17</DateOfInitialCPC><ICPCnotRequired>false</ICPCnotRequired></Section47>
<ReferralNFA>0</ReferralNFA>
<ChildProtectionPlans><CPPstartDate>2025-11-17</CPPstartDate><CPPendDate>2026-03-01</CPPendDate>
<InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>
<NumberOfPreviousCPP>0</NumberOfPreviousCPP><Reviews><CPPreviewDate>2026-02-15</CPPreviewDate></Reviews>
</ChildProtectionPlans></CINdetails></Child>"""


def _checked(children: str, folder: Path) -> dict[str, Checked]:
    path = folder / "census.xml"
    path.write_text(
        "<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31"
        f"</ReferenceDate></CollectionDetails><Source><LEA>201</LEA></Source></Header><Children>{children}</Children></Message>",
        encoding="utf-8",
    )
    extract = cin_census.read([path], CONTRACT, SETTINGS)
    rows = {table.table: table.with_text() for table in extract.tables}
    done: dict[str, Checked] = {}
    for table in CONTRACT.in_order():
        done[table.name] = check(rows[table.name], table, as_of=date(2026, 3, 31), others=done)
        assert done[table.name].n_read == rows[table.name].height
    return done


def _refused(done: dict[str, Checked]) -> dict[str, dict[str, int]]:
    return {name: dict(one.by_rule) for name, one in done.items() if one.by_rule}


def _flagged(done: dict[str, Checked]) -> set[str]:
    return {rule for one in done.values() for rule in one.flags}


@pytest.mark.parametrize("table", CONTRACT.tables)
def test_codes_and_labels_are_those_of_the_vocabulary(table: str) -> None:
    coded = {name: column for name, column in CONTRACT.table(table).columns.items() if column.enum}
    assert set(coded) == set(CODE_LISTS.get(table, {}))
    for name, column in coded.items():
        assert column.enum == CODE_LISTS[table][name].values
        assert dict(column.labels) == {code.value: code.label for code in CODE_LISTS[table][name]}


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=CONTRACT.tables)
def test_every_column_is_described_and_classified(table) -> None:
    assert table.grain.startswith("one row per ")
    assert table.delivery == "full"
    assert table.scope == "census_year"
    for column in table.columns.values():
        assert column.description.endswith(".")
        assert column.business_name
        assert column.unit or column.logical_type == "string"
    for rule in table.rules:
        assert rule.reason.endswith(".")
        assert "risk" not in rule.reason


def test_who_a_person_is_is_marked_as_such() -> None:
    by_class = {
        (table.name, column.name): column.classification
        for table in CONTRACT.tables.values()
        for column in table.columns.values()
    }
    assert {kind for (_, name), kind in by_class.items() if name == "la_child_id"} == {"case_reference"}
    for name in ("upn", "former_upn", "person_birth_date", "expected_person_birth_date", "sex", "person_death_date"):
        assert by_class["cin_children", name] == "personal"
    assert by_class["cin_children", "ethnicity"] == "special"
    assert by_class["cin_disabilities", "disability"] == "special"
    assert by_class["cin_assessment_factors", "factor"] == "special"


def test_a_sound_child_is_taken_whole_without_a_flag(tmp_path: Path) -> None:
    done = _checked(CHILD.format(id="C1"), tmp_path)
    assert _refused(done) == {}
    assert _flagged(done) == set()
    assert done["cin_section47"].accepted["icpc_not_required"].to_list() == [False]
    assert done["cin_episodes"].accepted["referral_nfa"].to_list() == [False]
    assert done["cin_protection_plans"].accepted["number_of_previous_cpp"].to_list() == [0]


CASCADE = {
    "cin_disabilities",
    "cin_episodes",
    "cin_assessments",
    "cin_assessment_factors",
    "cin_plans",
    "cin_section47",
}


@pytest.mark.parametrize(
    ("old", "new", "table", "rule"),
    [
        ("<CINclosureDate>2026-03-06", "<CINclosureDate>2025-10-05", "cin_episodes", "closure_not_before_referral"),
        (
            "<CINclosureDate>2026-03-06",
            "<CINclosureDate>2026-04-06",
            "cin_episodes",
            "cin_closure_date_not_after_extract",
        ),
        ("<CINclosureDate>2026-03-06", "<CINclosureDate>2026-02-31", "cin_episodes", "cin_closure_date_is_a_date"),
        ("<CINclosureDate>2026-03-06", "<CINclosureDate>1971-02-27", "cin_episodes", "cin_closure_date_in_range"),
        ("<ReferralSource>1A", "<ReferralSource>1Z", "cin_episodes", "referral_source_code_known"),
        ("<ReferralNFA>0", "<ReferralNFA>perhaps", "cin_episodes", "referral_nfa_is_yes_or_no"),
        ("<AssessmentFactors>2A", "<AssessmentFactors>RB", "cin_assessment_factors", "factor_code_known"),
        ("<AssessmentFactors>2A", "<AssessmentFactors>18A", "cin_assessment_factors", "factor_code_in_force"),
        (
            "<AssessmentActualStartDate>2025-10-07",
            "<AssessmentActualStartDate>2025-10-05",
            "cin_assessments",
            "start_not_before_referral",
        ),
        (
            "<AssessmentAuthorisationDate>2025-11-07",
            "<AssessmentAuthorisationDate>2025-10-06",
            "cin_assessments",
            "authorised_not_before_start",
        ),
        ("<CINPlanEndDate>2025-11-17", "<CINPlanEndDate>2025-10-19", "cin_plans", "end_not_before_start"),
        (
            "<DateOfInitialCPC>2025-11-17",
            "<DateOfInitialCPC>2025-10-31",
            "cin_section47",
            "conference_not_before_start",
        ),
        ("<CPPendDate>2026-03-01", "<CPPendDate>2025-11-16", "cin_protection_plans", "end_not_before_start"),
        ("<CPPstartDate>2025-11-17", "<CPPstartDate>2025-10-01", "cin_protection_plans", "start_not_before_referral"),
        (
            "<NumberOfPreviousCPP>0",
            "<NumberOfPreviousCPP>-1",
            "cin_protection_plans",
            "number_of_previous_cpp_in_range",
        ),
        ("<CPPreviewDate>2026-02-15", "<CPPreviewDate>2025-11-17", "cin_protection_plan_reviews", "review_after_start"),
        (
            "<PersonBirthDate>2015-03-27",
            "<PersonBirthDate>2027-03-27",
            "cin_children",
            "person_birth_date_not_after_extract",
        ),
        ("<PersonBirthDate>2015-03-27", "<PersonBirthDate>1066-03-27", "cin_children", "person_birth_date_is_a_date"),
        ("<Sex>F", "<Sex>7", "cin_children", "sex_code_known"),
        ("<Sex>F</Sex>", "<Sex>F</Sex><Sex>M</Sex>", "cin_children", "given_once"),
        ("<LAchildID>C1</LAchildID>", "", "cin_children", "la_child_id_present"),
        ("<Disability>LD</Disability>", "<Disability/>", "cin_disabilities", "disability_present"),
    ],
)
def test_a_fault_is_refused_by_its_own_rule(old: str, new: str, table: str, rule: str, tmp_path: Path) -> None:
    sound = CHILD.format(id="C2").replace("5001<", "5002<")
    faulty = CHILD.format(id="C1")
    assert old in faulty
    done = _checked(sound + faulty.replace(old, new, 1), tmp_path)
    assert done[table].by_rule[rule] == 1
    assert done["cin_children"].accepted["la_child_id"].to_list()[0] == "C2"
    reasons = done[table].quarantined["reasons"].explode().to_list()
    assert all(reason.endswith(".") for reason in reasons)


def test_the_rows_of_a_refused_child_follow_it(tmp_path: Path) -> None:
    done = _checked(CHILD.format(id="C1").replace("2015-03-27", "2027-03-27"), tmp_path)
    for table in CASCADE:
        assert done[table].accepted.is_empty()
        assert done[table].by_rule["parent_quarantined"] == done[table].n_read


def test_the_same_child_twice_saying_something_else_is_refused_twice(tmp_path: Path) -> None:
    done = _checked(CHILD.format(id="C1") + CHILD.format(id="C1").replace("<Sex>F", "<Sex>M"), tmp_path)
    assert done["cin_children"].by_rule == {"key_unique": 2}
    assert done["cin_episodes"].by_rule["parent_quarantined"] == 2


def test_the_same_child_twice_in_every_word_counts_once(tmp_path: Path) -> None:
    done = _checked(CHILD.format(id="C1") * 2, tmp_path)
    assert {(one.accepted.height, one.duplicates.height) for one in done.values() if one.n_read} == {(1, 1), (2, 2)}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<UPN>B801", "<UPN>C801", "upn_check"),
        ("<UPN>B801200005001</UPN>", "", "upn_or_reason_given"),
        ("</UPN>", "</UPN><UPNunknown>UN3</UPNunknown>", "upn_or_reason_without"),
        (
            "<PersonBirthDate>2015-03-27</PersonBirthDate>",
            "<ExpectedPersonBirthDate>2026-08-01</ExpectedPersonBirthDate>",
            "unborn_without_upn",
        ),
        ("<PersonBirthDate>2015-03-27</PersonBirthDate>", "", "birth_or_expected_birth_given"),
        ("<Sex>F</Sex>", "", "sex_recorded"),
        ("<LAchildID>C1<", "<LAchildID>C/1<", "la_child_id_shape"),
        ("<ReasonForClosure>RC7</ReasonForClosure>", "", "closed_with_a_reason"),
        ("<CINclosureDate>2026-03-06</CINclosureDate>", "", "reason_with_a_closure"),
        ("<AssessmentFactors>2A<", "<AssessmentFactors>21<", "no_factors_stands_alone"),
        (
            "<Disability>LD</Disability>",
            "<Disability>LD</Disability><Disability>NONE</Disability>",
            "no_disability_stands_alone",
        ),
        ("<S47ActualStartDate>2025-11-01", "<S47ActualStartDate>2025-10-01", "start_not_before_referral"),
        ("<CPPendDate>2026-03-01", "<CPPendDate>2025-11-17", "end_not_on_start"),
        ("<ICPCnotRequired>false", "<ICPCnotRequired>1", "no_conference_where_not_required"),
    ],
)
def test_a_query_is_taken_and_flagged(old: str, new: str, rule: str, tmp_path: Path) -> None:
    child = CHILD.format(id="C1")
    assert old in child
    done = _checked(child.replace(old, new, 1), tmp_path)
    assert rule in _flagged(done)
    assert _refused(done) == {}


def test_an_unborn_child_is_taken(tmp_path: Path) -> None:
    child = (
        CHILD.format(id="C1")
        .replace("<UPN>B801200005001</UPN>", "")
        .replace(
            "PersonBirthDate>2015-03-27</PersonBirthDate", "ExpectedPersonBirthDate>2026-08-01</ExpectedPersonBirthDate"
        )
        .replace("<Sex>F", "<Sex>U")
    )
    done = _checked(child, tmp_path)
    assert _refused(done) == {}
    assert _flagged(done) == set()


def test_pre_proceedings_are_read(tmp_path: Path) -> None:
    block = (
        "<PreProceedingsandFGDM><PPStartDate>2026-01-10</PPStartDate><LBPSentDate>2026-01-11</LBPSentDate>"
        "<FGDMMeetingOffer>1</FGDMMeetingOffer><ReviewMeetingsCount>2</ReviewMeetingsCount>"
        "<StepDecisionDate>2026-03-10</StepDecisionDate><PPOutcome>A</PPOutcome></PreProceedingsandFGDM>"
    )
    done = _checked(CHILD.format(id="C1").replace("</CINdetails>", f"{block}</CINdetails>"), tmp_path)
    row = done["cin_pre_proceedings"].accepted.row(0, named=True)
    assert (row["pp_start_date"], row["review_meetings_count"], row["pp_outcome"]) == (date(2026, 1, 10), 2, "A")
