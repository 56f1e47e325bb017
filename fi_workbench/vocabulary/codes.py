"""What a code list is: values with labels, groups and the collection years that had them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from fi_workbench.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list.

    Args:
        value: as it stands in a return.
        label: for people, in plain words.
        group: the heading it is counted under, where the list has headings.
        first_year: the first collection year that had it (None: since before 2017, where our record starts).
        last_year: the last collection year that had it (None: still collected).
    """

    value: str
    label: str
    group: str = ""
    first_year: int | None = None
    last_year: int | None = None

    def in_force(self, year: int) -> bool:
        """Whether the collection of that year had this code."""
        return (self.first_year or year) <= year <= (self.last_year or year)

    @property
    def years(self) -> str:
        """The years in words, empty for a code that was always there.

        >>> Code("18A", "Physical abuse", last_year=2020).years
        'collected up to 2020'
        """
        parts = []
        if self.first_year:
            parts.append(f"from {self.first_year}")
        if self.last_year:
            parts.append(f"up to {self.last_year}")
        return f"collected {' '.join(parts)}" if parts else ""


@dataclass(frozen=True)
class CodeList:
    """The codes that one item of a return may hold, in the order in which its guide lists them."""

    name: str
    codes: tuple[Code, ...]
    source: str

    def __iter__(self) -> Iterator[Code]:
        """The codes in order."""
        return iter(self.codes)

    def __len__(self) -> int:
        """How many codes there are, retired ones among them."""
        return len(self.codes)

    def __contains__(self, value: object) -> bool:
        """Whether the list has, or once had, this value."""
        return value in self._by_value

    @cached_property
    def _by_value(self) -> dict[str, Code]:
        return {code.value: code for code in self.codes}

    @property
    def values(self) -> tuple[str, ...]:
        """Every value, retired ones among them."""
        return tuple(self._by_value)

    def in_force(self, year: int) -> tuple[str, ...]:
        """The values that the collection of that year had."""
        return tuple(code.value for code in self.codes if code.in_force(year))

    def code(self, value: str) -> Code:
        """Look a value up.

        Raises:
            WorkbenchError: the list never had it.
        """
        try:
            return self._by_value[value]
        except KeyError:
            raise WorkbenchError(
                "A code is not in its code list.",
                where=f"code list {self.name}",
                next_step=f"The list has: {', '.join(self.values)}.",
            ) from None

    def label(self, value: str | None) -> str:
        """What a value means; "not recorded" where there is none.

        Raises:
            WorkbenchError: the list never had it.
        """
        return "Not recorded" if value is None else self.code(value).label

    def frame(self) -> pl.DataFrame:
        """The list as a frame, for joins: one row per code, in the list's order."""
        return pl.DataFrame(
            {
                "value": [code.value for code in self.codes],
                "label": [code.label for code in self.codes],
                "group": [code.group for code in self.codes],
                "first_year": [code.first_year for code in self.codes],
                "last_year": [code.last_year for code in self.codes],
            },
            schema={
                "value": pl.String,
                "label": pl.String,
                "group": pl.String,
                "first_year": pl.Int64,
                "last_year": pl.Int64,
            },
        )


def code_list(name: str, source: str, *codes: Code) -> CodeList:
    """Put codes together, refusing the same value twice.

    Raises:
        WorkbenchError: a value stands in the list twice.
    """
    values = [code.value for code in codes]
    if len(values) != len(set(values)):
        raise WorkbenchError("A code list holds the same value twice.", where=f"code list {name}")
    return CodeList(name, tuple(codes), source)


def grouped(group: str, **labels: str) -> tuple[Code, ...]:
    """Codes of one group; a leading underscore lets a value start with a digit (`_1A`).

    >>> [code.value for code in grouped("Schools", _2A="Schools")]
    ['2A']
    """
    return tuple(Code(value.removeprefix("_"), label, group) for value, label in labels.items())


def since(first_year: int, group: str, **labels: str) -> tuple[Code, ...]:
    """Codes of one group that were all collected from the same year on.

    >>> since(2022, "Work", F4="Apprenticeship")[0].years
    'collected from 2022'
    """
    return tuple(replace(code, first_year=first_year) for code in grouped(group, **labels))
