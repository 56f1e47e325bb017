"""How close the synthetic authority must come to published figures: written before the generator was.

One row per margin: the published value, the tolerance, and whether the generator may be tuned on it. Held-out
margins are only ever looked at: where they agree, the simulation has the process right and not just the numbers.

How the tolerances were set, before anything was simulated:

* rates per 10,000 children, 10 per cent of the published value (15 where there are fewer than 600 events a year:
  an authority of this size has about 5 per cent sampling error in them, siblings counted together);
* shares of a whole, 2 to 5 percentage points by the size of their group;
* assessment factors, the larger of 2 percentage points and a fifth of the published share;
* durations of open episodes of one to two years and of two years and more, 10 points: no stationary process
  can have Newcastle's durations of ended episodes and of open episodes at once (2,463 episodes start in a year and a
  fifth of those that end had lasted one, some 510, yet 708 are in their second year), so both cannot be met;
* children looked after are compared with England, since no figure of Newcastle is published.

Source:
    Department for Education, Children in need, reporting year 2024, tables A7 and B1 to D8, Newcastle upon Tyne; and
    Children looked after in England, 31 March 2025. Open Government Licence v3.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fi_workbench.demo.measuring import measure

NEWCASTLE_CHILDREN = 60_086
"""Children under 18 in Newcastle (ONS mid-2023), to which 1,600 open families correspond."""

NEWCASTLE_FAMILIES = 1_600
"""Families open to children's social care at a point in time in an authority of that size."""


@dataclass(frozen=True)
class Margin:
    """One published figure that the synthetic authority is held against.

    Attributes:
        name: the measure's name, as `measuring` returns it.
        group: what it belongs to, for reading the table.
        published: the published value.
        tolerance: the largest difference that passes, in the same unit.
        unit: `per 10,000`, `%`, or `working days`.
        source: the published table.
        held_out: true where the generator was never tuned on it.
    """

    name: str
    group: str
    published: float
    tolerance: float
    unit: str
    source: str
    held_out: bool = False

    def passes(self, measured: float) -> bool:
        """Whether a measured value is near enough."""
        return abs(measured - self.published) <= self.tolerance


def _rate(name: str, group: str, published: float, share: float, source: str, *, held_out: bool = False) -> Margin:
    return Margin(name, group, published, round(published * share, 1), "per 10,000", source, held_out)


def _shares(group: str, tolerance: float, source: str, values: dict[str, float]) -> tuple[Margin, ...]:
    return tuple(Margin(f"{group}: {name}", group, value, tolerance, "%", source) for name, value in values.items())


def _held_out(group: str, tolerance: float, source: str, values: dict[str, float]) -> tuple[Margin, ...]:
    return tuple(
        Margin(f"{group}: {name}", group, value, tolerance, "%", source, held_out=True)
        for name, value in values.items()
    )


def _factors(values: dict[str, int], episodes: int) -> tuple[Margin, ...]:
    shares = {code: round(100 * n / episodes, 1) for code, n in values.items()}
    return tuple(
        Margin(f"factor: {code}", "factor", share, max(2.0, round(share / 5, 1)), "%", "C3")
        for code, share in shares.items()
    )


def _of(total: int, values: dict[str, int]) -> dict[str, float]:
    return {name: round(100 * n / total, 1) for name, n in values.items()}


