"""Write a proposal down as a contract file, with what a person must settle marked TODO."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fi_workbench.loaders.proposing import AHEAD, Proposal, ProposedColumn

TODO = "TODO"


def contract_text(proposal: Proposal, source: str, sample_name: str) -> str:
    """The text of a contract file.

    Args:
        proposal: what the sample seems to be.
        source: the name of the source: its folder under `extracts/`, and its table.
        sample_name: the sample's file name, told in the head.
    """
    return "\n".join([*_head(proposal, source, sample_name), *_columns(proposal), *_rules(proposal)]) + "\n"


def _head(proposal: Proposal, source: str, sample_name: str) -> Iterator[str]:
    name, grain = source.replace("_", " ").capitalize(), " and ".join(proposal.key).replace("_", " ")
    yield f"# Drafted from {json.dumps(sample_name)}, {proposal.rows:,} rows. A person settles and removes each TODO."
    for line in proposal.todo:
        yield f"# {TODO}: {line}"
    yield from (
        "apiVersion: v3.2.0",
        "kind: DataContract",
        f"id: own.sources.{source}",
        f"name: {name}",
        "version: 0.1.0",
        "status: draft",
        "description:",
        f"  purpose: {TODO} what the council needs this feed for.",
        f"  usage: {TODO} what may be read from it, and the agreement under which it is shared.",
        f"  limitations: {TODO} whom and what it does not cover.",
        f"team: {{name: {TODO} who owns the feed and answers questions}}",
        f"slaProperties: [{{property: frequency, value: 1, unit: m}}]  # {TODO}: how often it is sent (d, w, m, q, y)",
        "customProperties:",
        f"  - {{property: source, value: {source}}}",
        "  - {property: format, value: delimited}",
        f"  - {{property: delivery, value: full}}  # {TODO}: full (each file holds everything), window or increment",
        f"  - {{property: asOf, value: fileName}}  # as {source}_2026-11-22.csv: the day it covers up to",
        f"  - {{property: coverage, value: {TODO} from which day and whom it covers}}",
        "  - {property: kind, value: partner}",
        "  - {property: expected, value: false}",
        "schema:",
        f"  - name: {source}",
        f"    description: {name}.",
        f"    dataGranularityDescription: one row per {grain}  # {TODO}: say it in words",
        "    properties:",
    )  # fmt: skip


def _columns(proposal: Proposal) -> Iterator[str]:
    for column in proposal.columns:
        yield f"      - name: {column.name}"
        yield f"        physicalName: {json.dumps(column.heading)}"
        yield f"        logicalType: {column.logical_type}"
        if column.date_format:
            yield f"        logicalTypeOptions: {{format: {column.date_format}}}"
        yield f"        required: {'true' if column.required else 'false'}"
        if column.name in proposal.key:
            yield "        primaryKey: true"
            yield f"        primaryKeyPosition: {proposal.key.index(column.name) + 1}"
        yield f"        classification: {column.classification}"
        if column.meaning:
            yield f"        customProperties: [{{property: person, value: {column.meaning}}}]"
        if column.codes:
            yield "        enum:"
            yield from (f"          - {json.dumps(code, ensure_ascii=False)}" for code in column.codes)
        yield from (f"        # {TODO}: {line}" for line in column.todo)


def _rules(proposal: Proposal) -> Iterator[str]:
    """Rules that nearly every feed keeps: no date after the extract, no end before its start, true check characters."""
    found = list(_proposed_rules(proposal.columns))
    if found:
        yield "    quality:"
    for name, description, implementation in found:
        yield f"      - name: {name}"
        yield f"        description: {description}"
        yield "        type: custom"
        yield "        engine: fi-workbench"
        yield "        severity: error"
        yield f"        implementation: {implementation}"


def _proposed_rules(columns: tuple[ProposedColumn, ...]) -> Iterator[tuple[str, str, str]]:
    dates = [column.name for column in columns if column.logical_type == "date"]
    for name in dates:
        if not AHEAD.search(name.replace("_", " ")):
            told = f"{name.replace('_', ' ').capitalize()} cannot lie after the day that the extract covers up to."
            yield f"{name}_not_after_extract", told, f"{{rule: not_after_as_of, column: {name}}}"
        start = name.replace("end", "start")
        if start != name and start in dates:
            told = f"{name.replace('_', ' ').capitalize()} cannot lie before {start.replace('_', ' ')}."
            yield f"{name}_not_before_{start}", told, f"{{rule: not_before, column: {name}, other: {start}}}"
    for column in columns:
        if column.meaning in {"upn", "nhs_number"} and column.logical_type == "string":
            told = "The check character must be right."
            yield f"{column.name}_check", told, f"{{rule: {column.meaning}_check, column: {column.name}}}"
