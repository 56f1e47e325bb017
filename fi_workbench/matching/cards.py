"""Question cards: a target trial as a readable file, strict about its keys and checked against its own diagram.

A card says what is asked before anybody looks at an answer: who could have been offered what, from which day on,
what is followed for how long, and what has to be alike for the comparison to be fair.

Source:
    Hernan and Robins, American Journal of Epidemiology 183 (2016): emulating a target trial with records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fi_workbench.errors import MatchingError
from fi_workbench.matching.catalogue import nearest
from fi_workbench.matching.control import NegativeControl
from fi_workbench.matching.diagram import Diagram, check_back_door, parse_diagram
from fi_workbench.resources import shipped
from fi_workbench.vocabulary.field_use import FieldUses, read_field_use
from fi_workbench.vocabulary.needs import NEED_CODES

FOLDER = "questions"
USUAL_SUPPORT = "usual_support"
GRACE_DAYS = 28
FAMILY_COVARIATES = ("n_children", "youngest_age", "earlier_referrals", "earlier_plans", "time_zero_day")
STATUS_COVARIATES = ("on_protection_plan", "looked_after")
PROTECTED_COVARIATES: Mapping[str, str] = {"ethnicity": "ethnicity", "sex": "sex"}
"""What a card may adjust for only where it says so, and the field of `people` that it is."""
COVARIATES: tuple[str, ...] = (*NEED_CODES, *FAMILY_COVARIATES, *STATUS_COVARIATES, *PROTECTED_COVARIATES)

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
Sentence = Annotated[str, Field(min_length=10, max_length=600)]
TimeZero = Literal["plan_start", "protection_plan_start", "looked_after_start"]
OutcomeName = Literal[
    "re_referral_dfe",
    "re_referral_strict",
    "reunification_planned",
    "reunification_unplanned",
    "step_down",
    "plan_ended_not_repeated",
    "school_attendance",
    "in_care",
]
TIME_ZERO_WORDS: Mapping[str, str] = {
    "plan_start": "the day a child in need plan or a child protection plan begins",
    "protection_plan_start": "the day a child protection plan begins",
    "looked_after_start": "the day a child becomes looked after",
}


class Part(BaseModel):
    """A part of a card: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_COMPARES = re.compile(r"\b(?:fewer|less|more)\b(?! than)", re.IGNORECASE)
"""With `Do children miss less school?` a share of those who miss much would read as its opposite."""


class Outcome(Part):
    """What is followed.

    Attributes:
        name: how it is read from records, see `cohort.outcomes`.
        horizon_days: how long families are followed, in days from time zero.
        direction: whether fewer families or more having it is the better.
        definition: in words, printed with every figure.
    """

    name: OutcomeName
    horizon_days: int = Field(ge=28, le=1100)
    direction: Literal["fewer", "more"]
    definition: Sentence


class Protected(Part):
    """A protected characteristic that the comparison is made fair for: never for whom something works."""

    field: Code
    why: Sentence
    agreed_by: Annotated[str, Field(min_length=3)]


