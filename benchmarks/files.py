"""Large files for benchmarks: the extracts of a simulated authority, its children repeated under new case references.

Lives are simulated once, for some thousand families. A larger authority is the same lives again and again: true in
the shape of every record and in how records hang together, and untrue in that no two authorities are ten times one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import CACHE, ROOT

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
