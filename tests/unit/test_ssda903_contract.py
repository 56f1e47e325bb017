"""The return's contract: its codes are the vocabulary's, and each fault is named by the rule that it breaks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fi_workbench.contracts import Checked, check, load_contract
from fi_workbench.loaders import ssda903
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings
from fi_workbench.vocabulary.returns import CODE_LISTS

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
SOUND = {
    "header": "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\nC1,M,27/03/2012,WBRI,UN1,,\n",
    "episodes": "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
    "C1,15/05/2025,S,C2,N1,U6,PR1,01/09/2025,X1,CARPL,AB1 2CD,AB1 3CD,SC1\n"
    "C1,2025-09-01,P,C2,N1,K2,PR4,,,,AB1 2CD,AB1 4CD,SC2\n",
    "reviews": "CHILD,DOB,REVIEW,REVIEW_CODE\nC1,27/03/2012,12/06/2025,PN1\n",
    "uasc": "CHILD,SEX,DOB,DUC\nC1,M,27/03/2012,27/03/2030\n",
    "oc2": "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,TEETH_CHECK,HEALTH_ASSESSMENT,"
    "SUBSTANCE_MISUSE,INTERVENTION_RECEIVED,INTERVENTION_OFFERED\nC1,27/03/2012,14,,0,,1,1,1,0,,\n",
    "oc3": "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM\nC1,27/03/2012,YES,F4,U1\n",
    "ad1": "CHILD,DOB,DATE_INT,DATE_MATCH,FOSTER_CARE,NB_ADOPTR,SEX_ADOPTR,LS_ADOPTR\n"
    "C1,27/03/2012,01/05/2025,01/06/2025,0,2,MF,L11\n",
    "placed": "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED\nC1,27/03/2012,01/05/2025,01/07/2025,RD1\n",
    "permanence": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM\nC1,27/03/2012,P2,380,zz/zz/2019\n",
    "missing": "CHILD,DOB,MISSING,MIS_START,MIS_END\nC1,27/03/2012,M,03/02/2026,04/02/2026\n",
    "workers": "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON\nC1,27/03/2012,SW123,15/05/2025,15/06/2025,LEFTRL\n",
    "dolo": "CHILD,DOB,DOLO_START,DOLO_END\nC1,27/03/2012,01/02/2026,01/03/2026\n",
}


def _checked(files: dict[str, str], folder: Path) -> dict[str, Checked]:
    folder = folder / "2026"
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    extract = ssda903.read(sorted(folder.iterdir()), CONTRACT, SETTINGS)
    rows = {table.table: table.with_text() for table in extract.tables}
    done: dict[str, Checked] = {}
    for table in CONTRACT.in_order():
        if table.name in rows:
            done[table.name] = check(rows[table.name], table, as_of=date(2026, 3, 31), others=done)
            assert done[table.name].n_read == rows[table.name].height
    return done


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
    assert (table.delivery, table.scope) == ("full", "census_year")
    for column in table.columns.values():
        assert column.description.endswith(".")
        assert column.unit or column.logical_type == "string"
        if column.name in {"dob", "upn", "mc_dob", "sex", "home_post", "pl_post"}:
            assert column.classification == "personal"
        if column.name in {"ethnic", "sdq_score", "convicted", "health_assessment", "substance_misuse"}:
            assert column.classification == "special"


def test_a_sound_return_is_taken_whole_without_a_flag(tmp_path: Path) -> None:
    done = _checked(SOUND, tmp_path)
    assert set(done) == set(CONTRACT.tables)
    assert {name: dict(one.by_rule) for name, one in done.items() if one.by_rule} == {}
    assert {name: dict(one.flags) for name, one in done.items() if one.flags} == {}
    assert done["ssda903_episodes"].accepted["decom"].to_list() == [date(2025, 5, 15), date(2025, 9, 1)]


@pytest.mark.parametrize(
    ("module", "old", "new", "table", "rule"),
    [
        ("episodes", "01/09/2025", "14/05/2025", "ssda903_episodes", "end_not_before_start"),
        ("episodes", "01/09/2025", "02/04/2026", "ssda903_episodes", "dec_not_after_extract"),
        ("episodes", "01/09/2025", "31/02/2025", "ssda903_episodes", "dec_is_a_date"),
        ("episodes", "01/09/2025", "01/09/25", "ssda903_episodes", "dec_is_a_date"),
        ("episodes", ",U6,", ",U9,", "ssda903_episodes", "place_code_known"),
        ("episodes", ",U6,", ",H5,", "ssda903_episodes", "place_code_in_force"),
        ("episodes", ",X1,", ",E43,", "ssda903_episodes", "rec_code_in_force"),
        ("episodes", "S,C2,N1", "S,C2,N9", "ssda903_episodes", "cin_code_known"),
        ("episodes", "C1,15/05/2025", ",15/05/2025", "ssda903_episodes", "child_present"),
        ("episodes", "C1,15/05/2025", "C7,15/05/2025", "ssda903_episodes", "child_is_in_the_header"),
        ("episodes", "2025-09-01", "15/05/2025", "ssda903_episodes", "key_unique"),
        ("reviews", "12/06/2025", "12/06/2026", "ssda903_reviews", "review_not_after_extract"),
        ("oc2", ",14,", ",41,", "ssda903_oc2", "sdq_score_in_range"),
        ("oc2", ",14,", ",14.5,", "ssda903_oc2", "sdq_score_is_a_whole_number"),
        ("oc3", "U1", "01", "ssda903_oc3", "accom_code_known"),
        ("oc3", "F4", "P3", "ssda903_oc3", "activ_code_in_force"),
        ("ad1", ",2,MF", ",3,MF", "ssda903_ad1", "nb_adoptr_in_range"),
        ("placed", "RD1", "XXX", "ssda903_placed_for_adoption", "reason_placed_ceased_code_known"),
        ("placed", "01/07/2025", "01/04/2025", "ssda903_placed_for_adoption", "reversed_not_before_decision"),
        ("missing", "04/02/2026", "02/02/2026", "ssda903_missing", "end_not_before_start"),
        ("workers", "LEFTRL", "SWLAZY", "ssda903_sw_episodes", "sw_reason_code_known"),
        ("dolo", "01/03/2026", "01/01/2026", "ssda903_dolo", "end_not_before_start"),
        ("header", "WBRI", "WXYZ", "ssda903_header", "ethnic_code_known"),
        ("header", "27/03/2012", "27/03/1066", "ssda903_header", "dob_is_a_date"),
        ("header", "27/03/2012", "27/03/1966", "ssda903_header", "dob_in_range"),
    ],
)
def test_a_fault_is_refused_by_its_own_rule(
    module: str, old: str, new: str, table: str, rule: str, tmp_path: Path
) -> None:
    files = {"header": SOUND["header"], module: SOUND[module]}
    assert old in files[module]
    done = _checked(files | {module: files[module].replace(old, new, 1)}, tmp_path)
    assert done[table].by_rule[rule] >= 1


def test_everything_of_a_refused_child_is_refused_with_it(tmp_path: Path) -> None:
    done = _checked(SOUND | {"header": SOUND["header"].replace("WBRI", "WXYZ")}, tmp_path)
    for name, one in done.items():
        assert one.accepted.is_empty()
        assert name == "ssda903_header" or one.by_rule["parent_quarantined"] == one.n_read


def test_without_the_header_module_nobody_is_an_orphan(tmp_path: Path) -> None:
    done = _checked({"episodes": SOUND["episodes"]}, tmp_path)
    assert done["ssda903_episodes"].accepted.height == 2
    assert any(finding.where == "child_is_in_the_header" for finding in done["ssda903_episodes"].findings)


@pytest.mark.parametrize(
    ("module", "old", "new", "table", "rule"),
    [
        ("episodes", ",X1,", ",,", "ssda903_episodes", "ended_with_a_reason"),
        ("episodes", "01/09/2025,X1", ",X1", "ssda903_episodes", "reason_with_an_end"),
        ("header", "UN1", "12345", "ssda903_header", "upn_shape"),
        ("header", "UN1,,", "UN1,0,01/02/2025", "ssda903_header", "mothers_child_needs_a_mother"),
        ("oc2", ",14,,", ",14,SDQ2,", "ssda903_oc2", "score_or_reason"),
        ("workers", "SW123", "AB123", "ssda903_sw_episodes", "sw_id_shape"),
    ],
)
def test_a_query_is_taken_and_flagged(module: str, old: str, new: str, table: str, rule: str, tmp_path: Path) -> None:
    files = {"header": SOUND["header"], module: SOUND[module]}
    assert old in files[module]
    done = _checked(files | {module: files[module].replace(old, new, 1)}, tmp_path)
    assert done[table].flags[rule] == 1
    assert not done[table].by_rule
