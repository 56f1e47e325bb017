"""Whom a unit may talk about, how much it carries, what went well, and what cannot be told."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.number import ESTIMATE_LEVEL, FORECAST_LEVEL, Interval, Number, count_of
from fi_workbench.display.prose import counted, day, in_words, joined, name_of, number, of, of_range, plural, sentence
from fi_workbench.display.released import Row, dates_of, rows_of, same_audience


def step_down(released: Released) -> Section:
    """How many families meet each criterion for a talk about stepping down; unknown stays unknown.

    Args:
        released: `unit_step_down`.
    """
    rows = rows_of(released, "unit_step_down")
    considered = max((row["n_considered"] for row in rows), default=0)
    if not considered:
        return _section("step_down", released, lead="No family on a plan could be considered this week.")
    table = Table(
        caption="Criteria for a talk about stepping down",
        headings=(
            Heading(label="Criterion"),
            Heading(label="Met", numeric=True),
            Heading(label="Not met", numeric=True),
            Heading(label="Unknown", numeric=True),
        ),
        rows=tuple(
            (row["label"], of(row["n_met"], row["n_considered"]), f"{row['n_not_met']:,}", f"{row['n_unknown']:,}")
            for row in rows
        ),
        notes=_where_none(rows),
    )
    notes = tuple(
        dict.fromkeys(_unknown(row["label"], row["n_unknown"], row["why_unknown"]) for row in rows if row["n_unknown"])
    )
    lead = (
        f"We looked at {counted(considered, 'family')}. Worklists, where they are made, name those who meet all that "
        "records can answer."
    )
    return _section("step_down", released, lead=lead, tables=(table,), notes=notes)


def _where_none(rows: list[Row]) -> tuple[str, ...]:
    """What stands behind each criterion that is met because nothing was found; sources are named once."""
    found = tuple(dict.fromkeys(row["none_found"] for row in rows if row["n_met"] and row["none_found"]))
    return ("None recorded is not the same as none.", *found) if found else ()


def _unknown(criterion: str, n: int, why: str | None) -> str:
    """What is not known, and why: two sentences, since a criterion and its reason are too long for one."""
    return f"{criterion}: not known for {counted(n, 'family')}. {sentence(why or '')}".strip()


POSSIBLE = "may_be_over"
"""The state of a unit that is told of an overload although it is not likelier than not."""
_LIMITS_SHOWN = 3
_LIMITS_FIRST = ("no_", "absent_", "children_", "old_", "local_")


def workload(released: Released, overload: Released) -> Section:
    """Children and families against what the unit can hold; what lies ahead only where the alarm is on.

    Args:
        released: `unit_workload`.
        overload: `unit_overload`.
    """
    rows = rows_of(released, "unit_workload")
    alarms = [row for row in rows_of(overload, "unit_overload") if row["alarm"] or row["state"] == POSSIBLE]
    same_audience([released, overload])
    if not rows:
        return _section("workload", released, lead="No workload could be counted this week.")
    row = rows[0]
    capacity = row["capacity_children"]
    facts = [
        ("Children", of(row["n_children"], capacity) + " places" if capacity else f"{row['n_children']:,}"),
        ("Families", f"{row['n_families']:,}"),
        ("Full-time equivalent workers", number(row["fte"])),
        ("Children for one full-time worker", number(row["children_per_fte"])),
        ("Children without a named worker", f"{row['n_unallocated']:,}"),
        ("Supervision due", number(row["supervision_due"])),
    ]
    table = Table(
        caption="Work held on the last day of the week",
        headings=(Heading(label="What"), Heading(label="How many", numeric=True)),
        rows=tuple(facts),
        folded=True,
    )
    findings = tuple(_overload(each) for each in alarms)
    return _section("workload", released, lead=sentence(row["sentence"]), findings=findings, tables=(table,))


def _overload(row: Row) -> Finding:
    """What lies ahead with its range; of a unit that is over its places already, what it holds."""
    ahead = row["n_low"] is not None
    return Finding(
        sentence=sentence(row["sentence"]),
        number=Number(kind="estimate", n=None, noun="child") if ahead else count_of(row["n"], "child"),
        interval=Interval(kind="forecast", low=row["n_low"], high=row["n_high"], level=FORECAST_LEVEL)
        if ahead
        else None,
        tone="do" if row["alarm"] else "care",
        key="overload",
    )


def good_news(released: Released) -> Section:
    """What went well, from the records.

    Args:
        released: `unit_good_news`.
    """
    rows = rows_of(released, "unit_good_news")
    findings = tuple(
        Finding(
            sentence=sentence(row["sentence"]),
            number=count_of(row["n"], row["noun"] or "", row["n_of"]),
            tone="good",
            key=row["item"],
        )
        for row in rows
    )
    lead = "" if findings else "The records show none this week. They hold only a part of your work."
    return _section("good_news", released, lead=lead, findings=findings)


def limits(released: Released) -> Section:
    """What the brief cannot tell this week, and why.

    Args:
        released: `unit_limits`.
    """
    rows = sorted(rows_of(released, "unit_limits"), key=lambda row: (_weight(row["limit"]), row["limit"]))
    said = tuple(
        dict.fromkeys(
            Finding(sentence=sentence(row["sentence"]), number=count_of(row["n"], row["noun"] or "", row["n_of"]))
            for row in rows
        )
    )
    rest = said[_LIMITS_SHOWN:]
    return _section(
        "limits",
        released,
        findings=said[:_LIMITS_SHOWN],
        rest=rest,
        rest_words=sentence(f"{in_words(len(rest))} more {plural(len(rest), 'caveat')}") if rest else "",
    )


def _weight(limit: str) -> int:
    # What is missing altogether comes before what is old, and both before notes on how things are counted.
    return next((place for place, start in enumerate(_LIMITS_FIRST) if limit.startswith(start)), len(_LIMITS_FIRST))


def insight(released: Released, freshness: Released) -> Section:
    """One pattern over at least ten families, with the question that it raises.

    Args:
        released: `unit_insights`; the one about most families is shown.
        freshness: `source_freshness`, for what the sources are called.
    """
    rows = sorted(rows_of(released, "unit_insights"), key=lambda row: (-row["n_families"], row["insight"]))
    if not rows:
        lead = "No pattern over ten or more families stands out from chance this week. Nothing is said about fewer."
        return _section("insight", released, lead=lead)
    row = rows[0]
    finding = Finding(
        sentence=sentence(row["finding"]),
        number=Number(kind="estimate", n=row["n_families"], of=row["n_of"], noun="family"),
        interval=Interval(
            kind="share",
            low=row["n_low"],
            high=row["n_high"],
            of=row["n_of"],
            level=ESTIMATE_LEVEL,
            words=f"In families like these it may well be {of_range(row['n_low'], row['n_high'], row['n_of'])}",
        ),
        stands_out=True,
        whom=counted(row["n_families"], "family"),
        key=row["insight"],
        source=_sources(row["sources"], freshness),
        as_of=f"Records up to {day(row['as_of'])}" if row["as_of"] else "",
    )
    return _section("insight", released, findings=(finding,), question=sentence(row["question"]))


def _sources(codes: str, freshness: Released) -> str:
    names = {row["source"]: row["name"] for row in rows_of(freshness, "source_freshness")}
    return joined([names.get(code, name_of(code)) for code in codes.split(", ") if code])


def _section(
    key: str,
    released: Released,
    *,
    lead: str = "",
    findings: tuple[Finding, ...] = (),
    rest: tuple[Finding, ...] = (),
    rest_words: str = "",
    tables: tuple[Table, ...] = (),
    question: str = "",
    notes: tuple[str, ...] = (),
) -> Section:
    audience, unit = same_audience([released])
    return Section(
        key=key,
        audience=audience,
        unit=unit,
        lead=lead,
        findings=findings,
        rest=rest,
        rest_words=rest_words,
        tables=tables,
        question=question,
        notes=notes,
        dates=dates_of(released),
    )
