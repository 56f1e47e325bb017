"""The lake: what was delivered, what was made of it, and what people decided, so that a week can be made again.

**Three clocks** stand on every source row. `valid_from`/`valid_to`: when it was true. `as_of`: the day that the
source says its extract covers up to. `loaded_at` and `load_id`: when we learnt of it, and by which delivery.
`row_id` names the record of the file that it came from.

**Ledger last.** A delivery is many tables. It takes a number, its tables are written, and its ledger entry comes
last; readers go by the ledger, so a load that died half-way was never there.

**A pin** is what was known at one instant: `(as_of, load_id, decision_id)`. Readers of source tables always name one.
History that is loaded today answers for a past Monday (its as-of date is early); it never changes a week already
pinned (its load number is high). A full delivery takes the place of the former one of its source and scope, and only
there does a row's absence mean anything; windows and increments add. Where several deliveries hold a key, the latest
as-of date counts, and of one date the later load: a correction sent again.

**A run** is one making of a week: its pin, settings, model and code. Its name is their hash, so the same inputs are
the same run, and a killed run is resumed by asking for it again. A stage is recorded after its tables are written,
and readers go by the record. The current run is the one closed last.

**Erasure** rewrites history physically. It is the only thing that changes what a pin reads, and every run it touched
says so from then on.
"""

from fi_workbench.store.audit import AuditLog
from fi_workbench.store.erasure import ErasureReport
from fi_workbench.store.lake import Lake
from fi_workbench.store.locks import FoundLock, LockHolder, WorkspaceLock, found_lock, workspace_lock
from fi_workbench.store.maintenance import MaintenanceReport
from fi_workbench.store.publishing import publish_folder
from fi_workbench.store.raw_files import sha256_of
from fi_workbench.store.records import (
    CLOCKS,
    DeliveredFile,
    LoadDraft,
    LoadEntry,
    Pin,
    Run,
    StageRecord,
    WrittenTable,
)
from fi_workbench.store.writing import OpenLoad

__all__ = [
    "CLOCKS",
    "AuditLog",
    "DeliveredFile",
    "ErasureReport",
    "FoundLock",
    "Lake",
    "LoadDraft",
    "LoadEntry",
    "LockHolder",
    "MaintenanceReport",
    "OpenLoad",
    "Pin",
    "Run",
    "StageRecord",
    "WorkspaceLock",
    "WrittenTable",
    "found_lock",
    "publish_folder",
    "sha256_of",
    "workspace_lock",
]
