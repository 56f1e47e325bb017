"""Spoil a few rows on purpose, and write down what each should lead to.

The clean world comes first; then rows of the last delivery of each list are spoilt as real systems spoil them: dates
that do not exist, codes that nobody knows, rows cut short, empty cells that must not be, the same row twice. The
manifest is part of the truth, so that what the loaders catch can be counted against what was there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from fi_workbench.contracts import Catalogue, Table
from fi_workbench.demo.draws import Draws

PER_SOURCE = 12
_FEWEST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One spoilt line.

    Attributes:
        file: path below `extracts`.
        line: line number in the file as written, the header being 1.
        table: the contract's table.
        case: what was done.
        outcome: `quarantined`, `duplicate` or `non_record`.
        rule: the rule that should name it; empty where no rule does.
    """

    file: str
    line: int
    table: str
    case: str
    outcome: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class _Change:
    """New text for a line, lines to put after it, and what the outcome should be."""

    line: str
    after: tuple[str, ...]
    case: str
    outcome: str
    rule: str = ""


_Case = Callable[[Draws, Table, list[str], list[str]], "_Change | None"]


def _join(cells: list[str]) -> str:
    return ",".join(cells)


def _columns(table: Table, names: list[str], kind: str) -> Iterator[int]:
    for index, name in enumerate(names):
        column = table.columns.get(name)
        if column is None:
            continue
        if (
            (kind == "date" and column.logical_type == "date" and not column.is_key)
            or (kind == "code" and column.enum and not column.is_key)
            or (kind == "required" and column.required and not column.is_key)
            or (kind == "boolean" and column.logical_type == "boolean")
            or (kind == "number" and column.maximum is not None and column.logical_type == "integer")
        ):
            yield index


def _replaced(draws: Draws, table: Table, names: list[str], cells: list[str], kind: str, value: str) -> str | None:
    places = [index for index in _columns(table, names, kind) if cells[index]]
    if not places:
        return None
    index = draws.pick(places)
    cells[index] = value
    return names[index]


