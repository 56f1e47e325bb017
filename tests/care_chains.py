"""Chains of care read slowly: one child at a time, one episode after another, as a person with the files would."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import polars as pl

from fi_workbench.caseload.repairs import REASONS

Row = dict[str, Any]
Period = tuple[str, str, date, date | None, str | None]
Repair = tuple[str, str, str, str | None, str, str | None, str | None]
"""Kind, child, row, other row, column, before, after."""

ORDER = list(REASONS)


def kind_of(row: Row) -> str:
    return "short_break" if row["ls"] in ("V3", "V4") else "looked_after"


def by_child(frame: pl.DataFrame) -> dict[str, list[Row]]:
    rows = sorted(frame.to_dicts(), key=lambda r: (r["child"], r["decom"]))
    return {child: list(group) for child, group in groupby(rows, key=lambda r: r["child"])}


def text(value: object) -> str | None:
    return None if value is None else str(value)


class SlowChild:
    """One child's episodes, walked from the first to the last, with a note of everything that is not as it stood."""

    def __init__(self, rows: list[Row], latest: date) -> None:
        self.repairs: list[Repair] = []
        self.periods: list[Period] = []
        kept: list[Row] = []
        for row in rows:
            later = [r for r in kept if r["as_of"] > row["as_of"]] if row["dec"] is None else []
            newest = max((r["as_of"] for r in later), default=None)
            by = next((r for r in reversed(later) if r["as_of"] == newest), None)
            if by is not None and (by["dec"] is None or by["dec"] > row["decom"]):
                self.note("replaced", row, "decom", row["decom"], None, by)
            else:
                kept.append(dict(row))
        self.walk(kept, latest)

    def note(self, kind: str, row: Row, column: str, before: object, after: object, other: Row | None) -> None:
        other_row = None if other is None else other["row_id"]
        self.repairs.append((kind, row["child"], row["row_id"], other_row, column, text(before), text(after)))

    def put(self, kind: str, row: Row, column: str, value: object, other: Row | None) -> None:
        if row[column] != value:
            self.note(kind, row, column, row[column], value, other)
            row[column] = value

    def walk(self, kept: list[Row], latest: date) -> None:
        period: list[Row] = []
        former: Row | None = None
        stayed = False
        for place, row in enumerate(kept):
            following = kept[place + 1] if place + 1 < len(kept) else None
            if not stayed and row["rne"] != "S":
                self.note("begins_without_start", row, "rne", row["rne"], row["rne"], former)
            elif stayed and former and row["rne"] == "S" and kind_of(row) == kind_of(former):
                self.note("start_inside_period", row, "rne", "S", "S", former)
            stayed = following is not None and self.stays(row, following)
            if stayed and following is not None:
                self.lead_on(row, following)
            elif following is not None:
                self.stop_before(row, following)
            else:
                self.stop_at_last(row)
            period.append(row)
            if not stayed or (following is not None and kind_of(following) != kind_of(row)):
                self.close(period, latest)
                period = []
            former = row

    @staticmethod
    def stays(row: Row, following: Row) -> bool:
        if following["rne"] == "S":
            if row["rec"] != "X1" or row["dec"] is None:
                return False
            return bool(following["decom"] - row["dec"] <= timedelta(days=1))
        left_care = row["rec"] not in (None, "X1") and row["dec"] is not None and row["dec"] <= following["decom"]
        return not left_care

    def lead_on(self, row: Row, following: Row) -> None:
        start = following["decom"]
        kind = "end_missing" if row["dec"] is None else "overlap" if row["dec"] > start else "gap"
        self.put(kind, row, "dec", start, following)
        self.put("reason_missing" if row["rec"] is None else "reason_contradicted", row, "rec", "X1", following)

    def stop_before(self, row: Row, following: Row) -> None:
        if row["dec"] is None:
            self.put("end_before_new_start", row, "dec", min(row["as_of"], following["decom"]), following)
            if row["rec"] is None:
                self.put("end_before_new_start", row, "rec", "started_again", following)
        elif row["dec"] > following["decom"]:
            self.put("overlap", row, "dec", following["decom"], following)
        if row["rec"] == "X1":
            self.put("x1_before_new_start", row, "rec", "started_again", following)

    def stop_at_last(self, row: Row) -> None:
        if row["rec"] == "X1":
            self.put("not_followed", row, "dec", None, None)
            self.put("not_followed", row, "rec", None, None)
        elif row["dec"] is None:
            self.put("reason_without_end", row, "rec", None, None)

    def close(self, period: list[Row], latest: date) -> None:
        last, seen = period[-1], max(row["as_of"] for row in period)
        if last["dec"] is None and seen < latest:
            self.put("absent_from_later_return", last, "dec", seen, None)
            self.put("absent_from_later_return", last, "rec", "absent_from_later_return", None)
        self.periods.append((last["child"], kind_of(last), period[0]["decom"], last["dec"], last["rec"]))


def read_slowly(frame: pl.DataFrame) -> tuple[list[Period], list[Repair]]:
    """All children's periods and repairs, where nothing but the return is known."""
    latest = frame["as_of"].max()
    assert isinstance(latest, date)
    children = [SlowChild(rows, latest) for rows in by_child(frame).values()]
    return (
        sorted((p for child in children for p in child.periods), key=str),
        sorted((r for child in children for r in child.repairs), key=str),
    )


def applied(frame: pl.DataFrame, repairs: Iterable[Row]) -> list[Row]:
    """The episodes with each repair written over the value that it repairs, in the order of their kinds."""
    rows = {row["row_id"]: dict(row) for row in frame.to_dicts()}
    for one in sorted(repairs, key=lambda r: ORDER.index(r["kind"])):
        if one["column"] == "decom":
            del rows[one["row_id"]]
            continue
        value = one["after"]
        is_day = one["column"] == "dec" and value is not None
        rows[one["row_id"]][one["column"]] = date.fromisoformat(value) if is_day else value
    return sorted(rows.values(), key=lambda r: (r["child"], r["decom"]))


def read_literally(rows: list[Row]) -> list[Period]:
    """Periods as the codes alone say: runs of a kind joined by X1, from the first start to the last end."""
    periods: list[Period] = []
    for _, group in groupby(rows, key=lambda r: r["child"]):
        run: list[Row] = []
        for row in group:
            if run and (run[-1]["rec"] != "X1" or kind_of(run[-1]) != kind_of(row)):
                periods.append(literal_period(run))
                run = []
            run.append(row)
        periods.append(literal_period(run))
    return sorted(periods, key=str)


def literal_period(run: list[Row]) -> Period:
    first, last = run[0], run[-1]
    return (last["child"], kind_of(last), first["decom"], last["dec"], last["rec"] if last["dec"] else None)
