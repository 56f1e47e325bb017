"""Queries that only read are let through; anything that could change a database is refused unrun."""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.errors import RefusedFileError, SettingsError
from fi_workbench.loaders.connections import _fault, postgresql_address, sqlserver_address
from fi_workbench.loaders.queries import read_query, why_not
from fi_workbench.settings import Connection, parse_settings

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "SELECT a, 'delete; from' AS b FROM t -- drop table t",
        "/* drop */ with x as (select 1 as n) select n from x",
        'select "update", [delete] from "set"',
        "select created, updated_at, deleted from visits where call_date > '2026-01-01'",
        "select 'it''s; drop' as a",
    ],
)
def test_a_query_that_reads_is_let_through(text: str) -> None:
    assert why_not(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("-- only a comment", "empty"),
        ("delete from visits", "DELETE"),
        ("select 1; drop table visits", "more than one"),
        ("select * into copy_of from visits", "INTO"),
        ("with x as (delete from visits returning *) select * from x", "DELETE"),
        ("with x as (select 1) insert into t select * from x", "INSERT"),
        ("EXEC sp_who", "EXEC"),
        ("select $$a; drop table b$$", "dollar"),
        ("select 'never closed", "not closed"),
        ("select 1 /* never closed ; drop", "not closed"),
    ],
)
def test_a_query_that_could_change_something_is_refused(text: str, reason: str) -> None:
    assert reason in (why_not(text) or "")


def test_a_query_lies_in_the_workspace_as_sql(tmp_path: Path) -> None:
    inside = tmp_path / "workspace"
    inside.mkdir()
    (tmp_path / "outside.sql").write_text("select 1")
    (inside / "visits.txt").write_text("select 1")
    (inside / "visits.sql").write_bytes("\ufeffselect 1;\n".encode())
    assert read_query(inside, "visits.sql").text == "select 1"
    for name in ("../outside.sql", "visits.txt", "none.sql"):
        with pytest.raises(RefusedFileError):
            read_query(inside, name)


def settings(**connection: object) -> dict[str, object]:
    given = {"driver": "sqlserver", "host": "db", "database": "lcs"} | connection
    return {"authority": {"name": "A", "code": "999"}, "connections": {"reporting": given}}


@pytest.mark.parametrize(
    "wrong", [{"password": "Sommer2026!"}, {"pwd": "Sommer2026!"}, {"connection_string": "Sommer2026!"}]
)
def test_a_password_in_the_file_is_refused_without_repeating_it(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(settings(**wrong))
    assert "Sommer2026" not in str(refused.value)
    if "password" in wrong:
        assert "env:NAME" in str(refused.value)


def test_a_source_names_a_connection_that_is_described() -> None:
    good = settings(password="env:FI_PASSWORD", user="reader")
    with pytest.raises(SettingsError, match="finance"):
        parse_settings(good | {"databases": {"visits": {"connection": "finance", "query": "visits.sql"}}})
    with pytest.raises(SettingsError, match="either query"):
        parse_settings(good | {"databases": {"visits": {"connection": "reporting"}}})
    parse_settings(good | {"databases": {"visits": {"connection": "reporting", "query": "visits.sql"}}})


def test_a_secret_cannot_break_out_of_an_address() -> None:
    secret = "a}b;Encrypt=no&host=evil'"
    server = Connection(driver="sqlserver", host="db\\lcs", database="lcs", user="reader")
    assert "PWD={a}}b;Encrypt=no&host=evil'};" in sqlserver_address(server, secret)
    assert "Trusted_Connection={yes}" in sqlserver_address(server.model_copy(update={"user": ""}), "")
    told = postgresql_address(Connection(driver="postgresql", host="db", database="lcs", user="reader"), secret)
    assert told.count("host=") == 1
    assert "&host%3D" not in told
    assert "%26host%3Devil" in told


@pytest.mark.parametrize(
    ("driver_says", "said"),
    [
        # Words that SQL Server, Oracle and their drivers document for these faults.
        (
            "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Login failed for user 'reader'. (18456)",
            "did not let",
        ),
        ("ORA-01017: invalid username/password; logon denied", "did not let"),
        ("ORA-00942: table or view does not exist", "table or view"),
        ("[SQL Server]Invalid object name 'dbo.visits'. (208)", "table or view"),
        ("[SQL Server]Invalid column name 'seen'. (207)", "column"),
        ('ORA-00904: "SEEN": invalid identifier', "column"),
        ("DPY-4024: call timeout of 1000 ms exceeded", "longer than allowed"),
        ("DPY-6005: cannot connect to database. [Errno 111] Connection refused", "cannot be reached"),
        ("ORA-12514: Cannot connect to database. Service lcs is not registered", "name"),
    ],
)
def test_a_fault_is_told_in_our_words(driver_says: str, said: str) -> None:
    assert said in _fault(RuntimeError(driver_says), started=False)[0]


def test_a_driver_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from fi_workbench.loaders import connections

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(connections.importlib, "import_module", missing)
    for driver in ("postgresql", "sqlserver", "oracle"):
        connection = Connection(driver=driver, host="db", database="lcs", user="reader")
        with pytest.raises(RefusedFileError) as refused:
            connections.ask("reporting", connection, "secret", "select 1", where="visits.sql")
        assert f"pip install 'fi-workbench[{driver}]'" in refused.value.next_step


@pytest.mark.parametrize(("driver", "module"), [("oracle", "oracledb"), ("sqlserver", "mssql_python")])
def test_real_drivers_of_other_databases_fail_without_their_words(driver: str, module: str) -> None:
    pytest.importorskip(module, reason=f"the optional driver {module} is not installed")
    from fi_workbench.loaders.connections import ask

    connection = Connection(driver=driver, host="127.0.0.1", port=1, database="lcs", user="reader", connect_seconds=2)
    with pytest.raises(RefusedFileError) as refused:
        ask("reporting", connection, "Sommer2026", "select 1", where="visits.sql")
    assert "Sommer2026" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)
