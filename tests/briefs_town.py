"""An invented town with two units, its week tables written by hand: what briefs are made of in tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))
from store_world import File

from fi_workbench.briefs.model import Brief, Part
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue, Contract, all_contracts, empty
from fi_workbench.contracts import Table as ContractTable
from fi_workbench.display import Chart, Finding, Head, Heading, MadeFrom, Section, Table
from fi_workbench.display.number import Interval, Number
from fi_workbench.settings import WHOLE_AUTHORITY, Settings, read_settings
from fi_workbench.store import Lake, LoadDraft, Run

WEEK = ReportingWeek(2026, 47)
AT = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
TOML = """
[authority]
name = "Town of Testing"
code = "999"
synthetic = true
[[units]]
code = "unit_tyne"
name = "Tyne"
[[units]]
code = "unit_wear"
name = "Wear"
"""
SOMEBODY = {
    "person_id": "CMS-204871",
    "forename": "Aurelia",
    "surname": "Quillfeather",
    "date_of_birth": date(2015, 4, 3),
    "postcode": "NE99 7ZQ",
    "is_adult": False,
}
TABLES = (
    "unit_series", "unit_changes", "unit_clocks", "unit_actions", "unit_step_down", "unit_step_down_follow_up", "unit_step_down_help", "unit_workload", "unit_overload", "unit_insights",
    "unit_good_news", "unit_limits", "unit_needs", "worklist_items", "new_partner_information", "step_down_items",
    "manager_items", "manager_staff", "unit_journeys", "returns_home", "year_measures", "link_summary", "caseload_withheld", "segment_drift",
    "does_not_fit",
)  # fmt: skip

RULE, WHO = "Every 10 working days from the last visit.", "Local procedure (not yet approved)"
MEASURES = ("families_open", "children_open", "referrals", "assessments_completed", "section47_started")


def busy(unit: str, n: int = 3) -> dict[str, list[dict[str, Any]]]:
    """A busy week of a unit."""
    week = WEEK.monday
    series = [
        {"unit": unit, "measure": measure, "week_start": week - timedelta(weeks=back), "n": 5 + (back * 7 + place) % 4}
        for place, measure in enumerate(MEASURES)
        for back in range(78)
    ]

    def total(measure: str, weeks: int) -> int:
        return sum(
            r["n"] for r in series if r["measure"] == measure and r["week_start"] > week - timedelta(weeks=weeks)
        )

    def change(measure: str, weeks: int, verdict: str, words: str) -> dict[str, Any]:
        count = total(measure, weeks)
        return {
            "unit": unit, "measure": measure, "window_weeks": weeks, "n": count, "usual_low": 12.0,
            "usual_centre": 20.0, "usual_high": 24.0, "verdict": verdict, "sentence": f"{words}, {count} now.",
        }  # fmt: skip

    def clock(name: str, label: str, weeks: int, due: int, kept: int, unseen: int, told: bool = True) -> dict[str, Any]:
        return {
            "unit": unit, "clock": name, "window_weeks": weeks, "label": label, "n_due": due, "n_kept": kept,
            "n_not_recorded": unseen, "median_recording_lag_days": 2.0 if told else None, "can_tell": told,
            "why_not": None if told else "No supervision list has been loaded", "rule": RULE, "rule_source": WHO,
            "as_of": WEEK.sunday if told else None,
        }  # fmt: skip

    def action(name: str, label: str, words: str, by: date, place: int, of: int | None = None) -> dict[str, Any]:
        return {
            "unit": unit, "action": name, "label": label, "n": n, "n_of": of, "noun": "child", "n_children": n, "n_families": 2, "from_date": by, "by_date": by,
            "rule": RULE, "rule_source": WHO, "authority": "guidance", "ahead": by > WEEK.sunday, "place": place, "sentence": words,
            "to_do": "Check that the day is set.", "trace": ["r1", "r2"], "as_of": WEEK.sunday,
        }  # fmt: skip

    return {
        "unit_series": series,
        "unit_changes": [
            change("referrals", 4, "more_than_usual", "Referrals are above their usual range"),
            change("referrals", 13, "within_usual", "Referrals are within their usual range"),
            change("section47_started", 4, "too_few", "Too few to tell"),
        ],
        "unit_clocks": [
            clock("child_protection_visit", "Child protection visit", 4, 12, 7, 3),
            clock("child_protection_visit", "Child protection visit", 13, 41, 34, 4),
            clock("core_group", "Core group", 13, 9, 9, 0),
            clock("supervision", "Supervision", 13, 0, 0, 0, told=False),
        ],
        "unit_actions": [
            action("visit_due", "Child protection visit due", f"Due by 27 November 2026: visits for {n} children in 2 families.", date(2026, 11, 27), 1),
            action("visit_unseen", "Child protection visit: no record", f"No record by the due date for {n} of 12 children.", date(2026, 11, 19), 2, of=12),
        ],
        "unit_step_down": [
            {"unit": unit, "criterion": "plan", "label": "On a plan for six months or more", "n_considered": 14, "n_met": 6, "n_not_met": 5, "n_unknown": 3, "why_unknown": "the start of the plan is not recorded"},
            {"unit": unit, "criterion": "seen", "label": "Seen at the last two visits", "n_considered": 14, "n_met": 9, "n_not_met": 4, "n_unknown": 1, "why_unknown": "no visit list covers them"},
        ],
        "unit_workload": [
            {"unit": unit, "n_children": 61, "n_families": 34, "fte": 4.5, "capacity_children": 68, "children_per_fte": 13.6, "n_unallocated": 0, "supervision_due": 2, "sentence": "61 children in 34 families, with 4.5 full-time posts that hold cases."},
        ],
        "unit_overload": [
            {"unit": unit, "state": "likely_over", "alarm": True, "weeks_ahead": 6, "n": None, "n_low": 64, "n_high": 75, "sentence": "In about 6 weeks the unit is likely to hold more than it can carry: 64 to 75 children against 68 places."},
        ],
        "unit_insights": [
            {"unit": unit, "insight": "together", "n_families": 15, "n_of": 18, "n_low": 10, "n_high": 18, "n_unknown": 16, "finding": "15 of 18 families with domestic abuse recorded also have parental mental health recorded. This is more than chance gives.", "question": "Where both come together, what would we do that we would not do for either alone?", "sources": "cin_census, housing", "as_of": WEEK.sunday},
        ],
        "unit_good_news": [{"unit": unit, "item": "home", "n": 2, "n_of": None, "noun": "child", "sentence": "2 children returned home from care as planned in the last 4 weeks."}],
        "unit_limits": [{"unit": unit, "limit": "absent_supervision", "n": None, "n_of": None, "noun": None, "sentence": "No supervision list has been loaded, so its dates cannot be told."}],
        "unit_needs": [
            {"unit": unit, "need": need, "n_present": present, "n_assessed": 30, "n_unknown": 4, "n_present_quarter_ago": before, "n_families_quarter_ago": 31}
            for need, present, before in (("domestic_abuse", 21, 17), ("neglect", 12, 13), ("parental_mental_health", 18, None), ("missing", 0, 1))
        ],
        "worklist_items": [
            {"unit": unit, "worker_id": "W-017", "case_reference": "CMS-204871", "clock": "child_protection_visit", "due_date": date(2026, 11, 27), "state": "due", "label": "Child protection visit", "last_date": None, "rule": RULE, "as_of": WEEK.sunday, "trace": "r1"},
            {"unit": unit, "worker_id": "W-017", "case_reference": "CMS-204872", "clock": "child_protection_visit", "due_date": date(2026, 11, 12), "state": "no_visit_recorded_since", "label": "No child protection visit recorded since 28 October 2026", "last_date": date(2026, 10, 28), "rule": RULE, "as_of": WEEK.sunday, "trace": "r2"},
            {"unit": unit, "worker_id": "W-018", "case_reference": "CMS-204873", "clock": "core_group", "due_date": date(2026, 12, 3), "state": "due", "label": "Core group", "last_date": None, "rule": RULE, "as_of": WEEK.sunday, "trace": "r3"},
        ],
        "returns_home": [
            {"way": way, "follow_up_months": 12, "n": n, "n_back": back, "from_date": date(2024, 11, 22), "to_date": date(2025, 11, 22), "as_of": WEEK.sunday}
            for way, n, back in (("home_planned", 41, 6), ("home_not_planned", 12, 3), ("arrangements_order", 19, 0))
        ] if unit == "unit_tyne" else [],
        "year_measures": [
            {"measure": measure, "label": label, "whom": "referrals", "n_of": n_of, "n": n, "n_other": None if n is None else n_of - n, "n_unknown": unknown, "recorded": None if n is None else unknown <= n_of / 5, "from_date": date(2025, 11, 22), "to_date": WEEK.sunday, "can_tell": n is not None, "why_not": None if n is not None else "No looked after return has been loaded.", "note": "Whatever became of it." if n == 727 else None, "rule": "As told.", "rule_source": WHO, "england": england, "as_of": WEEK.sunday}
            for measure, label, n_of, n, unknown, england in (
                ("re_referrals", "Referred again within 12 months of a referral", 3207, 727, 0, "22.4 of 100"),
                ("plans_open_two_years", "Child protection plans open two years or more", 410, 3, 0, "2.6 of 100"),
                ("ended_proceedings", "Interim care orders that ended within 26 weeks", 63, 0, 62, None),
                ("transfer_conferences", "Conference within 15 working days, moved in on a plan", 12, 7, 0, None),
                ("same_carer", "With the same carer for two years", None, None, None, "68 of 100"),
            )
        ] if unit == "unit_tyne" else [],
        "link_summary": [{"source": "housing", "n_people": 50, "n_linked": 31, "n_ambiguous": 2, "n_unlinked": 17}] if unit == "unit_tyne" else [],
        "caseload_withheld": [{"reason": "restricted", "n_children": 3, "n_families": 2}] if unit == "unit_tyne" else [],
        "unit_journeys": [
            {"unit": unit, "before": status, "n_families": n, "n_up": up, "n_same": n - up - down - closed, "n_down": down, "n_closed": closed, "as_of": WEEK.sunday}
            for status, n, up, down, closed in (("child_protection_plan", 11, 1, 3, 0), ("child_in_need_plan", 16, 2, 1, 4), ("new", 9, 0, 0, 0))
        ],
        "manager_items": [
            {"unit": unit, "kind": kind, "case_reference": case, "on_day": on, "n": count, "worker_id": worker, "label": label, "rule": RULE, "rule_source": WHO, "as_of": WEEK.sunday, "trace": "r1"}
            for kind, label, case, on, count, worker in (
                ("without_lead_practitioner", "No lead practitioner recorded", "CMS-204874", date(2026, 11, 12), 10, None),
                ("assessment_day_25", "Working day 25 reached, no end recorded", "CMS-204875", date(2026, 12, 4), 31, "W-017"),
                ("hearing", "Court hearing", "CMS-204871", date(2026, 12, 1), None, "W-017"),
                ("child_in_need_plan_12_months", "Child in need plans open 12 months or longer", "CMS-204876", date(2025, 9, 1), None, "W-018"),
                ("changes_of_worker", "Changes of lead practitioner in 12 months", "CMS-204877", date(2026, 8, 3), 3, "W-018"),
            )
        ],
        "manager_staff": [
            {"unit": unit, "worker_id": worker, "place": place, "role": role, "fte": fte, "n_children": children, "n_families": children // 2, "agreed_children": agreed, "last_day": last, "n_to_hand_over": children if last or away else 0, "supervision_due": date(2026, 11, 10 + 10 * place), "supervision_state": "no_record" if place == 1 else "to_come", "leave_first_day": away, "leave_last_day": None}
            for worker, place, role, fte, children, agreed, last, away in (
                ("W-018", 1, "newly_qualified", 1.0, 9, 10.2, None, date(2026, 12, 7)),
                ("W-017", 2, "social_worker", 0.8, 14, 13.6, date(2026, 12, 18), None),
            )
        ],
        "new_partner_information": [
            {"unit": unit, "worker_id": "W-017", "case_reference": "CMS-204871", "source": "police_notifications", "n": 2, "latest_event": date(2026, 11, 20), "as_of": WEEK.sunday},
        ],
        "step_down_items": [
            {"unit": unit, "worker_id": "W-017", "case_reference": reference, "family_number": 1, "status": "child_in_need_plan", "criteria": "No police event recorded in 90 days; The last two visits were on time and the child was seen", "answers": "None found in the police list, up to 22 November 2026. 3 of 90 people on it could not be tied to anyone.; The last two recorded visits were within the interval."}
            for reference in ("CMS-204871", "CMS-204872")
        ],
        "does_not_fit": [
            {"family_id": f"{unit:f<16}", "unit": unit, "case_reference": "CMS-204872", "kind": "two_equally", "segment": "s1", "second_segment": "s2", "case_for": "Neglect: neglect recorded", "case_for_second": "Health: a child's mental health recorded", "unlike": None, "model_version": "synthetic-1"},
            {"family_id": f"{unit:e<16}", "unit": unit, "case_reference": "CMS-204871", "kind": "no_segment", "segment": "s2", "second_segment": "s1", "case_for": "Health: a young carer recorded", "case_for_second": "Neglect: neglect recorded", "unlike": "Rare in every segment: a young carer recorded", "model_version": "synthetic-1"},
        ],
    }  # fmt: skip


def quiet(unit: str) -> dict[str, list[dict[str, Any]]]:
    """A unit that holds nobody: only its workload row."""
    row = {
        "unit": unit, "n_children": 0, "n_families": 0, "fte": 3.0, "capacity_children": 51, "children_per_fte": 0.0,
        "n_unallocated": 0, "supervision_due": 0, "sentence": "0 children in 0 families, with 3 full-time posts.",
    }  # fmt: skip
    return {"unit_workload": [row]}


@dataclass
class Town:
    """A workspace with a lake, and a week whose measures are there."""

    folder: Path
    lake: Lake
    catalogue: Catalogue
    settings: Settings
    run: Run

    def deliver(self, source: str, as_of: date, tables: dict[str, list[dict[str, Any]]]) -> None:
        """Load one more delivery of a source."""
        _load(self.lake, self.catalogue, source, as_of, tables)


def _load(lake: Lake, catalogue: Catalogue, source: str, as_of: date, tables: dict[str, list[dict[str, Any]]]) -> None:
    contract: Contract = catalogue.source(source)
    frames = {}
    for name, table in contract.tables.items():
        rows = [
            {**dict.fromkeys(table.columns), **row, "row_id": f"{name}{n}"}
            for n, row in enumerate(tables.get(name, []))
        ]
        frames[name] = pl.DataFrame(rows, schema={**table.polars_schema(), "row_id": pl.String()})
    quarantine = {"source": pl.String(), "table": pl.String(), "file": pl.String(), "line": pl.Int64(), "record": pl.Int64(),
                  "rules": pl.List(pl.String()), "reasons": pl.List(pl.String()), "raw": pl.String(),
                  "contract_version": pl.String(), "as_of": pl.Date()}  # fmt: skip
    lake.append_load(
        LoadDraft(source, as_of, None, None, "", contract.delivery or "full", [File(f"{source}.csv", source)], {}, frames,
                  pl.DataFrame(schema=quarantine), AT)
    )  # fmt: skip


def make_town(
    folder: Path,
    rows: dict[str, list[dict[str, Any]]] | None = None,
    *,
    sources: dict[str, date] | None = None,
    whole: bool = False,
    said: Iterable[tuple[str, str, dict[str, Any]]] = (),
    made_at: datetime = AT,
    evidence: dict[str, list[dict[str, Any]]] | None = None,
) -> Town:
    """Make a town: a busy unit, a quiet one, and sources of different ages.

    Args:
        folder: where the workspace goes.
        rows: rows of week tables; otherwise a busy Tyne and a quiet Wear.
        sources: as-of dates of the sources loaded.
        whole: no roster: everything is of the whole authority.
        said: what readers of earlier briefs said, as decisions: kind, subject and what was decided.
        made_at: when the week was made.
        evidence: rows of the evidence tables, with what is not given left blank; none for a week without.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = TOML.split("[[units]]", maxsplit=1)[0] if whole else TOML
    (folder / "workbench.toml").write_text(text, encoding="utf-8")
    settings = read_settings(folder)
    catalogue = all_contracts()
    lake = Lake.open(folder / "lake", catalogue)
    sunday = WEEK.sunday
    days = sources if sources is not None else {
        "case_people": sunday, "case_referrals": sunday, "case_relationships": sunday, "supervision": sunday, "visits": sunday, "meetings": sunday, "allocations": sunday, "roster": sunday,
        "restricted": sunday, "housing": sunday - timedelta(days=19), "police_notifications": sunday,
    }  # fmt: skip
    for source, as_of in days.items():
        _load(lake, catalogue, source, as_of, {"case_people": [SOMEBODY]} if source == "case_people" else {})
    for kind, subject, decision in said:
        lake.decide(kind, subject, decision, by="A reader", reason="said by readers", at=AT - timedelta(days=5))
    run = lake.open_run(
        str(WEEK), pin=lake.pin(sunday), settings_fingerprint=settings.fingerprint(), settings_text=text,
        model_version="2024-02-29-3d6df449", code_version="0.1.0", made_at=made_at,
    )  # fmt: skip
    given = rows if rows is not None else merged(busy("unit_tyne"), quiet("unit_wear"))
    counts = {}
    for name in TABLES:
        table = catalogue.table(name)
        frame = pl.DataFrame(given[name], schema=table.polars_schema()) if given.get(name) else empty(table)
        counts[name] = lake.write_week_table(str(WEEK), run.run_id, name, frame).height
    lake.record_stage(str(WEEK), run.run_id, "measures", "f", counts, recorded_at=AT)
    if evidence is not None:
        frames = {name: rows_like(catalogue.table(name), *found) for name, found in evidence.items()}
        heights = {name: lake.write_week_table(str(WEEK), run.run_id, name, one).height for name, one in frames.items()}
        lake.record_stage(str(WEEK), run.run_id, "evidence", "f", heights, recorded_at=AT)
    return Town(folder, lake, catalogue, settings, lake.close_run(str(WEEK), run.run_id, at=AT))


