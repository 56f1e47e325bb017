"""A thousand planted identifiers: none reaches a page, picture, manifest, log, message, file name or notebook."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from fi_workbench.demo import plant_identifiers
from tests.functional.conftest import BESIDE

LEAVES = ("built", "briefs", "worklists", "managers", "digests", "evidence", "logs")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, extracts: Path, run) -> tuple[Path, list[str], str]:
    """A week made and released from extracts in whose text fields identifiers were planted."""
    import shutil

    workspace = tmp_path_factory.mktemp("planted") / "workspace"
    shutil.copytree(extracts, workspace)
    settings = workspace / "workbench.toml"
    settings.write_text(settings.read_text().replace(BESIDE, ""))  # every page there is
    identifiers = [str(item) for item in plant_identifiers(workspace, n=1000, seed=7)]
    identifiers += plant_in_returns(workspace / "extracts")
    said = []
    for arguments in (["weekly", "--workers", "1"], ["release", "--by", "An Analyst"], ["status"], ["doctor"]):
        done = run([*arguments, "--workspace", str(workspace)])
        assert done.code in {0, 3}, done.err + done.out
        said.append(done.out + done.err)
    return workspace, identifiers, "\n".join(said)


def plant_in_returns(extracts: Path) -> list[str]:
    """Put pupil numbers into the censuses and postcodes into the returns of looked after children."""
    made: list[str] = []

    def pupil(_: re.Match[str]) -> str:
        made.append(f"Q99{len(made):09d}7")
        return f"<UPN>{made[-1]}</UPN>"

    for path in sorted((extracts / "cin_census").glob("*.xml")):
        path.write_text(
            re.sub(r"<UPN>[^<]*</UPN>", pupil, path.read_text(encoding="utf-8"), count=40), encoding="utf-8"
        )
    for path in sorted((extracts / "ssda903").rglob("*episodes*.csv")):
        heading, *rows = path.read_text(encoding="utf-8").splitlines()
        at = heading.split(",").index("HOME_POST")
        for number, row in enumerate(rows[:10]):
            cells = row.split(",")
            made.append(f"QX{len(made) % 90 + 10} {number}QQ")
            cells[at] = made[-1]
            rows[number] = ",".join(cells)
        path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return made


def squeezed(text: str) -> str:
    return re.sub(r"[\s\-]+", "", text).lower()


def texts(workspace: Path) -> dict[str, str]:
    """Every file that may leave, decoded as far as it can be, with its own name."""
    found: dict[str, str] = {}
    for leaf in LEAVES:
        for path in sorted((workspace / leaf).rglob("*")):
            if not path.is_file():
                continue
            raw = path.read_bytes()
            text = raw.decode("utf-8", errors="replace")
            inner = [
                base64.b64decode(part, validate=False).decode("utf-8", errors="replace")
                for part in re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
            ]
            found[str(path.relative_to(workspace))] = "\n".join([path.name, text, *inner])
    return found


def test_planted_identifiers_reach_nothing(planted: tuple[Path, list[str], str]) -> None:
    workspace, identifiers, said = planted
    assert len(identifiers) >= 1100
    pages = texts(workspace)
    assert any(name.endswith("unit_brief.html") for name in pages)
    assert any("worklists" in name for name in pages)
    haystacks = {name: squeezed(text) for name, text in pages.items()} | {"what the commands said": squeezed(said)}
    needles = {squeezed(item) for item in identifiers} | {
        squeezed(base64.b64encode(item.encode()).decode().rstrip("=")) for item in identifiers
    }
    leaks = {
        name: sum(needle in text for needle in needles if len(needle) >= 6)
        for name, text in haystacks.items()
        if any(needle in text for needle in needles if len(needle) >= 6)
    }
    assert not leaks


def test_the_search_itself_can_find(planted: tuple[Path, list[str], str]) -> None:
    workspace, identifiers, _ = planted
    extracts = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in (workspace / "extracts").rglob("*")
        if path.is_file()
    )
    haystack = squeezed(extracts)
    found = sum(squeezed(item) in haystack for item in identifiers)
    assert found > 900


def test_committed_notebooks_hold_no_outputs() -> None:
    import json

    root = Path(__file__).resolve().parents[2] / "notebooks"
    for path in root.rglob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
        assert "papermill" not in notebook["metadata"]