class QuestionCard(Part):
    """A target trial.

    Attributes:
        id: its name.
        title: the question, in a line: what the outcome counts, so that "yes in 20 of 100" answers it.
        version: changed whenever its meaning is.
        owner: who answers for it.
        eligibility: who is in it, in words; the records' side of it is `time_zero` and `ages`.
        ages: youngest and oldest age in whole years that one child of the family has at time zero.
        time_zero: the one event that starts the clock of every arm.
        arms: interventions by catalogue id; usual support is arm 0 and is always there.
        grace_days: an offer counts from this many days after time zero at the most, 0 only where nobody waits.
        outcome: what is followed.
        competing: what ends the possibility of the outcome.
        contrast: offered within the grace window against not offered, whatever came of it.
        diagram: arrows `cause -> effect`, between `arm`, `outcome` and names of the analyst's own.
        adjust_for: names of the diagram that the comparison is made alike in.
        unmeasured: names of the diagram that nobody records: told with every figure, never adjusted for.
        covariates: for each name of `adjust_for`, the columns that stand for it.
        protected: protected characteristics among the covariates, each with who agreed.
        negative_control: what no arm can have changed; None where the records hold no such thing.
        limits: what the card's answers cannot say.
    """

    id: Code
    title: Annotated[str, Field(min_length=10, max_length=120)]
    version: Annotated[str, Field(min_length=1)]
    owner: Annotated[str, Field(min_length=3)]
    eligibility: Sentence
    ages: tuple[int, int] = (-1, 17)
    time_zero: TimeZero
    arms: tuple[Code, ...] = Field(min_length=1)
    grace_days: int = Field(default=GRACE_DAYS, ge=0, le=183)
    outcome: Outcome
    competing: tuple[Code, ...] = ()
    contrast: Literal["offered_against_not_offered"] = "offered_against_not_offered"
    diagram: tuple[str, ...] = Field(min_length=2)
    adjust_for: tuple[Code, ...] = Field(min_length=1)
    unmeasured: tuple[Code, ...] = ()
    covariates: dict[Code, tuple[Code, ...]]
    protected: tuple[Protected, ...] = ()
    negative_control: NegativeControl | None = None
    limits: tuple[Sentence, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> QuestionCard:
        for told, wrong in (
            ("usual_support is always an arm and is not listed", USUAL_SUPPORT in self.arms),
            ("an arm is listed twice", len(set(self.arms)) != len(self.arms)),
            ("the grace window is as long as the horizon", self.grace_days >= self.outcome.horizon_days),
            ("the youngest age is above the oldest", self.ages[0] > self.ages[1]),
            ("covariates and adjust_for do not name the same things", set(self.covariates) != set(self.adjust_for)),
            ("a name of adjust_for has no column", any(not columns for columns in self.covariates.values())),
            ("the negative control is acted on by what is no arm", bool(set(self._acted_on_by) - set(self.arms))),
            ("the title compares; it must ask for what the outcome counts", bool(_COMPARES.search(self.title))),
            ("a name is adjusted for and unmeasured", bool(set(self.adjust_for) & set(self.unmeasured))),
        ):
            if wrong:
                raise ValueError(told)
        return self

    @property
    def _acted_on_by(self) -> tuple[str, ...]:
        return self.negative_control.acted_on_by if self.negative_control else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every covariate, in the order of the card."""
        return tuple(dict.fromkeys(column for block in self.adjust_for for column in self.covariates[block]))

    @property
    def causes(self) -> Diagram:
        """The diagram, read."""
        return parse_diagram(self.diagram, where=self.id)


def read_card(path: Path, *, uses: FieldUses | None = None) -> QuestionCard:
    """Read and check a card.

    Raises:
        MatchingError: the file is absent, not YAML, has keys or values that cannot be, or its adjustment set is wrong.
    """
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise MatchingError("There is no readable question card here.", where=path.name) from None
    except yaml.YAMLError:
        raise MatchingError(
            "The question card is not readable as YAML.",
            where=path.name,
            next_step="Check indentation and quotation marks.",
        ) from None
    return parse_card(data, where=path.name, uses=uses)


def parse_card(data: Any, *, where: str, uses: FieldUses | None = None) -> QuestionCard:
    """Check a card that was read from somewhere.

    Raises:
        MatchingError: as `read_card`.
    """
    try:
        card = QuestionCard.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise MatchingError(
            "The question card cannot be used: " + "; ".join(_told(each) for each in problems[:5]) + ".",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step="Correct the file; its fields are documented in fi_workbench.matching.cards.",
        ) from None
    _check_columns(card, where)
    _check_protected(card, uses or read_field_use(), where)
    check_back_door(card.causes, (*card.adjust_for, *card.unmeasured), where=where)
    return card


def _told(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        parts: dict[str, type[BaseModel]] = {
            "outcome": Outcome,
            "protected": Protected,
            "negative_control": NegativeControl,
        }
        known = parts.get(str(problem["loc"][0]), QuestionCard)
        message = f"there is no such key. {nearest(str(problem['loc'][-1]), list(known.model_fields))}".rstrip(".")
    return f"{place}: {message}" if place else message


def _check_columns(card: QuestionCard, where: str) -> None:
    strangers = sorted(set(card.columns) - set(COVARIATES))
    if strangers:
        raise MatchingError(
            "The question card adjusts for what is not worked out from records.",
            where=f"{where}: {', '.join(strangers)}",
            how_many=f"{len(strangers)} of {len(card.columns)} covariates",
            next_step=nearest(strangers[0], COVARIATES),
        )


def _check_protected(card: QuestionCard, uses: FieldUses, where: str) -> None:
    allowed = uses.allowed("adjustment", ["people"])
    agreed = {each.field for each in card.protected}
    used = set(card.columns) & set(PROTECTED_COVARIATES)
    wrong = sorted(used - agreed)
    if wrong:
        raise MatchingError(
            "The question card adjusts for protected characteristics without saying who agreed to it.",
            where=f"{where}: {', '.join(wrong)}",
            next_step="Add an entry under `protected` with why and agreed_by, or leave them out.",
        )
    forbidden = sorted(field for field in agreed if PROTECTED_COVARIATES.get(field, field) not in allowed)
    if forbidden:
        raise MatchingError(
            "The question card adjusts for fields that must not be used so.",
            where=f"{where}: {', '.join(forbidden)}",
            next_step="data_contracts/field_use.yaml says what each field may be used for.",
        )


def read_cards(folder: Path | None = None) -> dict[str, QuestionCard]:
    """Every card of a folder, by id; the shipped ones when none is given.

    Raises:
        MatchingError: a card cannot be used, or two have the same id.
    """
    source = folder or shipped("data_contracts") / FOLDER
    uses = read_field_use()
    cards: dict[str, QuestionCard] = {}
    for path in sorted(source.glob("*.yaml")):
        card = read_card(path, uses=uses)
        if card.id in cards:
            raise MatchingError("Two question cards have the same id.", where=f"{path.name}: {card.id}")
        cards[card.id] = card
    return cards


def card_of(card_id: str, cards: Mapping[str, QuestionCard]) -> QuestionCard:
    """The card of an id.

    Raises:
        MatchingError: there is none; names the nearest.
    """
    if card_id not in cards:
        raise MatchingError(
            "There is no question card of this id.", where=card_id, next_step=nearest(card_id, list(cards))
        )
    return cards[card_id]
