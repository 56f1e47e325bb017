"""A new partner step by step, in a workspace that is thrown away: what the guide notebook calls and shows."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fi_workbench.contracts import OWN_CONTRACTS, Column, Contract, load_contract, promises
from fi_workbench.errors import WrongUseError
from fi_workbench.loaders import LoadReport
from fi_workbench.resources import shipped
from fi_workbench.weekly.answer import Answer
from fi_workbench.weekly.contracting import check_contract, draft_contract
from fi_workbench.weekly.week import load
from fi_workbench.weekly.workspace import make_workspace, open_workspace

_GUIDE = ("guides", "fire_service")


@dataclass(frozen=True)
class Difference:
    """What a person changed in a draft, line by line; a notebook shows it in colour."""

    text: str

    def _repr_markdown_(self) -> str:
        return f"```diff\n{self.text}\n```"


@dataclass
class NewPartner:
    """One partner's way from a sample to accepted rows. Nothing is kept when the notebook is closed.

    Attributes:
        workspace: its folder, with the shipped contracts and none of its own.
        source: what the partner's feed is called.
        sample: a file that the partner sent to show what it has.
        settled: the contract as a person left it.
        delivery: a file to load by it.
        clock: tells when it was loaded.
    """

    workspace: Path
    source: str
    sample: Path
    settled: Path
    delivery: Path
    clock: Callable[[], datetime]
    _kept: TemporaryDirectory[str] = field(repr=False)
    _report: LoadReport | None = field(default=None, repr=False)

    @property
    def _contract(self) -> Path:
        return self.workspace / OWN_CONTRACTS / f"{self.source}.odcs.yaml"

    def draft(self) -> Answer:
        """Draft the contract from the sample, as `fi-workbench contract draft` does.

        Returns:
            What each column seems to be; GRAIN: one row per column of the sample, in its order.

        Raises:
            RefusedFileError: the sample is not a table.
            WrongUseError: it was drafted before.
        """
        draft_contract(self.workspace, self.sample, source=self.source)
        return Answer(_columns(load_contract(self._contract)))

    def to_settle(self) -> Answer:
        """What only a person can know. GRAIN: one row per TODO of the contract as it stands, in the order of lines."""
        todo = [line.split(": ", 1) for line in check_contract(self._contract).todo]
        return Answer(pl.DataFrame(todo, schema={"line": pl.String, "to settle": pl.String}, orient="row"))

    def settle(self) -> Difference:
        """Put the settled contract in the draft's place, and show what a person changed in it.

        Raises:
            ContractError: it breaks the contract language, or belongs to another source.
        """
        before = self._contract.read_text(encoding="utf-8").splitlines()
        after = self.settled.read_text(encoding="utf-8").splitlines()
        check_contract(self.settled)
        shutil.copyfile(self.settled, self._contract)
        return Difference(
            "\n".join(list(difflib.unified_diff(before, after, "draft", "settled", lineterm="", n=0))[2:])
        )

    def promises(self) -> Answer:
        """What each row must keep. GRAIN: one row per check of the contract, in the order of its columns."""
        (table,) = load_contract(self._contract).tables.values()
        rows = [(one.rule, one.reason, one.severity) for one in promises(table)]
        headings = ("rule", "a row that breaks it is told", "severity")
        return Answer(pl.DataFrame(rows, schema=dict.fromkeys(headings, pl.String), orient="row"))

    def load(self) -> Answer:
        """Load the delivery, as `fi-workbench load` does.

        Returns:
            What became of every record; GRAIN: one row per outcome. The first is the sum of the others.
        """
        shutil.copy(self.delivery, self.workspace / "extracts" / self.source)
        self._report = load(open_workspace(self.workspace), clock=self.clock, sources=[self.source])
        (one,) = self._report.receipts
        counts = {
            "read": one.n_read,
            "accepted": one.n_accepted,
            "quarantined": one.n_quarantined,
            "exact duplicates": one.n_duplicates,
            "held for a person": one.n_held,
            "no record (headings, titles, totals)": one.n_non_records,
        }
        return Answer(pl.DataFrame({"outcome": list(counts), "records": list(counts.values())}))

    def refused(self) -> Answer:
        """Why rows were quarantined, as the sender is told it. GRAIN: one row per quarantined record and reason."""
        rows = open_workspace(self.workspace).lake.quarantine()
        told = rows.sort("line").explode("rules", "reasons")
        return Answer(told.select("file", "line", rule="rules", reason="reasons"))

    def accepted(self) -> Answer:
        """The accepted rows as the lake holds them, without what tells of a person. GRAIN: one row per record."""
        opened = open_workspace(self.workspace)
        (table,) = opened.catalogue.source(self.source).tables.values()
        shown = [name for name, column in table.columns.items() if column.classification == "internal"]
        rows = opened.lake.read(table.name, opened.lake.pin(self.clock().date()))
        return Answer(rows.sort(table.key).select(shown))


def new_partner(
    *, source: str, sample: str, settled: str, delivery: str, at: datetime, folder: Path | None = None
) -> NewPartner:
    """Begin: a workspace of its own for one partner.

    Args:
        source: what the feed is to be called.
        sample: the partner's sample file.
        settled: the contract that a person made of the draft.
        delivery: the first file to load.
        at: when it is loaded.
        folder: where the three are, if they are no whole paths; None is the made-up fire service of the guide.

    Raises:
        WrongUseError: one of the files is not there.
    """
    home = folder or shipped("notebooks").joinpath(*_GUIDE)
    files = [home / name for name in (sample, settled, delivery)]
    for path in files:
        if not path.is_file():
            raise WrongUseError("There is no such file.", where=path.name, next_step="Give its whole path.")
    kept = TemporaryDirectory(prefix="new-partner-")
    workspace = Path(kept.name) / "workspace"
    make_workspace(workspace, name="Somewhere", code="999")
    return NewPartner(workspace, source, files[0], files[1], files[2], clock=lambda: at, _kept=kept)


def _columns(contract: Contract) -> pl.DataFrame:
    (table,) = contract.tables.values()
    return pl.DataFrame(
        {
            "heading": [one.physical_name for one in table.columns.values()],
            "seems to be": [_kind(one) for one in table.columns.values()],
            "always there": ["yes" if one.required else "no" for one in table.columns.values()],
            "tells of a person": [_person(one) for one in table.columns.values()],
            "key": ["yes" if one.is_key else "" for one in table.columns.values()],
        }
    )


def _kind(column: Column) -> str:
    if column.enum:
        return f"one of {len(column.enum)} codes"
    return f"{column.logical_type} as {column.formats[0]}" if column.formats else column.logical_type


def _person(column: Column) -> str:
    return column.person_part.replace("_", " ") or ("" if column.classification == "internal" else "yes")