def rows_like(table: ContractTable, *given: dict[str, Any]) -> pl.DataFrame:
    """Rows of a contract: what is not given is nought, empty or no, by its type."""
    empties: dict[Any, Any] = {pl.String: "", pl.Boolean: False, pl.Int64: 0, pl.Float64: 0.0}
    schema = table.polars_schema()
    blank = {name: empties.get(dtype.base_type()) for name, dtype in schema.items()}
    return pl.DataFrame([{**blank, **row} for row in given], schema=schema)


def merged(*parts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Week tables of several units together."""
    return {name: [row for part in parts for row in part.get(name, [])] for name in TABLES}


TABLE = Table(
    caption="Counts", headings=(Heading(label="What"), Heading(label="n", numeric=True)), rows=(("Visits", "7 of 12"),)
)
SPEC = {
    "data": {"values": [{"a": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
    "height": 40,
}
CHART = Chart(title="Visits rose.", measure="Visits.", alt="Bar chart of visits: 7 of 12 kept.", spec=SPEC, table=TABLE)
TRUST = Section(key="trust", audience="unit", lead="Good to use.", level="good")


def brief_of(*sections: Section, title: str = "What can we do?") -> Brief:
    head = Head(
        title="Tyne: Monday brief", unit="tyne", unit_name="Tyne", authority="Town & Co", week="2026-W47",
        week_words="Week of 16 to 22 November 2026", audience="unit", audience_words="For the unit.", synthetic=True,
        contact="your analyst",
    )  # fmt: skip
    made = MadeFrom(facts={"Code": "fi_workbench 1"}, rows={})
    return Brief(head=head, trust=TRUST, parts=(Part(title=title, sections=sections),), made_from=made)


def brief_of_pieces() -> Brief:
    """A brief with a piece of every kind."""
    return brief_of(
        Section(
            key="actions",
            audience="unit",
            lead="2 items.",
            findings=(
                Finding(sentence="Due by Friday.", group="Falls due", source="Local", tone="do"),
                Finding(
                    sentence="Referrals rose to 26.",
                    number=Number(kind="judged", n=26),
                    interval=Interval(kind="usual", low=3, high=12, level=99),
                    stands_out=True,
                    usual="usually 3 to 12",
                    tone="more",
                ),
                Finding(sentence="A plain one."),
            ),
            charts=(CHART,),
            tables=(TABLE, TABLE.model_copy(update={"folded": True})),
            question="What would we do?",
            notes=("A note.",),
        )
    )


__all__ = [
    "AT",
    "SOMEBODY",
    "TABLES",
    "WEEK",
    "WHOLE_AUTHORITY",
    "Town",
    "brief_of",
    "brief_of_pieces",
    "busy",
    "make_town",
    "merged",
    "quiet",
]
