"""Measures of a year in the digest: ours beside England's, both out of a hundred where there are enough to say so."""

from __future__ import annotations

from collections.abc import Mapping

from fi_workbench.disclosure import SUPPRESSED, Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import counted, day, sentence
from fi_workbench.display.released import Row, dates_of, rows_of

ENOUGH = 50
"""Fewer than this are given as counts alone: chance, and the rounding of counts, would move the hundredths."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Children who come back": ("re_referrals", "re_referred_children", "returns_after_closure"),
    "Dates of the year": (
        "decided_in_time", "assessments_in_time", "conferences_in_time", "transfer_conferences", "ended_proceedings",
        "return_interviews_offered", "return_interviews_in_time",
    ),
    "Child protection plans": (
        "later_plans", "plans_open_two_years", "plans_ended_two_years", "plans_reviewed_in_time",
    ),
    "Children in care": (
        "many_placements", "same_carer", "health_assessments", "dental_checks", "immunisations", "questionnaires",
    ),
    "After care": ("in_touch_17_18", "in_touch_19_21", "pathway_reviews"),
}  # fmt: skip


def of_a_year(measures: Released) -> Section:
    """The measures of a year, by what they are about, and what could not be counted.

    Args:
        measures: `year_measures`, released for `published`.
    """
    rows = {row["measure"]: row for row in rows_of(measures, "year_measures")}
    told = {name: row for name, row in rows.items() if row["can_tell"]}
    tables = [
        _table(caption, [told[name] for name in names if name in told], measures) for caption, names in GROUPS.items()
    ]
    shown = tuple(table for table in tables if table.rows)
    if not shown:
        lead = "No measure of a year could be counted."
        return Section(key="year", audience="published", lead=lead, tables=_not_told(rows, told))
    lead = f"Twelve months up to {day(max(row['to_date'] for row in told.values()))}, for the whole authority."
    return Section(
        key="year",
        audience="published",
        lead=lead,
        tables=(*shown, *_not_told(rows, told)),
        notes=(
            "Where England's figure is given, both are counted alike. England's is for the year to March 2024.",
            "A difference does not say why, and no figure here is a target.",
            *_hidden(rows),
        ),
        dates=dates_of(measures),
    )


def _table(caption: str, rows: list[Row], measures: Released) -> Table:
    return Table(
        caption=caption,
        headings=(Heading(label="What"), Heading(label="Here", numeric=True), Heading(label="England", numeric=True)),
        rows=tuple((_what(row), _here(row, measures.symbol), row["england"] or "none given") for row in rows),
        notes=_notes(rows),
    )


def _notes(rows: list[Row]) -> tuple[str, ...]:
    """What a reader has to know, each note once, after the sentence that says what it is about."""
    about: dict[str, list[str]] = {}
    for row in rows:
        if row["note"] and not row[SUPPRESSED] and row["n_of"]:
            about.setdefault(row["note"], []).append(row["label"])
    return tuple(f"{'; '.join(labels)}. {note}" for note, labels in about.items())


def _what(row: Row) -> str:
    return f"{row['label']} (closed up to {day(row['to_date'])})" if "closure" in row["measure"] else row["label"]


def _here(row: Row, symbol: str) -> str:
    if row[SUPPRESSED]:
        return symbol
    n, whole = row["n"], row["n_of"]
    if not whole:
        return "there were none"
    if not row["recorded"]:
        return f"too few of {whole:,} recorded"
    return f"{n:,} of {whole:,} ({hundredths(n, whole)})" if n >= ENOUGH else f"{n:,} of {whole:,}"


def hundredths(n: int, whole: int) -> str:
    """How many of a hundred, with a decimal where whole numbers would hide the difference.

    Example:
        >>> hundredths(725, 3205), hundredths(55, 1410)
        ('23 of 100', '3.9 of 100')
    """
    share = 100 * n / whole
    return f"{share:.0f} of 100" if share >= 10 else f"{share:.1f} of 100"


def _hidden(rows: Mapping[str, Row]) -> tuple[str, ...]:
    n = sum(row[SUPPRESSED] for row in rows.values())
    told = f"{counted(n, 'row')} {'is' if n == 1 else 'are'} hidden by the rule for small counts"
    return (sentence(told),) if n else ()


def _not_told(rows: Mapping[str, Row], told: Mapping[str, Row]) -> tuple[Table, ...]:
    """Why measures could not be counted. In an authority's first year that may be most of them."""
    left = tuple((row["label"], row["why_not"]) for name, row in rows.items() if name not in told)
    if not left:
        return ()
    headings = (Heading(label="What"), Heading(label="Why not"))
    return (Table(caption=f"{counted(len(left), 'measure')} not counted", headings=headings, rows=left, folded=True),)
