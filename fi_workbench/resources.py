"""Where the files that travel with the package are: contracts, notebooks and templates.

From a wheel they lie inside the package; from a checkout they are the folders beside it.
"""

from __future__ import annotations

from pathlib import Path

from fi_workbench.errors import WorkbenchError

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Find a shipped folder: `data_contracts`, `notebooks` or `templates`.

    Raises:
        WorkbenchError: the installation lacks the folder.
    """
    for candidate in (_PACKAGE / "_shipped" / folder, _PACKAGE.parent / folder):
        if candidate.is_dir():
            return candidate
    raise WorkbenchError(
        f"The installation lacks its {folder} folder.",
        where=str(_PACKAGE),
        next_step="Install fi-workbench again.",
    )
