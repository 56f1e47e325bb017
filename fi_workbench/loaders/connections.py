"""Ask a reporting database and take its answer in Arrow batches, through the driver that its owner maintains.

Each driver is an optional extra and is imported when it is first needed. What a driver says when something is wrong
may hold host names, values and secrets, so none of it is passed on: the fault is told from its class and code.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

import polars as pl

from fi_workbench.errors import RefusedFileError
from fi_workbench.settings import Connection

BATCH_ROWS = 65_536

Batches = Callable[[Connection, str, str], Iterator[pl.DataFrame]]
"""From a connection, its password and a query to typed batches; the first may be empty and has every column."""


def ask(name: str, connection: Connection, password: str, query: str, *, where: str) -> pl.DataFrame:
    """Run a query that only reads and take its whole answer, or nothing.

    Args:
        name: the connection's name in settings, for messages.
        connection: where.
        password: empty where the account that runs this is known to the server.
        query: text that `queries.read_query` let through.
        where: the query's file, for messages.

    Raises:
        RefusedFileError: the driver is not installed, the server or a table cannot be reached, the password is
            wrong, it took too long, or the connection broke on the way; never with the driver's own words.
    """
    batches: list[pl.DataFrame] = []
    try:
        batches.extend(DRIVERS[connection.driver](connection, password, query))
    except RefusedFileError as refused:
        raise RefusedFileError(refused.what, where=f"connection {name}, {where}", next_step=refused.next_step) from None
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - drivers raise their own; none of their words may come through
        what, next_step = _fault(error, started=bool(batches))
        how_many = f"{sum(map(len, batches)):,} rows had come, none was kept" if batches else ""
        raise RefusedFileError(
            what, where=f"connection {name}, {where}", how_many=how_many, next_step=next_step
        ) from None
    return pl.concat(batches) if batches else pl.DataFrame()


def _postgresql(connection: Connection, password: str, query: str) -> Iterator[pl.DataFrame]:
    driver = _driver("adbc_driver_postgresql.dbapi", "postgresql")
    arrow = _driver("arro3.core", "postgresql")
    with closing(driver.connect(postgresql_address(connection, password))) as link, closing(link.cursor()) as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = {connection.timeout_seconds * 1000}")
        cursor.execute(query)
        reader = arrow.RecordBatchReader.from_stream(cursor.fetch_arrow())
        _refuse_untold(
            [
                field.name
                for field in reader.schema
                if arrow.DataType.is_interval(field.type) or (field.metadata or {}).get(b"POSTGRESQL:type") == b"money"
            ]
        )
        yield _frame(arrow.Table.from_batches([], schema=reader.schema))
        for batch in reader:
            yield _frame(batch)


def _sqlserver(connection: Connection, password: str, query: str) -> Iterator[pl.DataFrame]:
    driver = _driver("mssql_python", "sqlserver")
    _driver("pyarrow", "sqlserver")
    link = driver.connect(sqlserver_address(connection, password), timeout=connection.timeout_seconds)
    with closing(link), closing(link.cursor()) as cursor:
        cursor.execute(query)
        reader = cursor.arrow_reader(batch_size=BATCH_ROWS)
        yield _frame(reader.schema.empty_table())
        for batch in reader:
            yield _frame(batch)


def _oracle(connection: Connection, password: str, query: str) -> Iterator[pl.DataFrame]:
    driver = _driver("oracledb", "oracle")
    link = driver.connect(
        user=connection.user,
        password=password,
        host=connection.host,
        port=connection.port or 1521,
        service_name=connection.database,
        tcp_connect_timeout=connection.connect_seconds,
        retry_count=0,
    )
    with closing(link):
        link.call_timeout = connection.timeout_seconds * 1000
        link.cursor().execute("SET TRANSACTION READ ONLY")
        for batch in link.fetch_df_batches(query, size=BATCH_ROWS, fetch_decimals=True):
            yield _frame(batch)


DRIVERS: Mapping[str, Batches] = {"postgresql": _postgresql, "sqlserver": _sqlserver, "oracle": _oracle}


def postgresql_address(connection: Connection, password: str) -> str:
    """Where a PostgreSQL server is, as its driver wants it; a host that begins with / is a folder of sockets."""
    options = {
        "host": connection.host,
        "connect_timeout": str(connection.connect_seconds),
        "application_name": "fi-workbench",
        "user": connection.user,
        "password": password,
        "port": str(connection.port or ""),
    }
    told = "&".join(f"{key}={quote(value, safe='')}" for key, value in options.items() if value)
    return f"postgresql:///{quote(connection.database, safe='')}?{told}"


def sqlserver_address(connection: Connection, password: str) -> str:
    """Where a SQL Server is, as its driver wants it; encrypted, and read only where the server can tell."""
    parts = {
        "Server": f"{connection.host},{connection.port}" if connection.port else connection.host,
        "Database": connection.database,
        "Encrypt": "yes",
        "ApplicationIntent": "ReadOnly",
    }
    parts |= {"UID": connection.user, "PWD": password} if connection.user else {"Trusted_Connection": "yes"}
    return ";".join(f"{key}={{{value.replace('}', '}}')}}}" for key, value in parts.items()) + ";"


def _frame(batch: Any) -> pl.DataFrame:
    taken = pl.from_arrow(batch)
    frame = taken.struct.unnest() if isinstance(taken, pl.Series) else taken
    marked = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Extension)]
    return frame.with_columns(pl.col(*marked).ext.storage()) if marked else frame


def _refuse_untold(columns: list[str]) -> None:
    """Spans such as "1 month 2 days" have no one length, and sums of the type money come without their point."""
    if columns:
        raise RefusedFileError(
            f"The answer holds spans of time or sums of money that come without their unit: {', '.join(columns[:5])}.",
            next_step="Let the query turn them into text or numbers, as in cast(amount as numeric).",
        )


def _driver(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise RefusedFileError(
            f"The driver for {extra} databases is not installed here ({module}).",
            next_step=f"Install it with `pip install 'fi-workbench[{extra}]'`.",
        ) from None


_FAULTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("28p01", "28000", "password authentication", "login failed", "18456", "ora-01017", "dpy-4001", "no password"),
        "The database did not let the workbench in: the user or the password is not the one it knows.",
        "Check the user in workbench.toml and the secret that it refers to.",
    ),
    (
        ("57014", "timeout expired", "statement timeout", "hyt00", "hyt01", "dpy-4024", "ora-01013"),
        "The database took longer than allowed.",
        "Narrow the query, or raise timeout_seconds of the connection.",
    ),
    (
        ("42p01", "42s02", "invalid object name", "ora-00942"),
        "The query asks for a table or view that the database does not have, or not for this user.",
        "Correct its name in the query, or ask the database's owner for the right to read it.",
    ),
    (
        ("42703", "42s22", "invalid column name", "ora-00904"),
        "The query asks for a column that its table does not have.",
        "Correct the query; the supplier may have renamed the column.",
    ),
    (("42501", "229)", "ora-01031"), "The user may not read what the query asks for.", "Ask the database's owner."),
    (
        ("3d000", "4060", "ora-12514", "dpy-6001"),
        "The server does not have a database of this name, or not for this user.",
        "Correct the connection's database in workbench.toml.",
    ),
    (
        ("22p02", "22007", "22008", "22012", "22003", "invalid input syntax", "conversion failed", "ora-01722"),
        "A value in the database is not what the query takes it for.",
        "Let the query hand over text as it is; the contract then says which rows are wrong.",
    ),
    (
        ("25006", "read-only transaction"),
        "The query tried to change something, which the database was asked to refuse.",
        "Correct the query.",
    ),
    (
        ("42601", "42000", "incorrect syntax", "ora-009"),
        "The database does not understand the query.",
        "Try the query in the database's own tool.",
    ),
    (
        ("connection refused", "could not translate", "could not connect", "no such file", "08001", "08006", "dpy-6005",
         "dpy-6000", "timeout", "connection to server", "network"),
        "The database server cannot be reached.",
        "Check host and port in workbench.toml, that the server runs, and that this machine may reach it.",
    ),
)  # fmt: skip


def _fault(error: Exception, *, started: bool) -> tuple[str, str]:
    """What went wrong and what to do, told from a driver's code or known words; never those words themselves."""
    told = f"{getattr(error, 'sqlstate', '') or ''} {error}".lower()
    for signs, what, next_step in _FAULTS[:-1] if started else _FAULTS:
        if any(sign in told for sign in signs):
            return what, next_step
    if started or any(sign in told for sign in ("57p01", "terminat", "closed the connection", "reset", "broken")):
        return "The connection broke before the whole answer had come.", "Run the load again."
    return f"The database driver failed ({type(error).__name__}).", "Try the query in the database's own tool."
