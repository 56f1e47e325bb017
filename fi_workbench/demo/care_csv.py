"""SSDA903 files: one folder of modules for each complete year, and one for the year that runs.

Dates are dd/mm/yyyy. SEX is 1 or 2 until 2024 and M, F or U from 2025; supported accommodation is H5 until 2024 and K3
from 2025.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from fi_workbench.demo.days import slashed
from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.identifiers import number_of, one_in
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Care, Episode, Placement
from fi_workbench.vocabulary.ssda903 import MODULE_FIRST_YEAR

MODULES: dict[str, str] = {
    "header": "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB",
    "episodes": "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN",
    "reviews": "CHILD,DOB,REVIEW,REVIEW_CODE",
    "uasc": "CHILD,SEX,DOB,DUC",
    "oc2": "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,TEETH_CHECK,HEALTH_ASSESSMENT,"
    "SUBSTANCE_MISUSE,INTERVENTION_RECEIVED,INTERVENTION_OFFERED",
    "oc3": "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM",
    "ad1": "CHILD,DOB,DATE_INT,DATE_MATCH,FOSTER_CARE,NB_ADOPTR,SEX_ADOPTR,LS_ADOPTR",
    "placed_for_adoption": "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED",
    "previous_permanence": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM",
    "missing": "CHILD,DOB,MISSING,MIS_START,MIS_END",
    "dolo": "CHILD,DOB,DOLO_START,DOLO_END",
    "social_worker": "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON",
}
OWN_CODE = "000"
_YEAR = 365.25
_REVIEW: Weights[str] = Weights(
    {"PN1": 0.5, "PN2": 0.08, "PN3": 0.03, "PN4": 0.04, "PN5": 0.12, "PN6": 0.13, "PN7": 0.1}
)
_ACTIVITY: Weights[str] = Weights(
    {"F1": 0.06, "F2": 0.25, "P2": 0.03, "F4": 0.06, "F5": 0.18, "P5": 0.05, "G4": 0.12, "G5": 0.17, "G6": 0.08}
)
_ACCOMMODATION: Weights[str] = Weights(
    {
        "B1": 0.1,
        "C1": 0.01,
        "D1": 0.08,
        "K1": 0.12,
        "R1": 0.1,
        "S1": 0.06,
        "T1": 0.03,
        "U1": 0.34,
        "V1": 0.01,
        "Z1": 0.06,
        "X2": 0.02,
        "Y2": 0.02,
        "H1": 0.03,
        "E1": 0.02,
    }
)


@dataclass(frozen=True, slots=True)
class Return:
    """One set of files: `folder` is the collection year, or the day for the year that runs."""

    folder: str
    year: int
    up_to: int

    @property
    def begins(self) -> int:
        """1 April before."""
        return date(self.year - 1, 4, 1).toordinal()


def returns(years: list[int], end: int) -> list[Return]:
    """The complete years, and the year that runs up to the last day of the horizon."""
    sets = [Return(str(year), year, date(year, 3, 31).toordinal()) for year in years]
    when = date.fromordinal(end)
    year = when.year + ((when.month, when.day) >= (4, 1))
    if end != date(year, 3, 31).toordinal():
        sets.append(Return(when.isoformat(), year, end))
    return sets


class CareFiles:
    """Opens the files of each return and writes patches into them."""

    def __init__(self, stack: ExitStack, folder: Path, sets: list[Return]) -> None:
        self.sets = sets
        self._files: list[dict[str, IO[str]]] = []
        for one in sets:
            place = folder / one.folder
            place.mkdir(parents=True, exist_ok=True)
            files: dict[str, IO[str]] = {}
            for module, head in MODULES.items():
                file = stack.enter_context((place / f"{module}.csv").open("w", encoding="utf-8", newline=""))
                file.write(head + "\n")
                files[module] = file
            self._files.append(files)

    def write(self, patch: Patch) -> None:
        """A patch's children looked after and care leavers."""
        leavers = [e for case in patch.cases for e in case.episodes if e.leaver_since]
        by_child: dict[Person, list[Care]] = {}
        for care in patch.cares:
            by_child.setdefault(care.child, []).append(care)
        allocations: dict[Person, list[tuple[str, int, int, str]]] = {}
        for a in patch.allocations:
            if a.child in by_child and a.role == "lead_practitioner":
                allocations.setdefault(a.child, []).append((a.worker, a.start, a.end, a.reason))
        for number, (one, files) in enumerate(zip(self.sets, self._files, strict=True)):
            draws = Draws(patch.seed, 3, patch.index, number)
            heads: set[Person] = set()
            for child, cares in by_child.items():
                inside = [c for c in cares if c.start <= one.up_to and c.end >= one.begins]
                if inside:
                    heads.add(child)
                    _write_child(draws, child, inside, one, files, allocations.get(child, []))
            for episode in leavers:
                _write_leaver(draws, episode, one, files, heads)


