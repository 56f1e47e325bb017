"""How good the delivered data are, from what the ledger keeps of each delivery: counts alone, never a row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from fi_workbench.contracts import Contract

_TREND = 26
"""So many deliveries of a source show where it is going; half a year of weekly ones."""


@dataclass(frozen=True)
class SourceQuality:
    """What one source sent. Counts are of records, lines that are no record left out.

    Attributes:
        trend: the as-of date, quarantined and checked records of its latest deliveries, oldest first.
        is_first: whether nothing of it had been loaded before, so that no code of it is new.
    """

    source: str
    deliveries: int
    checked: int
    accepted: int
    quarantined: int
    duplicates: int
    trend: tuple[tuple[date, int, int], ...]
    is_first: bool


@dataclass(frozen=True)
class BrokenRule:
    """Records of a table that broke a rule, of all that were checked; one that breaks two counts under both."""

    source: str
    table: str
    rule: str
    n: int
    of: int


@dataclass(frozen=True)
class CodeCount:
    """A code or value of a column, and how many records hold it; an empty value stands for those not shown."""

    source: str
    table: str
    column: str
    value: str
    n: int


@dataclass(frozen=True)
class Quality:
    """The quality of some deliveries.

    Attributes:
        sources: by source.
        rules: the largest share first.
        new_codes: codes of the contract that no earlier delivery of the source held.
        unmapped: values that are no code of the contract.
    """

    sources: tuple[SourceQuality, ...]
    rules: tuple[BrokenRule, ...]
    new_codes: tuple[CodeCount, ...]
    unmapped: tuple[CodeCount, ...]


def quality(ledger: pl.DataFrame, contracts: Mapping[str, Contract], loads: Collection[int]) -> Quality:
    """Say how good some deliveries are, beside all that came before them.

    Args:
        ledger: `Lake.ledger()`; reads `load_id`, `source`, `as_of`, `n_rows`, `n_quarantined`, `receipt`.
        contracts: the sources', in whose order of columns codes are listed.
        loads: the load ids of the deliveries to look at.

    Returns:
        Counts by source, rule and code.
    """
    looked_at = ledger.filter(pl.col("load_id").is_in(sorted(loads)))
    sources: list[SourceQuality] = []
    rules: list[BrokenRule] = []
    new_codes: list[CodeCount] = []
    unmapped: list[CodeCount] = []
    for source in sorted(set(looked_at["source"].to_list()) & set(contracts)):
        mine = ledger.filter(pl.col("source") == source).sort("as_of", "load_id")
        now = [json.loads(one) for one in mine.filter(pl.col("load_id").is_in(sorted(loads)))["receipt"]]
        first = min(load for load in loads if load in set(mine["load_id"].to_list()))
        before = [json.loads(one) for one in mine.filter(pl.col("load_id") < first)["receipt"]]
        sources.append(_source(source, mine, now, is_first=not before))
        rules += _rules(source, now)
        new_codes += _new_codes(source, now, before) if before else []
        unmapped += _unmapped(source, now)
    rules.sort(key=lambda one: (-one.n / max(one.of, 1), one.source, one.table, one.rule))
    return Quality(tuple(sources), tuple(rules), tuple(new_codes), tuple(unmapped))


def _source(source: str, mine: pl.DataFrame, now: list[dict[str, Any]], *, is_first: bool) -> SourceQuality:
    lately = mine.tail(_TREND).select("as_of", "n_quarantined", pl.col("n_rows") + pl.col("n_quarantined"))
    accepted, quarantined, duplicates = (
        sum(one[name] for one in now) for name in ("n_accepted", "n_quarantined", "n_duplicates")
    )
    return SourceQuality(
        source=source,
        deliveries=len(now),
        checked=accepted + quarantined + duplicates,
        accepted=accepted,
        quarantined=quarantined,
        duplicates=duplicates,
        trend=tuple(lately.iter_rows()),
        is_first=is_first,
    )


def _rules(source: str, receipts: Iterable[Mapping[str, Any]]) -> list[BrokenRule]:
    broken: Counter[tuple[str, str]] = Counter()
    checked: Counter[str] = Counter()
    for table in (table for receipt in receipts for table in receipt["tables"]):
        checked[table["table"]] += table["n_accepted"] + table["n_quarantined"] + table["n_duplicates"]
        broken.update({(table["table"], rule): n for rule, n in table["by_rule"].items()})
    return [BrokenRule(source, table, rule, n, checked[table]) for (table, rule), n in broken.items()]


def _columns(receipts: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """Every column of every table of every receipt; none of receipts from before profiles were kept."""
    for receipt in receipts:
        for table, facts in receipt.get("profile", {}).items():
            for column, one in facts["columns"].items():
                yield table, column, one


def _new_codes(source: str, now: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]) -> list[CodeCount]:
    known = {(table, column, code) for table, column, one in _columns(before) for code in one.get("codes", {})}
    held = {(table, column) for table, column, _ in _columns(before)}
    counted: Counter[tuple[str, str, str]] = Counter()
    for table, column, one in _columns(now):
        if (table, column) in held:
            counted.update({(table, column, code): n for code, n in one.get("codes", {}).items()})
    return [CodeCount(source, *place, n) for place, n in sorted(counted.items()) if place not in known]


def _unmapped(source: str, receipts: Iterable[Mapping[str, Any]]) -> list[CodeCount]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for table, column, one in _columns(receipts):
        counted.update({(table, column, value): n for value, n in one.get("unknown", {}).items()})
        counted[table, column, ""] += one.get("unknown_not_shown", 0)
    return [CodeCount(source, *place, n) for place, n in sorted(counted.items()) if n]
