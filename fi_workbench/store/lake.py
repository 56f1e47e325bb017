"""The door of the lake."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store import quarantine, raw_files, source_tables, week_tables
from fi_workbench.store.audit import AuditLog
from fi_workbench.store.consultations import Consultations
from fi_workbench.store.decisions import Decisions
from fi_workbench.store.erasure import ErasureReport, Erasures
from fi_workbench.store.freshness import freshness
from fi_workbench.store.ledger import Ledger, in_force
from fi_workbench.store.maintenance import MaintenanceReport, maintain
from fi_workbench.store.place import Place, place_of
from fi_workbench.store.records import LoadDraft, LoadEntry, Pin, Run, StageRecord, WrittenTable
from fi_workbench.store.runs import Runs
from fi_workbench.store.writing import OpenLoad

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue


class Lake:
    """All that an authority's workspace has stored.

    Writers hold the workspace's lock (`workspace_lock`); readers need none.
    """

    def __init__(self, place: Place, catalogue: Catalogue) -> None:
        self._place = place
        self._catalogue = catalogue
        self._ledger = Ledger(place)
        self._decisions = Decisions(place)
        self._consultations = Consultations(place)
        self._runs = Runs(place)
        self._erasures = Erasures(place, catalogue, self._ledger, self._runs, self._decisions)
        self._written: dict[tuple[str, str, str], WrittenTable] = {}

    @classmethod
    def open(cls, location: str | Path, catalogue: Catalogue) -> Lake:
        """Open the lake at a folder or URI; a local folder is made when absent.

        Raises:
            StoreError: the folder is one that a cloud client synchronises.
        """
        place = place_of(location)
        if place.folder is not None:
            place.folder.mkdir(mode=raw_files.OWNER_FOLDER, parents=True, exist_ok=True)
        return cls(place, catalogue)

    @property
    def location(self) -> str:
        """Where it is."""
        return self._place.root

    # Deliveries

    def append_load(self, draft: LoadDraft) -> LoadEntry:
        """Append a delivery: its tables first, its ledger entry last. Until then nobody sees any of it.

        Raises:
            DiskFullError: no room; the lake reads as before.
            StoreError: another load ran at the same time, or the rows do not fit the contract's columns.
        """
        load = self.open_load(draft)
        load.add(draft.tables, draft.quarantine, draft.held_back)
        return load.publish(draft)

    def open_load(self, draft: LoadDraft) -> OpenLoad:
        """Begin a delivery that comes in parts; it is seen once it is published, and else withdrawn."""
        return OpenLoad(self._place, self._catalogue, self._ledger, draft)

    def ledger(self) -> pl.DataFrame:
        """Every delivery that is visible. GRAIN one row per load, by load_id; `receipt` is JSON text."""
        return self._ledger.entries()

    def known_files(self) -> frozenset[str]:
        """The sha256 of every file that has been loaded."""
        return self._ledger.known_files()

    def latest_as_of(self) -> date | None:
        """The latest day that any delivery declares to cover; None when nothing was loaded."""
        return self._ledger.latest_as_of()

    def quarantine(self) -> pl.DataFrame:
        """Refused rows of visible deliveries. GRAIN one row per refused record, by load, table, file and record."""
        return quarantine.read(self._place, self._ledger)

    def n_quarantined(self, pin: Pin, *, before: Pin | None) -> int:
        """How many rows are quarantined of the deliveries in force that a pin sees and an earlier one did not."""
        seen = in_force(self._ledger.seen(pin))
        if before is not None:
            known = (pl.col("as_of") <= before.as_of) & (pl.col("load_id") <= before.load_id)
            seen = seen.filter(~known)
        return int(seen["n_quarantined"].sum())

    # Reading as known

    def pin(self, as_of: date) -> Pin:
        """Everything ledgered and decided so far, up to an as-of date; load 0 when nothing was known by then."""
        known = self._ledger.entries().filter(pl.col("as_of") <= as_of)["load_id"].max()
        return Pin(as_of, known if isinstance(known, int) else 0, self._decisions.last())

    def read(self, table: str, pin: Pin) -> pl.DataFrame:
        """A source table as known at a pin: its contract's columns and the clocks, sorted by key.

        Returns:
            GRAIN as the table's contract says. Typed and empty when the source was never loaded.
        """
        contract = self._catalogue.table(table)
        return source_tables.read_at(self._place, contract, self._ledger, self._ledger.seen(pin))

    def read_each(self, columns: Mapping[str, Sequence[str]], pin: Pin) -> Iterator[tuple[str, pl.DataFrame]]:
        """Columns of several source tables, one table after another: quicker than `read` of each.

        Args:
            columns: the columns that are wanted, by table.
            pin: what was known.

        Yields:
            The table's name and what `read` gives, without the other columns.
        """
        tables = [(self._catalogue.table(name), each) for name, each in columns.items()]
        frames = source_tables.read_each(self._place, tables, self._ledger, self._ledger.seen(pin))
        yield from zip(columns, frames, strict=True)

    def source_freshness(self, pin: Pin, *, stale_days: int = 14, at: date | None = None) -> pl.DataFrame:
        """Say of every source whether it is fresh, old or absent; age is counted from the pin's as-of date or `at`.

        Returns:
            `source_freshness`. GRAIN one row per source that is expected or was loaded, by source.
        """
        seen = self._ledger.seen(pin)
        return freshness(seen, self._catalogue.sources, at or pin.as_of, stale_days=stale_days)

    # Weeks

    def open_run(
        self,
        week: str,
        *,
        pin: Pin,
        settings_fingerprint: str,
        settings_text: str,
        model_version: str | None,
        code_version: str,
        made_at: datetime,
    ) -> Run:
        """Begin a run of a week, or come back to the one that was begun from the same inputs."""
        return self._runs.open(
            week,
            pin=pin,
            settings_fingerprint=settings_fingerprint,
            settings_text=settings_text,
            model_version=model_version,
            code_version=code_version,
            made_at=made_at,
            erasures=self._erasures.touching(pin),
        )

    def close_run(self, week: str, run_id: str, *, at: datetime, outcome: str = "complete") -> Run:
        """Say that a run is finished: from now on it is the week's current run."""
        return self._runs.close(week, run_id, at=at, outcome=outcome)

    def current_run(self, week: str) -> Run | None:
        """The run finished last; before any is finished, the one opened last; None when there is none."""
        return self._runs.current(week)

    def runs(self, week: str | None = None) -> tuple[Run, ...]:
        """Every run: finished ones in the order of finishing, then open ones."""
        return self._runs.all(week)

    def write_week_table(self, week: str, run_id: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Check a derived table against its contract and store it; readers see it once its stage is recorded.

        Returns:
            The rows as stored: the contract's columns in its order, sorted by key.

        Raises:
            ContractError: the frame breaks its contract.
            DiskFullError: no room; what stood before still stands.
        """
        from fi_workbench.contracts import validate  # noqa: PLC0415 - opened on first use

        contract = self._catalogue.table(table)
        checked = validate(frame, contract)
        self._written[week, run_id, table] = week_tables.write(self._place, week, contract, checked)
        return checked

    def record_stage(
        self,
        week: str,
        run_id: str,
        stage: str,
        fingerprint: str,
        rows: Mapping[str, int],
        *,
        recorded_at: datetime,
    ) -> None:
        """Say that a stage is done, after its tables were written: from here on they can be read.

        `rows` counts, by table, what this process wrote with `write_week_table`.

        Raises:
            StoreError: a table was not written, or not with so many rows.
        """
        written = []
        for table, n_rows in rows.items():
            kept = self._written.get((week, run_id, table))
            if kept is None or kept.n_rows != n_rows:
                raise StoreError(
                    "A stage cannot be recorded before its tables are written.",
                    where=f"{week}, stage {stage}, table {table}",
                    how_many=f"{kept.n_rows if kept else 0} rows written, {n_rows} to record",
                )
            written.append(kept)
        self._runs.record(week, run_id, stage, fingerprint, written, at=recorded_at)

    def stage_done(self, week: str, run_id: str, stage: str, fingerprint: str) -> bool:
        """Whether a stage of a run was done, last from these very inputs."""
        record = self._runs.stage(week, run_id, stage)
        return record is not None and record.fingerprint == fingerprint

    def stages(self, week: str, run_id: str) -> tuple[StageRecord, ...]:
        """The stages recorded for a run, oldest first."""
        return self._runs.stages(week, run_id)

    def read_week_table(self, week: str, table: str, run_id: str | None = None) -> pl.DataFrame:
        """A derived table of a week, from the current run or the one named, with a column `week` at the end.

        A stage of an open run must name its run: until a run is closed, the one closed before it stays current.

        Returns:
            GRAIN as the table's contract says, sorted by key.

        Raises:
            StoreError: no run of the week has made the table.
        """
        contract = self._catalogue.table(table)
        if run_id is None:
            run = self._runs.current(week)
            run_id = run.run_id if run else ""
        content = self._runs.content(week, run_id, table)
        if content is None:
            raise StoreError(
                f"The table {table} has not been made for this week.",
                where=week,
                next_step=f"Run `fi-workbench weekly --week {week}`.",
            )
        return week_tables.read(self._place, week, contract, content).with_columns(week=pl.lit(week))

    # People's decisions

    def decide(
        self, kind: str, subject: str, decision: Mapping[str, Any], *, by: str, reason: str, at: datetime
    ) -> int:
        """Write down what a person decided; it holds for pins made from now on."""
        return self._decisions.add(kind, subject, decision, by=by, reason=reason, at=at)

    def decisions(self, kind: str, pin: Pin | None = None) -> pl.DataFrame:
        """Decisions of a kind, oldest first. GRAIN one row per decision; `decision` is JSON text."""
        return self._decisions.of(kind, pin)

    # Questions asked of the evidence

    def consult(self, kind: str, question: str, content: Mapping[str, Any], *, at: datetime) -> int:
        """Write down what was asked or chosen, without a reference to anybody; no pin changes by it."""
        return self._consultations.add(kind, question, content, at=at)

    def consultations(self, kind: str, question: str | None = None) -> pl.DataFrame:
        """What was asked or chosen, oldest first. GRAIN one row per consultation; `content` is JSON text."""
        return self._consultations.of(kind, question)

    # Raw copies

    def keep_raw(self, path: Path) -> str:
        """Keep a delivered file as it came, under the hash of its bytes; return the hash."""
        return raw_files.keep(self._place, path)

    # Erasing and upkeep

    def erase(
        self,
        *,
        person_references: Collection[str],
        by: str,
        reason: str,
        at: datetime,
        audit: AuditLog | None = None,
    ) -> ErasureReport:
        """Take people out of every version of every table, the quarantine, the decisions and the raw copies.

        Every run that had read what is gone is marked, and a later run from the same pin says so too. What is
        remembered is who asked, when, why, and the person's pseudonym. No reader may be at work meanwhile, since the
        files of former versions go at once.

        Args:
            person_references: case numbers; a UPN or NHS number recorded for them alone, and partner rows that were
                linked to them, are followed. A partner's own id that was never linked is given here too.
            by: the person who decided it.
            reason: why, without identifiers.
            at: when.
            audit: the workspace's audit log.

        Raises:
            WrongUseError: no reference is given, or the reason contains one.
            StoreError: nobody has such a reference, or a number of the person is left in something stored.
            DiskFullError: no room to rewrite; run it again once there is.
        """
        return self._erasures.erase(person_references, by=by, reason=reason, at=at, audit=audit)

    def maintain(self) -> MaintenanceReport:
        """Join small files and remove those that no version of the last week names; no read changes by it."""
        return maintain(self._place, self._catalogue, self._ledger, self._runs)
