"""What was loaded before, as the ledger says: to know a file again, and to see that a delivery shrank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from fi_workbench.contracts import Contract
from fi_workbench.loaders.alarms import NEXT_STEP, alarms
from fi_workbench.loaders.past import Past
from fi_workbench.loaders.profile import TableProfile
from fi_workbench.loaders.raw import Hold, Note, RawExtract
from fi_workbench.loaders.receipts import Receipt
from fi_workbench.store import Lake

SAME_DAY = "a further delivery for the same day: of a full list, this one counts from now on"
"""Said where a delivery is taken that may correct another, or be a copy that was never meant."""
_CHANCE_ROWS = 5
"""A short list may lose this many rows from one week to the next and mean nothing."""


@dataclass
class History:
    """Known files, and the latest delivery of each source and scope: its as-of date and accepted rows.

    It is read once and kept up while loading, so that a thousand deliveries do not read the ledger a thousand times.

    Attributes:
        files: source, sha256 and as-of date of every file loaded. A list that did not change from one week to the
            next is the same bytes and yet news: it still holds.
    """

    files: set[tuple[str, str, date]]
    latest: dict[tuple[str, str], tuple[date, int]]
    past: dict[tuple[str, str], list[Past]] = field(default_factory=dict)

    @classmethod
    def of(cls, lake: Lake, *, until: date) -> History:
        """As the ledger has it now; beside what is dated later than `until`, by a mistyped year, nothing is held."""
        latest: dict[tuple[str, str], tuple[date, int]] = {}
        files: set[tuple[str, str, date]] = set()
        past: dict[tuple[str, str], list[Past]] = {}
        rows = lake.ledger().sort("as_of", "load_id").select("source", "scope", "as_of", "n_rows", "files", "receipt")
        for source, scope, as_of, n_rows, delivered, receipt in rows.iter_rows():
            if as_of <= until:
                latest[source, scope] = (as_of, n_rows)
                past.setdefault((source, scope), []).append(Past(as_of, n_rows, receipt))
            files |= {(source, file["sha256"], as_of) for file in delivered}
        return cls(files, latest, past)

    def knows(self, source: str, hashes: Iterable[str], as_of: date | None) -> bool:
        """Whether every file was loaded before, byte for byte and, where its name says one, for the same day."""
        if as_of is not None:
            return all((source, sha256, as_of) in self.files for sha256 in hashes)
        known = {sha256 for name, sha256, _ in self.files if name == source}
        return all(sha256 in known for sha256 in hashes)

    def remember(self, extract: RawExtract, receipt: Receipt) -> None:
        """A delivery was loaded."""
        if extract.as_of is None:
            return
        past = self.past.setdefault((extract.source, extract.scope), [])
        past.append(Past(extract.as_of, receipt.n_accepted, known=receipt.profiles))
        past.sort(key=lambda one: one.as_of)
        self.files |= {(extract.source, file.sha256, extract.as_of) for file in extract.files}
        key = (extract.source, extract.scope)
        if key not in self.latest or self.latest[key][0] <= extract.as_of:
            self.latest[key] = (extract.as_of, receipt.n_accepted)

    def last_was_empty(self, extract: RawExtract) -> bool:
        """Whether the latest delivery had no rows either, which a person accepted then."""
        latest = self.latest.get((extract.source, extract.scope))
        return latest is not None and latest[1] == 0

    def fallen(self, extract: RawExtract, contract: Contract, n_accepted: int, share: float) -> Hold | None:
        """A full delivery with far fewer accepted rows than the one before: more likely cut off than true."""
        latest = self.latest.get((extract.source, extract.scope))
        if contract.delivery != "full" or latest is None or extract.as_of is None or latest[0] > extract.as_of:
            return None
        if contract.limits.rows_at_least is not None:
            share = round(1 - contract.limits.rows_at_least, 9)
        before, now = latest[1], n_accepted
        if before - now <= max(share * before, _CHANCE_ROWS):
            return None
        return Hold(
            "rows_did_not_fall",
            f"This full delivery has {now:,} acceptable rows and the one before, up to {latest[0].isoformat()}, had "
            f"{before:,}: more than {share:.0%} fewer.",
            NEXT_STEP,
            alarm=True,
        )

    def alarms(self, extract: RawExtract, contract: Contract, profiles: Mapping[str, TableProfile]) -> list[Hold]:
        """Why a delivery is taken for a breaking change; one that comes late is beside no later one."""
        if extract.as_of is None:
            return []
        past = self.past.get((extract.source, extract.scope), [])
        if past and past[-1].as_of > extract.as_of:
            past = []
        days = (extract.as_of - past[-1].as_of).days if past else 0
        return alarms(contract, profiles, past, days)

    def has_loaded(self, source: str) -> bool:
        """Whether anything of a source was ever loaded."""
        return any(name == source for name, _ in self.past)

    def notes(self, extract: RawExtract) -> list[Note]:
        """What is worth saying of a delivery beside earlier ones."""
        latest = self.latest.get((extract.source, extract.scope))
        if latest is None or extract.as_of is None or extract.as_of > latest[0]:
            return []
        if extract.as_of == latest[0]:
            return [Note(SAME_DAY, extract.source)]
        return [
            Note(f"older than the latest delivery (up to {latest[0].isoformat()}): taken as history", extract.source)
        ]
