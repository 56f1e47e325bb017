"""What takes long to work out and never changes, kept beside its source as JSON, as Python keeps what it has compiled.

What is kept goes by a hash of what it was made from and by the version of the workbench, so that it cannot be out of
date. A folder that cannot be written to, or a broken file, only costs the time.
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


def kept(of: str, beside: Path, make: Callable[[], Any]) -> Any:
    """What was made before of the same, or is made now.

    Args:
        of: all that it depends on, beside the code of the workbench.
        beside: the file in whose `__pycache__` it is kept, under its name.
        make: makes it, of what JSON can hold; what comes out otherwise is not kept.

    Raises:
        Exception: whatever `make` raises.
    """
    place = Path(cache_from_source(str(beside))).with_name(f"{beside.name}.json")
    key = hashlib.sha256(f"{__version__}\n{of}".encode()).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(place.read_text(encoding="utf-8"))
        if found["of"] == key:
            return found["says"]
    says = make()
    if not sys.dont_write_bytecode:
        _keep(place, {"of": key, "says": says})
    return says


def _keep(place: Path, content: dict[str, Any]) -> None:
    with suppress(OSError, TypeError):
        made = json.dumps(content)
        if json.loads(made) != content:  # keys that are not text, which no contract has
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, encoding="utf-8", delete=False) as file:
            file.write(made)
        Path(file.name).replace(place)
