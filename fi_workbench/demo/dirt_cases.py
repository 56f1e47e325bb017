"""Every known case of dirt, and the files of each with a manifest of what must become of it.

Source:
    The project's list of dirt, 135 numbered cases seen in extracts of councils and their partners; those whose number
    begins with A are the workbench's own.
"""

from __future__ import annotations

import json
from pathlib import Path

from fi_workbench.demo.dirt_file_cases import BOOK_CASES, XML_CASES
from fi_workbench.demo.dirt_return_cases import RETURN_BOOK_CASES, RETURN_XML_CASES
from fi_workbench.demo.dirt_table import Case, clean_extracts
from fi_workbench.demo.dirt_text_cases import FILE_CASES, OWN_CASES, SHAPE_CASES
from fi_workbench.demo.dirt_value_cases import VALUE_CASES

CASES: tuple[Case, ...] = (
    *FILE_CASES, *SHAPE_CASES, *VALUE_CASES, *BOOK_CASES, *XML_CASES, *RETURN_XML_CASES, *RETURN_BOOK_CASES, *OWN_CASES,
)  # fmt: skip
ELSEWHERE = {
    "96": "Case numbers that all change at once are a matter of two deliveries: see the migration in the history.",
}
"""Numbers of the list that no file of one week can show."""


def write_dirty_files(extracts: Path, folder: Path, *, code: str) -> int:
    """Write the files of every case, each below a folder of its own, and `manifest.json` beside them.

    Args:
        extracts: the synthetic authority's own extracts; nothing in them is changed.
        folder: where the cases go, outside every workspace: `folder/<case>/extracts/<source>/<file>`.
        code: the authority's code.

    Returns:
        How many cases were written.
    """
    clean = clean_extracts(extracts, code)
    manifest = []
    for case in CASES:
        files = {"extracts": case.make(clean), "extracts_before": case.before(clean) if case.before else {}}
        for place, made in files.items():
            for name, data in made.items():
                path = folder / case.number / place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        manifest.append(
            {
                "case": case.number,
                "title": case.title,
                "files": sorted(files["extracts"]),
                "before": sorted(files["extracts_before"]),
                "outcome": case.outcome,
                "says": case.says,
                "rows": case.n,
                "differs": case.differs,
            }
        )
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return len(manifest)
