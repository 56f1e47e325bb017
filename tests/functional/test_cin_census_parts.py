"""A large census is judged and stored in parts: what comes of it is what comes of it whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import cin_census
from fi_workbench.loaders.load import load_new
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

pytestmark = pytest.mark.functional

SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
CATALOGUE = all_contracts()
SOURCE = CATALOGUE.source("cin_census")
TABLES = list(SOURCE.tables)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PIN_DAY = date(2026, 3, 31)


def child(reference: str, *, born: str = "2015-03-27", referred: str = "2025-10-06", extra: str = "") -> str:
    return (
        f"<Child><ChildIdentifiers><LAchildID>{reference}</LAchildID><PersonBirthDate>{born}</PersonBirthDate>"
        "<UPNunknown>UN3</UPNunknown><Sex>F</Sex></ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity>"
        "<Disabilities><Disability>NONE</Disability></Disabilities></ChildCharacteristics>"
        f"<CINdetails><CINreferralDate>{referred}</CINreferralDate><ReferralSource>1A</ReferralSource>"
        "<PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>0</ReferralNFA>"
        "<Assessments><AssessmentActualStartDate>2025-10-07</AssessmentActualStartDate>"
        "<FactorsIdentifiedAtAssessment><AssessmentFactors>2A</AssessmentFactors></FactorsIdentifiedAtAssessment>"
        f"</Assessments></CINdetails>{extra}</Child>\n"
    )


def children() -> str:
    """Sixty children: some faulty, some unusual, one twice in every word, one twice and differing, far apart."""
    some = [child(f"C{i}") for i in range(60)]
    some[7] = child("C7", born="2031-01-01")
    some[20] = child("C20", referred="31/02/2025")
    some[33] = child("C33", extra="<NewBlock>1</NewBlock>")
    some[45] = child("C3")
    some[50] = child("C5", born="2014-01-01")
    return "".join(some)


def write(folder: Path, body: str, *, authority: str = "201") -> Path:
    path = folder / "extracts" / "cin_census" / "census.xml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>"
        "<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails>"
        f"<Source><LEA>{authority}</LEA><DateTime>2026-05-20T09:30:00</DateTime></Source></Header>"
        f"<Children>\n{body}</Children></Message>",
        encoding="utf-8",
    )
    return path


def load(folder: Path, stretch: int, **more: object):
    lake = Lake.open(folder / "lake", CATALOGUE)
    reader: Callable[..., RawExtract] = partial(cin_census.read, stretch=stretch)
    report = load_new(
        workspace=folder, lake=lake, catalogue=CATALOGUE, settings=SETTINGS, readers={SOURCE.format: reader},
        clock=lambda: NOW, **more,
    )  # fmt: skip
    (receipt,) = report.receipts
    return lake, receipt


def told(receipt) -> dict:
    facts = json.loads(json.dumps(receipt.facts()))
    facts["notes"] = sorted(facts["notes"], key=lambda note: (note["what"], note["where"]))
    return facts


@pytest.mark.parametrize("stretch", [1_500, 4_000, 9_000])
def test_in_parts_as_in_one(tmp_path: Path, stretch: int) -> None:
    write(tmp_path / "whole", children())
    write(tmp_path / "parts", children())
    whole, first = load(tmp_path / "whole", 1 << 20)
    parts, second = load(tmp_path / "parts", stretch)
    assert first.outcome == "loaded"
    assert told(first) == told(second)
    assert (
        first.n_duplicates == 5
    )  # the child who stands twice in every word: child, disability, episode, assessment, factor
    for table in TABLES:
        known = whole.read(table, whole.pin(PIN_DAY))
        assert known.equals(parts.read(table, parts.pin(PIN_DAY))), table
    refused = whole.quarantine().sort("table", "record")
    assert refused.equals(parts.quarantine().sort("table", "record"))
    assert set(refused["rules"].explode()) >= {"key_unique", "cin_referral_date_is_a_date"}


def test_the_reader_really_gives_parts(tmp_path: Path) -> None:
    path = write(tmp_path, children())
    extract = cin_census.read([path], SOURCE, SETTINGS, stretch=4_000)
    assert extract.batches is not None
    assert sum(1 for _ in extract.parts()) > 5


def test_a_held_census_leaves_nothing_of_its_parts(tmp_path: Path) -> None:
    write(tmp_path, "".join(child(f"C{i}", born="2031-01-01") for i in range(60)))
    lake, receipt = load(tmp_path, 4_000)
    assert receipt.outcome == "held"
    assert receipt.n_held == receipt.n_read > 0
    assert lake.ledger().is_empty()
    assert lake.quarantine().is_empty()
    stored = [pl.scan_delta(str(log.parent)).select(pl.len()).collect().item() for log in tmp_path.rglob("_delta_log")]
    assert sum(stored) == 0


def test_a_census_cut_off_is_refused_before_a_row_is_stored(tmp_path: Path) -> None:
    path = write(tmp_path, children())
    path.write_bytes(path.read_bytes()[:-40])
    lake, receipt = load(tmp_path, 4_000)
    assert (receipt.outcome, lake.ledger().height) == ("refused", 0)
    assert "cut off" in receipt.message
    assert not list(tmp_path.rglob("*.parquet"))
