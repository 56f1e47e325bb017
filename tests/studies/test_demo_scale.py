"""How long a large authority takes, and that memory does not grow with it. Results: `demo_scale.md`.

Run by hand: `python -m pytest -m study tests/studies/test_demo_scale.py -s`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_RUN = r"""
import json, re, sys, time
from datetime import date
from pathlib import Path
from fi_workbench.demo import make_authority
began = time.perf_counter()
report = make_authority(Path(sys.argv[1]) / "w", Path(sys.argv[1]) / "t", families=int(sys.argv[2]), seed=1,
                        weeks=156, end=date(2026, 11, 22))
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"seconds": time.perf_counter() - began, "peak_mib": peak, "people": report.people}))
"""


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from /proc, which this system does not have"
)


def _make(folder: Path, families: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(folder), str(families)], capture_output=True, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    sys.stdout.write(f"{families} families: {measured}\n")
    return measured


def test_three_thousand_families_and_three_years_take_less_than_a_minute(tmp_path: Path) -> None:
    assert _make(tmp_path, 3000)["seconds"] < 60


def test_ten_times_the_families_need_less_than_twice_the_memory(tmp_path: Path) -> None:
    small = _make(tmp_path / "small", 1000)
    large = _make(tmp_path / "large", 10_000)
    assert large["people"] > 8 * small["people"]
    assert large["peak_mib"] < 2 * small["peak_mib"]
