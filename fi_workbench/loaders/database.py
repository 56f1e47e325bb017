"""Sources that are asked of a database: each answer is kept as a raw Parquet file, then checked as any other file.

The snapshot comes first, so that what was checked can be read again as it was, whatever the database holds later.
A snapshot is whole or not there: an answer that broke off leaves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Catalogue, Contract
from fi_workbench.errors import RefusedFileError, WorkbenchError
from fi_workbench.loaders.connections import ask
from fi_workbench.loaders.discover import Delivery
from fi_workbench.loaders.parquet import read_frame
from fi_workbench.loaders.queries import Query, read_query
from fi_workbench.loaders.raw import Note, RawExtract, RawFile, RawTable
from fi_workbench.settings import DatabaseSource, Settings

Secrets = Callable[[str], str | None]
"""From a reference (`env:NAME`, `keyring:SERVICE/ENTRY`) to the secret; None where there is none."""


def no_secrets(reference: str) -> str | None:  # noqa: ARG001
    """Know no secret."""
    return None


@dataclass(frozen=True)
class Refusal:
    """A source whose database gave nothing that could be taken, or that must be told its day first."""

    source: str
    name: str
    error: WorkbenchError
    waits: bool = False


def snapshots(
    *,
    workspace: Path,
    into: Path,
    catalogue: Catalogue,
    settings: Settings,
    secrets: Secrets,
    sources: Callable[[str], bool],
    as_of: date | None,
) -> tuple[list[Delivery], list[Refusal]]:
    """Ask every configured database source and keep each answer in a folder, one Parquet file for each query.

    Args:
        workspace: where the queries are.
        into: an empty folder for the snapshots.
        catalogue: the contracts.
        settings: connections and sources.
        secrets: finds the passwords that settings refer to.
        sources: says whether a source is wanted.
        as_of: the day of answers that do not say themselves which day they cover up to.

    Returns:
        A delivery for each source that answered, and why each other one did not.
    """
    found: list[Delivery] = []
    refused: list[Refusal] = []
    for source, database in sorted(settings.databases.items()):
        if not sources(source):
            continue
        name = f"database {database.connection}: {', '.join(_files_of(database))}"
        if not database.as_of_column and as_of is None:
            refused.append(Refusal(source, name, _no_day(source), waits=True))
            continue
        try:
            contract = catalogue.source(source)
            queries = _queries(workspace, database, contract)
            found.append(_snapshot(into / source, contract, database, queries, settings, secrets, as_of, name))
        except WorkbenchError as error:
            refused.append(Refusal(source, name, error))
    return found, refused


def _files_of(database: DatabaseSource) -> tuple[str, ...]:
    return tuple(database.queries.values()) or (database.query,)


def _no_day(source: str) -> WorkbenchError:
    return RefusedFileError(
        "Nothing says which day the answer covers up to, so the database was not asked.",
        where=f"databases.{source}",
        next_step="Name a column of the query as as_of_column in workbench.toml, or run `fi-workbench load --as-of`.",
    )


def _queries(workspace: Path, database: DatabaseSource, contract: Contract) -> Mapping[str, Query]:
    """The queries by table; each table one that the source's contract has."""
    if database.query and len(contract.tables) != 1:
        raise RefusedFileError(
            "The source has several tables, so each needs a query of its own.",
            where=f"databases.{contract.source}",
            next_step=f"Write queries = {{table = file}} for: {', '.join(contract.tables)}.",
        )
    named = database.queries or {next(iter(contract.tables)): database.query}
    unknown = [table for table in named if table not in contract.tables]
    if unknown:
        raise RefusedFileError(
            "A query is for a table that the source's contract does not have.",
            where=f"databases.{contract.source}.queries.{unknown[0]}",
            next_step=f"Its tables are: {', '.join(contract.tables)}.",
        )
    return {table: read_query(workspace, name) for table, name in named.items()}


def _snapshot(
    folder: Path,
    contract: Contract,
    database: DatabaseSource,
    queries: Mapping[str, Query],
    settings: Settings,
    secrets: Secrets,
    as_of: date | None,
    name: str,
) -> Delivery:
    connection = settings.connections[database.connection]
    password = secrets(connection.password) if connection.password else ""
    if password is None:
        raise RefusedFileError(
            "The secret that the connection refers to is not there.",
            where=f"connections.{database.connection}, {connection.password}",
            next_step="Set the environment variable, or add the entry to the keyring, for the account that runs this.",
        )
    days: set[date] = set()
    answers: dict[str, pl.DataFrame] = {}
    for table, query in queries.items():
        answer = ask(database.connection, connection, password, query.text, where=query.name)
        if database.as_of_column:
            days |= _days(answer, database.as_of_column, query.name)
        answers[table] = answer
    if len(days) > 1:
        raise RefusedFileError(
            "The answer names several days that it covers up to.",
            where=f"{name}, {database.as_of_column}",
            how_many=f"{len(days)} days",
            next_step="Let the queries name one day, the same in every row.",
        )
    folder.mkdir(parents=True, mode=0o700)
    files = []
    for table, answer in answers.items():
        files.append(folder / f"{table}.parquet")
        answer.write_parquet(files[-1])
    day = days.pop() if days else as_of
    queried = tuple(f"{query.name} ({query.fingerprint})" for query in queries.values())
    return Delivery(contract, tuple(files), name, day, queried=queried, left_out=database.as_of_column)


def _days(answer: pl.DataFrame, column: str, where: str) -> set[date]:
    known = {name.casefold(): name for name in answer.columns}
    if column.casefold() not in known:
        raise RefusedFileError(
            f"The answer has no column {column} to say which day it covers up to.",
            where=where,
            next_step="Add it to the query, or take as_of_column out of workbench.toml and load with --as-of.",
        )
    days = answer[known[column.casefold()]].unique()
    plain = days.cast(pl.String).str.head(10).str.to_date(strict=False) if days.dtype == pl.String else days
    if isinstance(plain.dtype, pl.Datetime):
        plain = plain.dt.date()
    if plain.dtype != pl.Date or plain.null_count():
        raise RefusedFileError(
            f"The column {column} does not hold a day in every row.", where=where, next_step="Correct the query."
        )
    found: list[date] = [day.date() if isinstance(day, datetime) else day for day in plain.to_list()]
    return set(found)


def read_snapshot(delivery: Delivery) -> RawExtract:
    """Read the snapshots of one source's answers into rows of text.

    Raises:
        RefusedFileError: a column that the contract requires is missing, or holds values inside values.
    """
    contract = delivery.contract
    notes: list[Note] = []
    tables: list[RawTable] = []
    files: list[RawFile] = []
    for path in delivery.files:
        data = path.read_bytes()
        files.append(RawFile(path.name, hashlib.sha256(data).hexdigest(), len(data)))
        table = contract.tables[path.stem]
        answer = pl.read_parquet(data)
        spare = [c for c in answer.columns if c.casefold() == delivery.left_out.casefold() and c not in table.columns]
        read = read_frame(answer.drop(spare), path.name, table)
        tables.append(read.table)
        notes += read.notes
    notes += [Note("asked of the database with the query", query) for query in delivery.queried]
    absent = [name for name in contract.tables if name not in {table.table for table in tables}]
    if absent:
        notes.append(Note(f"tables without a query: {', '.join(absent)}", delivery.name, len(absent)))
    return RawExtract(
        source=contract.source,
        files=tuple(files),
        as_of=delivery.as_of,
        coverage_from=None,
        coverage_to=delivery.as_of,
        scope="",
        tables=tuple(tables),
        notes=tuple(notes),
    )
