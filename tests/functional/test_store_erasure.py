"""A person taken out: of every version, every table, every raw copy, and out of the tables' own logs."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import START, File, World

from fi_workbench.errors import StoreError, WrongUseError
from fi_workbench.store import AuditLog, LoadDraft, Pin, Run

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
CHILD, SURNAME, NHS, CLIENT, PERSON = "CHILD77777", "Zwerbinska", "9434765919", "CLIENT8888", "PPSEUDONYM1"
SECRETS = (CHILD, SURNAME, NHS, CLIENT)


class Erasable(World):
    """A world in which one person is everywhere."""

    def deliver_file(
        self, source: str, as_of: date, text: str, rows: list[tuple[object, ...]], refused: list[str]
    ) -> None:
        path = self.folder.parent / f"{source}_{as_of}.csv"
        path.write_text(text)
        sha256 = self.lake.keep_raw(path)
        draft = self.draft(source, as_of, {source: rows}, refused=refused)
        tables = {source: self.frame(source, rows, sha256)}
        changed = {**vars(draft), "files": [File(path.name, sha256)], "tables": tables}
        self.lake.append_load(LoadDraft(**changed))
        path.unlink()

    def make(self, week: str, as_of: date) -> Run:
        pin = self.lake.pin(as_of)
        run = self.lake.open_run(
            week, pin=pin, settings_fingerprint="f", settings_text="t", model_version=None, code_version="1",
            made_at=START,
        )  # fmt: skip
        register, partner = self.lake.read("register", pin), self.lake.read("partner", pin)
        pseudonyms = pl.when(pl.col("person_id") == CHILD).then(pl.lit(PERSON)).otherwise("P" + pl.col("person_id"))
        who = register.select(pseudonyms.alias("person_id"), case_reference="person_id", family_id=pl.lit("F1"))
        linked = pl.when(pl.col("client_id") == CLIENT).then(pl.lit(PERSON)).otherwise(None)
        whose = partner.select(pl.lit("partner").alias("source"), "row_id", linked.alias("person_id"))
        trace = self.lake.read("visits", pin)["row_id"].to_list()
        actions = pl.DataFrame(
            [{"unit": "north", "n": len(trace), "trace": trace}], schema_overrides={"trace": pl.List(pl.String)}
        )
        frames = {"who": who, "whose": whose, "actions": actions}
        for name, frame in frames.items():
            self.lake.write_week_table(week, run.run_id, name, frame)
        rows = {name: frame.height for name, frame in frames.items()}
        self.lake.record_stage(week, run.run_id, "all", "f", rows, recorded_at=START)
        return self.lake.close_run(week, run.run_id, at=START)


@pytest.fixture
def world(tmp_path: Path, peopled: Path) -> Erasable:
    """A copy to erase from."""
    shutil.copytree(peopled, tmp_path / "lake")
    return Erasable(tmp_path / "lake")


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two full deliveries, visits, a partner feed and three weeks, the first of which knew nobody."""
    world = Erasable(tmp_path_factory.mktemp("peopled") / "lake")
    world.make("2026-W01", date(2026, 1, 4))
    others = [(f"C{i}", None, f"Surname{i}", None) for i in range(20)]
    for as_of, mother in ((JAN, None), (FEB, CHILD)):
        rows = [*others, (CHILD, None, SURNAME, NHS), ("C99", mother, "Other", None)]
        text = "\n".join(["id,mother,surname,nhs", *(",".join(v or "" for v in row) for row in rows)])
        world.deliver_file("register", as_of, text, rows, [f"{CHILD},{SURNAME},31/02", "C5,ok"])
    visits = [(CHILD, JAN, True, "W1"), ("C1", JAN, True, "W1")]
    world.deliver_file("visits", JAN, f"id,date\n{CHILD},x\nC1,x\n", visits, [])
    world.deliver_file(
        "partner", JAN, f"client,nhs\n{CLIENT},\nother,\n", [(CLIENT, None, SURNAME), ("other", None, "Y")], []
    )
    world.deliver_file("partner", FEB, f"client,nhs\nby_number,{NHS}\n", [("by_number", NHS, "Zw.")], [])
    world.make("2026-W05", date(2026, 2, 1))
    world.make("2026-W10", date(2026, 3, 8))
    world.lake.decide("link", PERSON, {"same_as": "x"}, by="A", reason=f"about {PERSON}", at=AT)
    world.lake.decide("link", "P2", {"person": CHILD}, by="A", reason="r", at=AT)
    world.lake.decide("link", "P3", {"person": "C1"}, by="A", reason="keep", at=AT)
    world.lake.maintain()
    return world.folder


