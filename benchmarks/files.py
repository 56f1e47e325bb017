"""Large files for benchmarks: the extracts of a simulated authority, its children repeated under new case references.

Lives are simulated once, for some thousand families. A larger authority is the same lives again and again: true in
the shape of every record and in how records hang together, and untrue in that no two authorities are ten times one.
In the return on looked after children each repetition lives on other days, at other addresses and under other pupil
numbers, since how often a value recurs decides what reading and storing it costs.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from benchmarks.harness import CACHE, ROOT
from fi_workbench.demo.identifiers import postcode, pupil_number

_CHILD = re.compile(r"<Child>.*?</Child>\s*", flags=re.DOTALL)
_REFERENCE = re.compile(r"(?<=<LAchildID>)[^<]*")
_UPN = re.compile(r"<UPN>[^<]*</UPN>\s*")


def authority(families: int = 1600) -> Path:
    """A workspace with the extracts of a synthetic authority, made once."""
    folder = CACHE / f"authority_{families}"
    if not (folder / "workbench.toml").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "fi_workbench.cli", "demo", str(folder), "--families", str(families)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def census(n_children: int) -> Path:
    """A CIN census of 2026 with so many children."""
    made = CACHE / f"CIN_Census_2026_{n_children}.xml"
    if made.exists():
        return made
    (source,) = (authority() / "extracts" / "cin_census").glob("CIN_Census_2026_*.xml")
    text = source.read_text(encoding="utf-8")
    start, end = text.index("<Child>"), text.rindex("</Child>") + len("</Child>")
    children = _CHILD.findall(text[start:end] + "\n    ")
    half = made.with_suffix(".half")
    with half.open("w", encoding="utf-8") as out:
        out.write(text[:start])
        for i in range(n_children):
            turn, child = divmod(i, len(children))
            out.write(_again(children[child], turn) if turn else children[child])
        out.write(text[end:].lstrip("\n "))
    half.replace(made)
    return made


def _again(child: str, turn: int) -> str:
    """The same life under another case reference; a UPN belongs to one pupil, so that it is left out."""
    return _UPN.sub("", _REFERENCE.sub(lambda found: f"{found[0]}R{turn}", child))


def care_return(n_episodes: int) -> Path:
    """A folder named 2026 with the modules of a return on looked after children of at least so many episodes."""
    made = CACHE / f"ssda903_{n_episodes}" / "2026"
    if made.exists():
        return made
    source = authority() / "extracts" / "ssda903" / "2026"
    half = made.with_name("half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    turns = -(-n_episodes // (len((source / "episodes.csv").read_text(encoding="utf-8").splitlines()) - 1))
    for path in sorted(source.glob("*.csv")):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        again = _repeat(head.split(","))
        with (half / path.name).open("w", encoding="utf-8", newline="") as out:
            out.write(f"{head}\n")
            for turn in range(turns):
                out.writelines(",".join(again(row.split(","), turn)) + "\n" for row in rows)
    half.replace(made)
    return made


def _repeat(head: list[str]) -> Callable[[list[str], int], list[str]]:
    """How a row becomes that of another child: each repetition is some days earlier, which keeps every interval."""
    upn, urn = _place(head, "UPN"), _place(head, "URN")
    homes = [at for at in (_place(head, "HOME_POST"), _place(head, "PL_POST")) if at is not None]

    def again(row: list[str], turn: int) -> list[str]:
        if turn == 0:
            return row
        chance = random.Random(f"{turn} {row}")
        cells = [_earlier(cell, turn % 364) for cell in row]
        cells[0] += f"R{turn}"
        if upn is not None and not cells[upn].startswith("UN"):
            cells[upn] = pupil_number(turn, chance.randrange(12_000), 19)
        if urn is not None and cells[urn]:
            cells[urn] = str(chance.randrange(1_000_000, 9_000_000))
        for at in homes:
            if cells[at]:
                cells[at] = postcode(chance.randrange(89), chance.randrange(4_000))
        return cells

    return again


def _place(head: list[str], column: str) -> int | None:
    return head.index(column) if column in head else None


@cache
def _earlier(cell: str, days: int) -> str:
    if len(cell) != 10 or cell[2:6:3] != "//":
        return cell
    return (datetime.strptime(cell, "%d/%m/%Y") - timedelta(days)).strftime("%d/%m/%Y")  # noqa: DTZ007 - a day has no zone
