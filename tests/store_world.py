"""A small world of contracts and deliveries for the tests of the lake. Everything in it is invented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.contracts.catalogue import Catalogue, make_catalogue
from fi_workbench.contracts.table import DTYPES, Cadence, Column, Contract, Table
from fi_workbench.store import Lake, LoadDraft, LoadEntry

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
MONDAY = date(2026, 1, 5)


@dataclass(frozen=True)
class File:
    """A delivered file."""

    name: str
    sha256: str
    n_bytes: int = 1


def column(name: str, kind: str, classification: str = "internal", *, key: int | None = None, required: bool = False):
    """A contract's column."""
    dtype = pl.List(pl.String) if kind == "array" else DTYPES[kind]
    return Column(
        name, name, name, name, kind, dtype, required=required or key is not None, classification=classification,
        key_position=key,
    )  # fmt: skip


def table(name: str, *columns: Column, source: str = "", delivery: str | None = None, scope: str = "none", **more: Any):
    """A contract's table."""
    key = tuple(c.name for c in columns if c.is_key)
    identifier = f"id.{source or name}"
    return Table(
        name, name, f"one row per {', '.join(key)}", key, {c.name: c for c in columns}, (), identifier, "1.0.0",
        source=source, delivery=delivery, scope=scope, **more,
    )  # fmt: skip


def contract(source: str, delivery: str, *tables: Table, cadence: Cadence | None = None, kind: str = "case_system"):
    """A source's contract."""
    return Contract(
        f"id.{source}", source.capitalize(), "1.0.0", "owner", "purpose", cadence or Cadence(1, "w"),
        {t.name: t for t in tables}, source=source, delivery=delivery, kind=kind,
    )  # fmt: skip


def catalogue() -> Catalogue:
    """Sources of every kind of delivery and two derived tables."""
    children = table(
        "children", column("child_id", "string", "case_reference", key=1), column("upn", "string", "personal"),
        column("value", "integer"), source="census", delivery="full", scope="census_year",
    )  # fmt: skip
    plans = table(
        "plans", column("child_id", "string", "case_reference", key=1), column("start", "date", key=2),
        column("end", "date"), source="census", delivery="full", scope="census_year", valid_from="start",
        valid_to="end",
    )  # fmt: skip
    people = table(
        "register", column("person_id", "string", "case_reference", key=1),
        column("mother_person_id", "string", "case_reference"), column("surname", "string", "personal"),
        column("nhs_number", "string", "personal"), source="register", delivery="full",
    )  # fmt: skip
    visits = table(
        "visits", column("child_id", "string", "case_reference", key=1), column("visit_date", "date", key=2),
        column("seen", "boolean"), column("worker_id", "string", "case_reference"), source="visits",
        delivery="increment", valid_from="visit_date",
    )  # fmt: skip
    partner = table(
        "partner", column("client_id", "string", "personal", key=1), column("nhs_number", "string", "personal"),
        column("surname", "string", "personal"), source="partner", delivery="window",
    )  # fmt: skip
    who = table(
        "who", column("person_id", "string", "pseudonym", key=1), column("case_reference", "string", "case_reference"),
        column("family_id", "string", "pseudonym"),
    )  # fmt: skip
    whose = table(
        "whose", column("source", "string", key=1), column("row_id", "string", "pseudonym", key=2),
        column("person_id", "string", "pseudonym"),
    )  # fmt: skip
    actions = table(
        "actions", column("unit", "string", key=1), column("n", "integer", "aggregate"),
        column("trace", "array", "pseudonym"),
    )  # fmt: skip
    return make_catalogue(
        [
            contract("census", "full", children, plans, cadence=Cadence(1, "y"), kind="statutory_return"),
            contract("register", "full", people),
            contract("visits", "increment", visits),
            contract("partner", "window", partner, kind="partner"),
            *(
                Contract(t.contract_id, t.name, "1.0.0", "owner", "purpose", None, {t.name: t})
                for t in (who, whose, actions)
            ),
        ]
    )


class World:
    """A lake and the means to deliver to it."""

    def __init__(self, folder: Path, contracts: Catalogue | None = None) -> None:
        self.folder = folder
        self.catalogue = contracts or catalogue()
        self.lake = Lake.open(folder, self.catalogue)
        self._deliveries = 0

    def again(self) -> Lake:
        """The same lake, opened anew."""
        return Lake.open(self.folder, self.catalogue)

    def draft(
        self,
        source: str,
        as_of: date,
        tables: Mapping[str, Sequence[Sequence[Any]]],
        *,
        scope: str = "",
        delivery: str | None = None,
        coverage: tuple[date | None, date | None] = (None, None),
        refused: Sequence[str] = (),
    ) -> LoadDraft:
        """A delivery of rows given as tuples in the contract's column order."""
        self._deliveries += 1
        sha256 = hashlib.sha256(f"{source} {as_of} {scope} {self._deliveries}".encode()).hexdigest()
        name = f"{source}_{as_of}.csv"
        return LoadDraft(
            source=source,
            as_of=as_of,
            coverage_from=coverage[0],
            coverage_to=coverage[1],
            scope=scope,
            delivery=delivery or self.catalogue.source(source).delivery or "",
            files=[File(name, sha256)],
            receipt={"read": sum(map(len, tables.values())) + len(refused)},
            tables={name: self.frame(name, rows, sha256) for name, rows in tables.items()},
            quarantine=refused_rows(next(iter(tables), ""), name, refused),
            loaded_at=START + timedelta(hours=self._deliveries),
        )

    def frame(self, name: str, rows: Sequence[Sequence[Any]], sha256: str) -> pl.DataFrame:
        """Accepted rows with the ids of their records."""
        frame = pl.DataFrame(rows, schema=self.catalogue.table(name).polars_schema(), orient="row")
        return frame.with_columns(
            row_id=pl.format("{}-{}-{}", pl.lit(sha256[:8]), pl.lit(name), pl.int_range(pl.len()))
        )

    def deliver(
        self, source: str, as_of: date, tables: Mapping[str, Sequence[Sequence[Any]]], **more: Any
    ) -> LoadEntry:
        """Append a delivery."""
        return self.lake.append_load(self.draft(source, as_of, tables, **more))

    def known(self, name: str, as_of: date) -> list[tuple[Any, ...]]:
        """The contract's columns of a table, as known now of a day."""
        frame = self.lake.read(name, self.lake.pin(as_of))
        return frame.select(list(self.catalogue.table(name).columns)).rows()


def refused_rows(table_name: str, file: str, raws: Sequence[str]) -> pl.DataFrame:
    """Rows for the quarantine."""
    return pl.DataFrame(
        [
            {
                "table": table_name,
                "file": file,
                "line": i + 2,
                "record": i + 1,
                "rules": ["r"],
                "reasons": ["w"],
                "raw": raw,
            }
            for i, raw in enumerate(raws)
        ],
        schema_overrides={"rules": pl.List(pl.String), "reasons": pl.List(pl.String)},
    )