def everything(folder: Path) -> str:
    """Every byte of a folder as text, and every value of every data file in it, whatever version it belongs to."""
    texts = []
    for path in sorted(folder.rglob("*")):
        texts.append(path.name)
        if path.suffix == ".parquet":
            texts.append(pl.read_parquet(path, hive_partitioning=False).write_ndjson())
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


def test_nothing_of_the_person_is_left_in_any_file(world: Erasable) -> None:
    before = everything(world.folder)
    assert all(secret in before for secret in SECRETS)
    audit = AuditLog(world.folder.parent)
    report = world.lake.erase(person_references=[CHILD], by="D. Officer", reason="court order", at=AT, audit=audit)
    after = everything(world.folder)
    assert [secret for secret in SECRETS if secret in after] == []
    assert "Surname5" in after
    assert report.rows_removed == {"partner": 2, "register": 1, "visits": 1, "who": 2, "whose": 3}
    assert report.rows_blanked == {"actions": 2, "register": 1}
    assert (report.n_quarantined, report.n_decisions) == (2, 2)
    assert [secret for secret in SECRETS if secret in str(report) + repr(report) + everything(audit.path.parent)] == []
    lines = audit.lines()
    assert [line["what"] for line in lines] == ["began to erase a person", "erased a person"]
    assert {line["about"] for line in lines} == {PERSON}
    assert lines[1]["rows_removed"] == 9


def test_others_stay_as_they_were(world: Erasable) -> None:
    pins = [world.lake.pin(day) for day in (JAN, FEB, MAR)]
    before = [world.lake.read("register", pin) for pin in pins]
    world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    later = world.again()
    for pin, frame in zip(pins, before, strict=True):
        kept = frame.filter(pl.col("person_id") != CHILD).with_columns(
            mother_person_id=pl.when(pl.col("mother_person_id") == CHILD).then(None).otherwise("mother_person_id")
        )
        assert later.read("register", pin).equals(kept)
    assert later.read("visits", pins[2])["child_id"].to_list() == ["C1"]
    assert later.quarantine()["raw"].to_list() == ["C5,ok", "C5,ok"]
    assert later.decisions("link")["subject"].to_list() == ["(erased)", "(erased)", "P3"]
    assert later.ledger().height == 5
    assert later.known_files() == world.lake.known_files()


def test_the_weeks_that_had_read_it_are_named_and_say_so_from_then_on(world: Erasable) -> None:
    pin = world.lake.pin(date(2026, 3, 8))
    report = world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert report.weeks == ("2026-W05", "2026-W10")
    lake = world.again()
    assert lake.current_run("2026-W01").erasure_touched == ()
    assert lake.current_run("2026-W05").erasure_touched == (report.name,)
    remade = lake.open_run(
        "2026-W10", pin=Pin(pin.as_of, pin.load_id, 0), settings_fingerprint="other", settings_text="t",
        model_version=None, code_version="1", made_at=AT,
    )  # fmt: skip
    assert remade.erasure_touched == (report.name,)
    assert lake.read_week_table("2026-W10", "who").height == 21
    trace = lake.read_week_table("2026-W10", "actions")["trace"].to_list()[0]
    assert len(trace) == 1


