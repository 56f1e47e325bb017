"""Put identifiers that nobody could mistake into the extracts, so that a leak anywhere can be found by searching.

Names, dates of birth, postcodes, pupil numbers and NHS numbers are put where they belong and, in other case, spaced
out or in base64, wherever free text can stand. All differ from anything that the simulation writes.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from fi_workbench.contracts import Column, Table, all_contracts
from fi_workbench.demo.draws import Draws
from fi_workbench.demo.identifiers import CHECK_LETTERS

KINDS = ("name", "date_of_birth", "postcode", "upn", "nhs_number")
VARIANTS = ("plain", "upper", "lower", "spaced", "base64")
_ONSETS = ("Zqu", "Vhr", "Xan", "Kwy", "Bzo", "Tzi", "Qua", "Wxe", "Jhu", "Gzo")
_MIDDLES = ("vorl", "xith", "quam", "zelb", "wyrn", "jaxu", "bruz", "klyv", "phoz", "dwim")
_ENDINGS = ("ombe", "aquen", "ithra", "uzmo", "elvik", "oxley", "yrnel", "abzix", "urqua", "inzow")
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_PLACES = {
    "forename": "name",
    "surname": "name",
    "date_of_birth": "date_of_birth",
    "postcode": "postcode",
    "upn": "upn",
    "nhs_number": "nhs_number",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """One identifier that was put into the extracts.

    Attributes:
        kind: name, date_of_birth, postcode, upn or nhs_number.
        value: the identifier in its usual form.
        text: the text in the file, which may be a variant of the value.
        variant: plain, upper, lower, spaced or base64.
        source: the source whose newest file has it.
        column: the column that it stands in.
    """

    kind: str
    value: str
    text: str
    variant: str
    source: str
    column: str

    def __str__(self) -> str:
        """The text as it stands in the file: what a search looks for."""
        return self.text


def identifier(kind: str, n: int) -> str:
    """The nth identifier of a kind; all differ, and none looks like anything that the simulation writes.

    Example:
        >>> identifier("name", 0), identifier("date_of_birth", 0), identifier("postcode", 0)
        ('Zquvorlombe', '1931-01-01', 'ZZ90 0AA')
    """
    if kind == "name":
        tail = "" if n < 1000 else _ONSETS[n // 1000 % 10].lower()
        return _ONSETS[n % 10] + _MIDDLES[n // 10 % 10] + _ENDINGS[n // 100 % 10] + tail
    if kind == "date_of_birth":
        return (date(1931, 1, 1) + timedelta(days=n)).isoformat()
    if kind == "postcode":
        return f"ZZ{90 + n // 10 % 10} {n % 10}{_LETTERS[n // 2000 % 20]}{_LETTERS[n // 100 % 20]}"
    if kind == "upn":
        number = f"201{8000 + n // 1000:04d}31{n % 1000:03d}"
        values = {letter: value for value, letter in enumerate(CHECK_LETTERS)} | {str(d): d for d in range(10)}
        total = sum(weight * values[character] for weight, character in enumerate(number, start=2))
        return CHECK_LETTERS[total % 23] + number
    stem, choice = divmod(n, 9)
    base = sum(weight * int(digit) for weight, digit in zip(range(10, 2, -1), f"998{stem:05d}", strict=True))
    valid = [(digit, check) for digit in range(10) if (check := (11 - (base + 2 * digit) % 11) % 11) < 10]
    digit, check = valid[choice]
    return f"998{stem:05d}{digit}{check}"


def disguise(value: str, variant: str) -> str:
    """The identifier as somebody might have typed, spaced or encoded it."""
    if variant == "upper":
        return value.upper()
    if variant == "lower":
        return value.lower()
    if variant == "spaced":
        return " ".join(value.replace(" ", ""))
    if variant == "base64":
        return base64.b64encode(value.encode()).decode()
    return value


def plant_identifiers(workspace: Path, n: int = 1000, *, seed: int = 1) -> tuple[Planted, ...]:
    """Put n identifiers into the newest file of every tabular source.

    Cells are chosen so that the rows stay acceptable: a date stands where a date belongs, and free text where any
    text may stand. The case numbers that the system itself makes are left alone.

    Args:
        workspace: a workspace that `make_authority` wrote and nothing has loaded yet.
        n: how many identifiers.
        seed: chooses the rows.

    Returns:
        What was planted and where, in the order of planting.
    """
    catalogue = all_contracts()
    places: list[tuple[str, Path, Column, tuple[str, ...]]] = []
    for folder in sorted((workspace / "extracts").iterdir()):
        files = sorted(folder.glob(f"{folder.name}_*.csv"))
        if files:
            table = catalogue.table(folder.name)
            increments = table.delivery == "increment"
            path = max(files, key=lambda file: file.stat().st_size) if increments else files[-1]
            places += [(folder.name, path, column, kinds) for column, kinds in _open_columns(table)]
    paths = dict.fromkeys(path for _, path, _, _ in places)
    sheets = {path: _Sheet(path, Draws(seed, 6, index)) for index, path in enumerate(paths)}
    planted: list[Planted] = []
    turn = 0
    while len(planted) < n and places:
        source, path, column, kinds = places[turn % len(places)]
        lap = turn // len(places)
        kind = kinds[lap % len(kinds)]
        value = identifier(kind, len(planted))
        variant = _variant(column, lap)
        text = disguise(value, variant)
        if sheets[path].put(column.physical_name, text):
            planted.append(Planted(kind, value, text, variant, source, column.name))
            turn += 1
        else:
            del places[turn % len(places)]
    for sheet in sheets.values():
        sheet.save()
    return tuple(planted)


def _variant(column: Column, lap: int) -> str:
    if column.name in {"forename", "surname"}:
        return ("plain", "upper", "lower")[lap % 3]
    return "plain" if column.name in _PLACES else VARIANTS[lap % len(VARIANTS)]


class _Sheet:
    """One file's rows, and which cells are still free."""

    def __init__(self, path: Path, draws: Draws) -> None:
        self.path = path
        self.draws = draws
        with path.open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.reader(file))
        self.head = self.rows[0]
        self.whole = [row for row in self.rows[1:] if len(row) == len(self.head) and row != self.head]
        self.free: dict[str, list[int]] = {}

    def put(self, column: str, text: str) -> bool:
        """Put text into a cell of a column, unless all were used."""
        free = self.free.setdefault(column, list(range(len(self.whole))))
        if not free:
            return False
        at = int(self.draws.uniform() * len(free))
        free[at], free[-1] = free[-1], free[at]
        self.whole[free.pop()][self.head.index(column)] = text
        return True

    def save(self) -> None:
        """Write the rows back, spoilt ones as they were."""
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(self.rows)


def _open_columns(table: Table) -> Iterator[tuple[Column, tuple[str, ...]]]:
    """The columns in which an identifier can stand, and which kinds can."""
    ruled = {rule.columns[0] for rule in table.rules if rule.kind == "pattern"}
    for column in table.columns.values():
        if column.name in _PLACES and not column.is_key:
            yield column, (_PLACES[column.name],)
        elif (
            column.logical_type == "string"
            and not (column.enum or column.is_key or column.name in ruled)
            and column.classification != "case_reference"
        ):
            yield column, KINDS
