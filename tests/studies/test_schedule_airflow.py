"""The DAG as Airflow itself reads it, and its task run by Airflow's own operator (`.peers/airflow`, or `FI_PEERS`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from fi_workbench.weekly.scheduling import Weekly, airflow

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("apache-airflow>=3.1,<4", "apache-airflow-providers-papermill>=3.11,<4")
"""The only place where the peers' versions are pinned."""

READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])
(dag,) = bag.dags.values()
task = dag.get_task("weekly")
task.render_template_fields({})
told = {"errors": bag.import_errors, "schedule": str(dag.schedule), "operator": type(task).__name__}
try:
    task.execute({})
    told["failed"] = ""
except Exception as error:
    told["failed"] = type(error).__name__
print("told:" + json.dumps({key: str(value) for key, value in told.items()}))
"""

pytestmark = pytest.mark.study


@pytest.fixture(scope="module")
def python() -> Path:
    """Airflow's interpreter, made by pip where it is not there."""
    folder = Path(os.environ.get("FI_PEERS", ROOT / ".peers")) / "airflow"
    interpreter = folder / "bin" / "python"
    if not interpreter.is_file():
        venv.create(folder, with_pip=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return interpreter


@pytest.mark.parametrize(("code", "failed"), [(0, ""), (3, ""), (1, "PapermillExecutionError")])
def test_airflow_reads_the_dag_and_runs_its_task(python: Path, tmp_path: Path, code: int, failed: str) -> None:
    workspace = tmp_path / "it's {{ ours }}"
    (workspace / "logs").mkdir(parents=True)
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(f"import sys; print('asked for', sys.argv[1:]); raise SystemExit({code})")
    dags = tmp_path / "dags"
    dags.mkdir()
    ((name, text),) = airflow(Weekly([sys.executable, str(stand_in)], workspace)).items()
    (dags / name).write_text(text)
    home = {"AIRFLOW_HOME": str(tmp_path / "home"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(
        [python, "-c", READ, str(dags)],
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("told:")]
    assert lines, done.stderr[-2000:]
    told = json.loads(lines[0].removeprefix("told:"))
    assert told == {"errors": "{}", "schedule": "30 5 * * 1", "operator": "PapermillOperator", "failed": failed}
    cells = json.loads((workspace / "logs" / "weekly.ipynb").read_text(encoding="utf-8"))["cells"]
    said = "".join(
        "".join(output["data"]["text/plain"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    assert said == f"asked for {['weekly', '--workspace', str(workspace)]}\n"