def _sex(child: Person, year: int) -> str:
    return {"M": "1", "F": "2"}[child.sex] if year < 2025 else child.sex


def _head(child: Person, one: Return) -> str:
    upn = child.pupil_number if child.numbers_recorded[0] and child.age(one.up_to) >= 5 else ""
    if not upn:
        upn = "UN1" if child.age(one.up_to) < 5 else "UN4"
    mother = "1" if child.sex == "F" and child.family.mother is child else "0" if child.sex == "F" else ""
    return f"{child.reference},{_sex(child, one.year)},{slashed(child.born)},{child.ethnicity},{upn},{mother},\n"


def _write_child(
    draws: Draws, child: Person, cares: list[Care], one: Return, files: dict[str, IO[str]],
    held: list[tuple[str, int, int, str]],
) -> None:  # fmt: skip
    reference, born = child.reference, slashed(child.born)
    files["header"].write(_head(child, one))
    files["previous_permanence"].write(f"{reference},{born},{_permanence_before(child, cares[0])}\n")
    for began, ended in _deprived_of_liberty(cares, one):
        files["dolo"].write(f"{reference},{born},{slashed(began)},{slashed(ended) if ended else ''}\n")
    started: set[int] = set()
    for spell in cares:
        for placement in spell.placements:
            if placement.start <= one.up_to and (placement.end >= one.begins) and placement.start not in started:
                started.add(placement.start)
                files["episodes"].write(_placement(reference, spell, placement, one))
        for held_on in sorted({held for _, held in spell.reviews if one.begins <= held <= one.up_to}):
            code = "PN0" if child.age(held_on) < 4 else draws.weighted(_REVIEW)
            files["reviews"].write(f"{reference},{born},{slashed(held_on)},{code}\n")
        for since, back, kind in _missing(draws, child, spell, one):
            found = slashed(back) if back <= one.up_to else ""
            files["missing"].write(f"{reference},{born},{kind},{slashed(since)},{found}\n")
        _adoption(draws, spell, one, files)
    care = cares[-1]
    if child.asylum:
        grown = child.born + int(18 * _YEAR)
        files["uasc"].write(
            f"{reference},{_sex(child, one.year)},{born},{slashed(grown) if grown <= one.up_to else ''}\n"
        )
    if care.start <= one.up_to - 365 and care.end > one.up_to:
        files["oc2"].write(_outcomes(draws, child, one))
    spells: set[tuple[str, int]] = set()
    for worker, start, end, reason in held if one.year >= MODULE_FIRST_YEAR["ssda903_sw_episodes"] else ():
        if start <= one.up_to and (not end or end >= one.begins) and (worker, start) not in spells:
            spells.add((worker, start))
            until = slashed(end) if end and end <= one.up_to else ""
            why = ("LEFTRL" if reason == "Worker left" else "OTHERS") if until else "MANAGE"
            files["social_worker"].write(f"{reference},{born},SW{worker},{slashed(start)},{until},{why}\n")


def _permanence_before(child: Person, first: Care) -> str:
    """Whether the child had left care for a permanent family before: a few in a hundred, told by the child's number."""
    old_enough = first.start - child.born > 3 * _YEAR
    if not old_enough or child.asylum or not one_in(child.reference, "permanence", 25):
        return "Z1,,"
    kind = ("P1", "P2", "P2", "P3", "P4")[number_of(child.reference, "kind of permanence") % 5]
    if kind == "P4":
        return "P4,,"
    since = child.born + int(1.5 * _YEAR) + number_of(child.reference, "day of permanence") % 300
    where = "OUT" if one_in(child.reference, "elsewhere", 4) else OWN_CODE
    return f"{kind},{where},{slashed(since)}"


