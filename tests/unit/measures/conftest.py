"""A week small enough to be written by hand: tables of one or a few rows, and what measures make of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.measures import READS, Measures, measure
from fi_workbench.measures.frames import USED
from fi_workbench.settings import Settings, parse_settings

AS_AT = date(2026, 11, 22)
FIRST = date(2024, 1, 1)


class Week:
    """Tables of a week, filled row by row; columns that are not given are empty."""

    def __init__(self) -> None:
        self.as_at = AS_AT
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in READS}
        self.settings: dict[str, Any] = {"authority": {"name": "Testshire", "code": "999"}}
        self._made = 0

    def add(self, table: str, **values: Any) -> str:
        """Add a row; its row id is given back."""
        unknown = set(values) - set(USED[table])
        assert not unknown, f"{table} has no {unknown}"
        if "row_id" in USED[table] and "row_id" not in values:
            self._made += 1
            values["row_id"] = f"r{self._made}"
        if "as_of" in USED[table]:
            values.setdefault("as_of", self.as_at)
        self.rows[table].append(values)
        return str(values.get("row_id", ""))

    def source(self, *names: str, as_of: date | None = None, begins: date | None = FIRST) -> None:
        """Say that sources are loaded, by default up to the week's Sunday and from long ago."""
        for name in names:
            self.add(
                "source_freshness",
                source=name,
                name=name,
                loaded=True,
                as_of=as_of or self.as_at,
                coverage_from=begins,
                state="fresh",
            )

    def child(
        self,
        person: str,
        *,
        family: str | None = None,
        status: str = "child_protection_plan",
        since: date = date(2026, 6, 1),
        unit: str | None = None,
        worker: str | None = None,
        age: int | None = 9,
    ) -> None:
        """Add an open child with its family, status and history."""
        family = family or f"f_{person}"
        self.add("people", person_id=person, case_reference=f"C{person}", restricted=False)
        self.add(
            "child_status",
            person_id=person,
            family_id=family,
            status=status,
            since=since,
            unit=unit,
            worker_id=worker,
            case_reference=f"C{person}",
            age=age,
            allocated_since=since if worker else None,
        )
        if family not in {row["family_id"] for row in self.rows["family_status"]}:
            self.add("family_status", family_id=family, status=status, since=since, unit=unit)
        self.add("family_members", family_id=family, person_id=person, role="child", valid_from=since, valid_to=None)
        self.add("status_history", person_id=person, family_id=family, from_date=since, status=status, unit=unit)

    def episode(self, person: str, kind: str, start: date, end: date | None = None, **values: Any) -> str:
        """Add an episode."""
        return self.add("episodes", person_id=person, kind=kind, start=start, end=end, **values)

    def assessment(self, person: str, referral: date, start: date, end: date | None = None) -> str:
        """Add an assessment of the census and its episode."""
        row = self.episode(person, "assessment", start, end)
        self.add(
            "cin_assessments",
            la_child_id=f"C{person}",
            cin_referral_date=referral,
            assessment_actual_start_date=start,
            assessment_authorisation_date=end,
            row_id=row,
        )
        return row

    def visit(self, person: str, day: date, *, rule: str = "child_protection", seen: bool = True, lag: int = 2) -> str:
        """Add a visit that was written up some days later."""
        recorded = date.fromordinal(day.toordinal() + lag)
        return self.add(
            "visits", child_id=f"C{person}", visit_rule=rule, visit_date=day, recorded_on=recorded, seen=seen
        )

    def worker(self, number: str, unit: str, *, role: str = "social_worker", fte: float = 1.0) -> None:
        """Add a worker to the roster."""
        self.add("roster", worker_id=number, unit=unit, role=role, fte=fte, start_date=FIRST)

    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables as frames."""
        return {table: pl.DataFrame(rows, schema=dict(USED[table]), orient="row") for table, rows in self.rows.items()}

    def parsed(self) -> Settings:
        """The settings."""
        return parse_settings(self.settings)

    def run(self) -> Measures:
        """Measure the week."""
        return measure(**self.frames(), settings=self.parsed(), as_at=self.as_at)


@pytest.fixture
def week() -> Week:
    return Week()
