"""Notices that stand where a page was: the same words on a screen, on paper and as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fi_workbench.briefs.folders import PAGE, PAPER, TEXT
from fi_workbench.briefs.rendering import notice_page
from fi_workbench.display.prose import day, sentence
from fi_workbench.settings import Settings


@dataclass(frozen=True)
class Notice:
    """What a notice says.

    Attributes:
        title: what it is about.
        authority: whose it is.
        texts: its paragraphs; the first matters most.
        at: when it was made.
    """

    title: str
    authority: str
    texts: tuple[str, ...]
    at: datetime

    def page(self) -> bytes:
        """The notice as one HTML file, checked.

        Raises:
            BriefError: it is not fit to be read.
        """
        return notice_page(title=self.title, authority=self.authority, texts=self.texts)

    def files(self) -> dict[str, bytes]:
        """The notice in every form that people read a brief in.

        Raises:
            BriefError: one of them is not fit to be read.
        """
        from fi_workbench.briefs.paper import notice_paper  # noqa: PLC0415 - a notice on a page alone needs no press

        paper = notice_paper(title=self.title, authority=self.authority, texts=self.texts, on=self.at.date())
        plain = "\n".join((self.title, "=" * len(self.title), self.authority, *self.texts))
        return {PAGE: self.page(), PAPER: paper, TEXT: f"{plain}\n".encode()}


def taken_back(said: str, *, title: str, reason: str, at: datetime, settings: Settings, by: str = "") -> Notice:
    """The notice that stands where a page was.

    Args:
        said: what was taken back, with its verb: "This brief was".
        title: of the notice.
        reason: why, in a sentence.
        at: when.
        settings: for the authority and whom to ask.
        by: who took it back; left out where anyone may read it.
    """
    name = f" by {by}" if by else ""
    texts = (
        f"{said} taken back on {day(at.date())}{name}. Do not use it, and throw away printed copies.",
        f"Why: {sentence(reason)}",
        f"Ask {settings.briefs.contact} for a corrected one.",
    )
    return Notice(title, settings.authority.name, texts, at)
