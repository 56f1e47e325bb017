"""Readers of extracts, and the loading of what is new.

Each kind of file has one reader; the contract's `format` chooses it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from pathlib import Path

from fi_workbench.contracts import Catalogue
from fi_workbench.loaders import annex_a, cin_census, load, ssda903, table_folder, tabular
from fi_workbench.loaders.database import Secrets, no_secrets
from fi_workbench.loaders.history import SAME_DAY
from fi_workbench.loaders.raw import Reader
from fi_workbench.loaders.receipts import LoadReport, Receipt, TableReceipt
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.settings import Settings
from fi_workbench.store import Lake

__all__ = ["READERS", "SAME_DAY", "LoadReport", "Receipt", "Secrets", "TableReceipt", "load_new", "no_secrets"]

READERS: Mapping[str, Reader] = {
    "delimited": tabular.read,
    "cin_census_xml": cin_census.read,
    "ssda903_return": ssda903.read,
    "annex_a_workbook": annex_a.read,
    "table_folder": table_folder.read,
}


def load_new(
    *,
    workspace: Path,
    lake: Lake,
    catalogue: Catalogue,
    settings: Settings,
    clock: Callable[[], datetime],
    accept: bool = False,
    accepted_by: str = "",
    as_of: date | None = None,
    sources: Collection[str] = (),
    secrets: Secrets = no_secrets,
    reporter: Reporter = SILENT,
) -> LoadReport:
    """Load every delivery that is not in the ledger yet; see `load.load_new`."""
    return load.load_new(
        workspace=workspace,
        lake=lake,
        catalogue=catalogue,
        settings=settings,
        readers=READERS,
        clock=clock,
        accept=accept,
        accepted_by=accepted_by,
        as_of=as_of,
        sources=sources,
        secrets=secrets,
        reporter=reporter,
    )
