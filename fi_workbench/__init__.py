"""fi_workbench: from raw extracts to a short, honest weekly brief for each unit.

Rooms open on first use, so importing the package imports none of them.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "briefs",
    "calendar",
    "caseload",
    "contracts",
    "demo",
    "disclosure",
    "display",
    "errors",
    "identity",
    "loaders",
    "matching",
    "measures",
    "needs",
    "progress",
    "pseudonyms",
    "resources",
    "segmentation",
    "settings",
    "statistics",
    "store",
    "vocabulary",
    "weekly",
)

__all__ = ["__version__", *_ROOMS]  # noqa: PLE0604 - the names of the rooms are known


def __getattr__(name: str) -> Any:
    """Open a room the first time it is asked for."""
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List the rooms."""
    return sorted(__all__)
