"""A grouping is fitted, read, approved and taken back from the command line, and its codes keep their meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from tests.functional.conftest import Run


def test_a_refit_carries_on_the_codes_in_use_and_can_be_taken_back(week_made: Path, run: Run) -> None:
    settings = week_made / "workbench.toml"
    # Sixty families show two kinds clearly; four are found by one start only, and are then refused approval.
    settings.write_text(settings.read_text().replace("n_classes = 4", "n_classes = 2\nmost_classes = 3\nn_refits = 10"))
    where = ["--workspace", str(week_made), "--json"]
    fitted = run(["segment", "fit", *where])
    assert fitted.code == 3, fitted.err
    version = str(fitted.facts["version"])
    told = cast("dict[str, Any]", run(["segment", "review", version, *where]).facts)
    assert len(told["carried"]) == 2
    for one in told["carried"]:
        assert one["former_code"] in {None, "s1", "s2", "s3", "s4"}
        assert one["former_code"] in {None, one["code"]}
    unlike = [one["code"] for one in told["carried"] if one["former_code"] is None]
    assert all(any(code in change for change in told["changes"]) for code in unlike)
    by = ["--by", "A. Person", "--reason", "Reads well"]
    assert run(["segment", "approve", version, *by, *where]).code == 0
    back = run(["segment", "roll-back", *by, *where])
    assert back.code == 0, back.err
    assert back.facts["withdrawn"] == version
    assert back.facts["in_use"] not in {None, version}
