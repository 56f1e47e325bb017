"""Which files under `extracts/` make which delivery, and what lies where it should not.

A delivery is one file, or for a set of return files one folder of them. The folder's name is the source's name; a
file in the wrong folder is refused with the folder where it seems to belong, never guessed into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fi_workbench.contracts import Catalogue, Contract
from fi_workbench.errors import RefusedFileError, WorkbenchError
from fi_workbench.loaders.archive import is_zip
from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.header import aliases, n_recognised
from fi_workbench.loaders.non_records import SEARCHED, cells_of
from fi_workbench.loaders.raw import Hold
from fi_workbench.loaders.records import SEPARATORS, split_lines
from fi_workbench.loaders.workbook import ENDINGS

_DATED = re.compile(r"^(?P<stem>.*?)[_ -]*(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})$")
_BYSTANDERS = re.compile(
    r"^(?:\..*|~\$.*|.*~|#.*#|readme(?:\..*)?|thumbs\.db|desktop\.ini|__macosx|"
    r".*\.(?:tmp|temp|part|partial|filepart|crdownload|download|bak|old|orig|swp|swo|md5|sha256|lnk))$",
    re.IGNORECASE,
)
"""What programs leave beside a file: hidden ones, locks, backups of an editor, transfers that have not ended."""
TEXT = frozenset({".csv", ".txt", ".tsv", ".tab", ".psv", ".dat", ".asc"})
"""How names of lists in text end, where they have an ending at all."""
_HEAD_BYTES = 65_536

_XML_FORMS = {"cin_census_xml": (b"<Message", b"Child"), "ssda903_return": (b"<EXPSSDA903",)}
"""The formats that a file in XML may be of, and what such a file has near its start."""

FOLDER_FORMATS = frozenset({"ssda903_return", "table_folder"})
"""Formats whose delivery is a folder of files, not one file."""


@dataclass(frozen=True)
class Delivery:
    """Files that were delivered together.

    Attributes:
        name: how messages call it: the path under `extracts/`.
        as_of: the day in the file's name; None where the contract finds it elsewhere.
        queried: for a snapshot of a database, the queries with their fingerprints; else empty.
        left_out: a snapshot's column that says only which day it covers up to.
        holds: why it waits, whatever is in it.
    """

    contract: Contract
    files: tuple[Path, ...]
    name: str
    as_of: date | None
    queried: tuple[str, ...] = ()
    left_out: str = ""
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True)
class Misplaced:
    """Something under `extracts/` that belongs to no source."""

    name: str
    error: WorkbenchError


@dataclass(frozen=True)
class Found:
    """What lies under `extracts/`.

    Attributes:
        deliveries: in the order of their as-of dates, so that history is loaded before what follows it.
        n_ignored: hidden files, READMEs and what other programs leave.
    """

    deliveries: tuple[Delivery, ...]
    misplaced: tuple[Misplaced, ...]
    n_ignored: int


def discover(extracts: Path, catalogue: Catalogue) -> Found:
    """Look through a workspace's `extracts/` folder; nothing is opened."""
    deliveries: list[Delivery] = []
    misplaced: list[Misplaced] = []
    ignored = 0
    for entry in sorted(extracts.iterdir()) if extracts.is_dir() else ():
        if _BYSTANDERS.match(entry.name):
            ignored += 1
        elif entry.is_dir() and entry.name in catalogue.sources:
            files = sorted(path for path in entry.rglob("*") if path.is_file())
            kept = [path for path in files if not _is_bystander(path, entry)]
            ignored += len(files) - len(kept)
            deliveries += _deliveries(catalogue.sources[entry.name], kept, extracts)
        elif entry.is_dir():
            if any(path.is_file() and not _is_bystander(path, entry) for path in entry.rglob("*")):
                misplaced.append(Misplaced(f"{entry.name}/", _unknown_folder(entry.name, catalogue)))
        else:
            misplaced.append(Misplaced(entry.name, _loose_file(entry, catalogue)))
    deliveries.sort(key=lambda delivery: (delivery.as_of or date.min, delivery.contract.source, delivery.name))
    return Found(tuple(deliveries), tuple(misplaced), ignored)


def _is_bystander(path: Path, folder: Path) -> bool:
    return any(_BYSTANDERS.match(part) for part in path.relative_to(folder).parts)


