"""The digest may be published and ranks nobody; the data note says what was held back, tied, hidden and compared."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, Town, busy, make_town

from fi_workbench import briefs
from fi_workbench.briefs.checks import faults
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import Released, profile_named, release
from fi_workbench.display import data_note, digest

CATALOGUE = all_contracts()
NAMES = {"unit_wear": "Wear", "unit_tyne": "Tyne"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = make_town(tmp_path_factory.mktemp("whole town"))
    plan = briefs.plan(lake=made.lake, week=WEEK, settings=made.settings, workspace=made.folder, run=made.run)
    report = briefs.build_whole_pages(plan)
    assert report.failed == {}
    assert set(report.built) == {"digest", "data_note"}
    return made


def published(table: str, rows: list[dict[str, object]], profile: str = "local") -> Released:
    contract = CATALOGUE.table(table)
    return release(
        pl.DataFrame(rows, schema=contract.polars_schema()),
        contract,
        audience="published",
        profile=profile_named(profile),
    )


def test_the_digest_says_its_rule_first_and_holds_no_small_count(town: Town) -> None:
    page = (town.folder / "digests" / str(WEEK) / "digest.html").read_bytes()
    assert faults(page) == []
    text = page.decode()
    assert text.index("Counts below 5 are hidden") < text.index("Who came to us?")
    assert "CMS-" not in text
    assert re.search(r"Home, not planned</th><td>12 months</td><td class=\"n\">hidden</td>", text)
    assert ">6<" not in text.split("Who went home")[1]


def test_the_data_note_is_closed_and_tells_what_numbers_were_made_from(town: Town) -> None:
    path = town.folder / "data_notes" / str(WEEK) / "data_note.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text(encoding="utf-8")
    for said in ("31 of 50", "The rule is local.", "Counts were not compared", "No grouping has been approved", ">3<"):
        assert said in text, said


def test_units_stand_in_order_of_name_whatever_their_counts() -> None:
    base = {**busy("unit_tyne")["unit_changes"][1], "measure": "referrals", "window_weeks": 13}
    rows = [{**base, "unit": unit, "n": n} for unit, n in (("unit_wear", 90), ("unit_tyne", 20))]
    (table,) = digest.demand(published("unit_changes", rows), NAMES).tables
    assert [heading.label for heading in table.headings] == ["What", "Tyne", "Wear"]
    assert table.rows == (("Referrals", "20", "90"),)


def test_a_small_count_of_one_unit_hides_another_so_that_it_cannot_be_worked_out() -> None:
    base = {**busy("unit_tyne")["unit_changes"][1], "measure": "referrals", "window_weeks": 13}
    rows = [{**base, "unit": unit, "n": n} for unit, n in (("unit_wear", 90), ("unit_tyne", 3), ("unit_tees", 31))]
    section = digest.demand(published("unit_changes", rows, "dfe"), NAMES)
    (row,) = section.tables[0].rows
    assert row.count("c") == 2  # without rounding, one hidden count would follow from the total
    assert "3" not in row
    assert "hidden by the rule for small counts" in section.notes[0]


def test_offers_of_help_are_shown_by_group_and_small_groups_are_hidden() -> None:
    table = CATALOGUE.table("evidence_offers")
    empty = dict.fromkeys(table.polars_schema())
    rows = [
        {
            **empty,
            "question": "q1",
            "characteristic": "ethnic_group",
            "group": group,
            "n_families": n,
            "n_offered": offered,
        }
        for group, n, offered in (("a", 120, 60), ("b", 95, 45), ("c", None, None))
    ]
    section = digest.equity(published("evidence_offers", rows))
    shown = section.tables[0].rows
    assert shown[0] == ("Ethnic group", "A", "120", "60")
    assert shown[2][2:] == ("hidden", "hidden")
    assert "not worked out" in digest.equity(None).lead


def test_counts_beside_the_councils_own_come_with_difference_and_reason() -> None:
    contract = CATALOGUE.table("count_reconciliation")
    rows = [
        {"unit": "unit_tyne", "measure": "children_open", "ours": 61, "theirs": 63, "difference": -2, "reason": "restricted", "state": "explained"},
        {"unit": "unit_wear", "measure": "children_open", "ours": 9, "theirs": 9, "difference": 0, "reason": None, "state": "agrees"},
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=contract.polars_schema())
    section = data_note.reconciled(release(frame, contract, audience="analyst", profile="local"), NAMES)
    assert section.lead == "1 of 2 counts agree."
    assert section.tables[0].rows[0][2:] == ("61", "63", "-2", "restricted")
    assert section.tables[0].rows[1][-1] == "none needed"
    assert "not compared" in data_note.reconciled(None, NAMES).lead
