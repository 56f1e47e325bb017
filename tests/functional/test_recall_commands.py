"""The commands that take briefs back: what they say, and what a build and a release do afterwards."""

from __future__ import annotations

from pathlib import Path

from tests.functional.conftest import WEEK, Run


def test_one_units_brief_is_taken_back_and_comes_back_by_a_reason(week_made: Path, run: Run) -> None:
    where, who = ["--workspace", str(week_made)], ["--by", "Marian Halcombe"]
    units = sorted(path.parent.name for path in (week_made / "built" / WEEK).glob("*/unit_brief.json"))
    unit = units[0]
    lists = week_made / "worklists" / WEEK / unit
    before = {path.name: path.read_bytes() for path in lists.iterdir()}
    assert before
    assert run(["release", *where, *who]).code == 0

    taken = ["recall", *where, *who, "--week", WEEK, "--reason", "a count was wrong"]
    assert run([*taken, "--unit", "unit_none"]).code == 1
    assert run([*taken, "--unit", unit, "--digest"]).code == 2
    done = run([*taken, "--unit", unit, "--unit", unit, "--json"])
    assert done.code == 0, done.err
    assert done.facts["units"] == [unit]
    assert done.facts["notices"] == {"worklists": len(before), "briefs": 1}
    assert all("This worklist was taken back" in path.read_text() for path in lists.iterdir())

    built = run(["briefs", *where, "--unit", unit, "--workers", "1"])
    assert "until it is released again" in " ".join((built.out + built.err).split())
    assert all("This worklist was taken back" in path.read_text() for path in lists.iterdir())

    refused = run(["release", *where, *who])
    assert refused.code == 1
    assert "nothing changed since" in refused.err
    assert "--reason" in refused.err
    again = run(["release", *where, *who, "--reason", "it was right"])
    assert again.code == 0, again.err
    assert f"fi-workbench briefs --week {WEEK}" in " ".join(again.out.split())
    assert run(["briefs", *where, "--unit", unit, "--workers", "1"]).code in {0, 3}
    assert {path.name: path.read_bytes() for path in lists.iterdir()} == before
