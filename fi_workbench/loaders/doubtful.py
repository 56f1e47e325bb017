"""Files of which nobody can tell whether they are the list that was meant: copies, and several lists of one day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from fi_workbench.loaders.discover import Delivery, ends_as_a_list
from fi_workbench.loaders.history import History
from fi_workbench.loaders.raw import Hold
from fi_workbench.store import sha256_of

_COPY = re.compile(r"^copy of |(?: -|_) copy\b|\bcopy(?: \([0-9]+\))?$", re.IGNORECASE)
"""How Windows and macOS call a copy in a folder."""


def in_doubt(deliveries: Sequence[Delivery], history: History) -> list[Delivery]:
    """The deliveries, each with why it waits: a copy by its name, or one of several full lists of a day that are new.

    Of several new lists of a source for one day, the last to be read would take the place of the others by nothing
    but the order of their names. One that comes after another was loaded is a correction, and is taken.
    """
    several = _several(deliveries, history)
    return [
        replace(one, holds=(*_copies(one), *([_which(several[one.name])] if one.name in several else [])))
        for one in deliveries
    ]


def _copies(delivery: Delivery) -> list[Hold]:
    if delivery.queried or len(delivery.files) != 1 or not _COPY.search(delivery.files[0].stem):
        return []
    reason = "The name of the file says that it is a copy, and what it is a copy of may have been loaded."
    step = "Take it out of the folder; if it is the list that is meant, name it as the source's other files."
    return [Hold("is_no_copy", reason, step)]


def _several(deliveries: Sequence[Delivery], history: History) -> dict[str, int]:
    """How many new lists a day has, by delivery, where there is more than one."""
    by_day: dict[tuple[str, str], list[Delivery]] = {}
    for one in deliveries:
        is_list = one.contract.format != "delimited" or ends_as_a_list(one.name)
        if is_list and one.as_of is not None and one.contract.delivery in {None, "full"}:
            by_day.setdefault((one.contract.source, one.as_of.isoformat()), []).append(one)
    found: dict[str, int] = {}
    for together in by_day.values():
        contents = _new_contents(together, history) if len(together) > 1 else {}
        if len(set(contents.values())) > 1:
            found |= dict.fromkeys(contents, len(set(contents.values())))
    return found


def _new_contents(together: Sequence[Delivery], history: History) -> dict[str, tuple[str, ...]]:
    contents = {}
    for one in together:
        with suppress(OSError):  # a file that cannot be read is refused where it is read
            hashes = tuple(sha256_of(path) for path in one.files)
            if not history.knows(one.contract.source, hashes, one.as_of):
                contents[one.name] = hashes
    return contents


def _which(n: int) -> Hold:
    return Hold(
        "one_list_for_a_day",
        f"There are {n} different full lists of this source for the same day, and one would take the others' place.",
        "Leave the right one in the folder and take the others out, then run `fi-workbench load`.",
    )
