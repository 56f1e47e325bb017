"""What came after stepping down, in words: numbers of the table, the interval beside them, unknown as unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from fi_workbench import display
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import release
from fi_workbench.display.number import Interval

FOLLOWED = {
    "unit": "tyne", "months": 6, "cohort_month": date(2026, 5, 1), "n_stepped_down": 13, "n_left": 1, "n_not_back": 10,
    "share_low": 0.552, "share_high": 0.953, "can_tell": True, "why_not": None,
    "sentence": "10 of 12 children who stepped down in May 2026 have not come back within 6 months.", "as_of": date(2026, 11, 30),
}  # fmt: skip


def shown(follow_up: list[dict[str, Any]], help_now: list[dict[str, Any]]) -> display.Section:
    given = []
    for name, rows in (("unit_step_down_follow_up", follow_up), ("unit_step_down_help", help_now)):
        table = all_contracts().table(name)
        frame = pl.DataFrame(rows, schema=table.polars_schema())
        given.append(release(frame, table, audience="unit", unit="tyne", profile="local"))
    return display.step_down_after(*given)


def test_numbers_stand_with_their_interval() -> None:
    section = shown([FOLLOWED], [])
    (finding,) = section.findings
    assert (finding.sentence, finding.printed) == (FOLLOWED["sentence"], "10 of 12 children")
    assert finding.interval == Interval(kind="share", low=55, high=95, of=100, level=95)
    (table,) = section.tables
    assert table.rows == (("May 2026", "6 months", "10 of 12", "55 to 95"),)
    assert table.notes[-1] == "Those who turned 18, died or moved away within the months are left out."


def test_the_role_of_whoever_leads_and_what_is_not_known() -> None:
    why = "No early help list has been loaded, so early help cannot be told."
    section = shown(
        [],
        [
            {"unit": "tyne", "rung": "closed", "role": "", "n_children": 3, "why_not": why},
            {"unit": "tyne", "rung": "early_help", "role": "family support worker", "n_children": 2, "why_not": None},
        ],
    )
    (table,) = section.tables
    assert table.rows == (
        ("Early help: Family Help without section 17", "family support worker", "2"),
        ("No help recorded (early help not known)", "nobody recorded", "3"),
    )
    assert section.notes == (why,)
    # The weekly count of those who stepped down holds others, so this one has another name.
    assert table.caption == "Where children are now who left a plan in the last 13 weeks"
    assert table.notes == (
        "These children left a child protection or child in need plan, for less help or none.",
        "Those who turned 18, died or moved away since are left out, and so is who left care.",
    )
    assert section.lead == "We cannot tell what came after."


def test_nobody_stepped_down() -> None:
    nobody = {**FOLLOWED, "n_stepped_down": 0, "n_left": 0, "n_not_back": 0, "share_low": None, "share_high": None}
    section = shown([nobody], [])
    assert section.lead == "No child stepped down in the months that can be followed."
    assert section.tables == ()
