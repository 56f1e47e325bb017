"""Files for schedulers, each read by its own tool or, where that is not here, by an independent reader."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import types
from datetime import UTC, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import papermill
import pytest
from jinja2 import Template
from lxml import etree

from fi_workbench.briefs.notebook_lint import problems
from fi_workbench.errors import WrongUseError
from fi_workbench.resources import shipped
from fi_workbench.weekly.scheduling import DAYS, KINDS, Weekly, airflow, cron, encoded, systemd, windows

ODD = PurePosixPath('/srv/Ann\'s briefs/50% {{ x }} $HOME "q"')


def asked(**more: Any) -> Weekly:
    return Weekly(**{"program": [sys.executable, "-m", "fi_workbench.cli"], "folder": PurePosixPath("/srv/w"), **more})


def test_systemd_itself_takes_the_files(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not here")
    for name, text in systemd(asked(folder=tmp_path)).items():
        (tmp_path / name).write_text(text)
    unit = str(tmp_path / "fi-workbench-weekly.timer")
    done = subprocess.run([tool, "verify", "--user", unit], capture_output=True, text=True, check=False)
    assert "fi-workbench" not in done.stderr, done.stderr
    (line,) = [line for line in Path(unit).read_text().splitlines() if line.startswith("OnCalendar=")]
    told = subprocess.run(
        [tool, "calendar", line.removeprefix("OnCalendar=")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert "Mon *-*-* 05:30:00" in told.stdout


def test_systemd_is_given_every_path_as_it_is() -> None:
    text = systemd(asked(folder=ODD))["fi-workbench-weekly.service"]
    line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    assert line.endswith('"--workspace" "/srv/Ann\'s briefs/50%% {{ x }} $$HOME \\"q\\""')
    assert "SuccessExitStatus=3" in text


@pytest.mark.parametrize("day", DAYS)
def test_cron_starts_it_on_its_day(day: str) -> None:
    croniter = pytest.importorskip("croniter", reason="croniter is not installed").croniter
    line = cron(asked(day=day, at=time(6, 5)))["fi-workbench-weekly.cron"]
    times = " ".join(line.split()[:5])
    runs = croniter(times, datetime(2026, 1, 1, tzinfo=UTC))
    first, second = (runs.get_next(datetime) for _ in range(2))
    assert DAYS[first.weekday()] == day
    assert (first.hour, first.minute, second - first) == (6, 5, timedelta(days=7))


def test_a_shell_reads_the_command_of_cron_as_it_was_meant() -> None:
    line = cron(asked(folder=ODD))["fi-workbench-weekly.cron"]
    assert "50\\%" in line  # an unescaped one would end the command
    words = shlex.split(line.split(maxsplit=5)[5].replace("\\%", "%"))
    assert words[-3:] == ["weekly", "--workspace", str(ODD)]


SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
DAY = "".join(f'<xs:element name="{day.capitalize()}" fixed="" minOccurs="0"/>' for day in DAYS)
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{SPACE}" targetNamespace="{SPACE}"
 elementFormDefault="qualified">
 <xs:simpleType name="path"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="260"/>
  </xs:restriction></xs:simpleType>
 <xs:element name="Task"><xs:complexType><xs:all>
  <xs:element name="RegistrationInfo" minOccurs="0"><xs:complexType><xs:all>
   <xs:element name="Description" type="xs:string" minOccurs="0"/></xs:all></xs:complexType></xs:element>
  <xs:element name="Triggers" minOccurs="0"><xs:complexType><xs:sequence>
   <xs:element name="CalendarTrigger" maxOccurs="48"><xs:complexType><xs:sequence>
    <xs:element name="Enabled" type="xs:boolean" minOccurs="0"/>
    <xs:element name="StartBoundary" type="xs:dateTime" minOccurs="0"/>
    <xs:element name="EndBoundary" type="xs:dateTime" minOccurs="0"/>
    <xs:element name="ExecutionTimeLimit" type="xs:duration" minOccurs="0"/>
    <xs:element name="RandomDelay" type="xs:duration" minOccurs="0"/>
    <xs:element name="ScheduleByWeek"><xs:complexType><xs:all>
     <xs:element name="WeeksInterval" type="xs:unsignedByte" minOccurs="0"/>
     <xs:element name="DaysOfWeek" minOccurs="0"><xs:complexType><xs:all>{DAY}</xs:all></xs:complexType></xs:element>
    </xs:all></xs:complexType></xs:element>
   </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Settings" minOccurs="0"><xs:complexType><xs:all>
   <xs:element name="MultipleInstancesPolicy" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
    <xs:enumeration value="Parallel"/><xs:enumeration value="Queue"/><xs:enumeration value="IgnoreNew"/>
    <xs:enumeration value="StopExisting"/></xs:restriction></xs:simpleType></xs:element>
   <xs:element name="StartWhenAvailable" type="xs:boolean" minOccurs="0"/>
   <xs:element name="ExecutionTimeLimit" type="xs:duration" minOccurs="0"/>
  </xs:all></xs:complexType></xs:element>
  <xs:element name="Actions"><xs:complexType><xs:sequence>
   <xs:element name="Exec" maxOccurs="32"><xs:complexType><xs:all>
    <xs:element name="Command" type="path"/><xs:element name="Arguments" type="xs:string" minOccurs="0"/>
    <xs:element name="WorkingDirectory" type="path" minOccurs="0"/></xs:all></xs:complexType></xs:element>
   </xs:sequence></xs:complexType></xs:element>
 </xs:all><xs:attribute name="version" type="xs:string"/></xs:complexType></xs:element>
</xs:schema>"""
"""What the parts that we write must be, and in which order, by Microsoft's Task Scheduler schema (Win32, TaskSchd)."""


