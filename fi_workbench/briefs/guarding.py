"""The last look at every file: an index of the authority's people, and the one way to write a file that may leave."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fi_workbench.briefs.characters import check_printable
from fi_workbench.briefs.paper_text import PDF, paper_text
from fi_workbench.contracts import Catalogue
from fi_workbench.disclosure import WHERE_FROM, IdentifierIndex, found_in, index_identifiers, is_personal, scan
from fi_workbench.errors import DisclosureError
from fi_workbench.settings import Settings
from fi_workbench.store import Lake, Pin


@dataclass(frozen=True)
class Guard:
    """Writes files after looking for anybody in them.

    Attributes:
        index: the authority's identifiers as known at the run's pin.
        allowed: names of the authority and its units, which somebody may share.
    """

    index: IdentifierIndex
    allowed: Collection[str] = field(repr=False)

    def names_nobody(self, words: str) -> bool:
        """Whether words that somebody may have chosen pass as a page would, so that they may be said and kept."""
        return not found_in(words, self.index, allowed_words=self.allowed)

    def check(
        self,
        files: Mapping[str, bytes],
        *,
        dates: Collection[date],
        references: bool = False,
        also: Collection[str] = (),
        next_step: str = WHERE_FROM,
    ) -> None:
        """Look through every file of a product, and its name; a PDF by all that it says.

        Args:
            files: contents by path within the product.
            dates: dates that the files may show.
            references: whether they may hold case references.
            also: names that these files may hold besides, such as that of the analyst who releases them.
            next_step: what to do where one holds somebody.

        Raises:
            DisclosureError: one of them holds somebody, or is a PDF that cannot be read; none may then be written.
        """
        for name in sorted(files):
            content = files[name]
            scan(
                name,
                paper_text(content, name) if content.startswith(PDF) else content,
                self.index,
                declared_dates=dates,
                allowed_words=[*self.allowed, *also],
                references=not references,
                next_step=next_step,
            )

    def check_said(
        self, text: str, *, what: str, where: str, dates: Collection[date] = (), also: Collection[str] = ()
    ) -> None:
        """Look through words that a person wrote, before they get into any file.

        Args:
            text: the words.
            what: what they are, as "A reason".
            where: the option or file that they came in.
            dates: dates that they may hold.
            also: names that they may hold besides those of the authority and its units.

        Raises:
            WrongUseError: a character of them cannot be printed.
            DisclosureError: they hold somebody; nothing may then be kept.
        """
        check_printable(text, where)
        held = found_in(text, self.index, declared_dates=dates, allowed_words=[*self.allowed, *also])
        if held:
            raise DisclosureError(
                f"{what} holds {', '.join(held)}.",
                where=where,
                next_step="Say it without any person; nothing was kept.",
            )


def make_guard(lake: Lake, catalogue: Catalogue, pin: Pin, settings: Settings) -> Guard:
    """Index everybody known at a pin.

    Args:
        lake: the lake.
        catalogue: the contracts; the personal and reference columns of every source table are read.
        pin: what was known.
        settings: for the names of the authority and its units.
    """
    ever_loaded = set(lake.ledger()["source"].to_list())
    columns = {
        name: [c.name for c in table.columns.values() if c.classification in {"personal", "case_reference"}]
        for name, table in catalogue.tables.items()
        if table.source in ever_loaded and is_personal(table)
    }
    address = re.split(r"[^A-Za-z0-9]+", settings.briefs.feedback_address)
    names = [settings.authority.name, settings.briefs.contact, settings.briefs.feedback_address, *address]
    names += [*(unit.name for unit in settings.units)]
    codes = [unit.code for unit in settings.units]
    return Guard(index_identifiers(dict(lake.read_each(columns, pin)), catalogue), (*names, *codes))


def write_files(folder: Path, files: Mapping[str, bytes], *, mode: int | None = None) -> None:
    """Write checked files into a folder, closed to others from their first byte where a mode is given."""
    for name in sorted(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            path.write_bytes(files[name])
            continue
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(files[name])
