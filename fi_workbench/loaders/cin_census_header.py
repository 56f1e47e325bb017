"""The header of a census file: what it covers, and where it disagrees with the settings or with itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from fi_workbench.loaders.raw import Hold, Note
from fi_workbench.settings import Settings

_ACCEPT = "If the file is the right one, take it with `fi-workbench load --accept`; otherwise replace it."
_KNOWN = frozenset(
    {
        "CollectionDetails",
        "Collection",
        "Year",
        "ReferenceDate",
        "Source",
        "SourceLevel",
        "LEA",
        "SoftwareCode",
        "Release",
        "SerialNo",
        "DateTime",
        "Content",
        "CBDSLevels",
        "CBDSLevel",
    }
)


@dataclass(frozen=True)
class Header:
    """What the header says; None and empty where it does not say it readably.

    Attributes:
        year: the collection year: 2026 for 1 April 2025 to 31 March 2026.
        reference_date: the day the census is about, 31 March of the year.
        made_on: the day of each export that the file was put together from.
    """

    collection: str = ""
    year: int | None = None
    reference_date: date | None = None
    authorities: tuple[str, ...] = ()
    made_on: tuple[date, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def as_of(self) -> date | None:
        """What the file covers up to: the reference date, or the day of the export where that was earlier."""
        days = [*self.made_on, *([self.reference_date] if self.reference_date else [])]
        return min(days, default=None)

    @property
    def is_in_year(self) -> bool:
        """Whether the file was made before its reference date."""
        return bool(self.reference_date and self.made_on and min(self.made_on) < self.reference_date)

    @property
    def census_year(self) -> int | None:
        """The collection year, from the reference date where the year itself is missing."""
        return self.year or (self.reference_date.year if self.reference_date else None)


def read_header(element: etree._Element | None) -> Header:
    """Read the `Header` element; a missing one reads as one that says nothing."""
    if element is None:
        return Header()
    texts = {tag: list(_texts(element, tag)) for tag in ("Collection", "Year", "ReferenceDate", "LEA", "DateTime")}
    years = [int(text) for text in texts["Year"] if text.isdecimal() and len(text) == 4]
    days = [day for text in texts["ReferenceDate"] if (day := _day(text))]
    tags = (str(inner.tag) for inner in element.iterdescendants())
    return Header(
        collection=texts["Collection"][0] if texts["Collection"] else "",
        year=years[0] if years else None,
        reference_date=days[0] if days else None,
        authorities=tuple(sorted(set(texts["LEA"]))),
        made_on=tuple(sorted({day for text in texts["DateTime"] if (day := _day(text))})),
        unknown=tuple(sorted({tag[:40] for tag in tags if tag not in _KNOWN})),
    )


def _texts(element: etree._Element, tag: str) -> Iterator[str]:
    for found in element.iterdescendants(tag):
        if text := "".join(map(str, found.itertext())).strip():
            yield text


def _day(text: str) -> date | None:
    """The day of a date or of a time (2022-07-21T10:12:28Z)."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def header_notes(header: Header) -> list[Note]:
    """What is unusual and harmless."""
    notes = [Note("element in the header that no census has", tag, 1) for tag in header.unknown]
    if header.is_in_year:
        notes.append(Note("an extract made within the census year: it covers up to the day it was made", "Header"))
    if len(header.made_on) > 1:
        notes.append(Note("put together from several exports; the earliest counts", "Header", len(header.made_on)))
    return notes


def header_holds(header: Header, settings: Settings) -> list[Hold]:
    """Where the header disagrees with itself or with the settings: each waits for a person."""
    return [
        *_holds_on_collection(header, settings),
        *_holds_on_authority(header, settings),
        *_holds_on_reference_date(header),
    ]


def _holds_on_collection(header: Header, settings: Settings) -> Iterator[Hold]:
    if header.collection != "CIN":
        said = "names another collection than CIN" if header.collection else "names no collection"
        yield Hold("header_collection", f"The header {said}.", _ACCEPT)
    expected = settings.returns.cin_census_years
    if header.year is None:
        yield Hold("header_year", "The header gives no collection year.", _ACCEPT)
    elif expected and header.year not in expected:
        years = " or ".join(str(year) for year in expected)
        yield Hold(
            "header_year",
            f"The header says collection year {header.year}; the settings expect {years}.",
            f"{_ACCEPT} To expect this year, add it to returns.cin_census_years in workbench.toml.",
        )


def _holds_on_authority(header: Header, settings: Settings) -> Iterator[Hold]:
    ours = settings.authority.code
    if header.authorities == (ours,):
        return
    theirs = " and ".join(code[:10] for code in header.authorities)
    said = f"says authority {theirs}" if theirs else "names no authority"
    yield Hold("header_authority", f"The header {said}; the settings say {ours}.", _ACCEPT)


def _holds_on_reference_date(header: Header) -> Iterator[Hold]:
    if header.reference_date is None:
        yield Hold("header_reference_date", "The header gives no reference date.", _ACCEPT)
    elif header.year is not None and header.reference_date != date(header.year, 3, 31):
        yield Hold(
            "header_reference_date",
            f"The header says reference date {header.reference_date} for collection year {header.year}, whose "
            f"reference date is {header.year}-03-31.",
            _ACCEPT,
        )
