"""What a run leaves behind: versions, hashes, counts. Never a person's value."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fi_workbench import __version__
from fi_workbench.store import Run

_LIBRARIES = ("polars", "deltalake", "numpy", "scipy", "papermill", "altair")


def write_manifest(workspace: Path, facts: Mapping[str, Any], run: Run, *, at: datetime) -> Path:
    """Write the manifest of a run beside the others, named by its week and moment.

    Args:
        workspace: the workspace's folder.
        facts: what became of the run: counts and names of stages, tables and units.
        run: what was pinned.
        at: now.
    """
    manifest = {
        **facts,
        "at": at.isoformat(timespec="seconds"),
        "pin": {"as_of": run.pin.as_of.isoformat(), "load_id": run.pin.load_id, "decision_id": run.pin.decision_id},
        "settings_fingerprint": run.settings_fingerprint,
        "model_version": run.model_version,
        "version": __version__,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
    folder = workspace / "logs" / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run.week}_{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}_{run.run_id}.json"
    path.write_text(json.dumps(manifest, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")
    return path