MARGINS: tuple[Margin, ...] = (
    _rate("referrals", "rates", 498.0, 0.10, "C1"),
    _rate("children in need at 31 March", "rates", 472.0, 0.10, "B1"),
    _rate("episodes started", "rates", 409.9, 0.10, "B1"),
    _rate("episodes ended", "rates", 378.8, 0.12, "B1"),
    _rate("assessments completed", "rates", 613.3, 0.10, "C2"),
    _rate("section 47 enquiries", "rates", 233.0, 0.10, "C4"),
    _rate("initial conferences", "rates", 80.4, 0.15, "C4"),
    _rate("child protection plans started", "rates", 73.7, 0.15, "D1"),
    _rate("child protection plans ended", "rates", 63.1, 0.20, "D1"),
    _rate("child protection plans at 31 March", "rates", 65.7, 0.15, "D1"),
    _rate("child in need plans started", "rates", 167.4, 0.15, "B7"),
    _rate("child in need plans at 31 March", "rates", 115.3, 0.15, "B7"),
    _rate("looked after at 31 March", "rates", 68.0, 0.20, "CLA 2025, England"),
    Margin("re-referrals within 12 months", "rates", 23.4, 2.5, "%", "C1"),
    Margin("referrals with no further action", "rates", 0.2, 0.5, "%", "C1"),
    Margin("referrals assessed as not in need", "rates", 17.5, 2.5, "%", "C1"),
    Margin("second or later plan", "rates", 29.1, 5.0, "%", "D3"),
    Margin("disability recorded", "rates", 14.7, 2.5, "%", "B2"),
    *_shares(
        "referral month",
        1.5,
        "C6",
        _of(
            2992,
            {
                "April": 145,
                "May": 248,
                "June": 285,
                "July": 243,
                "August": 257,
                "September": 289,
                "October": 333,
                "November": 293,
                "December": 213,
                "January": 221,
                "February": 215,
                "March": 250,
            },
        ),
    ),
    *_shares(
        "referral source",
        2.5,
        "C5",
        _of(
            2992,
            {
                "individual": 234,
                "schools": 596,
                "education services": 53,
                "health": 457,
                "housing": 69,
                "local authority": 262,
                "police": 927,
                "other legal": 94,
                "other": 117,
                "anonymous": 93,
                "unknown": 90,
            },
        ),
    ),
    *_factors(
        {
            "1A": 78,
            "1B": 454,
            "1C": 194,
            "2A": 145,
            "2B": 382,
            "2C": 213,
            "3A": 0,
            "3B": 1089,
            "3C": 286,
            "4A": 581,
            "4B": 983,
            "4C": 338,
            "5A": 251,
            "5B": 94,
            "5C": 59,
            "6A": 143,
            "6B": 227,
            "6C": 48,
            "7A": 142,
            "9A": 24,
            "10A": 182,
            "11A": 131,
            "12A": 59,
            "13A": 208,
            "14A": 350,
            "15A": 198,
            "16A": 881,
            "17A": 1106,
            "18B": 128,
            "18C": 628,
            "19B": 91,
            "19C": 198,
            "20": 1845,
            "22A": 18,
            "23A": 48,
            "24A": 0,
        },
        2686,
    ),
    *_shares(
        "primary need",
        4.0,
        "B3",
        _of(2836, {"N1": 1326, "N2": 267, "N3": 42, "N4": 355, "N5": 300, "N6": 94, "N7": 19, "N8": 102, "N0": 331}),
    ),
    Margin("assessments within 45 working days", "assessment", 83.1, 3.0, "%", "C2"),
    *_shares(
        "assessment duration",
        4.0,
        "C2",
        _of(
            3685,
            {
                "same day": 13,
                "1-10": 652,
                "11-20": 1206,
                "21-30": 428,
                "31-40": 406,
                "41-45": 359,
                "46-50": 319,
                "51-60": 201,
                "61+": 101,
            },
        ),
    ),
    Margin("assessment median", "assessment", 20, 4, "working days", "C2"),
    Margin("initial conferences within 15 working days", "conference", 79.7, 5.0, "%", "C4"),
    *_shares("conference duration", 5.0, "C4", _of(483, {"0-10": 55, "11-15": 330, "16-20": 46, "21+": 52})),
    *_shares("category at start", 5.0, "D2", _of(443, {"NEG": 176, "PHY": 39, "EMO": 221})),
    *_shares("ended episode", 5.0, "B5", {"<=3m": 61.5, "3-6m": 10.0, "6-12m": 7.7, "1-2y": 11.0, "2y+": 9.8}),
    *_shares("open episode", 5.0, "B4", {"<=3m": 17.8, "3-6m": 8.7, "6-12m": 10.0}),
    *_shares("open episode", 10.0, "B4", {"1-2y": 25.0, "2y+": 38.5}),
    *_shares("open plan", 6.0, "D5", {"<=3m": 23.3, "3-6m": 33.7, "6-12m": 25.6, "1-2y": 15.2, "2y+": 2.3}),
    *_shares("ended plan", 6.0, "D7", {"<=3m": 7.4, "3-6m": 17.2, "6-12m": 40.4, "1-2y": 30.1, "2y+": 5.0}),
    *_shares(
        "closure",
        1.5,
        "B6",
        {"RC1": 1.1, "RC5": 1.8, "RC6": 1.1},
    ),
    *_shares(
        "age",
        4.0,
        "A7, England",
        {"unborn": 1.7, "under 1": 4.0, "1-4": 14.1, "5-9": 21.3, "10-15": 32.2, "16+": 26.7},
    ),
    *_shares("placement", 5.0, "CLA 2025, England", {"foster": 67, "children's home": 12, "with parents": 6}),
    *_shares("placement", 4.0, "CLA 2025, England", {"supported accommodation": 9, "adoption": 2, "other": 4}),
    # Never tuned on: looked at when the rest is done.
    _rate("episodes at any point", "rates", 850.8, 0.10, "B1", held_out=True),
    _rate("child protection plans at any point", "rates", 128.8, 0.15, "D1", held_out=True),
    _rate("child in need plans at any point", "rates", 291.6, 0.15, "B7", held_out=True),
    _rate("awaiting assessment at 31 March", "rates", 17.3, 0.5, "B1", held_out=True),
    Margin("children re-referred", "rates", 22.4, 3.0, "%", "C1", held_out=True),
    Margin("children per section 47 enquiry", "rates", 78.6, 8.0, "%", "C4", held_out=True),
    Margin("children per referral", "rates", 89.4, 5.0, "%", "C1", held_out=True),
    Margin("plans reviewed within timescales", "rates", 94.1, 5.0, "%", "D6", held_out=True),
    *_held_out("category at 31 March", 6.0, "D4", _of(395, {"NEG": 158, "PHY": 35, "EMO": 193})),
    *_held_out("sex", 3.0, "A7, England", {"F": 43.4, "M": 54.6}),
    *_held_out(
        "looked after age",
        6.0,
        "CLA 2025, England",
        {"under 1": 4, "1-4": 12, "5-9": 18, "10-15": 38, "16+": 27},
    ),
    *_held_out("legal status", 8.0, "CLA 2025, England", {"care order": 75, "section 20": 19, "placement order": 6}),
)
"""Every margin, those that may be tuned on first."""

