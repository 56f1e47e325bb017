"""The digest across units: what is common to them, in counts that the small-number rule lets through.

Units stand in the order of their names, whatever their counts: it is no table of the best.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fi_workbench.disclosure import SUPPRESSED, Profile, Released
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.prose import counted, day, joined, name_of, sentence
from fi_workbench.display.released import Row, dates_of, label, rows_of

WINDOW = 13
SHOWN = ("referrals", "assessments_completed", "section47_started", "child_protection_plans_started", "children_open")


def rule(profile: Profile) -> Section:
    """The line that stands first: under which rule numbers were made."""
    return Section(key="trust", audience="published", lead=profile.sentence, level="good")


def demand(changes: Released, names: Mapping[str, str]) -> Section:
    """Who came to each unit in thirteen weeks.

    Args:
        changes: `unit_changes`, released for `published`.
        names: units in words.
    """
    rows = [
        row for row in rows_of(changes, "unit_changes") if row["window_weeks"] == WINDOW and row["measure"] in SHOWN
    ]
    units = sorted({row["unit"] for row in rows}, key=lambda code: names.get(code, code))
    by = {(row["measure"], row["unit"]): row for row in rows}
    if not rows:
        return Section(key="demand", audience="published", lead="No counts of demand could be made this week.")
    table = Table(
        caption=f"The last {WINDOW} weeks, units in order of name",
        headings=(Heading(label="What"), *(Heading(label=names.get(unit, unit), numeric=True) for unit in units)),
        rows=tuple(
            (
                label(changes, "measure", measure),
                *(_shown(by.get((measure, unit)), "n", changes.symbol) for unit in units),
            )
            for measure in SHOWN
            if any((measure, unit) in by for unit in units)
        ),
        notes=("Families differ from unit to unit, so these counts do not say which unit works better.",),
    )
    return Section(key="demand", audience="published", tables=(table,), notes=_hidden(rows), dates=dates_of(changes))


def going_home(returns: Released) -> Section:
    """Children who went home from care, and those who came back.

    Args:
        returns: `returns_home`, released for `published`.
    """
    rows = rows_of(returns, "returns_home")
    if not rows:
        lead = "Children who went home cannot be followed: the return does not reach back far enough."
        return Section(key="going_home", audience="published", lead=lead)
    # A wall of hidden rows tells nobody more than that it is hidden.
    told = {row["follow_up_months"] for row in rows if not row[SUPPRESSED]}
    shown = [row for row in rows if row["follow_up_months"] in told]
    untold = sorted({row["follow_up_months"] for row in rows} - told)
    years = dict.fromkeys(
        f"Followed for {counted(row['follow_up_months'], 'month')}: who went home in the year to {day(row['to_date'])}."
        for row in shown
    )
    table = Table(
        caption="Children who went home, by how they went",
        headings=(
            Heading(label="How"),
            Heading(label="Followed for"),
            Heading(label="Children", numeric=True),
            Heading(label="Back", numeric=True),
        ),
        rows=tuple(
            (
                label(returns, "way", row["way"]),
                counted(row["follow_up_months"], "month"),
                _shown(row, "n", returns.symbol),
                _shown(row, "n_back", returns.symbol),
            )
            for row in shown
        ),
        notes=(
            *years,
            "Each child was followed to the end. Back means in care again; for those placed at home, moved away again.",
            "Short breaks, remand, unaccompanied children and those who turned 18 are left out.",
        ),
    )
    after = joined([counted(months, "month") for months in untold])
    hidden = (f"What came after {after} is hidden as a whole by the rule for small counts.",) if untold else ()
    return Section(
        key="going_home",
        audience="published",
        tables=(table,) if shown else (),
        notes=(*_hidden(shown), *hidden),
        dates=dates_of(returns),
    )


def equity(offers: Released | None) -> Section:
    """Whether groups of people were offered something, beside how many they are; no group is compared in words here.

    Args:
        offers: `evidence_offers`, released for `published`; None where it was not worked out.
    """
    rows = rows_of(offers, "evidence_offers") if offers else []
    if offers is None or not rows:
        lead = "Whether help was offered alike to all was not worked out this week."
        return Section(key="equity", audience="published", lead=lead)
    first = min(row["question"] for row in rows)
    own = sorted((row for row in rows if row["question"] == first), key=_in_order)
    table = Table(
        caption=_whom(own[0]),
        headings=(
            Heading(label="Characteristic"),
            Heading(label="Group"),
            Heading(label="Families", numeric=True),
            Heading(label="Offered help", numeric=True),
        ),
        rows=tuple(
            (
                name_of(row["characteristic"]),
                name_of(row["group"]),
                _shown(row, "n_families", offers.symbol),
                # of a group too small to be counted nobody learns that none of it was offered anything
                offers.symbol if row["n_families"] is None else _shown(row, "n_offered", offers.symbol),
            )
            for row in own
        ),
        notes=(
            "Needs differ between groups, so these counts alone do not say that help was unfair.",
            "A family counts once for each decision. Its age is that of the youngest child then.",
        ),
    )
    return Section(key="equity", audience="published", tables=(table,), notes=_hidden(own), dates=dates_of(offers))


def _whom(row: Row) -> str:
    """Which families, and of which years; the caption is no prose, since a card's own words may be long."""
    if not row.get("whom") or row.get("first_year") is None:  # of a week made before these were kept
        return "Families who were offered help, by group"
    first, last = row["first_year"], row["last_year"]
    years = str(first) if first == last else f"{first} to {last}"
    return f"{row['whom'].rstrip('.')}, {years}: who was offered help, by group"


def _in_order(row: Row) -> tuple[str, bool, int, str]:
    """Ages from the youngest; other groups by name; those of whom it is not recorded last."""
    group = str(row["group"])
    ages = re.match(r"(Under )?(\d+)", group)
    youngest = int(ages.group(2)) - bool(ages.group(1)) if ages else 0
    return row["characteristic"], group == "not recorded", youngest, group


def notes(told: Released, n_left_out: int) -> Section:
    """What units learnt and passed on: each note in its unit's own words.

    Args:
        told: `practice_notes` without any figure, released for `published`.
        n_left_out: notes that hold figures and stay in the briefs.
    """
    rows = rows_of(told, "practice_notes")
    findings = tuple(
        Finding(sentence=sentence(row["text"]), title=row["title"], usual=row["from_name"], tone="good") for row in rows
    )
    lead = "" if rows else "No unit passed a note on in the last four weeks that may be published."
    stay = "holds figures and stays" if n_left_out == 1 else "hold figures and stay"
    left = (f"{counted(n_left_out, 'note').capitalize()} {stay} in the briefs.",) if n_left_out else ()
    return Section(key="learning", audience="published", lead=lead, findings=findings, notes=left)


def _shown(row: Row | None, column: str, symbol: str) -> str:
    if row is None:
        return "not counted"
    return symbol if row[SUPPRESSED] or row[column] is None else f"{row[column]:,}"


def _hidden(rows: Sequence[Row]) -> tuple[str, ...]:
    n = sum(row[SUPPRESSED] for row in rows)
    return (
        (sentence(f"{counted(n, 'row')} {'is' if n == 1 else 'are'} hidden by the rule for small counts"),) if n else ()
    )
