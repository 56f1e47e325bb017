"""A contract as a partner reads it: what to send, how often, how it will be checked, who owns it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fi_workbench.contracts import Column, Contract, promises
from fi_workbench.contracts import Table as ContractTable
from fi_workbench.contracts.parsing import LONGEST_TEXT
from fi_workbench.display.contract_words import called, form, holds, how_often, sensitivity, written
from fi_workbench.display.model import Heading, Table

TOO_LONG = "_too_long"
"""The ending of a check that every column of text has; said once for the table."""

_SEVERITY = {"error": "The row is set aside", "warning": "The row is taken, and counted"}


@dataclass(frozen=True)
class TableText:
    """What a page says of one table.

    Attributes:
        anchor: where the page's list of contents points to.
        codes: every allowed code; None where no column has codes.
    """

    anchor: str
    name: str
    description: str
    grain: str
    key: str
    columns: Table
    codes: Table | None
    checks: Table


@dataclass(frozen=True)
class ContractText:
    """What a page says of one contract."""

    name: str
    source: str
    owner: str
    purpose: str
    facts: Table
    tables: tuple[TableText, ...]
    made_of: str


def contract_text(contract: Contract) -> ContractText:
    """A source's contract in a partner's words; the checks are those that a load makes, by the same names.

    Args:
        contract: of a source.

    Returns:
        Tables and sentences, ready for the page.
    """
    rows = (
        ("How it is used", contract.usage),
        ("What it cannot tell", contract.limitations),
        ("Who sends and owns it", contract.owner),
        ("How often", how_often(contract.cadence)),
        ("What to send", form(contract)),
        ("What it is called", called(contract)),
        ("What each delivery holds", holds(contract)),
        ("What it covers", contract.coverage),
        ("How sensitive it is", sensitivity(contract)),
    )
    facts = Table(
        caption="The agreement in short",
        headings=(Heading(label="Question"), Heading(label="Answer")),
        rows=tuple((label, value) for label, value in rows if value),
    )
    return ContractText(
        name=contract.name,
        source=contract.source,
        owner=contract.owner,
        purpose=contract.purpose,
        facts=facts,
        tables=tuple(_table(table) for table in contract.tables.values()),
        made_of=f"{contract.id}, version {contract.version}, {contract.fingerprint}",
    )


def contracts_list(contracts: Sequence[Contract]) -> Table:
    """Every source with its owner and how often it comes."""
    return Table(
        caption="Sources and their owners",
        headings=(Heading(label="Source"), Heading(label="Owner"), Heading(label="How often")),
        rows=tuple((one.name, one.owner, how_often(one.cadence)) for one in contracts),
    )


def _table(table: ContractTable) -> TableText:
    columns = list(table.columns.values())
    return TableText(
        anchor=table.name,
        name=table.physical_name,
        description=table.description,
        grain=table.grain,
        key=", ".join(table.columns[name].physical_name for name in table.key),
        columns=Table(
            caption=f"Columns of {table.physical_name}",
            headings=tuple(
                Heading(label=one) for one in ("Heading", "What it is", "How to write it", "Must it be given")
            ),
            rows=tuple((_heading(column), _meaning(column), written(column), _needed(column)) for column in columns),
        ),
        codes=_codes(table.physical_name, [column for column in columns if column.enum]),
        checks=Table(
            caption=f"Checks of {table.physical_name}",
            headings=(
                Heading(label="Why a row fails"),
                Heading(label="Then"),
                Heading(label="Name in quality reports"),
            ),
            rows=tuple(
                (one.reason, _SEVERITY[one.severity], one.rule)
                for one in promises(table)
                if not one.rule.endswith(TOO_LONG)
            ),
            notes=(f"A text longer than {LONGEST_TEXT:,} characters sets its row aside too (…{TOO_LONG}).",),
        ),
    )


def _heading(column: Column) -> str:
    words = {_plain(word): word for word in (column.physical_name, column.business_name, *column.synonyms)}
    others = [word for compared, word in words.items() if compared != _plain(column.physical_name)]
    return f"{column.physical_name} (also: {'; '.join(others)})" if others else column.physical_name


def _plain(heading: str) -> str:
    return heading.lower().replace("_", " ").replace("-", " ")


def _meaning(column: Column) -> str:
    return column.description or f"{column.business_name}."


def _needed(column: Column) -> str:
    if column.is_key:
        return "Yes (key)"
    return "Yes" if column.required else "Where known"


def _codes(name: str, columns: Sequence[Column]) -> Table | None:
    if not columns:
        return None
    return Table(
        caption=f"Codes of {name}",
        headings=(Heading(label="Column"), Heading(label="Code"), Heading(label="Meaning")),
        rows=tuple((column.physical_name, code, column.labels[code]) for column in columns for code in column.enum),
    )
