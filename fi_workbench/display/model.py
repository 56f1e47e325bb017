"""What is shown, as data: a brief is made of these whether it is read on a phone, on paper or in a notebook.

A number in a sentence, in a chart and in a table is one value here; pages are renderings of it and add none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from fi_workbench.disclosure import dates_in
from fi_workbench.display.number import Interval, Number
from fi_workbench.display.piece import Piece

MIME = "application/vnd.fi-workbench.section+json"
"""How a notebook carries a piece of a brief to the exporter: JSON as one text, which is written and read many times
quicker than nested values."""

Tone = Literal["plain", "do", "more", "fewer", "good", "care"]


class Heading(Piece):
    """A column of a table: numbers stand to the right, and dates (`fixed`) are not broken over lines."""

    label: str
    numeric: bool = False
    fixed: bool = False


class Table(Piece):
    """A table that can be read aloud: one header row, the first column names the row, no merged cells.

    Attributes:
        folded: shown on a screen only when asked for, and left off paper.
    """

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    folded: bool = False


class Chart(Piece):
    """A picture with the sentence it shows, the same in words, and its numbers as a table.

    Attributes:
        title: what it shows, as a sentence; stands in the page and not in the picture.
        measure: what is counted, for whom and when.
        alt: kind of chart, what it measures, and its message.
        spec: Vega-Lite, without a width: pages and paper show one drawing of it, as wide as a phone.
    """

    title: str
    measure: str
    alt: str = Field(min_length=20)
    spec: dict[str, Any]
    table: Table


class Answer(Piece):
    """A way to answer a finding: its words, and a link that opens a message with the finding's code alone."""

    label: str
    href: str = Field(pattern=r"^mailto:")


class Finding(Piece):
    """One thing to know or to do.

    Attributes:
        sentence: the finding, in full.
        key: what it is about, by which it is known again when its numbers change; empty: its words say.
        code: its feedback code; empty where it cannot be answered.
        answers: how to answer it without paper; none where no address for answers is set.
        group: the heading under which it stands, where several stand in a list.
        title: what stands above its sentence in large letters; where it is empty, the number of a finding that
            `stands_out` does.
        number: the number that its sentence says; none where it says none. It is made from the row that the sentence
            was made from, and its printed form stands in the sentence.
        interval: what the number is held against, or between what it may well lie; none of a plain count, and of
            nothing else.
        stands_out: its number is shown in large letters above the sentence.
        usual: what is usual, in words beside the number.
        whom: whom it concerns, as "9 children in 4 families"; empty where the sentence says so already.
        to_do: what somebody may do about it, as a sentence.
        by: by when; none where nothing falls due.
        source: where it comes from, or who made the rule.
        as_of: up to when its source goes, in words.
        edited: an analyst put its sentence in other words, which is said beside it.
        again: the brief of the week before told it, too, which is said beside it.
    """

    sentence: str
    group: str = ""
    title: str = ""
    number: Number | None = None
    interval: Interval | None = None
    stands_out: bool = False
    usual: str = ""
    whom: str = ""
    to_do: str = ""
    by: date | None = None
    source: str = ""
    as_of: str = ""
    tone: Tone = "plain"
    key: str = ""
    code: str = ""
    answers: tuple[Answer, ...] = ()
    edited: bool = False
    again: bool = False

    @property
    def is_change(self) -> bool:
        """Whether it stands outside its control limits: only such a finding may speak of a change."""
        return self.tone in {"more", "fewer"}

    @property
    def printed(self) -> str:
        """Its number as people read it; a number of which only the interval is told is printed as that."""
        return self.number.printed(self.interval) if self.number else ""

    @property
    def top(self) -> str:
        """What stands above its sentence in large letters; empty for nothing."""
        return self.title or (self.printed if self.stands_out else "")

    @property
    def between(self) -> str:
        """Its interval as a sentence of its own, without its full stop; empty where there is nothing more to say."""
        return self.interval.words if self.interval else ""

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, given: Any) -> Any:
        """Read a brief of a version in which numbers and intervals were words: it may still be the last good one."""
        if not isinstance(given, dict) or not isinstance(given.get("number"), str):
            return given
        words = {"title": given["number"], "usual": given.get("usual") or given.get("interval") or ""}
        return {**given, **words, "number": None, "interval": None}

    @model_validator(mode="after")
    def _whole(self) -> Finding:
        """An interval is there where there must be one and nowhere else, so that its absence is meant."""
        if (self.interval is not None) != (self.number is not None and self.number.kind != "count"):
            raise ValueError("an interval goes with a number that is judged or estimated, and with no other")
        if self.stands_out and self.number is None:
            raise ValueError("only a number can stand out")
        return self


