"""The reader of tabular feeds: one delimited file or workbook is one delivery of a source with one table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from fi_workbench.contracts import Contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.archive import is_zip, unzipped
from fi_workbench.loaders.delimited import read_delimited
from fi_workbench.loaders.discover import day_in_name, ends_as_a_list
from fi_workbench.loaders.raw import Note, RawExtract, RawFile
from fi_workbench.loaders.workbook import ENDINGS, read_workbook
from fi_workbench.settings import Settings

_COVERED_FROM = re.compile(r"\bfrom ([0-9]{4}-[0-9]{2}-[0-9]{2})\b")


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:  # noqa: ARG001
    """Read one delimited file or one sheet of a workbook, also from a zip archive that holds nothing else.

    Args:
        files: exactly one.
        contract: of one table.
        settings: not needed here; every reader has it.
        as_of: used where the file's name does not say.

    Returns:
        Its rows as text. The as-of date is None where neither the name nor a person says it.

    Raises:
        RefusedFileError: see `delimited.read_delimited` and `workbook.read_workbook`.
    """
    if len(files) != 1 or len(contract.tables) != 1:
        raise RefusedFileError("A tabular feed is one file of one table.", how_many=f"{len(files)} files given")
    path = files[0]
    _refuse_unknown_ending(path, contract)
    delivered = path.read_bytes()
    data, called = delivered, path.name
    notes: tuple[Note, ...] = ()
    if is_zip(path.name):
        data, called, note = unzipped(delivered, path.name)
        notes = (note,)
    (table,) = contract.tables.values()
    reader = read_workbook if Path(called).suffix.lower() in ENDINGS else read_delimited
    found = reader(data, path.name, table)
    declared = (day_in_name(path.name) or day_in_name(called)) if contract.as_of == "fileName" else None
    covered = _COVERED_FROM.search(contract.coverage)
    until = declared or as_of
    return RawExtract(
        source=contract.source,
        files=(RawFile(path.name, hashlib.sha256(delivered).hexdigest(), len(delivered)),),
        as_of=until,
        coverage_from=date.fromisoformat(covered[1]) if covered else None,
        coverage_to=until,
        scope="",
        tables=(found.table,),
        notes=(*notes, *found.notes),
        holds=found.holds,
    )


def _refuse_unknown_ending(path: Path, contract: Contract) -> None:
    """Refuse what is no list by its name, such as the copy that some program left, before it counts as one."""
    if ends_as_a_list(path.name):
        return
    raise RefusedFileError(
        f"A file whose name ends in {path.suffix} is no list, so it was not read.",
        where=f"extracts/{contract.source}/{path.name}",
        next_step="Take it out of the folder, or let its name end as the others do: .csv, .txt, .tsv, .xlsx or .zip.",
    )
