"""A load of given files into a lake of its own, as a piece of work to measure: from bytes to accepted Delta tables."""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness import Measured, measure

_SETUP = """
import atexit, shutil, tempfile
import deltalake  # imported by the package on first use, and told apart like every import
from datetime import UTC, datetime
from pathlib import Path
from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import load_new
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake
catalogue = all_contracts()
settings = read_settings(Path({workspace!r}))
folder = Path(tempfile.mkdtemp(dir={cache!r}))
atexit.register(shutil.rmtree, folder)
for place, file in {files!r}:
    (folder / "extracts" / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / "extracts" / place).symlink_to(file)
"""
_WORK = """
report = load_new(workspace=folder, lake=Lake.open(folder / "lake", catalogue), catalogue=catalogue,
                  settings=settings, clock=lambda: datetime.now(UTC))
for receipt in report.receipts:
    assert receipt.outcome == "loaded", (receipt.files, receipt.message)
n_accepted = sum(receipt.n_accepted for receipt in report.receipts)
assert n_accepted >= {at_least}, n_accepted
"""


def measure_load(
    files: dict[str, Path], *, workspace: Path, at_least: int, runs: int, name: str = "read, checked, stored"
) -> Measured:
    """Measure a load: every check, the accepted and the quarantined rows stored, and the receipt.

    Args:
        files: where each lies under `extracts/`, and the file.
        workspace: whose settings are used.
        at_least: records that must be accepted; a load that takes fewer is no load.
        runs: how often; the one in the middle counts.
        name: of the work, in the table.
    """
    placed = [(place, str(path.resolve())) for place, path in sorted(files.items())]
    setup = _SETUP.format(workspace=str(workspace), cache=str(workspace.parent), files=placed)
    return measure(name, _WORK.format(at_least=at_least), setup=setup, runs=runs)
