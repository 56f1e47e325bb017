"""Read a census of children in need: XML of any collection from 2017 to 2026.

Nothing is typed and nothing is judged here; the contract does that. What only the reader can know it says: elements
that stand twice, codes that had been retired before the file's collection year, and where the header disagrees.

A file that can be cut between children is read in stretches: a regular one column by column, any other child by child.
A large one is handed over in parts, so that memory does not grow with it.

Source:
    Department for Education, children in need census: XML schemas 2017 to 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

from fi_workbench.contracts import Contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.cin_census_header import Header, header_holds, header_notes, read_header
from fi_workbench.loaders.cin_census_parts import Parts, WholeFile
from fi_workbench.loaders.cin_census_survey import survey
from fi_workbench.loaders.cin_census_walk import CENSUS, walk
from fi_workbench.loaders.raw import RawExtract, RawFile
from fi_workbench.loaders.xml_reading import refuse_unsafe
from fi_workbench.loaders.xml_rows import NO_CHILDREN
from fi_workbench.settings import Settings
from fi_workbench.store import sha256_of

STRETCH = 32 << 20
"""Bytes read together: more than the census of all but the largest authorities, so that those are one part."""


def read(
    files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None, stretch: int = STRETCH
) -> RawExtract:
    """Read one census file into rows of text, one for each block.

    Args:
        files: exactly one file.
        contract: the census's contract; tags are its physical names.
        settings: whose authority and collection years the header must agree with.
        as_of: what the file covers up to, used only where the header does not say.
        stretch: bytes that are read together.

    Returns:
        Every table of the contract, empty ones too, in the order of the file; `scope` is the collection year. `as_of`
        is empty while nobody said it, and the file then waits. A file longer than a stretch comes in `batches`.

    Raises:
        RefusedFileError: not a census, not safe, cut off or not well-formed; nothing was taken.
    """
    if len(files) != 1:
        raise RefusedFileError("A census is one file.", how_many=f"{len(files)} files given")
    path = files[0]
    refuse_unsafe(path, CENSUS)
    seen = survey(path, stretch)
    source: Parts | WholeFile
    if seen.in_stretches:
        header = read_header(walk(BytesIO(seen.frame), path, contract).header)
        source = Parts(path, contract, seen, stretch, header.census_year)
        n_children = seen.n_children
    else:
        walked = walk(None, path, contract)
        header = read_header(walked.header)
        source = WholeFile(path.name, walked, header.census_year)
        n_children = walked.n_children
    declared = header.as_of or as_of
    holds = header_holds(header, settings)
    if n_children == 0:
        holds.append(NO_CHILDREN)
    large = seen.in_stretches and path.stat().st_size > stretch
    tables = () if large else next(iter(source))
    return RawExtract(
        source=contract.source,
        files=(_known_by_content(path),),
        as_of=declared,
        coverage_from=_year_start(header),
        coverage_to=declared,
        scope=str(header.census_year or ""),
        tables=tables,
        notes=(*header_notes(header), *(() if large else source.notes())),
        holds=tuple(holds),
        batches=source if large else None,
    )


def _year_start(header: Header) -> date | None:
    return date(header.census_year - 1, 4, 1) if header.census_year else None


def _known_by_content(path: Path) -> RawFile:
    return RawFile(path.name, sha256_of(path), path.stat().st_size)