NOT_REACHED: dict[str, str] = {
    "children per section 47 enquiry": (
        "Held out and not tuned on. Newcastle has more children with two or three enquiries in a year; here an "
        "enquiry that leads to a plan is seldom followed by another."
    ),
    "looked after age: 5-9": (
        "Held out and not tuned on. Children who become looked after young stay too long, so there are too many of "
        "primary school age and too few infants."
    ),
    "looked after age: 16+": (
        "Held out and not tuned on. The same: too few who became looked after at 14 to 17 are still so on 31 March."
    ),
    "legal status: care order": (
        "Held out and not tuned on. Too few of the children accommodated under section 20 go on to a care order here."
    ),
    "legal status: section 20": (
        "Held out and not tuned on. The other side of the same: short stays, and young people who arrive alone, are a "
        "larger share than in England."
    ),
    "open plan: 3-6m": (
        "A stationary process with Newcastle's lengths of ended plans has about 27% of its open plans in this band, "
        "give or take 3; 33.7% needs a bulge of starts in the autumn of that year."
    ),
}
"""Margins that are missed, and why: named rather than reached by a wider tolerance or by tuning on what is held out."""


@dataclass(frozen=True)
class Compared:
    """A margin beside what was measured."""

    margin: Margin
    measured: float

    @property
    def passes(self) -> bool:
        """Whether it is within its tolerance."""
        return self.margin.passes(self.measured)


def margins_table(extracts: Path, *, families: int) -> tuple[Compared, ...]:
    """Measure a synthetic authority's extracts and set every margin beside its published figure.

    Args:
        extracts: the `extracts` folder of a workspace that `make_authority` wrote.
        families: how many families it was made with: its children are in proportion to Newcastle's.
    """
    values = measure(extracts, population=NEWCASTLE_CHILDREN * families / NEWCASTLE_FAMILIES)
    return tuple(Compared(margin, values.get(margin.name, 0.0)) for margin in MARGINS)


def as_text(rows: tuple[Compared, ...]) -> str:
    """The table as a person reads it, held-out margins last."""
    lines = [f"{'margin':48} {'published':>10} {'measured':>10} {'tolerance':>10}  "]
    for row in rows:
        margin = row.margin
        verdict = "ok" if row.passes else "OUT"
        held = " held out" if margin.held_out else ""
        lines.append(
            f"{margin.name:48} {margin.published:10.1f} {row.measured:10.1f} {margin.tolerance:10.1f}  {verdict}{held}"
        )
    return "\n".join(lines)
