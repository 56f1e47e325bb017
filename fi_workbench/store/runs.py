"""Runs of a week and the stages done in each.

A run is named after what it was made from, so that asking for the same run again resumes it. A stage is recorded
after its tables are written; readers go by the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store.journal import Journal
from fi_workbench.store.place import Place
from fi_workbench.store.records import Pin, Run, StageRecord, WrittenTable

OPENED = "opened"
CLOSED = "closed"
TOUCHED = "erasure_touched"

RUN_EVENTS: dict[str, pl.DataType] = {
    "event": pl.Int64(),
    "state": pl.String(),
    "week": pl.String(),
    "run_id": pl.String(),
    "as_of": pl.Date(),
    "load_id": pl.Int64(),
    "decision_id": pl.Int64(),
    "settings_fingerprint": pl.String(),
    "settings_text": pl.String(),
    "model_version": pl.String(),
    "code_version": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "note": pl.String(),
}
TABLE_CONTENT = pl.Struct({"table": pl.String, "content": pl.String, "n_rows": pl.Int64})
STAGES: dict[str, pl.DataType] = {
    "event": pl.Int64(),
    "week": pl.String(),
    "run_id": pl.String(),
    "stage": pl.String(),
    "fingerprint": pl.String(),
    "tables": pl.List(TABLE_CONTENT),
    "at": pl.Datetime("us", "UTC"),
}


class Runs:
    """Every run of every week."""

    def __init__(self, place: Place) -> None:
        self._events = Journal(place, "runs", RUN_EVENTS)
        self._stages = Journal(place, "stages", STAGES)

    def uris(self) -> list[str]:
        """Where they are kept."""
        return [self._events.uri, self._stages.uri]

    def open(
        self,
        week: str,
        *,
        pin: Pin,
        settings_fingerprint: str,
        settings_text: str,
        model_version: str | None,
        code_version: str,
        made_at: datetime,
        erasures: Sequence[str] = (),
    ) -> Run:
        """Begin a run, or come back to the one that was begun from the same inputs."""
        basis = [week, str(pin), settings_fingerprint, settings_text, model_version, code_version, sorted(erasures)]
        run_id = hashlib.sha256(json.dumps(basis).encode()).hexdigest()[:12]
        known = self.get(week, run_id)
        if known is not None:
            return known if known == self.all(week)[-1] else self._reopen(known, made_at)
        event = {
            "state": OPENED,
            "week": week,
            "run_id": run_id,
            "as_of": pin.as_of,
            "load_id": pin.load_id,
            "decision_id": pin.decision_id,
            "settings_fingerprint": settings_fingerprint,
            "settings_text": settings_text,
            "model_version": model_version,
            "code_version": code_version,
            "at": made_at,
        }
        self._events.write(event)
        for name in sorted(erasures):
            self.touch(week, run_id, name, at=made_at)
        return _only(self.get(week, run_id))

    def _reopen(self, run: Run, at: datetime) -> Run:
        """Make a run that is asked for again the latest of its week."""
        self._events.write({"state": OPENED, "week": run.week, "run_id": run.run_id, "at": at})
        return run

    def close(self, week: str, run_id: str, *, at: datetime, outcome: str) -> Run:
        """Say that a run is finished, and how."""
        if self.get(week, run_id) is None:
            raise StoreError("There is no such run.", where=f"{week} {run_id}")
        self._events.write({"state": CLOSED, "week": week, "run_id": run_id, "at": at, "note": outcome})
        return _only(self.get(week, run_id))

    def touch(self, week: str, run_id: str, erasure: str, *, at: datetime) -> None:
        """Mark that an erasure took away something that a run had read."""
        self._events.write({"state": TOUCHED, "week": week, "run_id": run_id, "at": at, "note": erasure})

    def all(self, week: str | None = None) -> tuple[Run, ...]:
        """Finished runs, then unfinished ones, each in the order in which they were last opened or closed."""
        rows = self._events.rows()
        if week is not None:
            rows = rows.filter(pl.col("week") == week)
        made: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in rows.iter_rows(named=True):
            made.setdefault((row["week"], row["run_id"]), []).append(row)
        return tuple(_run(events) for events in sorted(made.values(), key=_order))

    def get(self, week: str, run_id: str) -> Run | None:
        """One run."""
        return next((run for run in self.all(week) if run.run_id == run_id), None)

    def current(self, week: str) -> Run | None:
        """The run that readers see: the one finished last; before any is finished, the one opened last."""
        runs = self.all(week)
        closed = tuple(run for run in runs if run.is_closed)
        latest = closed or runs
        return latest[-1] if latest else None

    def record(
        self, week: str, run_id: str, stage: str, fingerprint: str, tables: Sequence[WrittenTable], *, at: datetime
    ) -> None:
        """Say that a stage is done: from here on its tables can be read."""
        contents = [{"table": t.table, "content": t.content, "n_rows": t.n_rows} for t in tables]
        self._stages.write(
            {"week": week, "run_id": run_id, "stage": stage, "fingerprint": fingerprint, "tables": contents, "at": at}
        )

    def stages(self, week: str, run_id: str | None = None) -> tuple[StageRecord, ...]:
        """Every stage recorded, oldest first."""
        rows = self._stages.rows().filter(pl.col("week") == week)
        if run_id is not None:
            rows = rows.filter(pl.col("run_id") == run_id)
        return tuple(_stage(row) for row in rows.iter_rows(named=True))

    def stage(self, week: str, run_id: str, stage: str) -> StageRecord | None:
        """The latest record of a stage."""
        return next((r for r in reversed(self.stages(week, run_id)) if r.stage == stage), None)

    def content(self, week: str, run_id: str, table: str) -> str | None:
        """The name of the rows that a run's stages recorded for a table."""
        return next((r.contents[table] for r in reversed(self.stages(week, run_id)) if table in r.contents), None)


def _order(events: list[dict[str, Any]]) -> tuple[bool, int]:
    closed = any(event["state"] == CLOSED for event in events)
    asked = [event["event"] for event in events if event["state"] in {OPENED, CLOSED}]
    return (not closed, asked[-1])


def _run(events: list[dict[str, Any]]) -> Run:
    first = events[0]
    outcomes = [event["note"] for event in events if event["state"] == CLOSED]
    return Run(
        week=first["week"],
        run_id=first["run_id"],
        pin=Pin(first["as_of"], first["load_id"], first["decision_id"]),
        settings_fingerprint=first["settings_fingerprint"],
        settings_text=first["settings_text"],
        model_version=first["model_version"],
        code_version=first["code_version"],
        made_at=first["at"],
        outcome=outcomes[-1] if outcomes else "",
        erasure_touched=tuple(dict.fromkeys(event["note"] for event in events if event["state"] == TOUCHED)),
    )


def _stage(row: dict[str, Any]) -> StageRecord:
    tables = row["tables"] or []
    return StageRecord(
        week=row["week"],
        run_id=row["run_id"],
        stage=row["stage"],
        fingerprint=row["fingerprint"],
        rows={t["table"]: t["n_rows"] for t in tables},
        contents={t["table"]: t["content"] for t in tables},
        recorded_at=row["at"],
    )


def _only(run: Run | None) -> Run:
    if run is None:
        raise StoreError("The run just written cannot be read back.", where="records/runs")
    return run
