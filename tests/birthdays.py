"""A world in which somebody was born on every day, so that every date on a page must be declared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fi_workbench.briefs import guarding
from fi_workbench.disclosure import IdentifierIndex, index_identifiers

FIRST, LAST = date(1900, 1, 1), date(2100, 1, 1)
"""Grandparents are known, too, and two figures of a year are read as either century's."""


@contextmanager
def every_day_a_birthday() -> Iterator[None]:
    """Among thousands of children nearly every day is somebody's birthday, and a page may show dates all the same.

    A small authority would let through a page that shows a date which nobody declared, until one Monday a child is
    born on it and no page is made at all.
    """
    every = frozenset(map(date.fromordinal, range(FIRST.toordinal(), LAST.toordinal())))

    def index(*given: Any) -> IdentifierIndex:
        return replace(index_identifiers(*given), birth_dates=every)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guarding, "index_identifiers", index)
        yield
