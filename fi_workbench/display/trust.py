"""How far a brief can be trusted: one line to begin with, and the sources in full at the end."""

from __future__ import annotations

from typing import Literal

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import NOT_KNOWN, counted, in_words, joined, sentence, short_day
from fi_workbench.display.released import Row, dates_of, rows_of, same_audience

_NAMED = 2
"""So many sources are named in the line of trust; the rest are counted and named at the end."""

HELD_BACK = ("allocations", "case_people", "restricted", "roster")
"""Lists of which a row held back may take somebody off a page, or a worker's children."""


def trust(freshness: Released, *, withheld: bool = False) -> Section:
    """One line of trust: may this be used, and what is old, held back or missing.

    Args:
        freshness: `source_freshness`, released.
        withheld: whether due dates are, since the case system's lists are too old for them.

    Example:
        "Good to use. Housing: 9 days old."
    """
    rows = rows_of(freshness, "source_freshness")
    loaded = [row for row in rows if row["loaded"]]
    old = sorted((row for row in loaded if _is_behind(row)), key=lambda row: (-(row["age_days"] or 0), row["source"]))
    # What the case management system did not send matters most, so it is named first.
    missing = sorted(
        (row for row in rows if not row["loaded"]), key=lambda row: (row["kind"] != "case_system", row["source"])
    )
    case_lists = [row for row in rows if row["kind"] == "case_system"]
    lists_here = [row for row in case_lists if row["loaded"]]
    level: Literal["good", "care", "stop"]
    if not loaded:
        level, lead = "stop", "Do not use. Nothing has been loaded for this week."
    elif not lists_here:
        level = "care"
        known = sorted({row["name"] for row in loaded})
        rests = joined([_lower(name) for name in known]) if len(known) <= _NAMED else f"{len(known)} other sources"
        lead = (
            f"Use with care. There is no weekly list from the case management system. This brief rests on {rests} alone"
            f"{', named at the end' if len(known) > _NAMED else ''}."
        )
        missing = [row for row in missing if row["kind"] == "partner"]
    elif withheld or any(row["state"] == "old" for row in lists_here):
        level, lead = "care", "Use with care. Check dates on the case management system first."
    elif len(lists_here) < len(case_lists):
        level, lead = "care", "Use with care."
    else:
        level, lead = "good", "Good to use."
    held = sorted(
        (row for row in loaded if row["source"] in HELD_BACK and row["n_quarantined"]),
        key=lambda row: (-row["n_quarantined"], row["source"]),
    )
    if held and level == "good":
        level, lead = "care", "Use with care."
    said = [f"{_name(row)}: {counted(row['age_days'] or 0, 'day')} old." for row in old[:_NAMED]]
    if len(old) > _NAMED:
        said.append(sentence(f"{in_words(len(old) - _NAMED)} more {_is(len(old) - _NAMED)} old"))
    said += [f"{_name(row)}: {counted(row['n_quarantined'], 'row')} held back." for row in held[:_NAMED]]
    if len(held) > _NAMED:
        more = len(held) - _NAMED
        said.append(sentence(f"{in_words(more)} more {'list has' if more == 1 else 'lists have'} rows held back"))
    if missing and loaded:
        names = [_lower(_name(row)) for row in missing]
        lists = [_lower(_name(row)) for row in missing if row["kind"] == "case_system"][:_NAMED]
        if len(names) <= _NAMED:
            said.append(sentence(f"nothing has come from {joined(names)}"))
        elif lists and level == "care":
            more = len(names) - len(lists)
            said.append(sentence(f"nothing has come from {joined(lists)}"))
            said.append(sentence(f"{in_words(more)} more {_is(more)} missing, named at the end"))
        else:
            said.append(sentence(f"nothing has come from {in_words(len(names))} sources, named at the end"))
    audience, unit = same_audience([freshness])
    return Section(
        key="trust",
        audience=audience,
        unit=unit,
        lead=" ".join([lead, *said]),
        level=level,
        dates=dates_of(freshness),
    )


def sources(freshness: Released) -> Section:
    """Every source with how far it goes, how old it is, and how many of its rows wait for a person.

    Args:
        freshness: `source_freshness`, released.
    """
    rows = sorted(rows_of(freshness, "source_freshness"), key=lambda row: (not row["loaded"], row["name"]))
    here = [row for row in rows if row["loaded"]]
    table = Table(
        caption="Sources of this brief",
        headings=(
            Heading(label="Source"),
            Heading(label="Goes up to", fixed=True),
            Heading(label="State"),
            Heading(label="Rows held back", numeric=True),
        ),
        rows=tuple(
            (
                _name(row),
                short_day(row["as_of"]) if row["as_of"] else NOT_KNOWN,
                _state(row),
                f"{row['n_quarantined']:,}",
            )
            for row in rows
        ),
        notes=(
            "Rows held back broke a rule of their contract and wait for a person; they are in no figure here.",
            "Of people, relationships, workers and allocations the last sound row stands instead.",
            "A source that few councils send is named once it has come.",
        ),
    )
    audience, unit = same_audience([freshness])
    return Section(
        key="sources",
        audience=audience,
        unit=unit,
        lead=sentence(f"{in_words(len(here))} of {in_words(len(rows))} sources are here"),
        tables=(table,) if rows else (),
        dates=dates_of(freshness),
    )


def _is_behind(row: Row) -> bool:
    """Older than it should be: past its threshold, or a delivery missed although it may still be used."""
    return bool(row["state"] == "old" or (row["age_days"] or 0) > row["cadence_days"])


def _state(row: Row) -> str:
    if not row["loaded"]:
        return "nothing has come"
    if row["state"] == "fresh":
        return "up to date"
    return f"{counted(row['age_days'], 'day')} old" if row["age_days"] is not None else NOT_KNOWN


def _name(row: Row) -> str:
    return str(row["name"])


def _lower(name: str) -> str:
    first, _, rest = name.partition(" ")
    return (
        name if first.isupper() or any(c.isdigit() for c in first) else f"{first.lower()}{' ' + rest if rest else ''}"
    )


def _is(n: int) -> str:
    return "source is" if n == 1 else "sources are"