@pytest.mark.parametrize("day", DAYS)
def test_the_task_of_windows_keeps_the_schema_of_tasks(day: str) -> None:
    task = windows(asked(folder=PurePosixPath("C:/Briefs & more"), day=day))["fi-workbench-weekly.xml"]
    schema = etree.XMLSchema(etree.fromstring(SCHEMA))
    schema.assertValid(etree.fromstring(encoded("fi-workbench-weekly.xml", task)))
    for spoil in (
        lambda text: text.replace("IgnoreNew", "Ignore"),
        lambda text: text.replace("<StartWhenAvailable>true", "<StartWhenAvailable>yes"),
        lambda text: text.replace("<Settings>", "<Settings><CatchUp>true</CatchUp>"),
        lambda text: re.sub(r"(?s)(<StartBoundary>.*?</StartBoundary>)(.*?)(</CalendarTrigger>)", r"\2\1\3", text),
        lambda text: text.replace("<WorkingDirectory>", f"<WorkingDirectory>{'x' * 260}"),
    ):
        assert spoil(task) != task
        assert not schema.validate(etree.fromstring(spoil(task).encode("utf-16")))


def test_a_path_that_windows_cannot_schedule_is_refused() -> None:
    with pytest.raises(WrongUseError, match="no path as long"):
        windows(asked(folder=PurePosixPath("C:/" + "x" * 260)))


def test_the_task_of_windows_is_in_the_encoding_that_schtasks_reads() -> None:
    task = windows(asked(folder=PurePosixPath("C:/Briefs & more"), day="friday"))["fi-workbench-weekly.xml"]
    written = encoded("fi-workbench-weekly.xml", task)
    assert written.startswith(b"\xff\xfe<\x00")
    assert 'encoding="UTF-16"' in task
    assert encoded("x.cron", "é") == "é".encode()
    root = etree.fromstring(written)
    found = {element.tag.removeprefix(f"{{{SPACE}}}"): element.text for element in root.iter()}
    assert "Friday" in found
    assert found["Arguments"] == '-m fi_workbench.cli weekly --workspace "C:/Briefs & more"'
    assert found["ExecutionTimeLimit"] == "PT4H"
    assert found["MultipleInstancesPolicy"] == "IgnoreNew"


