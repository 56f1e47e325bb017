"""The page of a unit's manager: who holds how much, and which children wait for somebody to look, by date alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import NOT_KNOWN, counted, day, number, of, sentence, short_day
from fi_workbench.display.released import Row, dates_of, label, rows_of, same_audience

_NOBODY = "nobody yet"


def room(workload: Released, staff: Released) -> Section:
    """Children and families for each full-time post against the agreed number, and each worker's own.

    Args:
        workload: `unit_workload` of the unit, released for `manager`.
        staff: `manager_staff` of the unit, released for `manager`.
    """
    rows = rows_of(workload, "unit_workload")
    people = sorted(rows_of(staff, "manager_staff"), key=lambda row: row["place"])
    audience, unit = same_audience([workload, staff])
    facts = _facts(rows[0]) if rows else ()
    table = Table(
        caption="The unit's work", headings=(Heading(label="What"), Heading(label="How many", numeric=True)), rows=facts
    )
    own = Table(
        caption="What each worker holds, in order of surname",
        folded=True,
        headings=(
            Heading(label="Worker", fixed=True),
            Heading(label="Role"),
            Heading(label="Post", numeric=True),
            Heading(label="Children", numeric=True),
            Heading(label="Agreed", numeric=True),
            Heading(label="Families", numeric=True),
        ),
        rows=tuple(
            (
                row["worker_id"],
                label(staff, "role", row["role"]),
                number(row["fte"]),
                f"{row['n_children']:,}",
                number(row["agreed_children"]) if row["agreed_children"] is not None else "none agreed",
                f"{row['n_families']:,}",
            )
            for row in people
        ),
        notes=("The order is that of surnames. It says nothing about how anyone works.",),
    )
    return Section(
        key="room",
        audience=audience,
        unit=unit,
        lead=sentence(rows[0]["sentence"]) if rows else "No workload could be counted this week.",
        tables=(*((table,) if facts else ()), *((own,) if people else ())),
        notes=() if people else ("There is no recent list of the unit's workers.",),
        dates=dates_of(workload, staff),
    )


def _facts(row: Row) -> tuple[tuple[str, str], ...]:
    places, fte = row["capacity_children"], row["fte"]
    return (
        ("Children", of(row["n_children"], places) + " places" if places else f"{row['n_children']:,}"),
        ("Families", f"{row['n_families']:,}"),
        ("Full-time posts that hold cases", number(fte)),
        ("Children for one full-time post", number(row["children_per_fte"])),
        ("Families for one full-time post", number(round(row["n_families"] / fte, 1)) if fte else NOT_KNOWN),
        ("Children agreed for one full-time post", number(round(places / fte, 1)) if fte and places else NOT_KNOWN),
    )


def leavers(staff: Released, freshness: Released) -> Section:
    """Who leaves or is away, and how many children there are to hand over.

    Args:
        staff: `manager_staff` of the unit, released for `manager`.
        freshness: `source_freshness`, which says whether there is a list of leave.
    """
    people = sorted(rows_of(staff, "manager_staff"), key=lambda row: row["place"])
    gone = [row for row in people if row["last_day"]]
    away = [row for row in people if row["leave_first_day"] and not row["last_day"]]
    listed = next((row for row in rows_of(freshness, "source_freshness") if row["source"] == LEAVE), None)
    lead = [
        _hand_over(gone, "leaves or left", "leave or left") if gone else "Nobody's last day is within eight weeks.",
        *([_hand_over(away, "is away or will be", "are away or will be")] if away else []),
    ]
    tables = (
        _days(gone, "Last days and children to hand over, in order of surname", ("Last day",), ("last_day",)),
        _days(
            away,
            "Leave and children to hand over for a time, in order of surname",
            ("Away from", "Until"),
            ("leave_first_day", "leave_last_day"),
        ),
    )
    if listed is None or not listed["loaded"]:
        note = "No list says who is on leave, so leave is not counted here."
    elif listed["state"] == "old":
        note = "The list of leave is too old to rely on, so leave is not counted here."
    else:
        note = f"Leave of a week or more that is now or begins within four weeks. {_told_up_to(listed)}"
    return _section(
        "leavers",
        [staff, freshness],
        lead=" ".join(lead),
        tables=tuple(table for table in tables if table.rows),
        notes=(note,),
    )


LEAVE = "worker_leave"


def _hand_over(rows: Sequence[Row], one: str, several: str) -> str:
    n = sum(row["n_to_hand_over"] for row in rows)
    verb = one if len(rows) == 1 else several
    return f"{counted(len(rows), 'worker')} {verb}. They hold {counted(n, 'child')} to hand over."


def _days(rows: Sequence[Row], caption: str, labels: Sequence[str], columns: Sequence[str]) -> Table:
    return Table(
        caption=caption,
        headings=(
            Heading(label="Worker", fixed=True),
            *(Heading(label=one, fixed=True) for one in labels),
            Heading(label="Children", numeric=True),
        ),
        rows=tuple(
            (
                row["worker_id"],
                *(short_day(row[column]) if row[column] else NOT_KNOWN for column in columns),
                f"{row['n_to_hand_over']:,}",
            )
            for row in rows
        ),
    )


def _told_up_to(listed: Row) -> str:
    return f"The list goes up to {day(listed['as_of'])}." if listed["as_of"] else ""


def supervision_dates(staff: Released, sunday: date) -> Section:
    """Supervision that falls due in two weeks, or has no record.

    Args:
        staff: `manager_staff` of the unit, released for `manager`.
        sunday: the last day of the week.
    """
    rows = [row for row in rows_of(staff, "manager_staff") if row["supervision_due"]]
    soon = [row for row in rows if (row["supervision_due"] - sunday).days <= _SOON_DAYS]
    waits, unknown = (
        [row for row in soon if row["supervision_state"] == state] for state in ("no_record", "not_covered")
    )
    table = Table(
        caption="Supervision, in order of surname",
        folded=True,
        headings=(Heading(label="Worker", fixed=True), Heading(label="Date", fixed=True), Heading(label="What")),
        rows=tuple(
            (
                row["worker_id"],
                short_day(row["supervision_due"]),
                label(staff, "supervision_state", row["supervision_state"]),
            )
            for row in sorted(soon, key=lambda row: row["place"])
        ),
    )
    lead = "No supervision falls due in the next two weeks."
    if soon:
        n = len(soon) - len(waits) - len(unknown)
        lead = f"{counted(n, 'meeting')} {'falls' if n == 1 else 'fall'} due in two weeks."
        if waits:
            lead += f" {counted(len(waits), 'meeting')} that fell due {'has' if len(waits) == 1 else 'have'} no record."
        if unknown:
            lead += f" {counted(len(unknown), 'meeting')} fell due after our records end."
    return _section("supervision", [staff], lead=lead, tables=(table,) if soon else ())


_SOON_DAYS = 14


def listed(items: Released, kinds: Mapping[str, str], *, key: str, nothing: str, n_label: str = "") -> Section:
    """Items of some kinds as tables by date, one for each label.

    Args:
        items: `manager_items` of the unit, released for `manager`.
        kinds: the beginnings of the kinds to show, in this order, each with the heading of its date.
        key: the section's key.
        nothing: what is said where there are none.
        n_label: the heading of the number that goes with each, where one does.
    """
    rows = [row for row in rows_of(items, "manager_items") if row["kind"].startswith(tuple(kinds))]
    starts = list(kinds)
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (_place(row["kind"], starts), row["on_day"], row["case_reference"])):
        found.setdefault((row["label"], kinds[starts[_place(row["kind"], starts)]]), []).append(row)
    tables = tuple(_table(name, group, date_label, n_label) for (name, date_label), group in found.items())
    return _section(key, [items], lead="" if rows else nothing, tables=tables)


def _place(kind: str, starts: Sequence[str]) -> int:
    return next(place for place, start in enumerate(starts) if kind.startswith(start))


def _table(name: str, rows: Sequence[Row], date_label: str, n_label: str) -> Table:
    return Table(
        caption=f"{name}: {counted(len(rows), 'child')}, by date",
        folded=True,
        headings=(
            Heading(label=date_label, fixed=True),
            Heading(label="Case"),
            *((Heading(label=n_label, numeric=True),) if n_label else ()),
            Heading(label="Held by", fixed=True),
        ),
        rows=tuple(
            (
                short_day(row["on_day"]),
                row["case_reference"],
                *((f"{row['n']:,}" if row["n"] is not None else NOT_KNOWN,) if n_label else ()),
                row["worker_id"] or _NOBODY,
            )
            for row in rows
        ),
        notes=(
            # Below a list of what is not so, a rule without that word reads as if it were.
            sentence(f"Rule: {rows[0]['rule'][:1].lower()}{rows[0]['rule'][1:]}"),
            sentence(rows[0]["rule_source"]) + (f" Records up to {day(rows[0]['as_of'])}." if rows[0]["as_of"] else ""),
        ),
    )


def _section(
    key: str,
    released: Sequence[Released],
    *,
    lead: str = "",
    tables: tuple[Table, ...] = (),
    notes: tuple[str, ...] = (),
) -> Section:
    audience, unit = same_audience(released)
    return Section(
        key=key,
        audience=audience,
        unit=unit,
        lead=lead,
        tables=tables,
        notes=notes,
        dates=dates_of(*released),
    )
