"""A period of being looked after, planned from its first day to its end as SSDA903 tells it.

The course depends on the child's age, on how the period began, and on chance: home soon, kin, long fostering,
adoption, or staying until eighteen.
"""

from __future__ import annotations

from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.identifiers import one_in, postcode
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Care, Placement

_YEAR = 365.25
_REMAND_AGE = 12.0
_LONGEST_REMAND = 150
_POLICE_DAYS = 3
_ADOPTED = {"E11", "E12"}
_CHANGE_REASONS: Weights[str] = Weights(
    {
        "CARPL": 0.42,
        "CREQB": 0.16,
        "CREQO": 0.08,
        "CHILD": 0.12,
        "LAREQ": 0.1,
        "STAND": 0.03,
        "CLOSE": 0.02,
        "OTHER": 0.07,
    }
)
_ENDS: Weights[str] = Weights(
    {"E4A": 0.52, "E4B": 0.13, "E41": 0.09, "E13": 0.05, "E45": 0.14, "E46": 0.06, "E8": 0.01}
)
_GROWN_ENDS: Weights[str] = Weights({"E5": 0.22, "E6": 0.34, "E17": 0.22, "E8": 0.14, "E7": 0.06, "E9": 0.02})


def start_care(
    draws: Draws, child: Person, day: int, need: str, *, patch: int, home: str, elapsed: int = 0, urgent: bool = False
) -> Care:
    """Plan a period of care.

    Args:
        draws: the patch's chance.
        child: who becomes looked after.
        day: the first day.
        need: the SSDA903 need code.
        patch: for postcodes of placements.
        home: the home postcode.
        elapsed: days that the period has already lasted (for children looked after when the warm-up begins): the
            period is planned to last longer than this.
        urgent: whether it begins with police protection or an emergency order.
    """
    age = (day - child.born) / _YEAR
    grown = child.born + int(18 * _YEAR)
    legal = _legal(draws, child, age, urgent=urgent)
    end, reason = _end(draws, child, day, age, legal, elapsed)
    if end >= grown:
        end, reason = grown, draws.weighted(_GROWN_ENDS)
    care = Care(child, need, [], end, reason)
    _place(draws, care, day, end, legal, patch, home, urgent=urgent)
    _on_remand(care, age)
    return care


def _on_remand(care: Care, age: float) -> None:
    """Some short periods of older children are remands: another status and another end, and home all the same.

    Told by the child's number and not by chance, so that nobody else's life changes with it.
    """
    days = care.end - care.start
    if age < _REMAND_AGE or days > _LONGEST_REMAND or care.reason not in {"E4A", "E4B"} or care.child.asylum:
        return
    # A period with a change of status is about something else, and stays what it is.
    if {placement.legal for placement in care.placements} == {"V2"} and one_in(care.child.reference, "remand", 3):
        for placement in care.placements:
            placement.legal = "J2" if days <= _POLICE_DAYS else "J1"
        care.placements[-1].reason_ceased = "E14"


def _legal(draws: Draws, child: Person, age: float, *, urgent: bool) -> str:
    if child.asylum:
        return "V2"
    if urgent:
        return "C1" if draws.chance(0.7) else "V2"
    if age >= 15:
        return "V2" if draws.chance(0.72) else "C1"
    return "C1" if draws.chance(0.6) else "V2"


def _end(draws: Draws, child: Person, day: int, age: float, legal: str, elapsed: int) -> tuple[int, str]:
    if child.asylum:
        return day + 9999, ""
    short = (0.42 if legal == "V2" else 0.16) * (0.6 if elapsed > 365 else 1.0)
    if not elapsed and draws.chance(short):
        return day + 5 + draws.days(95), "E4A" if draws.chance(0.66) else "E4B"
    if age < 3.5 and draws.chance(0.42) and not elapsed:
        return day + int(510 + 240 * draws.uniform()), "E12" if draws.chance(0.93) else "E11"
    if draws.chance(0.45):
        return day + elapsed + 120 + int(draws.gamma(2, 700)), draws.weighted(_ENDS)
    return day + elapsed + 400 + int(draws.gamma(2, 3400)), draws.weighted(_ENDS)


def _orders(draws: Draws, care: Care, day: int, legal: str, *, urgent: bool) -> list[tuple[int, str]]:
    """Each legal status with its first day; a child is placed for adoption under a placement order."""
    steps: list[tuple[int, str]] = []
    adoption = care.reason in _ADOPTED
    at = day
    if urgent:
        steps.append((at, "L2" if draws.chance(0.35) else "L1"))
        at += 2 if steps[0][1] == "L1" else draws.between(5, 8)
    steps.append((at, legal))
    if legal == "V2" and not care.child.asylum and (adoption or (care.end - day > 90 and draws.chance(0.45))):
        at += draws.between(15, 40) if adoption else 20 + draws.days(150)
        steps.append((at, "C1"))
        legal = "C1"
    if legal == "C1":
        at += draws.between(120, 170) if adoption else 150 + draws.days(70)
        steps.append((at, "C2"))
        if adoption:
            steps.append((at + draws.between(1, 30), "E1"))
    return [step for step in steps if step[0] < care.end - 3 or step is steps[0]]


