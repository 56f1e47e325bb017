"""The audit log: who did what, when; append-only JSON lines that never hold a person's values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from fi_workbench.store.place import writing

AUDIT_FILE = "audit.jsonl"


class AuditLog:
    """`logs/audit.jsonl` of a workspace.

    Args:
        workspace: the workspace's folder.
    """

    def __init__(self, workspace: Path) -> None:
        self.path = workspace / "logs" / AUDIT_FILE

    def write(
        self, who: str, what: str, *, at: datetime, about: str = "", facts: Mapping[str, str | int] | None = None
    ) -> None:
        """Append one line.

        Args:
            who: the person who acts, or the unattended run.
            what: the act, as a verb in the past ("erased a person", "released a week").
            at: when.
            about: what it was done to: a week, a model, a pseudonym; never a person's own reference or name.
            facts: counts and names of files or tables.

        Raises:
            DiskFullError: no room; the act must then not be done.
        """
        line = {"at": at.isoformat(), "who": who, "what": what}
        if about:
            line["about"] = about
        text = json.dumps({**line, **(facts or {})}, ensure_ascii=False) + "\n"
        with writing(self.path.name):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())

    def lines(self) -> list[dict[str, str | int]]:
        """Every line, oldest first."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
