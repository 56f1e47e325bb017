"""Upkeep of the lake by a stated policy, which no reader can notice.

Policy: small files are joined; files that only versions older than a week name are removed, and with them what a
killed write left behind; rows of loads that died before their ledger entry, and derived tables that no stage
recorded, are cleared away. What a pin reads is a matter of rows and never of versions, so nothing that any pin can
read is touched, however old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fi_workbench.store import delta, numbered, quarantine, source_tables, week_tables
from fi_workbench.store.ledger import QUARANTINE, Ledger
from fi_workbench.store.place import Place
from fi_workbench.store.runs import Runs

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue

KEEP_VERSIONS_HOURS = 7 * 24
"""A reader or a killed run may still look at versions of the last week."""


@dataclass(frozen=True)
class MaintenanceReport:
    """What was tidied: counts of files and of parts of tables."""

    files_joined: int
    files_removed: int
    parts_cleared: int


def maintain(place: Place, catalogue: Catalogue, ledger: Ledger, runs: Runs) -> MaintenanceReport:
    """Tidy every table; see the module's policy. The caller holds the workspace's lock.

    Raises:
        DiskFullError: no room to rewrite; everything reads as before.
    """
    recorded = {
        (run.week, content)
        for run in runs.all()
        for stage in runs.stages(run.week, run.run_id)
        for content in stage.contents.values()
    }
    last_rows = ledger.begin().last_rows
    uris = [ledger.uri, *runs.uris(), quarantine.uri(place)]
    numbered.open_clean(quarantine.uri(place), last_rows.get(QUARANTINE, 0))
    cleared = 0
    for name, table in sorted(catalogue.tables.items()):
        if table.source:
            uris.append(source_tables.table_uri(place, name))
            numbered.open_clean(uris[-1], last_rows.get(name, 0))
        else:
            uris.append(week_tables.table_uri(place, name))
            cleared += week_tables.forget(place, name, recorded)
    there = [uri for uri in uris if delta.exists(uri)]
    joined = sum(delta.compact(uri) for uri in there)
    removed = sum(delta.vacuum(uri, hours=KEEP_VERSIONS_HOURS) for uri in there)
    return MaintenanceReport(files_joined=joined, files_removed=removed, parts_cleared=cleared)
