"""What becomes of every file of other people: each loaded in a workspace of its own, told as a Markdown table.

`FI_SAMPLES=... python -m tests.sample_files` prints the tables as they come out now; what they should be is kept in
`tests/back/sample_files.md`, with why each reason is true.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from fi_workbench.contracts import contracts_of
from fi_workbench.errors import WorkbenchError
from fi_workbench.loaders import Receipt, TableReceipt, load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake
from fi_workbench.weekly.contracting import draft_contract
from fi_workbench.weekly.workspace import make_workspace

EXTRACTS = ("annex_a", "cin_census", "partner_feeds", "school_census", "ssda903", "ssda903_years")
"""Folders of files such as an authority gets."""
OTHERS = ("causal", "dfe_statistics", "latent_class", "linkage")
"""Folders of tables that nobody sends to an authority: read by a draft of a contract, as the feed of a new partner."""

HEAD = (
    "| file | read | accepted | quarantined | duplicates | held | no record | outcome, and rows quarantined by rule |\n"
    "|---|---|---|---|---|---|---|---|"
)
_STEMS = {
    "school_census_pupils_on_roll": "pupilonroll",
    "school_census_pupils_no_longer_on_roll": "pupilnolongeronroll",
    "school_census_free_school_meals": "fsmperiodsonroll",
    "school_census_exclusions": "termlyexclusionsonroll",
    "school_census_sessions": "termlysessiondetailsonroll",
}
"""Files whose names say less than their tables'."""
_PREFIX = re.compile(r"^[0-9]{4}(?:-|_autumn_)")


@dataclass(frozen=True)
class Delivery:
    """Files that come together.

    Attributes:
        source: whose contract they follow; empty where one is drafted from the file.
        folder: below `extracts/<source>/`.
        as_of: what they cover up to, where nothing in them says it.
    """

    files: tuple[Path, ...]
    source: str = ""
    folder: str = ""
    as_of: date | None = None


@dataclass(frozen=True)
class Row:
    """One file, or one table of a delivery of many files."""

    file: str
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    held: int = 0
    no_record: int = 0
    told: str = ""

    @property
    def adds_up(self) -> bool:
        """The one law; a file that was held and then taken is counted where it ended."""
        return self.read == self.accepted + self.quarantined + self.duplicates + self.no_record or not self.read

    def markdown(self) -> str:
        """As a row of the table."""
        counts = (self.read, self.accepted, self.quarantined, self.duplicates, self.held, self.no_record)
        return f"| {self.file} | {' | '.join(f'{n:,}' for n in counts)} | {self.told} |"


def deliveries(samples: Path, folders: Sequence[str]) -> Iterator[Delivery]:
    """Every loadable file of the folders, in the deliveries in which they belong together."""
    for folder in folders:
        files = tuple(sorted(path for path in (samples / folder).iterdir() if path.is_file()))
        if folder == "ssda903":
            yield Delivery(tuple(path for path in files if path.suffix == ".csv"), folder, "2018")
            yield from (Delivery((path,), folder, "2018") for path in files if path.suffix != ".csv")
        elif folder == "ssda903_years":
            for year in ("2017", "2018"):
                chosen = tuple(path for path in files if path.name.startswith(year))
                yield Delivery(chosen, "ssda903", str(int(year) + 1))
        elif folder == "school_census":
            yield Delivery(files, folder, "2024-12-31")
        elif folder in {"annex_a", "cin_census"}:
            yield from (Delivery((path,), folder, as_of=date(2021, 3, 31)) for path in files)
        else:
            yield from (Delivery((path,), as_of=date(2024, 12, 31)) for path in files)


def outcome(delivery: Delivery) -> list[Row]:
    """Load a delivery in a workspace of its own; where it is held, as a person would who accepts it."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        make_workspace(workspace, name="Somewhere", code="201")
        source = delivery.source
        if not source:
            try:
                source = draft_contract(workspace, delivery.files[0], source="a_new_partner").source
            except WorkbenchError as error:
                return [Row(_called(delivery.files[0]), told=f"refused: {error.what}")]
        target = workspace / "extracts" / source / delivery.folder
        target.mkdir(parents=True, exist_ok=True)
        for path in delivery.files:
            shutil.copy(path, target)
        first = _load(workspace, delivery, accept=False)
        if first.outcome != "held":
            return list(_rows(delivery, first))
        taken = {row.file: row for row in _rows(delivery, _load(workspace, delivery, accept=True))}
        return [
            replace(taken[row.file], held=row.held, told=f"held; {taken[row.file].told}")
            for row in _rows(delivery, first)
        ]


def _load(workspace: Path, delivery: Delivery, *, accept: bool) -> Receipt:
    catalogue = contracts_of(workspace)
    report = load_new(
        workspace=workspace,
        lake=Lake.open(workspace / "lake", catalogue),
        catalogue=catalogue,
        settings=parse_settings({"authority": {"name": "Somewhere", "code": "201"}}),
        clock=lambda: datetime(2026, 11, 22, 9, tzinfo=UTC),
        accept=accept,
        accepted_by="a person, as a test" if accept else "",
        as_of=delivery.as_of,
    )
    (receipt,) = report.receipts
    return receipt


def _rows(delivery: Delivery, receipt: Receipt) -> Iterator[Row]:
    if receipt.outcome == "refused":
        yield Row(_called(delivery.files[0]), told=f"refused: {receipt.message}")
        return
    if len(delivery.files) == 1:
        yield _row(delivery.files[0], receipt.tables)
        return
    for table in receipt.tables:
        stem = _STEMS.get(table.table, table.table.removeprefix("ssda903_"))
        (path,) = (one for one in delivery.files if _PREFIX.sub("", one.stem.lower()) == stem)
        yield _row(path, (table,))


def _row(path: Path, tables: Sequence[TableReceipt]) -> Row:
    rules: dict[str, int] = {}
    for table in tables:
        for rule, n in table.by_rule.items():
            rules[rule] = rules.get(rule, 0) + n
    told = ", ".join(f"{rule} {n:,}" for rule, n in sorted(rules.items(), key=lambda one: (-one[1], one[0])))
    return Row(
        _called(path),
        sum(table.n_read for table in tables),
        sum(table.n_accepted for table in tables),
        sum(table.n_quarantined for table in tables),
        sum(table.n_duplicates for table in tables),
        sum(table.n_held for table in tables),
        sum(table.n_non_records for table in tables),
        f"loaded: {told}" if told else "loaded",
    )


def _called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def main() -> None:
    """Print both tables."""
    samples = Path(os.environ["FI_SAMPLES"])
    for folders in (EXTRACTS, OTHERS):
        rows = [row for delivery in deliveries(samples, folders) for row in outcome(delivery)]
        sys.stdout.write("\n".join([HEAD, *(row.markdown() for row in rows)]) + "\n\n")


if __name__ == "__main__":
    main()
