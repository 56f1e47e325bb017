"""Plain cells are read at once and others with care: whatever the cells, nothing else comes of it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from fi_workbench.contracts import Checked, all_contracts, check, judging, parsing

pytestmark = pytest.mark.unit

TABLE = all_contracts().table("cin_children")
CASE_PEOPLE = all_contracts().table("case_people")
CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "", " ", "C1", " C1", "C1\u00a0", "'1", '="1"', "=1", "2026-01-02", "2026-02-31", "1900-01-01", "1900-01-02",
            "9999-12-31", "0000-00-00", "2026-01-02 00:00:00", "2026-01-02T09:30", "2100-12-31", "2101-01-01", "02/01/2026",
            "F", "f", "M - Male", "U", "9", "WBRI", "wbri", "true", "TRUE", "1", "0", "yes", "N/A", "null", "é", "1.0",
            "9434765919", "943 476 5919", "a801200001001", "A801200001001", "\uff11",
        ]
    ),
    st.text(max_size=6),
)  # fmt: skip


def judged(table, rows: list[list[str | None]]) -> Checked:
    cells = dict(zip(table.columns, zip(*rows, strict=True), strict=True))
    raw = pl.DataFrame(cells, schema=dict.fromkeys(table.columns, pl.String)).with_columns(
        pl.lit("f").alias("_file"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_line"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_record"),
        pl.lit("text").alias("_raw"),
    )
    return check(raw, table, as_of=date(2026, 3, 31))


@pytest.mark.parametrize("table", [TABLE, CASE_PEOPLE], ids=["dates", "people"])
@pytest.mark.parametrize("once", [False, True], ids=["each day read", "different days read once"])
def test_reading_at_once_changes_nothing(table, once, monkeypatch: pytest.MonkeyPatch) -> None:
    if once:
        monkeypatch.setattr(judging, "LONG", 0)
        monkeypatch.setattr(judging, "OFTEN", 0)

    @tries(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(*[CELLS] * len(table.columns)).map(list), min_size=1, max_size=3))
    def the_same(rows: list[list[str | None]]) -> None:
        quick = judged(table, rows)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parsing, "plain", lambda *_: None)
            careful = judged(table, rows)
        for part in ("accepted", "quarantined", "duplicates"):
            assert getattr(quick, part).equals(getattr(careful, part))
        assert (quick.by_rule, quick.flags, quick.findings) == (careful.by_rule, careful.flags, careful.findings)

    the_same()


def test_a_column_of_plain_cells_is_read_without_care(monkeypatch: pytest.MonkeyPatch) -> None:
    row: list[str | None] = [None] * len(TABLE.columns)
    row[list(TABLE.columns).index("person_birth_date")] = "2015-03-27"
    seen: list[list[str]] = []
    careful = parsing.clean_text
    monkeypatch.setattr(
        "fi_workbench.contracts.judging.clean_text",
        lambda raw, columns: seen.append([c.name for c in columns]) or careful(raw, columns),
    )
    assert judged(TABLE, [row]).n_read == 1
    assert all("person_birth_date" not in names for names in seen)
