"""How good delivered data are, as sections of a page: what came, which rules broke, its course, age, codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from fi_workbench.contracts import Contract, promises
from fi_workbench.disclosure import dates_in
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.prose import NOT_KNOWN, counted, name_of, of, short_day
from fi_workbench.display.share_series import share, share_chart
from fi_workbench.loaders.quality import CodeCount, Quality
from fi_workbench.loaders.receipts import Receipt

AUDIENCE = "analyst"
NOT_SHOWN = "not shown"

_CHARTS = 6
_OPEN_ROWS = 120
_OUTSIDE_CONTRACTS = {
    "parent_quarantined": "The row that this one belongs to was itself set aside.",
    "quotes_balanced": "A quotation mark stands where none can, so the fields cannot be told apart.",
}
_STATES = {"fresh": "Fresh", "old": "Old", "absent": "Never came"}


@dataclass(frozen=True)
class Question:
    """A question of the page and its answer."""

    anchor: str
    text: str
    answer: Section


def quality_questions(
    quality: Quality,
    contracts: Mapping[str, Contract],
    freshness: Sequence[Mapping[str, Any]],
    waiting: Sequence[Receipt],
) -> tuple[Question, ...]:
    """The page's questions in their order; one without an answer says so in a sentence.

    Args:
        quality: counts of the deliveries looked at.
        contracts: the sources'.
        freshness: rows of `source_freshness`.
        waiting: deliveries that were held or refused.
    """
    asked = (
        ("came", "What came?", _came(quality, contracts, waiting)),
        ("rules", "Which rules were broken?", _rules(quality, contracts)),
        ("course", "Is it getting better or worse?", _course(quality, contracts)),
        ("age", "How fresh is each source, and what does it cover?", _age(freshness, contracts)),
        ("codes", "Which codes are new?", _new_codes(quality, contracts)),
        ("values", "Which values could not be mapped?", _unmapped(quality, contracts)),
    )
    return tuple(Question(*one) for one in asked)


def trust_line(quality: Quality, waiting: Sequence[Receipt]) -> tuple[Literal["good", "care", "stop"], str]:
    """One line to begin with, and how far it is a warning."""
    checked, quarantined = (sum(getattr(one, name) for one in quality.sources) for name in ("checked", "quarantined"))
    accepted = sum(one.accepted for one in quality.sources)
    said = f"{of(accepted, checked)} records were accepted." if checked else "No record was loaded."
    said += f" {counted(quarantined, 'record')} quarantined." if quarantined else ""
    alarms = [receipt for receipt in waiting if receipt.alarms]
    if alarms:
        n = counted(len(alarms), "delivery")
        return "stop", f"Stop. A source changed what it sends: {n} held or refused for it. {said}"
    if waiting:
        return "care", f"{counted(len(waiting), 'delivery')} held or refused. {said}"
    return ("care" if quarantined else "good"), said


def dates_shown(
    quality: Quality,
    contracts: Mapping[str, Contract],
    freshness: Sequence[Mapping[str, Any]],
    waiting: Sequence[Receipt],
) -> set[date]:
    """Every date that the page may show; arguments as those of `quality_questions`."""
    found = {day for one in quality.sources for day, _, _ in one.trend}
    found |= {row[name] for row in freshness for name in ("as_of", "coverage_from", "coverage_to") if row[name]}
    found = found.union(*(dates_in(contract.coverage) for contract in contracts.values()))
    return found | {receipt.as_of for receipt in waiting if receipt.as_of}


def _section(key: str, lead: str, **parts: Any) -> Section:
    return Section(key=key, audience=AUDIENCE, lead=lead, **parts)


def _table(
    caption: str, labels: Sequence[str], rows: Sequence[tuple[str, ...]], *, numeric: int, notes: str = ""
) -> Table:
    """A table whose last so many columns are numbers; a long one is folded on a screen."""
    first = len(labels) - numeric
    return Table(
        caption=caption,
        headings=tuple(Heading(label=label, numeric=at >= first) for at, label in enumerate(labels)),
        rows=tuple(rows),
        notes=(notes,) if notes else (),
        folded=len(rows) > _OPEN_ROWS,
    )


def _came(quality: Quality, contracts: Mapping[str, Contract], waiting: Sequence[Receipt]) -> Section:
    rows = [
        (
            contracts[one.source].name,
            f"{one.checked:,}",
            f"{one.quarantined:,}",
            share(one.quarantined, one.checked),
            f"{one.accepted:,}",
            f"{one.duplicates:,}",
            f"{one.deliveries:,}",
        )
        for one in quality.sources
    ]
    findings = [
        Finding(
            sentence=f"{contracts[one.source].name if one.source in contracts else 'Unknown source'}: {one.message}",
            group="Alarms" if one.alarms else "Held" if one.outcome == "held" else "Refused",
            source=", ".join(one.files),
            tone="more" if one.alarms else "care",
        )
        for one in sorted(waiting, key=lambda one: (not one.alarms, one.outcome, one.source))
    ]
    lead = f"{counted(sum(one.deliveries for one in quality.sources), 'delivery')} loaded."
    labels = ("Source", "Records", "Quaran­tined", "Share", "Accepted", "Repeated", "Deliv­eries")
    tables = (_table("Deliveries loaded, by source", labels, rows, numeric=6),) if rows else ()
    note = "Records are what is left when headers, blank lines and footers are counted apart. Each is in one place."
    return _section("came", lead, findings=tuple(findings), tables=tables, notes=(note,))


def _rules(quality: Quality, contracts: Mapping[str, Contract]) -> Section:
    if not quality.rules:
        return _section("rules", "None. Every record kept every rule.")
    reasons: dict[str, dict[str, str]] = {}
    rows = []
    for one in quality.rules:
        contract = contracts[one.source]
        if one.table in contract.tables and one.table not in reasons:
            reasons[one.table] = {promise.rule: promise.reason for promise in promises(contract.table(one.table))}
        known = reasons.get(one.table, {}) | _OUTSIDE_CONTRACTS
        reason = known.get(one.rule, f"{name_of(one.rule)}.")
        rows.append((one.table, reason, one.rule, f"{one.n:,}", share(one.n, one.of)))
    most = quality.rules[0]
    lead = (
        f"{counted(len(quality.rules), 'rule')} broken. The largest share: {share(most.n, most.of)} of the records of "
        f"{most.table} ({of(most.n, most.of)})."
    )
    table = _table(
        "Records quarantined, by rule",
        ("Table", "Why", "Rule", "Records", "Share of the table"),
        rows,
        numeric=2,
        notes="A record that breaks two rules counts under both.",
    )
    return _section("rules", lead, tables=(table,))


def _course(quality: Quality, contracts: Mapping[str, Contract]) -> Section:
    most = sorted(quality.sources, key=lambda one: -sum(n for _, n, _ in one.trend))
    charts = [
        chart
        for one in most[:_CHARTS]
        if any(n for _, n, _ in one.trend) and (chart := share_chart(contracts[one.source].name, one.trend)) is not None
    ]
    if not charts:
        return _section(
            "course", "Too few deliveries, or nothing quarantined in any of them: there is no course to show."
        )
    lead = f"The sources with most records quarantined in their latest deliveries, {counted(len(charts), 'chart')}."
    return _section("course", lead, charts=tuple(charts))


def _age(freshness: Sequence[Mapping[str, Any]], contracts: Mapping[str, Contract]) -> Section:
    rows = [
        (
            row["name"],
            contracts[row["source"]].owner,
            short_day(row["as_of"]) if row["as_of"] else "",
            _STATES[row["state"]],
            _covers(row, contracts[row["source"]]),
            "" if row["age_days"] is None else f"{row['age_days']:,}",
            f"{row['cadence_days']:,}",
        )
        for row in freshness
    ]
    old = [row["name"] for row in freshness if row["state"] == "old"]
    absent = [row["name"] for row in freshness if row["state"] == "absent"]
    lead = f"Of {counted(len(rows), 'source')}, {len(old):,} old and {len(absent):,} never loaded."
    if rows and not old and not absent:
        lead = f"All {counted(len(rows), 'source')} fresh."
    labels = ("Source", "Owner", "Goes up to", "State", "Covers", "Days old", "Days between")
    return _section("age", lead, tables=(_table("Freshness and coverage", labels, rows, numeric=2),))


def _covers(row: Mapping[str, Any], contract: Contract) -> str:
    since = f"From {short_day(row['coverage_from'])}. " if row["coverage_from"] else ""
    return since + (contract.coverage or NOT_KNOWN)


def _new_codes(quality: Quality, contracts: Mapping[str, Contract]) -> Section:
    first = [contracts[one.source].name for one in quality.sources if one.is_first]
    said = f"{counted(len(first), 'source')} came for the first time, so no code of theirs is listed." if first else ""
    if not quality.new_codes:
        return _section("codes", f"No source sent a code that it had not sent before. {said}".strip())
    rows = [(*_where(one, contracts), one.value, _label(one, contracts), f"{one.n:,}") for one in quality.new_codes]
    labels = ("Table", "Column", "Code", "Meaning", "Records")
    table = _table("Codes new to their source", labels, rows, numeric=1)
    return _section("codes", f"{counted(len(rows), 'code')} new to their source. {said}".strip(), tables=(table,))


def _unmapped(quality: Quality, contracts: Mapping[str, Contract]) -> Section:
    if not quality.unmapped:
        return _section("values", "None. Every value of a column of codes is a code that its contract knows.")
    rows = [
        (*_where(one, contracts), one.value or NOT_SHOWN, f"{one.n:,}")
        for one in sorted(quality.unmapped, key=lambda one: (one.source, one.table, one.column, -one.n, one.value))
    ]
    table = _table(
        "Values that no contract maps to a code",
        ("Table", "Column", "Value", "Records"),
        rows,
        numeric=1,
        notes="A value is shown only where it is as short as a code and several records hold it; the rest are counted. "
        "If a value is right, add it to the column's codes or codeSynonyms in the contract.",
    )
    n = sum(one.n for one in quality.unmapped)
    return _section(
        "values", f"{counted(n, 'record')} with a value that could not be mapped to a code.", tables=(table,)
    )


def _where(one: CodeCount, contracts: Mapping[str, Contract]) -> tuple[str, str]:
    table = contracts[one.source].tables.get(one.table)
    column = table.columns.get(one.column) if table else None
    return one.table, column.business_name if column else one.column


def _label(one: CodeCount, contracts: Mapping[str, Contract]) -> str:
    table = contracts[one.source].tables.get(one.table)
    column = table.columns.get(one.column) if table else None
    return column.labels.get(one.value, one.value) if column else one.value
