"""What the shipped contract files say, kept beside them: reading their YAML takes half a second in every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fi_workbench.keeping import kept
from fi_workbench.resources import shipped


def load(text: str, path: Path | None, read: Callable[[str], Any]) -> Any:
    """What a contract's text says.

    Args:
        text: the text.
        path: its file; of files that are not the workbench's own nothing is kept.
        read: reads it where nothing is kept.

    Raises:
        Exception: whatever `read` raises.
    """
    if path is None or not path.is_relative_to(shipped("data_contracts")):
        return read(text)
    return kept(text, path, lambda: read(text))
