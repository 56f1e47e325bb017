"""Pages and papers of a run, made in one process that lasts as long as the run.

Drawing a chart starts a JavaScript engine, which costs more than all the charts of a brief, so it is started once for
the run and never in a notebook's process. The same bytes come out whichever process makes them.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Any

from fi_workbench.briefs.capacity import give_back
from fi_workbench.briefs.folders import PAGE, PAPER, TEXT
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.started import CannotForkError, Processes, Running
from fi_workbench.errors import BriefError, WorkbenchError
from fi_workbench.resources import shipped

LONGEST_SECONDS = 300.0
"""A brief takes well under a second; an exporter that takes so long hangs."""


def rendered(brief: Brief) -> dict[str, bytes]:
    """The files that people read: the page, the paper and the plain text.

    Raises:
        BriefError: one of them is not fit to be read.
    """
    from fi_workbench.briefs.paper import brief_paper  # noqa: PLC0415 - only the exporter needs them
    from fi_workbench.briefs.plain import brief_text  # noqa: PLC0415
    from fi_workbench.briefs.rendering import brief_page  # noqa: PLC0415

    return {PAGE: brief_page(brief), PAPER: brief_paper(brief), TEXT: brief_text(brief)}


class Exporter:
    """Makes the files of one brief after another in a process of its own; one that died is started once more.

    Args:
        started: where its process comes from; where nothing can be forked, files are made here.
    """

    def __init__(self, started: Processes) -> None:
        self._started = started
        self._lock = threading.Lock()
        self._process: Running | None = None

    def files(self, brief: Brief) -> dict[str, bytes]:
        """The files of a brief, as `rendered` makes them.

        Raises:
            BriefError: one of them is not fit to be read, or the exporter died twice.
        """
        with self._lock:
            for _ in range(2):
                try:
                    answer = self._ask(brief)
                except CannotForkError:
                    answer = rendered(brief)
                except (EOFError, OSError):
                    self.close()
                    continue
                if isinstance(answer, WorkbenchError):
                    raise answer
                return answer
        raise BriefError(
            "The process that makes the pages ended without an answer.",
            where=brief.head.unit,
            next_step="See whether the machine has memory to spare, and run `fi-workbench briefs --failed`.",
        )

    def _ask(self, brief: Brief) -> dict[str, bytes] | WorkbenchError:
        if not self._started.forks:
            return rendered(brief)
        if self._process is None:
            self._process = self._started.start(serve_exports)
        with self._process.within(LONGEST_SECONDS):
            self._process.connection.send(brief.model_dump_json())
            answer: dict[str, bytes] | WorkbenchError = self._process.connection.recv()
        return answer

    def warm(self) -> None:
        """Start it, so that its JavaScript engine starts while the first notebooks run."""
        with self._lock, suppress(CannotForkError):
            if self._started.forks and self._process is None:
                self._process = self._started.start(serve_exports)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.connection.close()
            self._process = None


def serve_exports(connection: Any) -> None:
    """In a forked process: make the files of each brief that comes, until none comes any more."""
    from fi_workbench.briefs.paper import forget_papers, warm_press  # noqa: PLC0415
    from fi_workbench.briefs.rendering import warm_pages  # noqa: PLC0415
    from fi_workbench.display.pictures import draw  # noqa: PLC0415

    # The drawing library brings the letters that charts are measured by. Left to itself it opens the file of an
    # installed font anew for every letter, which takes longer than all the rest. Read at this process's first word.
    os.environ["FONTCONFIG_FILE"] = str(shipped("templates") / "brief" / "no_fonts.conf")
    draw({"data": {"values": []}, "mark": "point"})
    warm_pages()
    warm_press()
    with suppress(EOFError):
        while True:
            brief = Brief.model_validate_json(connection.recv())
            try:
                connection.send(rendered(brief))
            except WorkbenchError as error:
                connection.send(error)
            forget_papers()
            give_back()
