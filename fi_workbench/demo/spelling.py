"""How partners write people down: nicknames, slips of the finger, swapped dates, old names and old addresses.

Every partner keeps a record of its own for each person, made once and then repeated. Rates differ by partner and are
higher for names that staff are not used to, so that linkage can be tested for fairness as well as for accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fi_workbench.demo.draws import Draws
from fi_workbench.demo.names import HERITAGES, NICKNAMES, forename
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person

_KEYS = {"a": "s", "e": "r", "i": "o", "o": "p", "r": "t", "n": "m", "m": "n", "s": "a", "t": "r", "l": "k", "c": "v"}


@dataclass(frozen=True, slots=True)
class Channel:
    """How a partner gets particulars wrong; each is a chance for one person's record."""

    typo: float
    nickname: float
    other_surname: float
    no_birth_date: float
    wrong_birth_date: float
    old_postcode: float
    no_postcode: float
    split: float = 0.0


CHANNELS: dict[str, Channel] = {
    "police_notifications": Channel(0.06, 0.10, 0.10, 0.09, 0.05, 0.15, 0.10, 0.05),
    "school_attendance": Channel(0.015, 0.04, 0.02, 0.0, 0.01, 0.12, 0.03),
    "school_exclusions": Channel(0.015, 0.04, 0.02, 0.0, 0.01, 0.12, 0.03),
    "housing": Channel(0.03, 0.05, 0.10, 0.15, 0.03, 0.02, 0.0),
    "health_visiting": Channel(0.02, 0.03, 0.08, 0.0, 0.01, 0.12, 0.0),
    "adult_services": Channel(0.03, 0.06, 0.09, 0.04, 0.03, 0.14, 0.0, 0.03),
    "early_help": Channel(0.05, 0.10, 0.06, 0.08, 0.05, 0.06, 0.0),
    "youth_justice": Channel(0.03, 0.08, 0.04, 0.0, 0.03, 0.15, 0.0),
}
"""Usual rates; a world multiplies them by its `link_error`."""


@dataclass(frozen=True, slots=True)
class Written:
    """A person as a partner writes them."""

    forename: str
    surname: str
    born: int
    postcode: str


class Speller:
    """Writes people as one partner would, the same each time."""

    def __init__(self, source: str, patch: Patch, draws: Draws) -> None:
        self.channel = CHANNELS[source]
        self.patch = patch
        self.draws = draws
        self.dial = patch.world.link_error
        self._kept: dict[Person, Written] = {}

    def write(self, person: Person, day: int) -> Written:
        """The partner's record of a person, made when it is first needed."""
        kept = self._kept.get(person)
        if kept is None:
            kept = self._make(person, day)
            self._kept[person] = kept
        return kept

    def stranger(self, youngest: int, oldest: int, day: int) -> Written:
        """Somebody whom children's services do not know; now and then a namesake of somebody they do."""
        draws = self.draws
        heritage = draws.weighted(HERITAGES)
        sex = "F" if draws.chance(0.5) else "M"
        born = day - draws.between(int(youngest * 365.25), int(oldest * 365.25))
        name, family = forename(draws, heritage, sex), draws.pick(heritage.surnames)
        if draws.chance(0.03) and self.patch.people:
            twin = draws.pick(self.patch.people)
            if twin.is_child == (oldest <= 18):
                name, family = twin.forename, twin.surname
                born = twin.born if draws.chance(0.1) else twin.born + draws.between(-300, 300)
        return Written(name, family, born, self.patch.new_address().postcode)

    def _make(self, person: Person, day: int) -> Written:
        draws, channel = self.draws, self.channel
        rate = self.dial * person.heritage.error_rate
        first, last, born = person.forename, person.surname, person.born
        if draws.chance(channel.nickname * self.dial):
            first = NICKNAMES.get(first, first)
        if draws.chance(channel.typo * rate):
            first = misspell(draws, first)
        if person.maiden and draws.chance(channel.other_surname * 2.5 * self.dial):
            last = person.maiden if draws.chance(0.6) else f"{person.maiden}-{last}"
        elif person.mother is not None and draws.chance(channel.other_surname * 0.3 * self.dial):
            father = person.family.father
            last = f"{last}-{father.surname}" if father and father.surname != last else last
        if draws.chance(channel.typo * rate):
            last = misspell(draws, last)
        if draws.chance(channel.no_birth_date * min(rate, 3.0)):
            born = 0
        elif draws.chance(channel.wrong_birth_date * rate):
            born = wrong_birth_date(draws, born, day)
        address = person.address_at(day)
        if len(person.addresses) > 1 and draws.chance(channel.old_postcode * self.dial * 2):
            address = person.addresses[0][1]
        code = "" if draws.chance(channel.no_postcode) else address.postcode
        if draws.chance(0.02 * self.dial) and code:
            code = code.replace(" ", "")
        if draws.chance(0.03):
            first, last = first.upper(), last.upper()
        return Written(first, last, born, code)


def misspell(draws: Draws, name: str) -> str:
    """One slip: a letter doubled, dropped, swapped with its neighbour, or a key beside the right one."""
    at = draws.between(1, max(1, len(name) - 2))
    kind = draws.between(0, 3)
    if kind == 0:
        return name[:at] + name[at] + name[at:]
    if kind == 1 and len(name) > 3:
        return name[:at] + name[at + 1 :]
    if kind == 2 and at + 1 < len(name):
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + _KEYS.get(name[at], "e") + name[at + 1 :]


def wrong_birth_date(draws: Draws, born: int, day: int) -> int:
    """Day and month swapped where that is a date; else a slip of a day, a month or a year. Never in the future."""
    when = date.fromordinal(born)
    if draws.chance(0.5) and when.day <= 12 and when.day != when.month:
        wrong = date(when.year, when.day, when.month).toordinal()
    else:
        wrong = born + draws.pick((-1, 1, 10, -10, 30, -30, 365, -365))
    return wrong if wrong < day else born
