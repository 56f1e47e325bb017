"""Pages and papers of a run, made in one process that lasts as long as the run.

Drawing a chart starts a JavaScript engine, which costs more than all the charts of a brief, so it is started once for
the run and never in a notebook's process. The same bytes come out whichever process makes them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, TypeAlias

from fi_workbench.briefs.capacity import give_back
from fi_workbench.briefs.folders import PAGE, PAPER, TEXT
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.started import CannotForkError, Processes, Running
from fi_workbench.chart_engine import engine, heed_no_fonts, warm
from fi_workbench.errors import BriefError, WorkbenchError

LONGEST_SECONDS = 300.0
"""A brief takes well under a second; an exporter that takes so long hangs."""

Answer: TypeAlias = dict[str, bytes] | WorkbenchError


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
    """Makes the files of briefs in a process of its own; one that died is started once more.

    Several briefs may be asked for at once: while the files of one are set, the charts of the next are drawn.

    Args:
        started: where its process comes from; where nothing can be forked, files are made here.
    """

    def __init__(self, started: Processes) -> None:
        self._started = started
        self._lock = threading.Lock()
        self._talk: _Talk | None = None

    def files(self, brief: Brief) -> dict[str, bytes]:
        """The files of a brief, as `rendered` makes them.

        Raises:
            BriefError: one of them is not fit to be read, or the exporter died twice.
        """
        for asked in (self._among_others, self._alone):
            try:
                answer = asked(brief) if self._started.forks else self._made_here(brief)
            except CannotForkError:
                answer = self._made_here(brief)
            except (EOFError, OSError):
                continue
            if isinstance(answer, WorkbenchError):
                raise answer
            return answer
        raise BriefError(
            "The process that makes the pages ended without an answer.",
            where=brief.head.unit,
            next_step="See whether the machine has memory to spare, and run `fi-workbench briefs --failed`.",
        )

    def _talking(self) -> _Talk:
        with self._lock:
            if self._talk is None or self._talk.over:
                self._talk = _Talk(self._started.start(serve_exports))
            return self._talk

    def _among_others(self, brief: Brief) -> Answer:
        return self._talking().ask(brief)

    def _alone(self, brief: Brief) -> Answer:
        """In a process that makes no other brief, which could be what the first one died of."""
        talk = _Talk(self._started.start(serve_exports))
        try:
            return talk.ask(brief)
        finally:
            talk.end()

    def _made_here(self, brief: Brief) -> Answer:
        with self._lock:
            return rendered(brief)

    def warm(self) -> None:
        """Start it, so that it is ready when the first notebook has run."""
        with suppress(CannotForkError):
            if self._started.forks:
                self._talking()

    def close(self) -> None:
        """End the process."""
        if self._talk is not None:
            self._talk.end()


class _Talk:
    """The talk with one process, which answers briefs in the order in which they came."""

    def __init__(self, process: Running) -> None:
        self.over = False
        self._process = process
        self._sending, self._receiving = threading.Lock(), threading.Lock()
        self._asked: deque[Future[Answer]] = deque()

    def ask(self, brief: Brief) -> Answer:
        """The files of a brief.

        Raises:
            EOFError, OSError: the process is gone, or took too long and was ended.
        """
        mine: Future[Answer] = Future()
        with self._sending, self._ended_if_gone():
            self._asked.append(mine)
            self._process.connection.send(brief.model_dump_json())
        with self._receiving:
            while not mine.done():  # whoever waits first takes the answers of those before them, too
                self._take_answer()
        return mine.result()

    def _take_answer(self) -> None:
        try:
            with self._ended_if_gone():
                answer: Answer = self._process.connection.recv()
        except (EOFError, OSError) as error:
            while self._asked:
                self._asked.popleft().set_exception(error)
        else:
            self._asked.popleft().set_result(answer)

    @contextmanager
    def _ended_if_gone(self) -> Iterator[None]:
        try:
            with self._process.within(LONGEST_SECONDS):
                yield
        except (EOFError, OSError):
            self.end()
            raise

    def end(self) -> None:
        """End the process."""
        self.over = True
        self._process.kill()
        self._process.connection.close()


def serve_exports(connection: Any) -> None:
    """In a forked process: make the files of each brief that comes, until none comes any more."""
    from fi_workbench.briefs.paper import forget_papers, warm_press  # noqa: PLC0415
    from fi_workbench.briefs.rendering import warm_pages  # noqa: PLC0415

    heed_no_fonts()
    warm_pages()
    warm_press()
    came: SimpleQueue[Brief | None] = SimpleQueue()
    threading.Thread(target=_draw_ahead, args=(connection, came), daemon=True).start()
    while (brief := came.get()) is not None:
        try:
            connection.send(rendered(brief))
        except WorkbenchError as error:
            connection.send(error)
        forget_papers()
        give_back()


def _draw_ahead(connection: Any, came: SimpleQueue[Brief | None]) -> None:
    """Draw the charts of each brief that comes, while the files of those before it are set."""
    from fi_workbench.display.pictures import draw  # noqa: PLC0415

    with suppress(EOFError, ValueError):  # nobody asks any more, or asks for what is no brief
        warm(engine())  # where it was not begun early
        while True:
            brief = Brief.model_validate_json(connection.recv())
            with suppress(ValueError):  # it is met again, and told, where the page is made
                for chart in brief.charts():
                    draw(chart.spec)
            came.put(brief)
    came.put(None)