def _kind_of_place(draws: Draws, child: Person, age: float, legal: str, *, first: bool) -> str:
    if child.asylum or (age >= 16 and draws.chance(0.42)):
        return "K3" if age >= 16.2 and draws.chance(0.75 if child.asylum else 1.0) else "U6"
    roll = draws.uniform()
    home = 0.05 if legal in {"C1", "C2"} else 0.0
    homes = 0.02 if age < 7 else 0.2 if age < 11 else 0.44
    if first:
        homes *= 0.65
    if roll < home:
        return "P1"
    if roll < home + homes:
        return "K2" if draws.chance(0.985) else "K1"
    if roll < home + homes + 0.055:
        return draws.pick(("R1", "R3") if age < 2 else ("R1", "S1", "R2", "Z1"))
    kin = 0.27 if age < 11 else 0.17
    if draws.chance(kin):
        return "U1" if draws.chance(0.35) else "U3"
    return "U4" if draws.chance(0.38) else "U6"


def _provider(draws: Draws, place: str) -> str:
    if place == "P1":
        return "PR0"
    if place in {"U1", "U3"}:
        return "PR1"
    if place in {"K2", "K1", "K3", "R1", "S1", "Z1"}:
        return "PR4" if draws.chance(0.75) else draws.pick(("PR1", "PR5"))
    return "PR1" if draws.chance(0.6) else "PR4"


def _place(draws: Draws, care: Care, day: int, end: int, legal: str, patch: int, home: str, *, urgent: bool) -> None:
    child = care.child
    orders = _orders(draws, care, day, legal, urgent=urgent)
    moves = _moves(draws, child, day, end, care)
    steps = sorted({(at, 0, status) for at, status in orders} | {(at, 1, place) for at, place in moves})
    status, place = orders[0][1], moves[0][1]
    days_of_change = sorted({at for at, _, _ in steps if day < at < end})
    care.placements.append(_placement(draws, day, "S", status, place, patch, home))
    for at in days_of_change:
        new_status = next((value for when, value in reversed(orders) if when <= at), status)
        new_place = next((value for when, value in reversed(moves) if when <= at), place)
        moved = any(when == at for when, _ in moves)
        changed = new_status != status
        if not moved and not changed:
            continue
        last = care.placements[-1]
        last.end, last.reason_ceased = at, "X1"
        kind = "B" if moved and changed else "P" if moved else "L"
        if moved:
            last.reason_change = "CARPL" if new_place[0] == "A" else draws.weighted(_CHANGE_REASONS)
            following = _placement(draws, at, kind, new_status, new_place, patch, home)
        else:
            following = Placement(
                at, kind, new_status, last.place, last.provider, home_postcode=home,
                placed_postcode=last.placed_postcode, urn=last.urn,
            )  # fmt: skip
        care.placements.append(following)
        status, place = new_status, new_place
    last = care.placements[-1]
    last.end, last.reason_ceased = end, care.reason


def _placement(draws: Draws, at: int, kind: str, status: str, place: str, patch: int, home: str) -> Placement:
    far = draws.chance(0.42 if place[0] in "KRS" else 0.28)
    code = home if place == "P1" else postcode(patch + 40 if far else patch, draws.between(0, 800))
    urn = f"{draws.between(9_000_000, 9_999_999)}" if place[0] in "KURS" else ""
    return Placement(
        at, kind, status, place, _provider(draws, place), home_postcode=home, placed_postcode=code, urn=urn
    )


def _moves(draws: Draws, child: Person, day: int, end: int, care: Care) -> list[tuple[int, str]]:
    """Each placement with its first day; an adoptive placement comes in the last half year before an adoption."""
    adoption = care.reason in _ADOPTED
    placed = end - draws.between(150, 240) if adoption else end
    legal = "C2" if end - day > 300 else "V2"
    moves: list[tuple[int, str]] = []
    at = day
    while at < placed:
        age = (at - child.born) / _YEAR
        place = _kind_of_place(draws, child, age, legal, first=not moves)
        moves.append((at, place))
        stay = 120.0 if len(moves) == 1 else 950.0
        if place in {"U1", "U3", "U4", "P1"}:
            stay = 2200.0
        at += 14 + draws.days(stay)
        sixteen = child.born + int(16.1 * _YEAR)
        if place[0] in "KU" and place != "K3" and moves[-1][0] < sixteen < at and draws.chance(0.28):
            at = sixteen + draws.days(120)
            if at < placed:
                moves.append((at, "K3"))
                at += 14 + draws.days(500)
    if adoption:
        care.placed_for_adoption = placed
        care.adoption_decision = placed - draws.between(60, 160)
        moves.append((placed, "A5" if draws.chance(0.84) else "A4"))
    return moves
