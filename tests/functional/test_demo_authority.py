"""A small synthetic authority: repeatable, watermarked, accepted by the loaders, and its truth out of reach."""

from __future__ import annotations

import ast
import csv
import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from fi_workbench.contracts import all_contracts
from fi_workbench.demo import DemoReport, World, make_authority
from fi_workbench.errors import WrongUseError
from fi_workbench.loaders import LoadReport, load_new
from fi_workbench.pseudonyms import read_key
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake

SUNDAY = date(2026, 11, 22)
DELIVERIES = 3
FAMILIES, WEEKS = 120, 110


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return folder / "workspace", folder / "truth"


@pytest.fixture(scope="module")
def report(folders: tuple[Path, Path]) -> DemoReport:
    workspace, truth = folders
    return make_authority(
        workspace, truth, families=FAMILIES, seed=4, weeks=WEEKS, end=SUNDAY, weekly_deliveries=DELIVERIES
    )


@pytest.fixture(scope="module")
def extracts(report: DemoReport) -> Path:
    return Path(report.workspace) / "extracts"


@pytest.fixture(scope="module")
def truth(report: DemoReport) -> Path:
    return Path(report.truth)


@pytest.fixture(scope="module")
def loaded(report: DemoReport) -> LoadReport:
    workspace = Path(report.workspace)
    catalogue = all_contracts()
    return load_new(
        workspace=workspace,
        lake=Lake.open(workspace / "lake", catalogue),
        catalogue=catalogue,
        settings=read_settings(workspace),
        clock=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        whole = [row for row in csv.DictReader(file) if None not in row and None not in row.values()]
    return [row for row in whole if any(name != text for name, text in row.items())]  # not the header again


def newest(extracts: Path, source: str) -> Path:
    return max((extracts / source).glob("*.csv"))


# Files -------------------------------------------------------------------------------------------------------------


def test_every_source_with_a_contract_is_delivered(extracts: Path) -> None:
    delivered = {folder.name for folder in extracts.iterdir()}
    assert delivered <= set(all_contracts().sources)
    assert delivered == {n for n, each in all_contracts().sources.items() if each.expected} | {"annex_a", "ssd"}


def test_full_lists_come_weekly_and_increments_have_a_history(extracts: Path) -> None:
    for name, contract in all_contracts().sources.items():
        if contract.format == "delimited" and contract.expected:
            files = sorted((extracts / name).glob(f"{name}_*.csv"))
            assert len(files) == DELIVERIES + (contract.delivery == "increment"), name
            stamps = [date.fromisoformat(file.stem[-10:]) for file in files]
            assert {(b - a).days for a, b in itertools.pairwise(stamps)} == {7}
            assert SUNDAY - timedelta(days=9) <= stamps[-1] <= SUNDAY


def test_census_files_have_the_year_and_day_of_their_header(extracts: Path) -> None:
    files = sorted((extracts / "cin_census").glob("*.xml"))
    assert len(files) == 1 + DELIVERIES  # 110 weeks hold one complete census year
    for path in files:
        head = etree.parse(str(path)).find("Header")
        assert head is not None
        assert head.findtext("Source/SoftwareCode") == "SYNTHETIC"
        assert head.findtext("Source/LEA") == "000"
        year = head.findtext("CollectionDetails/Year") or ""
        assert head.findtext("CollectionDetails/ReferenceDate") == f"{year}-03-31"
        made = date.fromisoformat((head.findtext("Source/DateTime") or "")[:10])
        assert made == SUNDAY or made < SUNDAY
        assert path.stem.endswith(made.isoformat())


def test_each_year_has_its_own_shape(tmp_path: Path) -> None:
    early = date(2024, 7, 7)
    make_authority(tmp_path / "w", tmp_path / "t", families=30, seed=1, weeks=80, end=early, weekly_deliveries=1)
    old, new = sorted((tmp_path / "w" / "extracts" / "cin_census").glob("*.xml"))
    assert "<Year>2024<" in old.read_text()
    assert "<Year>2025<" in new.read_text()
    assert "<GenderCurrent>" in old.read_text()
    assert "<Sex>" not in old.read_text()
    assert "<Sex>" in new.read_text()
    assert "<GenderCurrent>" not in new.read_text()
    assert "PreProceedingsandFGDM" not in old.read_text() + new.read_text()
    header = (tmp_path / "w" / "extracts" / "ssda903" / "2024" / "header.csv").read_text()
    assert {line.split(",")[1] for line in header.splitlines()[1:]} <= {"1", "2"}
    episodes = rows(tmp_path / "w" / "extracts" / "ssda903" / "2024" / "episodes.csv")
    assert not any(row["PLACE"] == "K3" for row in episodes)


def test_every_identifier_is_a_watermark(extracts: Path) -> None:
    for row in rows(newest(extracts, "case_people")):
        assert row["person_id"].startswith("SYN")
        assert row["postcode"].startswith("ZZ")
        assert not row["nhs_number"] or row["nhs_number"].startswith("999")
        assert not row["upn"] or row["upn"][4] == "9"
    assert read_settings(extracts.parent).authority.synthetic
    assert "nobody" in read_settings(extracts.parent).authority.name


# Loading -----------------------------------------------------------------------------------------------------------


def test_the_loaders_take_everything_but_what_was_spoilt(loaded: LoadReport, truth: Path) -> None:
    dirt = json.loads((truth / "dirt.json").read_text())
    assert len(dirt) > 60
    assert {receipt.outcome for receipt in loaded.receipts} <= {"loaded", "nothing_new"}
    for receipt in loaded.receipts:
        for table in receipt.tables:
            mine = [d for d in dirt if d["table"] == table.table and d["file"] in receipt.files]
            expected = {d["rule"] for d in mine if d["outcome"] == "quarantined"}
            also = {"parent_quarantined", "authorised_within_possible", "unauthorised_within_possible"}
            assert set(table.by_rule) - also == expected, (receipt.source, receipt.as_of)
            assert table.n_duplicates == sum(d["outcome"] == "duplicate" for d in mine)
            if receipt.source != "cin_census":
                assert table.n_quarantined == sum(d["outcome"] == "quarantined" for d in mine)
                assert table.n_held == 0


def test_a_spoilt_row_stands_where_the_manifest_says(extracts: Path, truth: Path) -> None:
    for spoilt in json.loads((truth / "dirt.json").read_text()):
        lines = (extracts / spoilt["file"]).read_text(encoding="utf-8").split("\n")
        line = lines[spoilt["line"] - 1]
        if spoilt["case"] == "impossible date":
            assert "2026-02-31" in line
        elif spoilt["case"] == "same row twice":
            assert line == lines[spoilt["line"] - 2]
        elif spoilt["case"] == "blank line":
            assert line == ""


# The world ---------------------------------------------------------------------------------------------------------


def test_case_numbers_are_the_same_in_the_returns_and_the_lists(extracts: Path) -> None:
    listed = {row["person_id"] for row in rows(newest(extracts, "case_people"))}
    census = etree.parse(str(max((extracts / "cin_census").glob("*.xml"))))
    children = {node.text for node in census.iter("LAchildID")}
    looked_after = {row["CHILD"] for row in rows(extracts / "ssda903" / SUNDAY.isoformat() / "header.csv")}
    assert len(children) > FAMILIES
    assert len(children - listed) <= 12  # spoilt rows of the list
    assert len(looked_after - listed) <= 12
    allocated = {row["child_id"] for row in rows(newest(extracts, "allocations"))}
    assert len(allocated - listed) <= 12


def test_some_rows_arrive_late(extracts: Path) -> None:
    late = 0
    for path in sorted((extracts / "visits").glob("*.csv"))[1:]:
        stamp = date.fromisoformat(path.stem[-10:])
        for row in rows(path):
            recorded = date.fromisoformat(row["recorded_on"])
            assert stamp - timedelta(days=6) <= recorded <= stamp
            late += (recorded - date.fromisoformat(row["visit_date"])).days > 14
    assert late > 0


def test_a_full_list_shows_what_was_known_that_week(extracts: Path) -> None:
    weeks = [rows(path) for path in sorted((extracts / "meetings").glob("*.csv"))]
    keys = [{(r["child_id"], r["meeting_type"], r["due_date"]): r["held_date"] for r in week} for week in weeks]
    filled = sum(bool(held) and not keys[0][key] for key, held in keys[-1].items() if key in keys[0])
    assert filled > 0
    assert set(keys[-1]) - set(keys[0])


def test_partners_have_their_own_numbers_and_the_truth_knows_them(extracts: Path, truth: Path) -> None:
    links = pl.read_parquet(truth / "links" / "*.parquet")
    assert not links.select("source", "partner_person").is_duplicated().any()
    for source, column in {
        "police_notifications": "police_person_id",
        "school_attendance": "upn",
        "housing": "tenancy_ref",
        "health_visiting": "nhs_number",
        "adult_services": "client_id",
        "early_help": "case_ref",
        "youth_justice": "youth_justice_id",
    }.items():
        known = set(links.filter(pl.col("source") == source)["partner_person"].to_list())
        used = {row[column] for path in (extracts / source).glob("*.csv") for row in rows(path) if row[column]}
        assert used - {column} <= known, source
    strangers = links.filter(pl.col("reference") == "").height
    assert 0.02 < strangers / links.height < 0.6


def test_unrelated_families_share_addresses(extracts: Path, truth: Path) -> None:
    people = pl.read_parquet(truth / "people" / "*.parquet").filter("is_child")
    family = dict(people.select("reference", "family").iter_rows())
    at: dict[str, set[str]] = {}
    for row in rows(newest(extracts, "case_people")):
        if row["person_id"] in family:
            at.setdefault(f"{row['address']} {row['postcode']}", set()).add(family[row["person_id"]])
    assert sum(len(families) > 1 for families in at.values()) >= 3


def test_an_ex_partner_may_live_in_another_family_now(truth: Path) -> None:
    members = pl.read_parquet(truth / "family_members" / "*.parquet")
    moved = (
        members.filter(pl.col("role").is_in(["father", "step_parent"]))
        .group_by("reference")
        .agg(pl.col("family").n_unique().alias("families"))
    )
    assert moved.filter(pl.col("families") > 1).height > 0


def test_both_potential_outcomes_follow_from_one_draw(truth: Path) -> None:
    trials = pl.read_parquet(truth / "trials" / "*.parquet")
    helps = trials.filter(pl.col("hazard_ratio") < 1)
    harms = trials.filter(pl.col("hazard_ratio") > 1)
    nothing = trials.filter(pl.col("hazard_ratio") == 1)
    assert helps.filter(~pl.col("setback_without") & pl.col("setback_with")).is_empty()
    assert harms.filter(pl.col("setback_without") & ~pl.col("setback_with")).is_empty()
    assert (nothing["setback_without"] == nothing["setback_with"]).all()
    assert helps.filter(pl.col("setback_without") & ~pl.col("setback_with")).height > 0
    offered = trials.filter("offered")["propensity"].mean()
    not_offered = trials.filter(~pl.col("offered"))["propensity"].mean()
    assert offered > not_offered  # the rule and unrecorded severity decide who is offered help


# Refusals and promises ---------------------------------------------------------------------------------------------


def test_the_truth_may_not_lie_in_the_workspace(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="inside the workspace"):
        make_authority(tmp_path, tmp_path / "truth", families=10, weeks=8, end=SUNDAY)
    assert not (tmp_path / "extracts").exists()


@pytest.mark.parametrize(
    "wrong", [{"end": date(2026, 11, 21)}, {"weeks": 7}, {"families": 0}, {"weekly_deliveries": 0}]
)
def test_what_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    arguments = {"families": 10, "weeks": 20, "end": SUNDAY} | wrong
    with pytest.raises(WrongUseError):
        make_authority(tmp_path / "w", tmp_path / "t", **arguments)  # type: ignore[arg-type]


def test_the_shortest_history_and_every_world_can_be_made(tmp_path: Path) -> None:
    for n, world in enumerate((World(n_segments=3, local_dependence=True), World(n_segments=9, link_error=2.0))):
        report = make_authority(
            tmp_path / f"w{n}", tmp_path / f"t{n}", families=12, weeks=8, end=SUNDAY, weekly_deliveries=2, world=world
        )
        segments = pl.read_parquet(Path(report.truth) / "families" / "*.parquet")["segment"]
        assert segments.max() < world.n_segments


_ONCE = """
import sys
from datetime import date
from pathlib import Path
from fi_workbench.demo import make_authority
make_authority(Path(sys.argv[1]), Path(sys.argv[2]), families=40, seed=9, weeks=60, end=date(2026, 11, 22),
               weekly_deliveries=2)
"""


def fingerprints(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_seed_same_bytes_whatever_the_order_of_hashes(tmp_path: Path) -> None:
    made = []
    for hashing in ("1", "2"):
        folder = tmp_path / hashing
        subprocess.run(
            [sys.executable, "-c", _ONCE, str(folder / "w"), str(folder / "t")],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hashing},
        )
        made.append(dict(fingerprints(folder)))
    assert len(made[0]) > 60
    assert made[0] == made[1]


def test_another_seed_makes_another_authority_and_key(tmp_path: Path, report: DemoReport) -> None:
    make_authority(tmp_path / "w", tmp_path / "t", families=12, seed=10, weeks=8, end=SUNDAY, weekly_deliveries=1)
    assert read_key(tmp_path / "w" / "pseudonym.key") != read_key(Path(report.workspace) / "pseudonym.key")


def test_no_room_but_the_command_line_knows_the_synthetic_authority() -> None:
    package = Path(sys.modules["fi_workbench"].__file__ or "").parent
    users = set()
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0]
        if room in {"demo", "_shipped"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if "fi_workbench.demo" in module or (module == "fi_workbench" and "demo" in names):
                users.add(room)
    assert users <= {"cli"}


def test_mistakes_are_put_right_between_deliveries(extracts: Path) -> None:
    referrals = [
        {row["referral_id"] for row in rows(path)} for path in sorted((extracts / "case_referrals").glob("*.csv"))
    ]
    births = [
        {row["person_id"]: row["date_of_birth"] for row in rows(path) if row["date_of_birth"]}
        for path in sorted((extracts / "case_people").glob("*.csv"))
    ]
    deleted = set.union(*referrals) - referrals[-1]
    corrected = [person for person, born in births[0].items() if births[-1].get(person, born) != born]
    assert len(deleted) + len(corrected) > 0
