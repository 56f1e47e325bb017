"""Loading what is new: read, check, account for every record, and append each delivery whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from fi_workbench.contracts import Catalogue
from fi_workbench.errors import ContractError, MissingColumnsError, RefusedFileError, WorkbenchError
from fi_workbench.loaders.database import Secrets, no_secrets, read_snapshot, snapshots
from fi_workbench.loaders.discover import FOLDER_FORMATS, Delivery, discover, looks_like, refuse_wrong_folder
from fi_workbench.loaders.doubtful import in_doubt
from fi_workbench.loaders.drafting import accepted_rows, check_tables, held_back_keys, quarantined_rows
from fi_workbench.loaders.history import History
from fi_workbench.loaders.holding import held, last_day, no_as_of, no_rows, not_come
from fi_workbench.loaders.raw import Hold, Note, RawExtract, Reader
from fi_workbench.loaders.receipts import LoadReport, Receipt, TableReceipt
from fi_workbench.loaders.taking import Part, draft_of, taking_delivery
from fi_workbench.loaders.tally import Tally
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.settings import Settings
from fi_workbench.store import AuditLog, Lake, sha256_of

SNAPSHOTS = ".snapshots-"
"""How the folder begins that answers of databases are in, about people as they are, until they are loaded."""


@dataclass(frozen=True)
class Loading:
    """What every delivery of one load shares."""

    lake: Lake
    catalogue: Catalogue
    settings: Settings
    readers: Mapping[str, Reader]
    clock: Callable[[], datetime]
    accept: bool
    as_of: date | None
    today: date
    accepted_by: str = ""
    audit: AuditLog | None = None


def load_new(
    *,
    workspace: Path,
    lake: Lake,
    catalogue: Catalogue,
    settings: Settings,
    readers: Mapping[str, Reader],
    clock: Callable[[], datetime],
    accept: bool = False,
    accepted_by: str = "",
    as_of: date | None = None,
    sources: Collection[str] = (),
    secrets: Secrets = no_secrets,
    reporter: Reporter = SILENT,
) -> LoadReport:
    """Load every delivery under the workspace's `extracts/`, or asked of its databases, that is not in the ledger yet.

    One file that cannot be taken never stops the others. A delivery is appended atomically; what was appended before
    a crash stands, and the next load goes on from there.

    Args:
        workspace: its folder.
        lake: where accepted and quarantined rows go.
        catalogue: the contracts.
        settings: whose authority it is, and when a shrunken delivery is held.
        readers: by the contract's format.
        clock: asked once, and once more for each delivery.
        accept: take deliveries that wait for a person.
        accepted_by: who takes them and why; without it, breaking changes of a source are held in any case.
        as_of: what deliveries cover up to that do not say so themselves.
        sources: only these; empty means all, those asked of a database included.
        secrets: finds the passwords of databases that settings refer to.
        reporter: told of each delivery.

    Returns:
        A receipt for each delivery tried, for each thing that lies where it should not, and one for each source
        whose files were all loaded before.

    Raises:
        StoreError: the lake cannot be written, or a file's records do not add up. What was loaded before stands.
    """
    for name in sources:
        catalogue.source(name)
    found = discover(workspace / "extracts", catalogue)
    audit = AuditLog(workspace)
    today = settings.authority.today(clock().date())
    shared = Loading(lake, catalogue, settings, readers, clock, accept, as_of, today, accepted_by, audit)
    history = History.of(lake, until=last_day(today))
    receipts = [Receipt("", (lost.name,), "refused", _paragraph(lost.error)) for lost in found.misplaced]
    known_before: dict[str, int] = {}

    def wanted(source: str) -> bool:
        return not sources or source in sources

    for left in workspace.glob(f"{SNAPSHOTS}*"):  # by a run that was killed: whoever holds the lock is alone here
        rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=SNAPSHOTS, dir=workspace) as folder:
        asked, refused = snapshots(
            workspace=workspace,
            into=Path(folder),
            catalogue=catalogue,
            settings=settings,
            secrets=secrets,
            sources=wanted,
            as_of=as_of,
        )
        receipts += [
            Receipt(one.source, (one.name,), "held" if one.waits else "refused", _paragraph(one.error))
            for one in refused
        ]
        deliveries = [*(one for one in found.deliveries if wanted(one.contract.source)), *asked]
        reporter.start("Loading extracts", len(deliveries))
        for delivery in in_doubt(deliveries, history):
            receipt = _one(delivery, shared, history)
            if receipt is None:
                known_before[delivery.contract.source] = known_before.get(delivery.contract.source, 0) + 1
            else:
                receipts.append(receipt)
            reporter.advance()
    reporter.finish()
    for source, n in sorted(known_before.items()):
        message = f"{n:,} {'delivery was' if n == 1 else 'deliveries were'} loaded before, byte for byte."
        receipts.append(Receipt(source, (), "nothing_new", message))
    return LoadReport(tuple(receipts), found.n_ignored)


def _one(delivery: Delivery, shared: Loading, history: History) -> Receipt | None:
    """Try one delivery; None where its every byte was loaded before."""
    contract = delivery.contract
    try:
        hashes = [sha256_of(path) for path in delivery.files]
        if history.knows(contract.source, hashes, delivery.as_of):
            return None
        read = _read(delivery, shared)
        extract = replace(read, holds=(*delivery.holds, *read.holds))
    except OSError as error:
        reason = f"The file cannot be read ({type(error).__name__})."
        return Receipt(contract.source, (delivery.name,), "refused", reason)
    except (RefusedFileError, ContractError) as error:
        broken = isinstance(error, MissingColumnsError) and history.has_loaded(contract.source)
        told = ("columns_are_kept",) if broken else ()
        return Receipt(contract.source, (delivery.name,), "refused", _paragraph(error), alarms=told)
    try:
        receipt = _judge(extract, delivery, shared, history)
    except RefusedFileError as error:
        return Receipt(contract.source, (delivery.name,), "refused", _paragraph(error))
    if receipt.outcome == "loaded":
        history.remember(extract, receipt)
    return receipt


def _read(delivery: Delivery, shared: Loading) -> RawExtract:
    contract = delivery.contract
    if delivery.queried:
        return read_snapshot(delivery)
    if contract.format not in shared.readers:
        raise ContractError(f"There is no reader for the format {contract.format}.", where=contract.id)
    if contract.format not in FOLDER_FORMATS:
        refuse_wrong_folder(delivery.files[0], contract, shared.catalogue)
    try:
        return shared.readers[contract.format](delivery.files, contract, shared.settings, as_of=shared.as_of)
    except RefusedFileError as error:
        other = looks_like(delivery.files[0], contract, shared.catalogue)
        raise (other or error) from None


def _judge(extract: RawExtract, delivery: Delivery, shared: Loading, history: History) -> Receipt:
    """Hold the delivery, or check its rows and append it."""
    contract = delivery.contract
    base = Receipt(extract.source, (delivery.name,), "held", "", as_of=extract.as_of, scope=extract.scope)
    tally = Tally(contract)
    ahead = not_come(extract, contract, shared.today, is_asked=bool(delivery.queried))
    if extract.as_of is None or ahead or (extract.holds and not shared.accept):
        for tables in extract.parts():
            tally.read(tables)
        asked = ahead if extract.as_of else [no_as_of(contract)]
        holds = [*extract.holds, *no_rows(extract, tally.n_rows, contract, history), *tally.date_holds(), *asked]
        return held(replace(base, notes=extract.all_notes()), tally.waiting(), holds)
    draft = draft_of(extract, contract, extract.as_of)
    with taking_delivery(shared.lake, draft) as taking:
        for tables in extract.parts():
            checked = check_tables(tables, contract, extract.as_of)
            tally.read(tables, checked)
            tally.judged(tables, checked)
            accepted = {name: accepted_rows(one, name, extract) for name, one in checked.items()}
            refused = quarantined_rows(checked, extract, contract)
            taking.add(Part(accepted, refused, held_back_keys(checked, extract, contract)))
        base = replace(base, notes=extract.all_notes())
        holds = [*extract.holds, *no_rows(extract, tally.n_rows, contract, history), *tally.date_holds()]
        if holds and not shared.accept:
            return held(base, tally.waiting(), holds)
        base = replace(base, profiles=tally.profiles)
        fallen = history.fallen(extract, contract, tally.n_accepted, shared.settings.thresholds.rows_fall_share)
        broken = [*((fallen,) if fallen else ()), *history.alarms(extract, contract, base.profiles)]
        if broken and not (shared.accept and shared.accepted_by):
            return held(base, tally.waiting(), broken)
        receipt = _told(base, [*holds, *broken], tally, history.notes(extract), delivery, shared)
        for path in delivery.files:
            shared.lake.keep_raw(path)
        entry = taking.publish(replace(draft, receipt=receipt.ledger_facts(), loaded_at=shared.clock()))
        return replace(receipt, load_id=entry.load_id, message=receipt.message + _standing(entry.n_standing))


def _told(
    base: Receipt, holds: list[Hold], tally: Tally, beside: list[Note], delivery: Delivery, shared: Loading
) -> Receipt:
    """The receipt of a delivery that is taken, written down where a person took it in spite of something."""
    tables = tally.receipts()
    for table in tables:
        table.assert_balanced(delivery.name)
    message = _loaded(tables, [hold.reason for hold in holds])
    notes = (*base.notes, *beside, *tally.notes())
    receipt = replace(base, outcome="loaded", message=message, tables=tables, notes=notes)
    if holds and shared.accepted_by:
        receipt = replace(receipt, accepted_by=shared.accepted_by)
        _write_down(receipt, [hold.rule for hold in holds], shared)
    return receipt


def _write_down(receipt: Receipt, rules: list[str], shared: Loading) -> None:
    """In the audit log before it is done, since what is not written down must not be done."""
    if shared.audit is not None:
        facts = {"files": ", ".join(receipt.files), "although": ", ".join(dict.fromkeys(rules))}
        shared.audit.write(
            shared.accepted_by, "took a held delivery", at=shared.clock(), about=receipt.source, facts=facts
        )


def _loaded(tables: tuple[TableReceipt, ...], accepted_anyway: list[str]) -> str:
    accepted, quarantined = sum(t.n_accepted for t in tables), sum(t.n_quarantined for t in tables)
    duplicates = sum(t.n_duplicates for t in tables)
    parts = [f"{accepted:,} records accepted"]
    if quarantined:
        parts.append(f"{quarantined:,} quarantined")
    if duplicates:
        parts.append(f"{duplicates:,} exact duplicates left out")
    told = ", ".join(parts) + "."
    return f"{told} A person accepted it although: {' '.join(accepted_anyway)}" if accepted_anyway else told


def _standing(n: int) -> str:
    return (
        f" {n:,} former {'record stands' if n == 1 else 'records stand'} in place of what is quarantined." if n else ""
    )


def _paragraph(error: WorkbenchError) -> str:
    parts = [
        error.what,
        f"Where: {error.where}." if error.where else "",
        f"{error.how_many}." if error.how_many else "",
    ]
    return " ".join(part for part in (*parts, error.next_step) if part)