def test_a_week_that_only_read_the_person_is_named_and_one_that_could_not_is_not(tmp_path: Path) -> None:
    world = Erasable(tmp_path / "lake")
    world.deliver("register", FEB, {"register": [(CHILD, None, SURNAME, None)]})
    world.deliver("visits", JAN, {"visits": []})  # history that came later: a pin for January has its number
    for week, as_of in (("2026-W05", JAN), ("2026-W09", FEB)):
        pin = world.lake.pin(as_of)
        run = world.lake.open_run(
            week, pin=pin, settings_fingerprint="f", settings_text="t", model_version=None, code_version="1",
            made_at=START,
        )  # fmt: skip
        world.lake.record_stage(week, run.run_id, "counted", "f", {}, recorded_at=START)
        assert pin.load_id == 2
    assert world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT).weeks == ("2026-W09",)


def test_a_number_that_two_people_bear_is_not_followed(tmp_path: Path) -> None:
    world = Erasable(tmp_path / "lake")
    world.deliver("register", JAN, {"register": [(CHILD, None, "A", NHS), ("C2", None, "B", NHS)]})
    world.deliver("partner", JAN, {"partner": [("K1", NHS, "B")]})
    world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert [row[0] for row in world.known("register", JAN)] == ["C2"]
    assert world.known("partner", JAN) == [("K1", NHS, "B")]


def test_raw_copies_are_rewritten_and_the_delivered_files_named(world: Erasable) -> None:
    report = world.lake.erase(person_references=[CHILD, CLIENT], by="D", reason="r", at=AT)
    assert report.raw_copies == 5
    assert report.delivered_files == (
        "partner_2026-01-31.csv", "partner_2026-02-28.csv", "register_2026-01-31.csv", "register_2026-02-28.csv",
        "visits_2026-01-31.csv",
    )  # fmt: skip
    raw = [path.read_text() for path in (world.folder / "raw").iterdir()]
    assert any("Surname5" in text for text in raw)
    assert "Delete these from the extracts folder" in str(report)


def test_a_person_delivered_again_is_a_new_row(world: Erasable) -> None:
    world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    old = world.lake.pin(MAR)
    world.deliver("register", MAR, {"register": [(CHILD, None, SURNAME, NHS)]})
    assert world.known("register", MAR) == [(CHILD, None, SURNAME, NHS)]
    assert CHILD not in world.lake.read("register", old)["person_id"].to_list()


@pytest.mark.parametrize("dies_at", [0, 2, 4, 5, 6, 7, 8])
def test_an_erasure_that_died_is_finished_by_doing_it_again(
    world: Erasable, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    from fi_workbench.store import delta

    replace, calls = delta.replace, iter(range(100))

    def die(*arguments: object, **more: object) -> None:
        if next(calls) == dies_at:
            raise KeyboardInterrupt
        replace(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(delta, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    monkeypatch.undo()
    assert world.again().current_run("2026-W10").erasure_touched == ("erasure 1",)
    report = world.again().erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert report.weeks == ("2026-W05", "2026-W10")
    assert [secret for secret in SECRETS if secret in everything(world.folder)] == []
    assert PERSON not in everything(world.folder / "weeks")


def test_nobody_has_such_a_reference(world: Erasable) -> None:
    before = world.lake.read("register", world.lake.pin(MAR))
    workbook = world.folder / "raw" / ("0" * 64)
    workbook.write_bytes(b"PK\x03\x04\0cannot be searched")  # an erasure of somebody deletes such a copy
    files = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match="Nobody in the lake"):
        world.lake.erase(person_references=["UNKNOWN1"], by="D", reason="r", at=AT)
    assert world.lake.read("register", world.lake.pin(MAR)).equals(before)
    assert {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize(("references", "reason"), [([], "r"), ([" "], "r"), ([CHILD], f"request of {CHILD}")])
def test_a_request_that_cannot_be_meant_is_refused_without_its_values(
    world: Erasable, references: list[str], reason: str
) -> None:
    with pytest.raises(WrongUseError) as caught:
        world.lake.erase(person_references=references, by="D", reason=reason, at=AT)
    assert CHILD not in str(caught.value)
