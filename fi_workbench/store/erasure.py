"""Taking people out of the lake for good: every version, every derived table, every raw copy.

Found first, then marked, then rewritten: if it dies in between, the weeks that it touched are marked already, and
doing it again finishes it. The conditions in the tables' logs hold row numbers and hashes, never identifiers.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from fi_workbench.errors import StoreError, WrongUseError
from fi_workbench.store import delta, quarantine, raw_files, source_tables, week_tables
from fi_workbench.store.audit import AuditLog
from fi_workbench.store.decisions import Decisions
from fi_workbench.store.following import depths, follow
from fi_workbench.store.journal import Journal
from fi_workbench.store.ledger import Ledger
from fi_workbench.store.names import Names, expand, says_numbers, says_pseudonym, says_whose_row
from fi_workbench.store.numbered import ROW_NUMBER
from fi_workbench.store.parting import Parting, naming_columns, part, part_of_text, text_columns
from fi_workbench.store.place import Place
from fi_workbench.store.records import Pin, Run
from fi_workbench.store.redaction import in_text, names_any, without
from fi_workbench.store.runs import Runs

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue, Table

ERASED = "(erased)"
BEGUN = "begun"
FINISHED = "finished"

_OF_THE_STORE = ("row_id", "week", "content")
"""Columns that the store adds to those of a contract."""

ERASURES: dict[str, pl.DataType] = {
    "erasure_id": pl.Int64(),
    "state": pl.String(),
    "about": pl.String(),
    "by": pl.String(),
    "reason": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "loads": pl.List(pl.Int64()),
    "weeks": pl.List(pl.String()),
}


@dataclass(frozen=True)
class ErasureReport:
    """What an erasure did.

    Attributes:
        name: what the touched runs call it.
        about: the pseudonyms of the person, which is all that is remembered.
        rows_removed: rows about the person, by table.
        rows_blanked: rows about others that named the person, by table.
        n_quarantined: refused records that held the person.
        n_decisions: people's decisions that were about the person, emptied.
        weeks: weeks with a run that had read what is gone; their published briefs should be looked at.
        raw_copies: raw copies rewritten without the person, or deleted where that could not be done.
        delivered_files: names of delivered files that held the person, or cannot be searched, as workbooks: they are
            still where they were dropped, and the source system still has the person.
    """

    name: str
    about: str
    rows_removed: Mapping[str, int]
    rows_blanked: Mapping[str, int]
    n_quarantined: int
    n_decisions: int
    weeks: tuple[str, ...]
    raw_copies: int
    delivered_files: tuple[str, ...]

    def __str__(self) -> str:
        """What to tell whoever asked for it."""
        removed, blanked = sum(self.rows_removed.values()), sum(self.rows_blanked.values())
        lines = [
            f"{removed} rows removed, the name taken out of {blanked} rows about others.",
            f"{self.n_quarantined} quarantined records and {self.n_decisions} decisions cleared.",
            f"{self.raw_copies} raw copies rewritten without the person, or deleted.",
            f"Weeks whose briefs should be looked at: {', '.join(self.weeks) or 'none'}.",
        ]
        if self.delivered_files:
            lines.append(f"Delete these from the extracts folder yourself: {', '.join(self.delivered_files)}.")
        lines.append("Have the person removed at the source too, or the next delivery brings the person back.")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Found:
    sources: Mapping[str, Parting]
    weeks: Mapping[str, Parting]
    loads: frozenset[int]

    @property
    def partings(self) -> dict[str, Parting]:
        return {**self.sources, **self.weeks}


class Erasures:
    """Every erasure so far, and the making of one."""

    def __init__(self, place: Place, catalogue: Catalogue, ledger: Ledger, runs: Runs, decisions: Decisions) -> None:
        self._place = place
        self._catalogue = catalogue
        self._ledger = ledger
        self._runs = runs
        self._decisions = decisions
        self._journal = Journal(place, "erasures", ERASURES)

    def touching(self, pin: Pin) -> list[str]:
        """The names of erasures that took away something that a pin could see."""
        seen = set(self._ledger.seen(pin)["load_id"].to_list())
        rows = self._journal.rows().iter_rows(named=True)
        return [_name(row["erasure_id"]) for row in rows if seen & set(row["loads"])]

    def erase(
        self, references: Collection[str], *, by: str, reason: str, at: datetime, audit: AuditLog | None
    ) -> ErasureReport:
        """Take people out of everything that the lake holds; see `Lake.erase`."""
        _check(references, reason)
        earlier = self._unfinished()
        names = expand(self._place, self._catalogue, references, [p for row in earlier for p in row["about"].split()])
        about = " ".join(sorted(names.pseudonyms))
        found = self._find(names)
        if not earlier and not self._is_known(names, found):  # a mistyped number must not cost a raw copy
            raise StoreError(
                "Nobody in the lake has such a reference. Nothing was changed.",
                how_many=f"{len(references)} looked for",
                next_step="Check the number: it is the one that the case management system has.",
            )
        if audit is not None:
            audit.write(by, "began to erase a person", at=at, about=about)
        runs = self._touched_runs(found)
        weeks = sorted({run.week for run in runs} | {week for row in earlier for week in row["weeks"]})
        begun = {"state": BEGUN, "about": about, "by": by, "reason": reason, "at": at}
        number = self._journal.write({**begun, "loads": sorted(found.loads), "weeks": weeks})
        for run in runs:
            self._runs.touch(run.week, run.run_id, _name(number), at=at)
        # What says who the person is goes last, so that an erasure that died can be done again by case number.
        n_decisions = self._clean_decisions(names.in_tables)
        n_quarantined = quarantine.rewrite(self._place, pl.col("raw").str.contains(f"(?m){in_text(names.in_raw)}"))
        files, raw_copies = self._clean_raw(names.in_raw)
        self._rewrite(found)
        self._check_nothing_left(names)
        self._journal.write({**begun, "state": FINISHED, "loads": [], "weeks": []})
        report = ErasureReport(
            name=_name(number),
            about=about,
            rows_removed={name: p.removed.height for name, p in found.partings.items() if p.removed.height},
            rows_blanked={name: p.blanked.height for name, p in found.partings.items() if p.blanked.height},
            n_quarantined=n_quarantined,
            n_decisions=n_decisions,
            weeks=tuple(weeks),
            raw_copies=raw_copies,
            delivered_files=files,
        )
        if audit is not None:
            removed = sum(report.rows_removed.values())
            facts: dict[str, str | int] = {"rows_removed": removed, "raw_copies": raw_copies, "weeks": " ".join(weeks)}
            audit.write(by, "erased a person", at=at, about=about, facts=facts)
        return report

    def _is_known(self, names: Names, found: _Found) -> bool:
        """Whether anything that can be searched names these people."""
        if found.partings or any(self._named_in_decisions(names.in_tables)):
            return True
        if quarantine.count(self._place, pl.col("raw").str.contains(f"(?m){in_text(names.in_raw)}")):
            return True
        kept = (raw_files.read_raw(self._place, sha256) for sha256 in raw_files.every(self._place))
        return any(names_any(content, names.in_raw) for content in kept if content is not None)

    def _unfinished(self) -> list[dict[str, Any]]:
        """Erasures that died before their end, the last of all if any: a later one finishes what they began."""
        rows = list(self._journal.rows().iter_rows(named=True))
        finished = [place for place, row in enumerate(rows) if row["state"] == FINISHED]
        return rows[finished[-1] + 1 if finished else 0 :]

    def _find(self, names: Names) -> _Found:
        sources: dict[str, Parting] = {}
        for table in self._tables(derived=False):
            rows = source_tables.stored_rows(self._place, table)
            parting = part(rows, table, names.in_tables, names.references)
            if parting.is_touched:
                sources[table.name] = parting
        follow(
            sources,
            self._tables(derived=False),
            stored=lambda table: source_tables.stored_rows(self._place, table),
            membership=self._ledger.membership,
        )
        loads: set[int] = set()
        row_ids = set(names.row_ids)
        for name, parting in sources.items():
            row_ids |= set(parting.removed["row_id"].to_list())
            numbers = pl.concat([parting.removed, parting.blanked]).select(ROW_NUMBER)
            held = self._ledger.membership(name)
            loads |= set(held.join(numbers, on=ROW_NUMBER, how="semi")["load_id"].to_list())
        weeks: dict[str, Parting] = {}
        for table in self._tables(derived=True):
            rows = week_tables.every_row(self._place, table)
            parting = part(rows, table, names.in_tables | row_ids, names.references)
            if parting.is_touched:
                weeks[table.name] = parting
        return _Found(sources, weeks, frozenset(loads))

    def _check_nothing_left(self, names: Names) -> None:
        """Search every text of every table as it is stored, also of columns that the contract no longer has.

        Raises:
            StoreError: something still holds a number of the person.
        """
        wanted = pl.Series(sorted(names.references), dtype=pl.String).implode()
        within = part_of_text(names.references)
        left: dict[str, int] = {}
        for table in self._catalogue.tables.values():
            where = source_tables if table.source else week_tables
            uri = where.table_uri(self._place, table.name)
            if not delta.exists(uri):
                continue
            rows = delta.scan(uri)
            texts = [name for name, dtype in rows.collect_schema().items() if dtype == pl.String]
            lost = [name for name in texts if name not in table.columns and name not in _OF_THE_STORE]
            holds = [pl.col(name).is_in(wanted) for name in texts if name in naming_columns(table)]
            if within is not None:
                searched = [*(name for name in text_columns(table) if name in texts), *lost]
                holds += [pl.col(name).str.contains(within) for name in searched]
            n = rows.filter(pl.any_horizontal(holds)).select(pl.len()).collect().item() if holds else 0
            if n:
                left[table.name] = n
        if left:
            raise StoreError(
                "The erasure is not done: stored rows still hold a number of the person.",
                where=", ".join(f"{name} ({n:,} rows)" for name, n in sorted(left.items())),
                next_step="Erase again; if it is said again, these tables have columns that their contracts lost.",
            )

    def _tables(self, *, derived: bool) -> list[Table]:
        tables = sorted(self._catalogue.tables.items())
        return [table for _, table in tables if bool(table.source) != derived]

    def _touched_runs(self, found: _Found) -> list[Run]:
        entries = self._ledger.entries().filter(pl.col("load_id").is_in(sorted(found.loads)))
        known = list(entries.select("load_id", "as_of").iter_rows())
        held = [pl.concat([p.removed, p.blanked]).select("week", "content") for p in found.weeks.values()]
        contents = set(pl.concat(held).unique().iter_rows()) if held else set()
        touched = []
        for run in self._runs.all():
            read = any(load <= run.pin.load_id and as_of <= run.pin.as_of for load, as_of in known)
            records = self._runs.stages(run.week, run.run_id)
            made = {(run.week, content) for record in records for content in record.contents.values()}
            if read or made & contents:
                touched.append(run)
        return touched

    def _rewrite(self, found: _Found) -> None:
        deep = depths(list(self._catalogue.tables.values()))
        for table in sorted(self._catalogue.tables.values(), key=lambda table: _order(table, deep[table.name])):
            parting = found.partings.get(table.name)
            if parting is not None and table.source:
                source_tables.rewrite(self._place, table.name, gone=parting.removed, changed=parting.blanked)
            elif parting is not None:
                week_tables.rewrite(
                    self._place, table.name, gone=parting.removed, changed=parting.blanked, kept=parting.kept
                )
        for table in self._catalogue.tables.values():
            where = source_tables if table.source else week_tables
            uri = where.table_uri(self._place, table.name)
            if delta.exists(uri):
                delta.vacuum(uri, hours=0)

    def _clean_decisions(self, names: Collection[str]) -> int:
        rows, named = self._decisions.journal.rows(), self._named_in_decisions(names)
        if any(named):
            blank = pl.when(pl.Series(named)).then(pl.lit(ERASED))
            changed = rows.with_columns(blank.otherwise(pl.col(c)).alias(c) for c in ("subject", "decision", "reason"))
            self._decisions.journal.rewrite(changed)
        return sum(named)

    def _named_in_decisions(self, names: Collection[str]) -> list[bool]:
        return [
            row["subject"] in names or any(json.dumps(name) in row["decision"] for name in names)
            for row in self._decisions.journal.rows().iter_rows(named=True)
        ]

    def _clean_raw(self, references: Collection[str]) -> tuple[tuple[str, ...], int]:
        names_of: dict[str, set[str]] = {}
        for files in self._ledger.entries()["files"].to_list():
            for file in files:
                names_of.setdefault(file["sha256"], set()).add(file["name"])
        names: set[str] = set()
        changed = 0
        for sha256 in raw_files.every(self._place):
            content = raw_files.read_raw(self._place, sha256)
            left = None if content is None else without(content, references)
            if content is None or left == content:
                continue
            if left is not None:
                raw_files.put_raw(self._place, left)
            raw_files.remove_raw(self._place, sha256)
            names |= names_of.get(sha256, set())
            changed += 1
        return tuple(sorted(names)), changed


def _order(table: Table, depth: int) -> tuple[int, int, str]:
    """Tables that say who a person is after those that only name the person; what belongs to a row before the row."""
    if says_numbers(table):
        rank = 2
    elif says_whose_row(table):
        rank = 3
    elif says_pseudonym(table):
        rank = 4
    else:
        rank = 1
    return rank, -depth, table.name


def _name(number: int) -> str:
    return f"erasure {number}"


def _check(references: Collection[str], reason: str) -> None:
    named = [reference for reference in references if reference.strip() and reference in reason]
    if not references or named or not all(reference.strip() for reference in references):
        raise WrongUseError(
            "An erasure needs references, none of them empty, and its reason may not contain one.",
            how_many=f"{len(references)} references, {len(named)} of them in the reason",
            next_step="Give a reason without identifiers: the lake keeps it.",
        )
