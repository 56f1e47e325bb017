"""How a unit keeps its dates: counts by clock, what is not recorded, and where nothing can be told."""

from __future__ import annotations

from collections.abc import Iterable

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import counted, day, joined, number, of, sentence
from fi_workbench.display.reading import words_of
from fi_workbench.display.released import Row, dates_of, rows_of, same_audience
from fi_workbench.display.stacked import clocks_chart

_NAMED, _NAMED_WORDS = 3, 18
"""So many clocks, of so many words together, are named in a sentence."""


def clocks(released: Released) -> Section:
    """Dates kept, by clock, over 4 and 13 weeks; "no visit recorded", never "late"; and how long recording takes.

    Args:
        released: `unit_clocks`.
    """
    rows = rows_of(released, "unit_clocks")
    windows = sorted({row["window_weeks"] for row in rows})
    longest = windows[-1] if windows else 13
    by_clock: dict[str, dict[int, Row]] = {}
    for row in rows:
        by_clock.setdefault(row["clock"], {})[row["window_weeks"]] = row
    told = {clock: found for clock, found in by_clock.items() if any(row["can_tell"] for row in found.values())}
    with_dates = {clock: found for clock, found in told.items() if any(row["n_due"] for row in found.values())}
    quiet = [found for clock, found in told.items() if clock not in with_dates]
    table = _table(
        {**with_dates, **{clock: found for clock, found in by_clock.items() if clock not in with_dates}}, windows
    )
    chart_rows = [found[longest] for found in with_dates.values() if longest in found and found[longest]["n_due"]]
    notes = [_quiet(quiet)] if quiet else []
    notes += _cannot(found for clock, found in by_clock.items() if clock not in told)
    audience, unit = same_audience([released])
    return Section(
        key="clocks",
        audience=audience,
        unit=unit,
        lead=_lead(by_clock, told, with_dates),
        charts=(clocks_chart(chart_rows, longest, table),) if chart_rows else (),
        tables=() if chart_rows or not with_dates else (table.model_copy(update={"folded": False}),),
        notes=tuple(notes),
        dates=dates_of(released),
    )


def _lead(by_clock: dict[str, dict[int, Row]], told: dict[str, dict[int, Row]], due: dict[str, dict[int, Row]]) -> str:
    if not told:
        return "We cannot tell how dates were kept: the lists that would say so are not here."
    if not due:
        return "No dates fell due."
    untold = len(by_clock) - len(told)
    return f"For {counted(untold, 'clock')} of {len(by_clock)} we cannot tell how dates were kept." if untold else ""


def _table(due: dict[str, dict[int, Row]], windows: list[int]) -> Table:
    headings = [Heading(label="Clock")]
    headings += [Heading(label=f"Kept in {counted(weeks, 'week')}", numeric=True) for weeks in windows]
    headings += [Heading(label="No record", numeric=True), Heading(label="Days to record", numeric=True)]
    lines = []
    for found in due.values():
        last = found[max(found)]
        line = [last["label"]]
        for weeks in windows:
            row = found.get(weeks)
            line.append(_kept(row))
        line += [
            f"{last['n_not_recorded']:,}" if last["can_tell"] else "unknown",
            _lag(last["median_recording_lag_days"]),
        ]
        lines.append(tuple(line))
    return Table(
        caption="Dates kept, by clock",
        folded=True,
        headings=tuple(headings),
        rows=tuple(lines),
        notes=(
            "No record means that no visit or meeting is recorded for a date that has passed. It may have happened.",
            "Days to record is the middle number of days between a visit and its record.",
        ),
    )


def _lag(days: float | None) -> str:
    return "unknown" if days is None else number(days)


def _kept(row: Row | None) -> str:
    if row is None or not row["can_tell"]:
        return "cannot tell"
    return of(row["n_kept"], row["n_due"]) if row["n_due"] else "none due"


def _quiet(quiet: list[dict[int, Row]]) -> str:
    names = [found[max(found)]["label"] for found in quiet]
    return sentence(f"no dates fell due for: {_named(names)}")


def _named(names: list[str]) -> str:
    """Clocks by name where they are few and short; otherwise counted, since the table names them all."""
    said = joined(names)
    return said if len(names) <= _NAMED and len(words_of(said)) <= _NAMED_WORDS else counted(len(names), "clock")


def _cannot(untold: Iterable[dict[int, Row]]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for found in untold:
        row = found[max(found)]
        reasons.setdefault(row["why_not"] or "the list that would say so is not here", []).append(row["label"])
    return [
        sentence(f"{_named(names)}: we cannot tell. {sentence(reason)}") for reason, names in sorted(reasons.items())
    ]


def rules(released: Released) -> Table:
    """The rule of each clock with who made it, for the end of a brief.

    Args:
        released: `unit_clocks`.
    """
    seen: dict[str, Row] = {}
    for row in rows_of(released, "unit_clocks"):
        seen.setdefault(row["clock"], row)
    return Table(
        caption="Rules behind the dates",
        folded=True,
        headings=(
            Heading(label="Clock"),
            Heading(label="Rule"),
            Heading(label="Who made it"),
            Heading(label="Records up to"),
        ),
        rows=tuple(
            (row["label"], sentence(row["rule"]), row["rule_source"], day(row["as_of"]) if row["as_of"] else "not here")
            for row in seen.values()
        ),
    )