def _deliveries(contract: Contract, files: list[Path], extracts: Path) -> Iterable[Delivery]:
    if contract.format in FOLDER_FORMATS:
        for folder in sorted({path.parent for path in files}):
            together = tuple(path for path in files if path.parent == folder)
            yield Delivery(contract, together, str(folder.relative_to(extracts).as_posix()), None)
        return
    for path in files:
        dated = day_in_name(path.name) if contract.as_of == "fileName" else None
        yield Delivery(contract, (path,), path.relative_to(extracts).as_posix(), dated)


def day_in_name(name: str) -> date | None:
    """The day with which a file's name ends, as in `visits_2026-11-22.csv`; None where there is none.

    Example:
        >>> day_in_name("visits_2026-11-22.csv")
        datetime.date(2026, 11, 22)
    """
    match = _DATED.match(Path(name).stem)
    if match is None:
        return None
    try:
        return date.fromisoformat(match["day"])
    except ValueError:
        return None


def ends_as_a_list(name: str) -> bool:
    """Whether a name ends as that of one table in text, of a workbook or of a zip archive; some systems give no ending.

    Example:
        >>> ends_as_a_list("visits_2026-11-22.CSV"), ends_as_a_list("visits_2026-11-22"), ends_as_a_list("visits.docx")
        (True, True, False)
    """
    ending = Path(name).suffix.lower()
    return not ending or ending in TEXT or ending in ENDINGS or is_zip(name)


def refuse_wrong_folder(path: Path, contract: Contract, catalogue: Catalogue) -> None:
    """Refuse a file whose name is that of another source, before its columns are taken for this one's.

    Raises:
        RefusedFileError: its name says that it belongs elsewhere.
    """
    match = _DATED.match(path.stem)
    stem = (match["stem"] if match else path.stem).strip().lower()
    if stem != contract.source and stem in catalogue.sources:
        raise _belongs(path.name, contract, stem)


def looks_like(path: Path, contract: Contract, catalogue: Catalogue) -> RefusedFileError | None:
    """After a refusal: which other source the file seems to be, by its header or kind; None where it is unclear."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        of_form = [form for form, words in _XML_FORMS.items() if all(word in data for word in words)]
        fits = [c.source for c in catalogue.sources.values() if c.format in of_form]
    else:
        fits = _by_header(data, path.name, catalogue)
    if len(fits) == 1 and fits[0] != contract.source:
        return _belongs(path.name, contract, fits[0])
    return None


def _by_header(data: bytes, name: str, catalogue: Catalogue) -> list[str]:
    try:
        lines, _, _ = split_lines(decode(data, name).text, name)
    except WorkbenchError:
        return []
    scores: dict[str, float] = {}
    for contract in catalogue.sources.values():
        if contract.format == "cin_census_xml":
            continue
        for table in contract.tables.values():
            known = aliases(table)
            required = sum(column.required for column in table.columns.values()) or len(table.columns)
            for separator in SEPARATORS:
                for line in lines[:SEARCHED]:
                    cells = cells_of(line, separator)
                    found = n_recognised(cells, known)
                    if found >= required and 2 * found > len(cells):
                        share = found / max(len(cells), len(table.columns))
                        scores[contract.source] = max(share, scores.get(contract.source, 0))
    best = max(scores.values(), default=0)
    return [source for source, share in scores.items() if share == best]


def _belongs(name: str, contract: Contract, source: str) -> RefusedFileError:
    return RefusedFileError(
        f"This file looks like {source}, not {contract.source}: nothing of it was taken.",
        where=f"extracts/{contract.source}/{name}",
        next_step=f"Move it to extracts/{source}.",
    )


def _unknown_folder(name: str, catalogue: Catalogue) -> WorkbenchError:
    return RefusedFileError(
        "No contract describes a source of this name, so the files in the folder were not read.",
        where=f"extracts/{name}",
        next_step=f"Use one of: {', '.join(catalogue.sources)}; or write a contract for it.",
    )


def _loose_file(path: Path, catalogue: Catalogue) -> WorkbenchError:
    match = _DATED.match(path.stem)
    stem = (match["stem"] if match else path.stem).strip().lower()
    folder = stem if stem in catalogue.sources else "the folder of its source"
    return RefusedFileError(
        "This file lies beside the sources' folders, so what it is cannot be told.",
        where=f"extracts/{path.name}",
        next_step=f"Move it to extracts/{folder}." if stem in catalogue.sources else f"Move it to {folder}.",
    )
