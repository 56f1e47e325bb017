"""The wheel, installed in an empty folder, makes a brief."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_makes_a_brief_in_an_empty_folder(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    home = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    # What the wheel depends on is borrowed from this environment; a .pth file in it is not followed, so the
    # checkout itself stays out of sight.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = home / ("Lib/site-packages" if os.name == "nt" else f"lib/{version}/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    work = tmp_path / "empty"
    work.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FI_"))}

    def workbench(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python), "-m", "fi_workbench.cli", *arguments],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    place = subprocess.run(
        [str(python), "-c", "import fi_workbench; print(fi_workbench.__file__)"],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(home) in place.stdout
    assert workbench("demo", "workspace", "--families", "40", "--weeks", "30", "--deliveries", "1").returncode == 0
    weekly = workbench("weekly")
    assert weekly.returncode in {0, 3}, weekly.stderr + weekly.stdout
    released = workbench("release", "--by", "An Analyst")
    assert released.returncode == 0, released.stderr
    pages = sorted((work / "workspace" / "briefs").rglob("unit_brief.html"))
    assert len(pages) == 4
    assert all("<h1" in page.read_text(encoding="utf-8") for page in pages)
