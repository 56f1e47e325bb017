"""From a workspace's `extracts/` into the lake: what is loaded, held, refused and known already, and that nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts, sample
from fi_workbench.errors import DiskFullError
from fi_workbench.loaders import load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

CATALOGUE = all_contracts()
SETTINGS = parse_settings({"authority": {"name": "Synthetic", "code": "999"}})
NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
LATE = date(2026, 12, 31)


class Workspace:
    def __init__(self, path):
        self.path = path
        self.lake = Lake.open(path / "lake", CATALOGUE)

    def put(self, name, data):
        path = self.path / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def load(self, **options):
        given = {"settings": SETTINGS, "clock": lambda: NOW} | options
        return load_new(workspace=self.path, lake=self.lake, catalogue=CATALOGUE, **given)

    def read(self, table):
        return self.lake.read(table, self.lake.pin(LATE))


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def supervision(n, first=1):
    return "worker_id,due_date,held_date\n" + "".join(f"W{i},2026-11-02,2026-11-03\n" for i in range(first, first + n))


def only(report):
    (receipt,) = report.receipts
    return receipt


def test_a_delivery_is_read_checked_and_stored_with_its_clocks(workspace):
    workspace.put(
        "supervision/supervision_2026-11-22.csv", supervision(2) + "W3,31/02/2020,\nW1,2026-11-02,2026-11-03\n\n"
    )
    receipt = only(workspace.load())
    assert (receipt.outcome, receipt.as_of, receipt.source) == ("loaded", date(2026, 11, 22), "supervision")
    assert (receipt.n_read, receipt.n_accepted, receipt.n_quarantined, receipt.n_duplicates, receipt.n_non_records) == (
        6,
        2,
        1,
        1,
        2,
    )
    assert receipt.tables[0].by_rule == {"due_date_is_a_date": 1}
    rows = workspace.read("supervision")
    assert rows["worker_id"].to_list() == ["W1", "W2"]
    assert rows["as_of"].to_list() == [date(2026, 11, 22)] * 2
    assert rows["loaded_at"].to_list() == [NOW] * 2
    assert rows["row_id"].n_unique() == 2
    bad = workspace.lake.quarantine().row(0, named=True)
    assert (bad["file"], bad["line"], bad["record"], bad["raw"]) == (
        "supervision_2026-11-22.csv",
        4,
        3,
        "W3,31/02/2020,",
    )
    assert bad["rules"] == ["due_date_is_a_date"]
    assert bad["contract_version"] == CATALOGUE.table("supervision").contract_version


def test_the_receipt_is_in_the_ledger_and_holds_no_persons_value(workspace):
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(1) + "Zebedee,31/02/2020,\n")
    workspace.load()
    kept = json.loads(workspace.lake.ledger()["receipt"][0])
    assert kept["n_accepted"] == 1
    assert kept["n_quarantined"] == 1
    assert "Zebedee" not in workspace.lake.ledger()["receipt"][0]


def test_the_same_bytes_for_the_same_day_are_nothing_new_under_any_name(workspace):
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(2))
    workspace.load()
    workspace.put("supervision/copy of supervision 2026-11-22.csv", supervision(2))
    receipt = only(workspace.load())
    assert receipt.outcome == "nothing_new"
    assert "2 deliveries" in receipt.message
    assert workspace.lake.ledger().height == 1


def test_a_list_that_did_not_change_is_still_news_for_its_day(workspace):
    workspace.put("supervision/supervision_2026-11-15.csv", supervision(2))
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(2))
    assert [r.outcome for r in workspace.load().receipts] == ["loaded", "loaded"]
    assert workspace.lake.latest_as_of() == date(2026, 11, 22)
    assert workspace.read("supervision")["as_of"].unique().to_list() == [date(2026, 11, 22)]
    assert only(workspace.load()).outcome == "nothing_new"


def test_an_earlier_extract_that_comes_late_is_history_and_said(workspace):
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(2))
    workspace.load()
    workspace.put("supervision/supervision_2026-11-15.csv", supervision(3))
    receipt = next(r for r in workspace.load().receipts if r.outcome == "loaded")
    assert any("older than the latest delivery" in note.what for note in receipt.notes)
    assert workspace.read("supervision").height == 2
    assert workspace.lake.read("supervision", workspace.lake.pin(date(2026, 11, 15))).height == 3


def test_without_an_as_of_date_a_delivery_waits_until_a_person_gives_it(workspace):
    workspace.put("supervision/supervision.csv", supervision(2))
    receipt = only(workspace.load(accept=True))
    assert receipt.outcome == "held"
    assert "--as-of" in receipt.message
    assert (receipt.n_held, receipt.n_accepted) == (2, 0)
    assert workspace.lake.ledger().is_empty()
    assert only(workspace.load(as_of=date(2026, 11, 22))).outcome == "loaded"
    assert workspace.lake.latest_as_of() == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("before", "after", "held"), [(100, 80, False), (100, 79, True), (10, 5, False), (10, 4, True)]
)
def test_a_full_delivery_that_shrinks_too_much_waits(workspace, before, after, held):
    workspace.put("supervision/supervision_2026-11-15.csv", supervision(before))
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(after))
    report = workspace.load()
    assert [r.outcome for r in report.receipts] == ["loaded", "held" if held else "loaded"]
    if held:
        assert "more than 20% fewer" in report.receipts[1].message
        assert workspace.read("supervision").height == before
        assert [r.alarms for r in report.alarms] == [("rows_did_not_fall",)]
        assert not any(r.outcome == "loaded" for r in workspace.load(accept=True).receipts), "nobody gave a name"
        report = workspace.load(accept=True, accepted_by="An Analyst: the team was dissolved")
        accepted = next(r for r in report.receipts if r.outcome == "loaded")
        assert "although" in accepted.message
        assert workspace.read("supervision").height == after


def test_a_list_without_rows_waits_and_an_increment_without_rows_does_not(workspace):
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(0))
    workspace.put("visits/visits_2026-11-22.csv", ",".join(CATALOGUE.table("visits").columns) + "\n")
    outcomes = {r.source: r.outcome for r in workspace.load().receipts}
    assert outcomes == {"supervision": "held", "visits": "loaded"}
    workspace.load(accept=True)
    workspace.put("supervision/supervision_2026-11-29.csv", supervision(0) + "\n")
    assert {r.outcome for r in workspace.load().receipts} == {"nothing_new", "loaded"}


def test_one_bad_file_never_stops_the_others(workspace):
    workspace.put("supervision/supervision_2026-11-08.csv", b"")
    workspace.put("supervision/supervision_2026-11-15.csv", "worker_id,due\nW1,2026-11-02\n")
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(2))
    workspace.put("cin_census/cin.xml", "<Message><Header>")
    report = workspace.load()
    outcomes = {r.files[0]: r.outcome for r in report.receipts}
    assert outcomes == {
        "supervision/supervision_2026-11-08.csv": "refused",
        "supervision/supervision_2026-11-15.csv": "refused",
        "supervision/supervision_2026-11-22.csv": "loaded",
        "cin_census/cin.xml": "refused",
    }
    assert report.waits


def test_a_file_in_the_wrong_folder_is_told_where_it_belongs(workspace):
    visits = sample(CATALOGUE.table("visits"), 3, seed=1).write_csv()
    workspace.put("housing/visits_2026-11-22.csv", visits)
    workspace.put("housing/housing_2026-11-22.csv", visits)
    workspace.put(
        "housing/housing_2026-11-15.csv", '<?xml version="1.0"?><Message><Children><Child/></Children></Message>'
    )
    workspace.put("cin_census/visits.csv", visits)
    told = {r.files[0]: (r.outcome, r.message) for r in workspace.load().receipts}
    assert len(told) == 4
    for name, (outcome, message) in told.items():
        belongs = "cin_census" if name.endswith("11-15.csv") else "visits"
        assert outcome == "refused", name
        assert f"Move it to extracts/{belongs}." in message, name
    assert workspace.lake.ledger().is_empty()


def test_unknown_folders_and_loose_files_are_said_and_bystanders_counted(workspace):
    workspace.put("visitz/a.csv", "x")
    workspace.put("visits_2026-11-22.csv", "x")
    workspace.put("visits/README.md", "x")
    workspace.put("visits/.DS_Store", "x")
    workspace.put("visits/~$visits.xlsx", "x")
    report = workspace.load()
    assert report.n_ignored == 3
    loose, folder = sorted(report.receipts, key=lambda r: r.files[0].endswith("/"))
    assert "Move it to extracts/visits." in loose.message
    assert "Use one of: accident_and_emergency" in folder.message
    assert (loose.outcome, folder.outcome) == ("refused", "refused")


def test_no_extracts_at_all_is_an_empty_report(workspace):
    assert workspace.load().receipts == ()


def test_a_full_disk_stops_the_load_and_what_stood_before_stands(workspace, monkeypatch):
    workspace.put("supervision/supervision_2026-11-15.csv", supervision(2))
    workspace.load()
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(3))

    def full(self, draft):
        raise DiskFullError("There is no room.")

    monkeypatch.setattr(Lake, "append_load", full)
    with pytest.raises(DiskFullError):
        workspace.load()
    monkeypatch.undo()
    assert workspace.read("supervision").height == 2
    assert [r.outcome for r in workspace.load().receipts] == ["loaded", "nothing_new"]


def test_raw_files_are_kept_as_they_came(workspace):
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(2))
    workspace.load()
    (sha256,) = workspace.lake.known_files()
    assert (workspace.path / "lake" / "raw" / sha256).read_bytes() == supervision(2).encode()


@pytest.mark.parametrize("source", [s for s, c in CATALOGUE.sources.items() if c.format == "delimited"])
def test_a_sample_of_each_tabular_feed_loads_whole(workspace, source):
    rows = sample(CATALOGUE.table(source), 12, seed=3)
    workspace.put(f"{source}/{source}_2026-11-22.csv", rows.write_csv())
    receipt = only(workspace.load())
    assert receipt.outcome == "loaded"
    assert (receipt.n_accepted, receipt.n_quarantined) == (rows.height, 0)
    assert workspace.read(source).select(rows.columns).equals(rows)


def test_a_reason_never_holds_a_persons_value(workspace):
    table = CATALOGUE.table("police_notifications")
    rows = sample(table, 30, seed=5).with_columns(
        pl.lit("Zebedee").alias("surname"), pl.lit("Zebedee").alias("incident_type")
    )
    workspace.put("police_notifications/police_notifications_2026-11-22.csv", rows.write_csv())
    held = only(workspace.load())
    assert (held.outcome, held.alarms) == ("held", ("few_rows_break_rules",))
    assert "Zebedee" not in json.dumps(held.facts())
    receipt = only(workspace.load(accept=True, accepted_by="An Analyst: to be mended at the source"))
    assert receipt.n_quarantined == 30
    assert "Zebedee" not in json.dumps(receipt.ledger_facts())
    told = workspace.lake.quarantine()
    assert not told["reasons"].explode().str.contains("Zebedee").any()
    assert told["raw"].str.contains("Zebedee").all()


def test_the_same_extracts_make_the_same_rows(tmp_path):
    found = []
    for name in ("one", "two"):
        workspace = Workspace(tmp_path / name)
        workspace.put("visits/visits_2026-11-22.csv", sample(CATALOGUE.table("visits"), 40, seed=2).write_csv())
        workspace.load()
        found.append(workspace.read("visits"))
    assert found[0].equals(found[1])


RESTRICTED = "person_id,reason,start_date,end_date\n"


def test_a_person_on_the_restricted_list_counts_whatever_else_is_wrong_in_the_row(workspace):
    workspace.put(
        "restricted/restricted_2026-11-15.csv",
        RESTRICTED + "C1,covert_address,2026-01-01,\nC2,covert_address,2026-01-01,\nC9,sealed_record,2025-01-01,\n",
    )
    workspace.put(
        "restricted/restricted_2026-11-22.csv",
        RESTRICTED
        + "C1,covert adress,2026-01-01,\nC2,covert_address,31/02/2026,\nC3,sealed_record,2026-02-01,2026-01-01\n"
        "C4,staff_family,2026-03-01,\nC5,sealed_record,2026-01-01,\nC5,sealed_record,2026-02-01,\n",
    )
    _, receipt = workspace.load(accept=True, accepted_by="a test").receipts
    assert (receipt.n_accepted, receipt.n_quarantined) == (1, 5)
    rows = workspace.read("restricted")
    assert rows["person_id"].to_list() == ["C1", "C2", "C3", "C4", "C5"]
    assert rows.filter(pl.col("person_id") != "C4").select("reason", "start_date", "end_date").null_count().row(0) == (
        4,
        4,
        4,
    ), "nothing of a row that was held back is believed but whom it names"


@pytest.mark.parametrize(
    "row", [",covert_address,2026-01-01,", "C 1,covert_address,2026-01-01,", "C,1,covert_address,2026-01-01,"]
)
def test_a_row_of_the_restricted_list_that_names_nobody_readable_stands_without_a_name(workspace, row):
    workspace.put(
        "restricted/restricted_2026-11-22.csv",
        RESTRICTED + row + "\n" + "".join(f"D{n},sealed_record,2026-01-01,\n" for n in range(6)),
    )
    assert only(workspace.load()).n_quarantined == 1
    assert workspace.read("restricted")["person_id"].null_count() == 1


@pytest.mark.parametrize("row", ["C1,covert_address", "C1,covert,address,2026-01-01,", "covert_address,C1"])
def test_a_row_of_the_restricted_list_with_a_field_too_few_or_too_many_names_whom_it_names(workspace, row):
    workspace.put(
        "restricted/restricted_2026-11-22.csv",
        RESTRICTED + row + "\n" + "".join(f"D{n},sealed_record,2026-01-01,\n" for n in range(6)),
    )
    assert only(workspace.load()).n_quarantined == 1
    people = workspace.read("restricted")["person_id"]
    assert people.null_count() == 0
    assert sorted(people.to_list()) == ["C1", *(f"D{n}" for n in range(6))]


def test_a_worker_whose_row_is_held_back_keeps_the_former_row(workspace):
    header = "worker_id,surname,unit,role,fte,start_date,end_date\n"

    def rows(first, second):
        whole = [f"W{n},Name,unit_north,social_worker,1.0,2020-01-01," for n in range(3, 15)]
        return header + "\n".join([first, second, *whole]) + "\n"

    sound = [f"W{n},Name,unit_north,social_worker,1.0,2020-01-01," for n in (1, 2)]
    workspace.put("roster/roster_2026-11-15.csv", rows(*sound))
    spoilt = ["W1,Name,unit_north,ZZTOP,,2020-01-01,", "W2,Name,more,unit_north,social_worker,1.0,2020-01-01,"]
    workspace.put("roster/roster_2026-11-22.csv", rows(*spoilt))
    _, receipt = workspace.load().receipts
    assert receipt.n_quarantined == 2
    assert receipt.message.endswith("2 former records stand in place of what is quarantined.")
    roster = workspace.read("roster").filter(pl.col("worker_id").is_in(["W1", "W2"]))
    assert roster["unit"].to_list() == ["unit_north", "unit_north"]
    assert roster["role"].to_list() == ["social_worker", "social_worker"]


def test_a_day_that_has_not_come_waits_for_its_date_to_be_corrected_whoever_accepts_it(workspace):
    name = "supervision/supervision_{}.csv"
    workspace.put(name.format("2026-11-22"), supervision(30))
    workspace.load()
    wrong = supervision(30) + "W98,2026-11-02,\n"
    workspace.put(name.format("2062-11-29"), wrong)
    held = [r for r in workspace.load(accept=True, accepted_by="A Person: it is right").receipts if r.files]
    assert [(r.outcome, r.n_held) for r in held] == [("held", 31)]
    assert "covers up to 2062-11-29, a day that has not come. Correct the date in the file's name" in held[0].message
    (workspace.path / "extracts" / name.format("2062-11-29")).rename(
        workspace.path / "extracts" / name.format("2026-11-29")
    )
    assert [r.outcome for r in workspace.load().receipts] == ["loaded", "nothing_new"]
    assert workspace.read("supervision").height == 31
    workspace.put(name.format("2026-12-01"), supervision(31))
    assert "loaded" in [r.outcome for r in workspace.load().receipts], "the next day is within what clocks differ"


def test_a_synthetic_authority_is_loaded_up_to_the_day_that_it_was_made_to(workspace):
    workspace.put("supervision/supervision_2027-03-07.csv", supervision(2))
    assert only(workspace.load()).outcome == "held"
    made = {"name": "S", "code": "000", "synthetic": True, "synthetic_until": date(2027, 3, 7)}
    assert only(workspace.load(settings=parse_settings({"authority": made}))).outcome == "loaded"


def test_beside_a_list_that_was_dated_wrongly_before_nothing_is_history(workspace):
    """Ledgers from before such a delivery was held may have one."""
    workspace.put("supervision/supervision_2062-11-29.csv", supervision(100))
    workspace.load(clock=lambda: datetime(2062, 11, 30, tzinfo=UTC))
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(100))
    workspace.put("supervision/supervision_2026-11-29.csv", supervision(10))
    first, second, _ = workspace.load().receipts
    assert not [note for note in first.notes if "older than the latest" in note.what]
    assert (second.outcome, second.alarms) == ("held", ("rows_did_not_fall",))


@pytest.mark.parametrize(
    "left",
    ["{}.csv~", "{}.csv.bak", "{}.csv.filepart", "{}.csv.part", "{}.csv.crdownload", ".{}.csv.swp", "{}.old", "{}.orig",
     "{}.tmp", "~${}.xlsx", ".DS_Store", "Thumbs.db", "#{}.csv#"],
)  # fmt: skip
def test_what_another_program_left_beside_a_list_is_not_a_list(workspace, left):
    day = "supervision_2026-11-29"
    workspace.put(f"supervision/{day}.csv", supervision(20))
    workspace.put(f"supervision/{left.format(day)}", supervision(19))
    report = workspace.load()
    assert [r.outcome for r in report.receipts] == ["loaded"]
    assert report.n_ignored == 1
    assert workspace.read("supervision").height == 20


@pytest.mark.parametrize("ending", [".csv1", ".docx", ".eml", ".csv_sent"])
def test_a_file_that_is_no_list_by_its_name_is_refused_with_what_to_do(workspace, ending):
    workspace.put("supervision/supervision_2026-11-29.csv", supervision(20))
    workspace.put(f"supervision/supervision_2026-11-29{ending}", supervision(19))
    told = {r.outcome: r.message for r in workspace.load().receipts}
    assert set(told) == {"loaded", "refused"}
    assert f"ends in {ending} is no list" in told["refused"]
    assert workspace.read("supervision").height == 20


@pytest.mark.parametrize("name", ["supervision_2026-11-29", "supervision_2026-11-29.TXT", "supervision 2026-11-29.tsv"])
def test_lists_in_text_end_in_several_ways(workspace, name):
    workspace.put(f"supervision/{name}", supervision(3))
    assert only(workspace.load()).outcome == "loaded"


def test_several_full_lists_of_one_day_wait_until_one_is_left(workspace):
    workspace.put("supervision/supervision_2026-11-29.csv", supervision(20))
    workspace.put("supervision/supervision new 2026-11-29.csv", supervision(19))
    workspace.put("supervision/supervision_2026-11-22.csv", supervision(20))
    report = workspace.load()
    assert sorted(r.outcome for r in report.receipts) == ["held", "held", "loaded"]
    assert "2 different full lists of this source for the same day" in report.receipts[1].message
    (workspace.path / "extracts/supervision/supervision new 2026-11-29.csv").unlink()
    assert [r.outcome for r in workspace.load().receipts] == ["loaded", "nothing_new"]
    workspace.put("supervision/supervision corrected 2026-11-29.csv", supervision(19))
    corrected = workspace.load().receipts[0]
    assert corrected.outcome == "loaded", "what comes after another was loaded is a correction"
    assert any("a further delivery for the same day" in note.what for note in corrected.notes)


@pytest.mark.parametrize(
    "copy",
    ["Copy of {}_2026-11-29.csv", "{} - Copy 2026-11-29.csv", "{}_2026-11-29 - Copy.csv", "{}_2026-11-29 copy.csv"],
)
def test_a_copy_waits_also_where_deliveries_add_up(workspace, copy):
    rows = sample(CATALOGUE.table("visits"), 6, seed=1)
    workspace.put("visits/visits_2026-11-29.csv", rows.write_csv())
    workspace.put(f"visits/{copy.format('visits')}", rows.head(5).write_csv())
    told = {r.outcome: r.message for r in workspace.load().receipts}
    assert set(told) == {"loaded", "held"}
    assert "says that it is a copy" in told["held"]