def _deprived_of_liberty(cares: list[Care], one: Return) -> Iterator[tuple[int, int]]:
    """Orders that a court made for some children in children's homes: the first two months of the placement."""
    for care in cares:
        for p in care.placements:
            if (
                one.year < MODULE_FIRST_YEAR["ssda903_dolo"]
                or p.place not in {"K1", "K2"}
                or not one_in(care.child.reference, "dolo", 12)
            ):
                continue
            began, ended = p.start + 14, min(p.end or p.start + 74, p.start + 74)
            if care.child.age(began) >= 10 and began < ended and one.begins <= began <= one.up_to:
                yield began, ended if ended <= one.up_to else 0


def _placement(reference: str, care: Care, p: Placement, one: Return) -> str:
    place = p.place
    if place == "K3" and one.year < 2025:
        place = "H5"
    ended = p.end and p.end <= one.up_to
    end = slashed(p.end) if ended else ""
    ceased = p.reason_ceased if ended else ""
    change = p.reason_change if ended else ""
    return (
        f"{reference},{slashed(p.start)},{p.reason_new},{p.legal},{care.need},{place},{p.provider},{end},{ceased},"
        f"{change},{p.home_postcode},{p.placed_postcode},{p.urn}\n"
    )


def _missing(draws: Draws, child: Person, care: Care, one: Return) -> Iterator[tuple[int, int, str]]:
    days = min(care.end, one.up_to) - max(care.start, one.begins)
    rate = 2.2 if child.family.has("exploitation", one.up_to) else 0.15
    if child.age(one.up_to) < 10 or days < 20:
        return
    for since in sorted(
        {
            max(care.start, one.begins) + 1 + int(draws.uniform() * (days - 5))
            for _ in range(draws.poisson(rate * days / _YEAR))
        }
    ):
        yield since, since + draws.days(1.5), "M" if draws.chance(0.85) else "A"


def _adoption(draws: Draws, care: Care, one: Return, files: dict[str, IO[str]]) -> None:
    placed = care.placed_for_adoption
    if not placed or placed > one.up_to or placed < one.begins:
        return
    stem = f"{care.child.reference},{slashed(care.child.born)}"
    files["placed_for_adoption"].write(f"{stem},{slashed(care.adoption_decision)},,\n")
    couple = draws.chance(0.88)
    sex = draws.pick(("MF", "MF", "MF", "MM", "FF")) if couple else draws.pick(("F1", "M1"))
    status = "L11" if couple else "L0"
    files["ad1"].write(
        f"{stem},{slashed(care.adoption_decision)},{slashed(placed - 20)},0,{2 if couple else 1},{sex},{status}\n"
    )


def _outcomes(draws: Draws, child: Person, one: Return) -> str:
    age = child.age(one.up_to)
    troubled = child.family.has("child_mental_health", one.up_to) or child.family.has("behaviour", one.up_to)
    score = reason = ""
    if 4 <= age <= 16:
        if draws.chance(0.8):
            score = str(max(0, min(40, round(11 + 6 * troubled + 6 * draws.normal()))))
        else:
            reason = draws.pick(("SDQ1", "SDQ2", "SDQ3", "SDQ4", "SDQ5"))

    def yes(chance: float) -> str:
        return "1" if draws.chance(chance) else "0"

    convicted = yes(0.04 if child.family.has("exploitation", one.up_to) else 0.01) if age >= 10 else ""
    misuse = draws.chance(0.08) if age >= 12 else False
    return (
        f"{child.reference},{slashed(child.born)},{score},{reason},{convicted},{yes(0.88) if age < 5 else ''},"
        f"{yes(0.86)},{yes(0.78)},{yes(0.9)},{'1' if misuse else '0'},{yes(0.5) if misuse else ''},"
        f"{yes(0.6) if misuse else ''}\n"
    )


def _write_leaver(draws: Draws, episode: Episode, one: Return, files: dict[str, IO[str]], heads: set[Person]) -> None:
    child = episode.child
    birthdays = range(17, 22)
    turned = [n for n in birthdays if one.begins <= child.born + int(n * _YEAR) <= one.up_to]
    if not turned or episode.leaver_since > one.up_to:
        return
    if child not in heads:
        heads.add(child)
        files["header"].write(_head(child, one))
    touch = "YES" if draws.chance(0.92) else draws.pick(("NO", "REFU", "NREQ"))
    activity = draws.weighted(_ACTIVITY) if touch == "YES" else "0"
    home = draws.weighted(_ACCOMMODATION) if touch == "YES" else "0"
    files["oc3"].write(f"{child.reference},{slashed(child.born)},{touch},{activity},{home}\n")
