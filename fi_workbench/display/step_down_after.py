"""What came after stepping down: who has not come back, and who helps now. Counted, with its interval; never listed."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.number import ESTIMATE_LEVEL, Interval, Number
from fi_workbench.display.prose import counted, of, sentence
from fi_workbench.display.released import Row, dates_of, label, rows_of, same_audience

RUNGS = ("plan_or_care", "family_help_section17", "early_help", "closed")
"""From the most help to the least."""


def step_down_after(follow_up: Released, help_now: Released) -> Section:
    """How many of those who stepped down have not come back, and on which rung of help children are now.

    Args:
        follow_up: `unit_step_down_follow_up`.
        help_now: `unit_step_down_help`.
    """
    rows = sorted(rows_of(follow_up, "unit_step_down_follow_up"), key=lambda row: row["months"])
    rungs = sorted(rows_of(help_now, "unit_step_down_help"), key=lambda row: (RUNGS.index(row["rung"]), row["role"]))
    followed = [row for row in rows if row["can_tell"] and row["share_low"] is not None]
    audience, unit = same_audience([follow_up, help_now])
    tables = (_followed(followed),) if followed else ()
    notes = [row["why_not"] for row in (*rows, *rungs) if row["why_not"]]
    return Section(
        key="step_down_after",
        audience=audience,
        unit=unit,
        lead="" if followed else _lead(rows),
        findings=(_not_back(followed[0]),) if followed else (),
        tables=(*tables, *((_helped(help_now, rungs),) if rungs else ())),
        notes=tuple(dict.fromkeys(sentence(note) for note in notes)),
        dates=dates_of(follow_up, help_now),
    )


def _not_back(row: Row) -> Finding:
    """Who has not come back, of those followed for the shortest time; the table beside it says the interval."""
    return Finding(
        sentence=sentence(row["sentence"]),
        number=Number(kind="estimate", n=row["n_not_back"], of=row["n_stepped_down"] - row["n_left"], noun="child"),
        interval=Interval(
            kind="share",
            low=round(100 * row["share_low"]),
            high=round(100 * row["share_high"]),
            of=100,
            level=ESTIMATE_LEVEL,
        ),
        key="not_come_back",
    )


def _lead(rows: list[Row]) -> str:
    told = [row for row in rows if row["can_tell"]]
    return "No child stepped down in the months that can be followed." if told else "We cannot tell what came after."


def _followed(rows: list[Row]) -> Table:
    return Table(
        caption="Children who stepped down and have not come back",
        headings=(
            Heading(label="Stepped down in"),
            Heading(label="Within"),
            Heading(label="Not come back", numeric=True),
            Heading(label="In 100 such children", numeric=True),
        ),
        rows=tuple(
            (
                f"{row['cohort_month']:%B %Y}",
                counted(row["months"], "month"),
                of(row["n_not_back"], row["n_stepped_down"] - row["n_left"]),
                f"{100 * row['share_low']:.0f} to {100 * row['share_high']:.0f}",
            )
            for row in rows
        ),
        notes=(
            (
                "Stepped down: left a child protection or child in need plan for less help or none. Come back: a plan "
                "or care at least as high again. The last column is what chance leaves open (95 in 100)."
            ),
            "Those who turned 18, died or moved away within the months are left out.",
        ),
    )


def _helped(help_now: Released, rows: list[Row]) -> Table:
    return Table(
        caption="Where children are now who left a plan in the last 13 weeks",
        headings=(Heading(label="Help now"), Heading(label="Led by"), Heading(label="Children", numeric=True)),
        rows=tuple(
            (
                label(help_now, "rung", row["rung"]) + (" (early help not known)" if row["why_not"] else ""),
                row["role"] or "nobody recorded",
                f"{row['n_children']:,}",
            )
            for row in rows
        ),
        notes=(
            "These children left a child protection or child in need plan, for less help or none.",
            "Those who turned 18, died or moved away since are left out, and so is who left care.",
        ),
    )
