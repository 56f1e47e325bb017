"""What a return covers up to: said by the name of its folder or by a person, never taken from the events in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.raw import Hold
from fi_workbench.settings import Settings

_YEAR = re.compile(r"^(?:ssda903[_ -]?)?(20[0-9]{2})$", re.IGNORECASE)
_YEARS = re.compile(r"^(?:ssda903[_ -]?)?(20[0-9]{2})[-_ ](?:20)?([0-9]{2})$", re.IGNORECASE)
_DAY = re.compile(r"^(?:ssda903[_ -]?)?(20[0-9]{2}-[0-9]{2}-[0-9]{2})$", re.IGNORECASE)


def folder_of(files: Sequence[Path]) -> Path:
    """The one folder that the files of a delivery lie in.

    Raises:
        RefusedFileError: they lie in several.
    """
    folders = sorted({path.parent for path in files})
    if len(folders) != 1:
        raise RefusedFileError(
            "The files of one return lie in several folders.",
            how_many=f"{len(folders)} folders",
            next_step="Put the files of each collection year in a folder of their own.",
        )
    return folders[0]


def declared_day(folder: str) -> date | None:
    """What a folder's name says that its files cover up to.

    Example:
        >>> declared_day("2026"), declared_day("2025-26"), declared_day("2025-11-22"), declared_day("ssda903")
        (datetime.date(2026, 3, 31), datetime.date(2026, 3, 31), datetime.date(2025, 11, 22), None)
    """
    if match := _YEAR.match(folder):
        return date(int(match[1]), 3, 31)
    if (match := _YEARS.match(folder)) and (int(match[1]) + 1) % 100 == int(match[2]):
        return date(int(match[1]) + 1, 3, 31)
    if match := _DAY.match(folder):
        try:
            return date.fromisoformat(match[1])
        except ValueError:
            return None
    return None


def collection_year(day: date) -> int:
    """The collection year that a day falls in: 2026 is 1 April 2025 to 31 March 2026.

    Example:
        >>> collection_year(date(2026, 3, 31)), collection_year(date(2026, 4, 1))
        (2026, 2027)
    """
    return day.year + (day > date(day.year, 3, 31))


def folder_holds(as_of: date | None, settings: Settings) -> list[Hold]:
    """Why the delivery waits for a person: its year is not one that the settings expect."""
    expected = settings.returns.ssda903_years
    year = collection_year(as_of) if as_of else None
    if year is None or not expected or year in expected:
        return []
    years = " or ".join(str(one) for one in expected)
    return [
        Hold(
            "collection_year",
            f"The files are of collection year {year}; the settings expect {years}.",
            "If they are the right ones, take them with `fi-workbench load --accept`. To expect this year, add it to "
            "returns.ssda903_years in workbench.toml.",
        )
    ]