def _impossible_date(draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    name = _replaced(draws, table, names, cells, "date", "2026-02-31")
    return _Change(_join(cells), (), "impossible date", "quarantined", f"{name}_is_a_date") if name else None


def _unknown_code(draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    name = _replaced(draws, table, names, cells, "code", "ZZTOP")
    return _Change(_join(cells), (), "unknown code", "quarantined", f"{name}_code_known") if name else None


def _empty_cell(draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    name = _replaced(draws, table, names, cells, "required", "")
    return _Change(_join(cells), (), "empty cell", "quarantined", f"{name}_present") if name else None


def _maybe(draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    name = _replaced(draws, table, names, cells, "boolean", "perhaps")
    return _Change(_join(cells), (), "neither yes nor no", "quarantined", f"{name}_is_yes_or_no") if name else None


def _too_many(draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    name = _replaced(draws, table, names, cells, "number", "9999")
    return _Change(_join(cells), (), "number out of range", "quarantined", f"{name}_in_range") if name else None


def _short_row(_draws: Draws, table: Table, names: list[str], cells: list[str]) -> _Change | None:
    keys = [names.index(name) for name in table.key]
    return _Change(_join(cells[: max(2, *keys)]), (), "row cut short", "quarantined", "fields_complete")


def _twice(_draws: Draws, _table: Table, _names: list[str], cells: list[str]) -> _Change:
    line = _join(cells)
    return _Change(line, (line,), "same row twice", "duplicate")


def _blank_line(_draws: Draws, _table: Table, _names: list[str], cells: list[str]) -> _Change:
    return _Change(_join(cells), ("",), "blank line", "non_record")


def _header_again(_draws: Draws, _table: Table, names: list[str], cells: list[str]) -> _Change:
    return _Change(_join(cells), (_join(names),), "header again", "non_record")


CASES: tuple[_Case, ...] = (
    _impossible_date,
    _unknown_code,
    _short_row,
    _twice,
    _empty_cell,
    _maybe,
    _impossible_date,
    _too_many,
    _blank_line,
    _unknown_code,
    _twice,
    _header_again,
)


def spoil(extracts: Path, files: dict[str, tuple[Path, int]], catalogue: Catalogue, *, seed: int) -> list[Spoilt]:
    """Spoil some rows of each file, line by line so that a large file costs no memory.

    Args:
        extracts: the folder that paths in the manifest are below.
        files: for each table, the file to spoil and its number of rows.
        catalogue: the contracts, which say what a cell should be.
        seed: the authority's seed.
    """
    spoilt: list[Spoilt] = []
    for number, (name, (path, rows)) in enumerate(sorted(files.items())):
        if rows >= _FEWEST_ROWS:
            draws = Draws(seed, 5, number)
            spoilt += _spoil_file(extracts, path, catalogue.table(name), rows, draws)
    return spoilt


def _spoil_file(extracts: Path, path: Path, table: Table, rows: int, draws: Draws) -> list[Spoilt]:
    chosen = sorted({2 + int(draws.uniform() * rows) for _ in range(PER_SOURCE)})
    cases = dict(zip(chosen, CASES, strict=False))
    where = path.relative_to(extracts).as_posix()
    spoilt: list[Spoilt] = []
    fresh = path.with_suffix(".fresh")
    with path.open(encoding="utf-8", newline="") as source, fresh.open("w", encoding="utf-8", newline="") as target:
        names: list[str] = []
        written = 0
        for number, raw in enumerate(source, start=1):
            line = raw.rstrip("\n")
            names = names or line.split(",")
            change = cases[number](draws, table, names, line.split(",")) if number in cases else None
            for one in (change.line, *change.after) if change else (line,):
                target.write(one + "\n")
                written += 1
            if change:
                spoilt.append(Spoilt(where, written, table.name, change.case, change.outcome, change.rule))
    fresh.replace(path)
    return spoilt


_FACTOR = re.compile(r"<AssessmentFactors>[^<]*<")
_INTERNAL = re.compile(r"<AssessmentInternalReviewDate>[^<]*<")


def spoil_census(extracts: Path, path: Path, *, children: int) -> list[Spoilt]:
    """A few codes and dates of a census file that cannot be, spread over its length."""
    if children < _FEWEST_ROWS:
        return []
    spoilt: list[Spoilt] = []
    where = path.relative_to(extracts).as_posix()
    fresh = path.with_suffix(".fresh")
    factors = reviews = 0
    with path.open(encoding="utf-8", newline="") as source, fresh.open("w", encoding="utf-8", newline="") as target:
        for number, raw in enumerate(source, start=1):
            line = raw
            if "<AssessmentFactors>" in raw:
                factors += 1
                if factors % (children // 4) == 7:
                    line = _FACTOR.sub("<AssessmentFactors>99Z<", raw)
                    spoilt.append(
                        _spoilt_census(where, number, "cin_assessment_factors", "unknown code", "factor_code_known")
                    )
            elif "<AssessmentInternalReviewDate>" in raw:
                reviews += 1
                if reviews == 5:
                    line = _INTERNAL.sub("<AssessmentInternalReviewDate>2026-02-31<", raw)
                    rule = "assessment_internal_review_date_is_a_date"
                    spoilt.append(_spoilt_census(where, number, "cin_assessments", "impossible date", rule))
            target.write(line)
    fresh.replace(path)
    return spoilt


def _spoilt_census(where: str, line: int, table: str, case: str, rule: str) -> Spoilt:
    return Spoilt(where, line, table, case, "quarantined", rule)


def write_manifest(folder: Path, spoilt: list[Spoilt]) -> None:
    """What was spoilt, for the truth."""
    text = json.dumps([asdict(one) for one in spoilt], indent=1)
    (folder / "dirt.json").write_text(text + "\n", encoding="utf-8", newline="\n")
