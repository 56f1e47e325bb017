"""Measure the written extracts as the Department measures the returns: an independent reading of the files.

Nothing of the simulation is used here, only the census XML and the SSDA903 CSVs that it wrote.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from statistics import median

from fi_workbench.calendar import working_days_between
from fi_workbench.demo.census_reading import CensusChild, read_census

_SOURCES = {
    "1A": "individual", "1B": "individual", "1C": "individual", "1D": "individual", "2A": "schools",
    "2B": "education services", "3A": "health", "3B": "health", "3C": "health", "3D": "health", "3E": "health",
    "3F": "health", "4": "housing", "5A": "local authority", "5B": "local authority", "5C": "local authority",
    "5D": "local authority", "6": "police", "7": "other legal", "8": "other", "9": "anonymous", "10": "unknown",
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _length(start: date, end: date) -> str:
    days = (end - start).days
    for limit, label in ((91, "<=3m"), (182, "3-6m"), (365, "6-12m"), (730, "1-2y")):
        if days <= limit:
            return label
    return "2y+"


def _band(days: int) -> str:
    if days == 0:
        return "same day"
    for limit, label in (
        (10, "1-10"),
        (20, "11-20"),
        (30, "21-30"),
        (40, "31-40"),
        (45, "41-45"),
        (50, "46-50"),
        (60, "51-60"),
    ):
        if days <= limit:
            return label
    return "61+"


def _percent(counter: Counter[str], prefix: str, total: int | None = None) -> dict[str, float]:
    whole = total if total is not None else sum(counter.values())
    return {f"{prefix}: {name}": 100 * n / whole for name, n in counter.items()} if whole else {}


class _Year:
    """One census year's figures."""

    def __init__(self, year: int, children: list[CensusChild], population: float) -> None:
        self.first, self.last = date(year - 1, 4, 1), date(year, 3, 31)
        self.children = children
        self.population = population
        self.values: dict[str, float] = {}
        self.episodes = [need for child in children for need in child.episodes]
        self.in_need = [need for need in self.episodes if not need.nfa and need.reason != "RC8"]

    def inside(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    def open(self, start: date, end: date | None) -> bool:
        return start <= self.last and (end is None or end > self.last)

    def rate(self, name: str, n: int) -> None:
        self.values[name] = 10_000 * n / self.population

    def measure(self) -> dict[str, float]:
        """Every figure that one return can give."""
        self._referrals()
        self._needs()
        self._assessments()
        self._protection()
        return self.values

    def _referrals(self) -> None:
        referrals = [need for need in self.episodes if self.inside(need.referral)]
        total = len(referrals)
        self.rate("referrals", total)
        self.values["referrals with no further action"] = 100 * sum(r.nfa for r in referrals) / total
        self.values["referrals assessed as not in need"] = 100 * sum(r.reason == "RC8" for r in referrals) / total
        self.values["children per referral"] = 100 * len({r.child for r in referrals}) / total
        months = Counter(_MONTHS[r.referral.month - 1] for r in referrals)
        self.values |= _percent(months, "referral month")
        self.values |= _percent(Counter(_SOURCES[r.source] for r in referrals), "referral source")

    def _needs(self) -> None:
        standing = [n for n in self.in_need if self.open(n.referral, n.closed)]
        ended = [n for n in self.in_need if self.inside(n.closed)]
        self.rate("children in need at 31 March", len(standing))
        self.rate("episodes started", sum(self.inside(n.referral) for n in self.in_need))
        self.rate("episodes ended", len(ended))
        self.rate("episodes at any point", len(self.in_need))
        self.rate(
            "awaiting assessment at 31 March",
            sum(
                not any(done for _, done, _ in n.assessments)
                and len(n.assessments) <= 1
                and (self.last - n.referral).days <= 10
                for n in standing
            ),
        )
        self.values |= _percent(Counter(n.need for n in standing), "primary need")
        self.values |= _percent(Counter(_length(n.referral, self.last) for n in standing), "open episode")
        self.values |= _percent(Counter(_length(n.referral, n.closed) for n in ended if n.closed), "ended episode")
        self.values |= _percent(Counter(n.reason for n in ended), "closure")
        by_child = [
            c
            for c in self.children
            if any(self.open(n.referral, n.closed) and not n.nfa and n.reason != "RC8" for n in c.episodes)
        ]
        self.values["disability recorded"] = 100 * sum(c.disabled for c in by_child) / max(1, len(by_child))
        self.values |= _percent(Counter(self._age(c) for c in by_child), "age")
        self.values |= _percent(Counter(c.sex for c in by_child), "sex")
        plans = [plan for n in self.episodes for plan in n.plans]
        self.rate("child in need plans started", sum(self.inside(start) for start, _ in plans))
        self.rate("child in need plans at 31 March", sum(self.open(start, end) for start, end in plans))
        self.rate("child in need plans at any point", len(plans))

    def _age(self, child: CensusChild) -> str:
        if child.born is None or child.born > self.last:
            return "unborn"
        years = self.last.year - child.born.year - ((child.born.month, child.born.day) > (3, 31))
        for limit, label in ((1, "under 1"), (5, "1-4"), (10, "5-9"), (16, "10-15")):
            if years < limit:
                return label
        return "16+"

    def _assessments(self) -> None:
        done = [(start, end) for n in self.episodes for start, end, _ in n.assessments if end and self.inside(end)]
        lengths = [working_days_between(start, end) for start, end in done]
        self.rate("assessments completed", len(done))
        self.values["assessments within 45 working days"] = 100 * sum(n <= 45 for n in lengths) / max(1, len(lengths))
        self.values["assessment median"] = float(median(lengths or [0]))
        self.values |= _percent(Counter(_band(n) for n in lengths), "assessment duration")
        found = [
            {code for _, end, codes in n.assessments if end and self.inside(end) for code in codes}
            for n in self.episodes
        ]
        found = [codes for codes in found if codes]
        self.values |= _percent(Counter(code for codes in found for code in codes), "factor", len(found))

    def _protection(self) -> None:
        enquiries = [(n.child, start, held) for n in self.episodes for start, held in n.enquiries]
        started = [(child, start) for child, start, _ in enquiries if self.inside(start)]
        self.rate("section 47 enquiries", len(started))
        self.values["children per section 47 enquiry"] = (
            100 * len({child for child, _ in started}) / max(1, len(started))
        )
        held = [(start, day) for _, start, day in enquiries if day and self.inside(day)]
        self.rate("initial conferences", len(held))
        lengths = [working_days_between(start, day) for start, day in held]
        self.values["initial conferences within 15 working days"] = (
            100 * sum(n <= 15 for n in lengths) / max(1, len(lengths))
        )
        bands = Counter("0-10" if n <= 10 else "11-15" if n <= 15 else "16-20" if n <= 20 else "21+" for n in lengths)
        self.values |= _percent(bands, "conference duration")
        plans = [plan for n in self.episodes for plan in n.protections]
        starts = [p for p in plans if self.inside(p[0])]
        ends = [p for p in plans if self.inside(p[1])]
        standing = [p for p in plans if self.open(p[0], p[1])]
        self.rate("child protection plans started", len(starts))
        self.rate("child protection plans ended", len(ends))
        self.rate("child protection plans at 31 March", len(standing))
        self.rate("child protection plans at any point", len(plans))
        self.values["second or later plan"] = 100 * sum(p[3] > 0 for p in starts) / max(1, len(starts))
        self.values |= _percent(Counter(p[2] for p in starts), "category at start")
        self.values |= _percent(Counter(p[2] for p in standing), "category at 31 March")
        self.values |= _percent(Counter(_length(p[0], self.last) for p in standing), "open plan")
        self.values |= _percent(Counter(_length(p[0], p[1]) for p in ends if p[1]), "ended plan")
        due = [p for p in standing if (self.last - p[0]).days >= 92]
        timely = sum(self._reviewed(p[0], p[4]) for p in due)
        self.values["plans reviewed within timescales"] = 100 * timely / max(1, len(due))

    def _reviewed(self, start: date, held: tuple[date, ...]) -> bool:
        """First review within three months, later ones within six months of each other, up to the reference day."""
        last, limit = start, 92
        for day in sorted(held):
            if (day - last).days > limit:
                return False
            last, limit = day, 184
        return (self.last - last).days <= limit


def measure(extracts: Path, *, population: float) -> dict[str, float]:
    """Every margin's measured value, the mean of the complete years where several were written.

    Args:
        extracts: the `extracts` folder of a synthetic authority.
        population: its children under 18.
    """
    returns = sorted(path for path in (extracts / "cin_census").glob("CIN_Census_*-06-26.xml"))
    years = [(int(path.name[11:15]), read_census(path)) for path in returns]
    each = [_Year(year, children, population).measure() for year, children in years]
    names = {name for values in each for name in values}
    measured = {name: sum(values.get(name, 0.0) for values in each) / len(each) for name in sorted(names)}
    measured |= _again(years)
    care = [_looked_after(extracts / "ssda903" / str(year), year, population) for year, _ in years]
    for name in sorted({name for values in care for name in values}):
        measured[name] = sum(values.get(name, 0.0) for values in care) / len(care)
    return measured


def _again(years: list[tuple[int, list[CensusChild]]]) -> dict[str, float]:
    """Referrals of the last year within twelve months of an earlier one, which needs the year before too."""
    if len(years) < 2:
        return {}
    days: dict[str, set[date]] = {}
    for _, children in years:
        for child in children:
            for need in child.episodes:
                days.setdefault(need.child, set()).add(need.referral)
    year = years[-1][0]
    first, last = date(year - 1, 4, 1), date(year, 3, 31)
    referrals = repeated = 0
    again: set[str] = set()
    ever: set[str] = set()
    for child_id, dates in days.items():
        ordered = sorted(dates)
        for index, day in enumerate(ordered):
            if first <= day <= last:
                referrals += 1
                ever.add(child_id)
                if index and (day - ordered[index - 1]).days <= 365:
                    repeated += 1
                    again.add(child_id)
    return {
        "re-referrals within 12 months": 100 * repeated / max(1, referrals),
        "children re-referred": 100 * len(again) / max(1, len(ever)),
    }


_PLACES = {"U": "foster", "K": "children's home", "P": "with parents", "A": "adoption"}
_ORDERS = {"C1": "care order", "C2": "care order", "V2": "section 20", "E1": "placement order"}


def _looked_after(folder: Path, year: int, population: float) -> dict[str, float]:
    def day(text: str) -> date:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a date without a time

    last = date(year, 3, 31)
    with (folder / "header.csv").open(encoding="utf-8") as file:
        born = {row["CHILD"]: day(row["DOB"]) for row in csv.DictReader(file)}
    with (folder / "episodes.csv").open(encoding="utf-8") as file:
        standing = [
            row
            for row in csv.DictReader(file)
            if day(row["DECOM"]) <= last and (not row["DEC"] or day(row["DEC"]) > last)
        ]
    places: Counter[str] = Counter()
    ages: Counter[str] = Counter()
    for row in standing:
        place = row["PLACE"]
        supported = place in {"K3", "H5", "P2"}
        places["supported accommodation" if supported else _PLACES.get(place[0], "other")] += 1
        when = born[row["CHILD"]]
        years = last.year - when.year - ((when.month, when.day) > (3, 31))
        ages[
            "under 1"
            if years < 1
            else "1-4"
            if years < 5
            else "5-9"
            if years < 10
            else "10-15"
            if years < 16
            else "16+"
        ] += 1
    orders = Counter(_ORDERS.get(row["LS"], "other order") for row in standing)
    values = {"looked after at 31 March": 10_000 * len(standing) / population}
    return (
        values | _percent(places, "placement") | _percent(ages, "looked after age") | _percent(orders, "legal status")
    )
