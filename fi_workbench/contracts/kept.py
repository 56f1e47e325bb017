"""What the shipped contract files say, kept beside them as JSON, as Python keeps what it has compiled.

Reading their YAML takes half a second, which every command would pay. What is kept goes by the hash of the text that it
was read from, so that it cannot be out of date, and by the version of the workbench. A folder that cannot be written
to, or a broken file, only costs the half second.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from fi_workbench import __version__
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
    place = _place(path)
    if place is None:
        return read(text)
    key = hashlib.sha256(f"{__version__}\n{text}".encode()).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(place.read_text(encoding="utf-8"))
        if found["of"] == key:
            return found["says"]
    says = read(text)
    if not sys.dont_write_bytecode:
        _keep(place, {"of": key, "says": says})
    return says


def _place(path: Path | None) -> Path | None:
    if path is None or not path.is_relative_to(shipped("data_contracts")):
        return None
    return Path(cache_from_source(str(path))).with_name(f"{path.name}.json")


def _keep(place: Path, content: dict[str, Any]) -> None:
    with suppress(OSError, TypeError):
        made = json.dumps(content)
        if json.loads(made) != content:  # keys that are not text, which no contract has
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, encoding="utf-8", delete=False) as file:
            file.write(made)
        Path(file.name).replace(place)
