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
from itertools import cycle
from pathlib import Path

from fi_workbench.contracts import Column, Table, all_contracts
from fi_workbench.demo.draws import Draws
from fi_workbench.demo.identifiers import CHECK_LETTERS

KINDS = ("name", "date_of_birth", "postcode", "upn", "nhs_number")
VARIANTS = ("plain", "upper", "lower", "spaced", "base64")
_ONSETS = ("Zqu", "Vhr", "Xan", "Kwy", "Bzo", "Tzi", "Qua", "Wxe", "Jhu", "Gzo")
_MIDDLES = ("vorl", "xith", "quam", "zelb", "wyrn", "jaxu", "bruz", "klyv", "phoz", "dwim")
_ENDINGS = ("ombe", "aquen", "ithra", "uzmo", "elvik", "oxley", "yrnel", "abzix", "urqua", "inzow")
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


def identifier(kind: str, n: int) -> str:
    """The nth identifier of a kind; all differ, and none looks like anything that the simulation writes.

    Example:
        >>> identifier("name", 0), identifier("date_of_birth", 0), identifier("postcode", 0)
        ('Zquvorlombe', '1931-01-01', 'ZZ90 0QQ')
    """
    if kind == "name":
        tail = "" if n < 1000 else _ONSETS[n // 1000 % 10].lower()
        return _ONSETS[n % 10] + _MIDDLES[n // 10 % 10] + _ENDINGS[n // 100 % 10] + tail
    if kind == "date_of_birth":
        return (date(1931, 1, 1) + timedelta(days=n)).isoformat()
    if kind == "postcode":
        return f"ZZ{90 + n // 10 % 10} {n % 10}Q{chr(81 + n // 100 % 6)}"
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
    plan: dict[Path, list[tuple[str, Column, str, str]]] = {}
    turn = cycle(places)
    for number in range(n):
        source, path, column, kinds = next(turn)
        kind = kinds[number // len(places) % len(kinds)]
        variant = VARIANTS[number // len(places) % len(VARIANTS)] if column.name not in _PLACES else "plain"
        if column.name in {"forename", "surname"}:
            variant = ("plain", "upper", "lower")[number // len(places) % 3]
        plan.setdefault(path, []).append((source, column, kind, variant))
    planted: list[Planted] = []
    for index, (path, wishes) in enumerate(plan.items()):
        planted.extend(_plant(path, wishes, Draws(seed, 6, index), start=len(planted)))
    return tuple(planted)


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


def _plant(path: Path, wishes: list[tuple[str, Column, str, str]], draws: Draws, *, start: int) -> Iterator[Planted]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    head, body = rows[0], rows[1:]
    whole = [row for row in body if len(row) == len(head)]
    if not whole:
        return
    taken: set[tuple[int, int]] = set()
    for number, (source, column, kind, variant) in enumerate(wishes, start=start):
        at = head.index(column.physical_name)
        for _ in range(50):
            row = int(draws.uniform() * len(whole))
            if (row, at) not in taken:
                break
        else:
            continue
        taken.add((row, at))
        value = identifier(kind, number)
        text = disguise(value, variant)
        whole[row][at] = text
        yield Planted(kind, value, text, variant, source, column.name)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