class Answered(Piece):
    """What a cell of a notebook shows: for people as text or a page, for the exporter as data."""

    def _ipython_display_(self) -> None:
        """Be shown as what it says itself, without being asked for each of a dozen formats in turn."""
        from IPython.display import display  # noqa: PLC0415 - only where a notebook runs

        display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        raise NotImplementedError


class Section(Answered):
    """The answer to one question.

    Attributes:
        key: which answer it is.
        audience: for whom the rows it was made of were released.
        unit: whose rows they were; empty where they belong to no unit.
        lead: the answer in a sentence or two.
        findings: what is said at once.
        rest: findings that are folded on a screen and left off paper; `rest_words` counts them in both places.
        question: a question to talk about.
        dates: every date that it may show, from the date columns of the released rows.
        code: the feedback code of the answer as a whole, where none of its findings has one of its own.
        answers: as a finding's.
        edited: an analyst put its lead in other words, which is said beside it.
    """

    kind: Literal["section"] = "section"
    key: str
    audience: str
    unit: str = ""
    lead: str = ""
    findings: tuple[Finding, ...] = ()
    rest: tuple[Finding, ...] = ()
    rest_words: str = ""
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    question: str = ""
    notes: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    level: Literal["good", "care", "stop", ""] = ""
    code: str = ""
    answers: tuple[Answer, ...] = ()
    edited: bool = False
    _draws: bool = PrivateAttr(default=True)

    def without_pictures(self) -> Section:
        """The same, shown in a notebook without drawing its charts: for unattended runs."""
        self._draws = False
        return self

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show it to the analyst as HTML and carry it to the exporter as data."""
        from fi_workbench.display.pages import section_html  # noqa: PLC0415 - pages import this module

        bundle: dict[str, Any] = {"text/plain": self.lead or self.key, MIME: self.model_dump_json()}
        if self._draws:
            bundle["text/html"] = section_html(self)
        return bundle


class Head(Answered):
    """Who a brief is for, and which week it is about."""

    kind: Literal["heading"] = "heading"
    title: str
    unit: str
    unit_name: str
    authority: str
    week: str
    week_words: str
    audience: str
    audience_words: str
    synthetic: bool
    contact: str
    dates: tuple[date, ...] = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show its title and carry it to the exporter."""
        return {"text/plain": f"{self.title}\n{self.audience_words}", MIME: self.model_dump_json()}


class MadeFrom(Answered):
    """What a brief was made from: enough to make it again."""

    kind: Literal["made_from"] = "made_from"
    facts: Mapping[str, str]
    rows: Mapping[str, int]
    dates: tuple[date, ...] = ()

    @classmethod
    def of(cls, facts: Mapping[str, str], rows: Mapping[str, int], days: Iterable[date]) -> Self:
        """With every date that it says declared: a model, for one, is called by the day it was made.

        Args:
            facts: what it was made by, in words of the workbench's own.
            rows: of each table.
            days: what else may be shown, such as the day up to which things were known.
        """
        return cls(facts=facts, rows=rows, dates=tuple(sorted({*days, *dates_in("\n".join(facts.values()))})))

    @field_validator("facts", "rows")
    @classmethod
    def _in_order(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """By name, so that a brief read back from its file makes the same page."""
        return dict(sorted(given.items()))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show the facts and carry them to the exporter."""
        shown = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return {"text/plain": shown, MIME: self.model_dump_json()}


Shown = Annotated[Section | Head | MadeFrom, Field(discriminator="kind")]
"""Anything that a notebook of a brief may show."""
