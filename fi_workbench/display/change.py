"""What changed in who a unit works with, and whether it is more than chance; and what families need."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.bars import needs_chart
from fi_workbench.display.drawing import inside
from fi_workbench.display.model import Chart, Finding, Heading, Section, Table, Tone
from fi_workbench.display.number import USUAL_LEVEL, Interval, Number
from fi_workbench.display.prose import TOO_FEW, counted, day, in_words, number, of, sentence, usual, window
from fi_workbench.display.released import Row, dates_of, label, rows_of, same_audience
from fi_workbench.display.series import series_chart

TONES: dict[str, Tone] = {"more_than_usual": "more", "fewer_than_usual": "fewer"}
VERDICTS = {
    "more_than_usual": "more than usual",
    "fewer_than_usual": "fewer than usual",
    "within_usual": "as usual",
    "too_few": TOO_FEW,
    "cannot_tell": "cannot tell",
}
NEEDS_SHOWN = 8
"""So many needs fit a phone; the table has them all."""

CHARTS = 2
"""Demand and caseload; a count that left its usual range comes before them."""

_CHARTED = ("referrals", "families_open", "children_open")


def changes(changed: Released, series: Released) -> Section:
    """Which counts left their usual range over 4 or 13 weeks, with pictures of demand and caseload and all in a table.

    Args:
        changed: `unit_changes`.
        series: `unit_series`.
    """
    rows = rows_of(changed, "unit_changes")
    weekly = rows_of(series, "unit_series")
    outside = [row for row in rows if row["verdict"] in TONES]
    findings = tuple(
        Finding(
            sentence=sentence(row["sentence"]),
            number=Number(kind="judged", n=row["n"]),
            interval=Interval(kind="usual", low=row["usual_low"], high=row["usual_high"], level=USUAL_LEVEL),
            stands_out=True,
            usual=f"usually {usual(row['usual_low'], row['usual_high'])}",
            tone=TONES[row["verdict"]],
            key=f"{row['measure']}:{row['window_weeks']}:{TONES[row['verdict']]}",
        )
        for row in sorted(outside, key=lambda row: (row["window_weeks"], row["measure"]))
    )
    audience, unit = same_audience([changed, series])
    return Section(
        key="changes",
        audience=audience,
        unit=unit,
        lead=_lead(rows, [row["measure"] for row in outside]),
        findings=findings,
        charts=_charts(changed, rows, weekly),
        tables=(_table(changed, rows),) if rows else (),
        dates=dates_of(changed, series),
    )


def _lead(rows: list[Row], outside: list[str]) -> str:
    """What left its usual range, what did not, and of what that cannot be told; the three are never mixed."""
    if not rows:
        return "Nothing could be compared with the weeks before."
    by_measure: dict[str, set[str]] = {}
    for row in rows:
        by_measure.setdefault(row["measure"], set()).add(row["verdict"])
    rest = [verdicts for measure, verdicts in by_measure.items() if measure not in outside]
    untold = sum(not verdicts <= {"within_usual"} for verdicts in rest)
    within = len(rest) - untold
    if outside:
        said = [_outside(outside), *([f"{within} more {_shows(within)} no more than chance."] if within else [])]
    elif within:
        said = [f"{counted(within, 'count')} {_shows(within)} no more than chance."]
    elif any("within_usual" in verdicts for verdicts in rest):
        return "No count stands outside its usual range, and none can be told in full."
    else:
        return _nothing_told(set().union(*rest))
    if not outside and not untold:
        return "Nothing changed by more than chance."
    return " ".join([*said, *([_untold(untold)] if untold else [])])


def _outside(outside: list[str]) -> str:
    n = len(set(outside))
    twice = len(outside) - n
    who = "" if n == 1 else f"{in_words(twice)} of them "
    both = f", {who}over both 4 and 13 weeks" if twice else ""
    return f"{counted(n, 'count')} {'is' if n == 1 else 'are'} outside the usual range{both}."


def _shows(n: int) -> str:
    return "shows" if n == 1 else "show"


def _untold(n: int) -> str:
    """Of how many a window or both cannot be told."""
    return f"{n} more {'is' if n == 1 else 'are'} too few to tell, or cannot be told, over 4 weeks, 13 weeks or both."


def _nothing_told(verdicts: set[str]) -> str:
    if verdicts == {"cannot_tell"}:
        return "We cannot tell whether anything changed."
    if verdicts == {"too_few"}:
        return "There were too few to tell whether anything changed."
    return "There were too few to tell whether anything changed, or too little is known."


def _table(changed: Released, rows: list[Row]) -> Table:
    windows = sorted({row["window_weeks"] for row in rows})
    by_measure: dict[str, dict[int, Row]] = {}
    for row in rows:
        by_measure.setdefault(row["measure"], {})[row["window_weeks"]] = row
    headings = (Heading(label="What"), *(Heading(label=window(weeks).capitalize()) for weeks in windows))
    lines = [
        (label(changed, "measure", measure), *(_judged(found.get(weeks)) for weeks in windows))
        for measure, found in by_measure.items()
    ]
    return Table(
        caption="Every count against its usual range",
        folded=True,
        headings=headings,
        rows=tuple(lines),
        notes=(
            "A count is called a change only when it leaves the range that 997 of 1,000 unchanged weeks would keep to.",
            # measured over eleven counts and two windows: tests/studies/test_false_changes.md
            "Where nothing changed, about one brief in 20 still shows a change by chance alone.",
            *_up_to(rows),
        ),
    )


def _up_to(rows: list[Row]) -> list[str]:
    """Up to when counts go, as each is summed over full weeks of its own source."""
    ends = {row["measure"]: row["up_to"] for row in rows if row["up_to"]}
    days = sorted(set(ends.values()), reverse=True)
    if len(days) == 1:
        return [f"Every count goes up to {day(days[0])}."]
    return [f"{counted(list(ends.values()).count(one), 'count').capitalize()}: up to {day(one)}." for one in days]


def _judged(row: Row | None) -> str:
    if row is None or row["verdict"] == "cannot_tell":
        return VERDICTS["cannot_tell"]
    verdict = VERDICTS[row["verdict"]]
    if row["usual_low"] is None or row["usual_high"] is None:
        return f"{number(row['n'])}: {verdict}"
    return f"{number(row['n'])}, usually {usual(row['usual_low'], row['usual_high'])}: {verdict}"


def _charts(changed: Released, rows: list[Row], weekly: list[Row]) -> tuple[Chart, ...]:
    outside = [row["measure"] for row in rows if row["verdict"] in TONES]
    drawn: list[Chart] = []
    for measure in dict.fromkeys([*outside, *_CHARTED]):
        points = [row for row in weekly if row["measure"] == measure]
        windows = sorted((r for r in rows if r["measure"] == measure), key=lambda r: r["window_weeks"])
        # a picture of the window in which nothing stands out would contradict what is said above it
        judged = next((row for row in windows if row["verdict"] in TONES), next(iter(windows), None))
        if judged is not None and sum(row["n"] for row in points):
            name = label(changed, "measure", measure)
            drawn.append(series_chart(points, judged, name, said_above=judged["verdict"] in TONES))
        if len(drawn) == CHARTS:
            break
    return tuple(drawn)


def needs(released: Released) -> Section:
    """What families need, by how many have it, now and a quarter ago; unknown is counted apart.

    Args:
        released: `unit_needs`.
    """
    rows = sorted(rows_of(released, "unit_needs"), key=lambda row: (-row["n_present"], row["need"]))
    audience, unit = same_audience([released])
    present = [row for row in rows if row["n_present"]]
    if not present:
        return Section(
            key="needs",
            audience=audience,
            unit=unit,
            lead="No need is recorded for the families open now.",
            dates=dates_of(released),
        )
    first = present[0]
    name = label(released, "need", first["need"])
    share = of(first["n_present"], _all(first))
    lead = f"The need recorded most often is {inside(name)}: {share} families."
    compared = any(row["n_present_quarter_ago"] is not None for row in rows)
    table = Table(
        caption="Families by recorded need",
        folded=True,
        headings=(
            Heading(label="Need"),
            Heading(label="Families with it", numeric=True),
            *((Heading(label="A quarter ago", numeric=True),) if compared else ()),
            Heading(label="Not known", numeric=True),
        ),
        rows=tuple(
            (
                label(released, "need", row["need"]),
                of(row["n_present"], _all(row)),
                *((number(row["n_present_quarter_ago"]),) if compared else ()),
                f"{row['n_unknown']:,}",
            )
            for row in rows
        ),
        notes=("Not known means that nobody recorded it either way. It never means no.",),
    )
    chart = needs_chart([(label(released, "need", row["need"]), row) for row in present[:NEEDS_SHOWN]], lead, table)
    return Section(key="needs", audience=audience, unit=unit, charts=(chart,), dates=dates_of(released))


def _all(row: Row) -> int:
    return int(row["n_assessed"]) + int(row["n_unknown"])