def dag(monkeypatch: pytest.MonkeyPatch, **more: Any) -> dict[str, Any]:
    """What Airflow would be given: it is not installed for this, so stand-ins take it, and fill it as Airflow does."""
    given: dict[str, Any] = {}

    class Dag:
        def __init__(self, **options: Any) -> None:
            given.update(options)

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    modules = {
        "pendulum": {"datetime": lambda *parts, tz: (parts, tz)},
        "airflow.sdk": {"DAG": Dag},
        "airflow.providers.papermill.operators.papermill": {
            "PapermillOperator": lambda **options: given.update(options)
        },
    }
    for name, attributes in modules.items():
        for n in range(1, name.count(".") + 2):
            part = ".".join(name.split(".")[:n])
            if part not in sys.modules:
                monkeypatch.setitem(sys.modules, part, types.ModuleType(part))
        for attribute, value in attributes.items():
            setattr(sys.modules[name], attribute, value)
    (text,) = airflow(asked(**more)).values()
    exec(compile(text, "dag.py", "exec"), {})  # noqa: S102 - what Airflow does with it
    given["parameters"] = {"command": Template(given["parameters"]["command"]).render()}
    return {**given, **{name: Template(given[name]).render() for name in ("input_nb", "output_nb")}}


def test_the_dag_compiles_and_calls_weekly(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dag(monkeypatch, folder=ODD)
    assert given["schedule"] == "30 5 * * 1"
    assert given["start_date"][1] == "Europe/London"
    assert (given["catchup"], given["max_active_runs"], given["retries"]) == (False, 1, 1)
    command, _, waits = given["parameters"]["command"].rpartition(" || ")
    assert waits == "test $? -eq 3"
    assert shlex.split(command)[0] == "FORCE_COLOR="
    assert shlex.split(command)[-3:] == ["weekly", "--workspace", str(ODD)]
    assert given["output_nb"].format() == f"{ODD}/logs/weekly.ipynb"  # as papermill fills it


def run_as_airflow_does(given: dict[str, Any], output: Path) -> str:
    """Run the notebook with papermill, as the operator does, and give what it kept."""
    output.parent.mkdir(parents=True, exist_ok=True)
    papermill.execute_notebook(
        given["input_nb"], str(output), parameters=given["parameters"], progress_bar=False, report_mode=True
    )
    return output.read_text(encoding="utf-8")


def test_the_notebook_of_the_dag_runs_the_command_and_keeps_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text("import sys; print('asked for', sys.argv[1:]); raise SystemExit(3)")
    given = dag(monkeypatch, folder=tmp_path, program=[sys.executable, str(stand_in)])
    kept = run_as_airflow_does(given, Path(given["output_nb"]))
    assert "asked for ['weekly', '--workspace'" in kept


def test_the_notebook_of_the_dag_fails_where_the_command_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = dag(monkeypatch, folder=tmp_path)  # the real command, and no workspace
    with pytest.raises(papermill.PapermillExecutionError, match="CalledProcessError"):
        run_as_airflow_does(given, tmp_path / "record.ipynb")
    cells = json.loads((tmp_path / "record.ipynb").read_text(encoding="utf-8"))["cells"]
    (said,) = [output["data"]["text/plain"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    assert "is not a workspace" in "".join(said)
    assert "\x1b" not in "".join(said)  # no colours and no bars


def test_the_notebook_of_the_dag_keeps_the_rules_of_notebooks() -> None:
    assert problems(shipped("notebooks") / "scheduled" / "weekly.ipynb") == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"day": "caturday"}, "no such day"),
        ({"day": "sunday", "at": time(1, 30)}, "clocks change"),
        ({"folder": PurePosixPath("/srv/a\nb")}, "control character"),
    ],
)
def test_what_no_scheduler_can_keep_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongUseError, match=words):
        asked(**more)


def test_no_file_holds_more_than_the_command() -> None:
    for write in KINDS.values():
        for name, text in write(asked()).items():
            assert "fi_workbench.cli" in text or name.endswith(".timer")
            assert "password" not in text.lower()
