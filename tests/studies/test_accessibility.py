"""Every kind of page, looked through in headless Chromium by axe-core and pa11y, and measured for sideways scrolling.

It needs Chromium, Node.js and the tools of `accessibility/package.json` (`make accessibility` fetches them);
FI_CHROMIUM and FI_ACCESSIBILITY_TOOLS say where they are when they are elsewhere. Nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.cli.rim import guarded

LOOK = Path(__file__).parent / "accessibility" / "look.mjs"
TOOLS = Path(os.environ.get("FI_ACCESSIBILITY_TOOLS", LOOK.parent))
LONGEST_SECONDS = 600

PAGES = {
    "unit brief": "briefs/*/*/unit_brief.html",
    "front page": "briefs/index.html",
    "index of a week": "briefs/*/index.html",
    "worklist": "worklists/*/*/[!m]*.html",
    "manager's page": "managers/*/*/manager_page.html",
    "digest": "digests/*/digest.html",
    "data note": "data_notes/*/data_note.html",
    "evidence page": "evidence/*/*/intervention_evidence.html",
    "review of a grouping": "reviews/*/segmentation_review.html",
    "data quality report": "quality/*/data_quality.html",
    "data agreement": "agreements/allocations.html",
    "index of data agreements": "agreements/index.html",
}
"""Where each kind of page lies in a workspace; of several the largest is looked at."""


@pytest.fixture(scope="module")
def look() -> Any:
    """Look through pages; skipped, saying why, where something for it is absent."""
    chromium = os.environ.get("FI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    node = shutil.which("node")
    missing = [
        what
        for what, there in (
            ("Chromium (or FI_CHROMIUM)", chromium),
            ("Node.js", node),
            ("axe-core and pa11y (`make accessibility` fetches them)", (TOOLS / "node_modules" / "pa11y").is_dir()),
        )
        if not there
    ]
    if missing:
        pytest.skip("not here: " + ", ".join(missing))
    environment = {**os.environ, "FI_CHROMIUM": str(chromium), "FI_ACCESSIBILITY_TOOLS": str(TOOLS)}

    def looked(*pages: Path) -> Mapping[str, Any]:
        done = subprocess.run(
            [str(node), str(LOOK), *map(str, pages)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return looked


def test_the_tools_find_what_is_wrong(look: Any, tmp_path: Path) -> None:
    """What cannot fail shows nothing: each tool names the faults of a page that was spoilt for it."""
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(
        "<!doctype html><html lang=en-GB><head><meta charset=utf-8><title>Spoilt</title></head><body>"
        "<p>Outside every landmark</p><main><h1>Spoilt</h1><p style='color:#aaa;background-color:#fff'>Pale</p>"
        "<details><summary>More</summary><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></details>"
        "<div style='width:700px'>Wide</div></main></body></html>"
    )
    told = look(spoilt)
    assert {(one["width"], one["tool"], one["rule"]) for one in told["found"]} >= {
        (width, tool, rule)
        for width in (390, 1280)
        for tool, rule in (
            ("axe", "region"),
            ("axe", "image-alt"),
            ("axe", "color-contrast"),
            ("pa11y", "WCAG2AA.Principle1.Guideline1_1.1_1_1.H37"),
            ("pa11y", "WCAG2AA.Principle1.Guideline1_4.1_4_3.G18.Fail"),
        )
    } | {(320, "width", "sideways scroll"), (390, "width", "sideways scroll")}


@pytest.fixture(scope="module")
def workspace(look: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic authority with every kind of page."""
    folder = tmp_path_factory.mktemp("pages") / "workspace"
    here = ["--workspace", str(folder)]
    for command in (
        ["demo", str(folder), "--families", "400", "--weeks", "156", "--seed", "1"],
        ["weekly", *here],
        ["release", *here, "--by", "Synthetic analyst (not a person)"],
        ["quality", *here],
        ["contract", "page", "--to", str(folder / "agreements"), *here],
    ):
        assert guarded(command) in {0, 3}, command
    (version,) = (path.name for path in (folder / "models" / "segmentation").iterdir() if path.is_dir())
    assert guarded(["segment", "review", version, *here]) == 0
    return folder


def test_every_kind_of_page_is_without_fault(look: Any, workspace: Path) -> None:
    """No violation, no error, no sideways scrolling, and no request to anywhere."""
    found = {
        kind: max(workspace.glob(pattern), key=lambda path: path.stat().st_size) for kind, pattern in PAGES.items()
    }
    told = look(*found.values())
    assert told["looked"]["pages"] == len(PAGES)
    assert [(one["page"], one["width"], one["tool"], one["rule"], one["where"]) for one in told["found"]] == []
    # What axe cannot decide is text that a table has scrolled out of sight at 390 px: its colours are those of its row.
    assert {(one["width"], one["rule"]) for one in told["undecided"]} <= {(390, "color-contrast")}
