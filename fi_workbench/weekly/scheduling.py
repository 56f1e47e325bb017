"""Files for the scheduler that a place has already: systemd, cron, Windows Task Scheduler or Airflow call `weekly`.

Nothing here schedules. What is written starts one command once a week, and holds no password. A run that was missed,
because the machine was off, is caught up where the scheduler can; two at once are refused by the workspace's lock.
"""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import PurePath
from xml.sax.saxutils import escape

from fi_workbench.errors import EXIT_WAITS, WrongUseError
from fi_workbench.resources import shipped

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NAME = "fi-workbench-weekly"
LONGEST_HOURS = 4
LONGEST_PATH = 260
"""Characters of a path in a task of Windows, by the schema of the Task Scheduler (pathType)."""
ZONE = "Europe/London"


@dataclass(frozen=True)
class Weekly:
    """What is to be started, and when.

    Attributes:
        program: the program and its arguments.
        folder: the workspace.
        day: of the week, in English.
        at: local time.
    """

    program: Sequence[str]
    folder: PurePath
    day: str = "monday"
    at: time = time(5, 30)

    def __post_init__(self) -> None:
        """Refuse a moment that some weeks do not have, or have twice.

        Raises:
            WrongUseError: no day of the week, or within the hour in which clocks change; a path that no scheduler
                can be given.
        """
        if self.day not in DAYS:
            raise WrongUseError("There is no such day of the week.", where=self.day, next_step=", ".join(DAYS))
        if self.day == "sunday" and self.at.hour == 1:
            raise WrongUseError(
                "Between 1:00 and 2:00 on a Sunday clocks change: one week lacks this time and another has it twice.",
                where=f"{self.at:%H:%M}",
                next_step="Choose another hour.",
            )
        if any(re.search(r"[\x00-\x1f\x7f]", part) for part in (*self.program, str(self.folder))):
            raise WrongUseError("A path holds a line break or another control character.", where="the workspace")

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command."""
        return *self.program, "weekly", "--workspace", str(self.folder)


def systemd(asked: Weekly) -> dict[str, str]:
    """A service and its timer, for `/etc/systemd/system` or `~/.config/systemd/user`."""
    words = " ".join(_systemd_word(part) for part in asked.command)
    service = f"""[Unit]
Description=The weekly briefs of fi_workbench

[Service]
Type=oneshot
ExecStart={words}
WorkingDirectory={_systemd_path(str(asked.folder))}
# {EXIT_WAITS}: done, and something waits for a person.
SuccessExitStatus={EXIT_WAITS}
TimeoutStartSec={LONGEST_HOURS}h
UMask=0077
Nice=10
"""
    timer = f"""[Unit]
Description=Every {asked.day.capitalize()} the weekly briefs of fi_workbench

[Timer]
OnCalendar={asked.day[:3].capitalize()} *-*-* {asked.at:%H:%M}:00
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def _systemd_word(text: str) -> str:
    doubled = text.replace("%", "%%").replace("$", "$$")
    return '"' + doubled.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _systemd_path(text: str) -> str:
    return text.replace("%", "%%")


def cron(asked: Weekly) -> dict[str, str]:
    """A line for `crontab`; times are those of the machine's clock."""
    words = " ".join(shlex.quote(part) for part in asked.command).replace("%", "\\%")
    return {f"{NAME}.cron": f"{cron_times(asked)} {words}\n"}


def cron_times(asked: Weekly) -> str:
    """Minute, hour and day as cron writes them; Sunday is 0."""
    return f"{asked.at.minute} {asked.at.hour} * * {(DAYS.index(asked.day) + 1) % 7}"


def windows(asked: Weekly) -> dict[str, str]:
    """A task for `schtasks /Create /XML`.

    Raises:
        WrongUseError: a path is longer than the schema of tasks allows.
    """
    program, *arguments = asked.command
    for path in (program, str(asked.folder)):
        if len(path) > LONGEST_PATH:
            raise WrongUseError(
                "Windows Task Scheduler takes no path as long as this one.",
                where="the workspace or the program",
                how_many=f"{len(path)} characters; at most {LONGEST_PATH}",
                next_step="Move it nearer to the root of its drive.",
            )
    joined = " ".join(f'"{part}"' if re.search(r"\s", part) else part for part in arguments)
    task = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>The weekly briefs of fi_workbench</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{asked.at:%H:%M}:00</StartBoundary>
      <ScheduleByWeek>
        <DaysOfWeek>
          <{asked.day.capitalize()} />
        </DaysOfWeek>
        <WeeksInterval>1</WeeksInterval>
      </ScheduleByWeek>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT{LONGEST_HOURS}H</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(joined)}</Arguments>
      <WorkingDirectory>{escape(str(asked.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""
    return {f"{NAME}.xml": task}


def airflow(asked: Weekly) -> dict[str, str]:
    """A DAG with one task, for Airflow's folder of DAGs: a notebook that runs the command and keeps what it said.

    Any Python kernel can run the notebook: the command brings the environment that the workbench is in.
    """
    notebook = shipped("notebooks") / "scheduled" / "weekly.ipynb"
    record = asked.folder / "logs" / "weekly.ipynb"
    # A kernel asks for colours, which a record of lines has no use for.
    command = f"FORCE_COLOR= {_not_a_template(shlex.join(asked.command))} || test $? -eq {EXIT_WAITS}"
    dag = f'''"""The weekly briefs of fi_workbench: one task, which goes on from where a killed run stopped."""

from datetime import timedelta

import pendulum
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.sdk import DAG

with DAG(
    dag_id="{NAME.replace("-", "_")}",
    schedule="{cron_times(asked)}",
    start_date=pendulum.datetime(2026, 1, 1, tz="{ZONE}"),
    catchup=False,
    max_active_runs=1,
):
    PapermillOperator(
        task_id="weekly",
        input_nb={_papermill_path(notebook)!r},
        output_nb={_papermill_path(record)!r},
        # {EXIT_WAITS}: done, and something waits for a person.
        parameters={{"command": {command!r}}},
        retries=1,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours={LONGEST_HOURS}),
    )
'''
    return {f"{NAME.replace('-', '_')}.py": dag}


def _not_a_template(words: str) -> str:
    """Airflow fills placeholders in what a task is given; what looks like one is meant as it is."""
    return "{% raw %}" + words + "{% endraw %}" if re.search(r"\{[{%#]", words) else words


def _papermill_path(path: PurePath) -> str:
    """Papermill fills single braces in a path from the parameters, once Airflow has filled double ones."""
    return _not_a_template(str(path).replace("{", "{{").replace("}", "}}"))


def encoded(name: str, text: str) -> bytes:
    """A file as its scheduler reads it: `schtasks` takes a task in UTF-16 with a byte order mark, and refuses UTF-8."""
    return codecs.BOM_UTF16_LE + text.encode("utf-16-le") if name.endswith(".xml") else text.encode()


KINDS: Mapping[str, Callable[[Weekly], dict[str, str]]] = {
    "systemd": systemd,
    "cron": cron,
    "windows": windows,
    "airflow": airflow,
}
"""Schedulers that files can be written for; each gives texts by file name."""
