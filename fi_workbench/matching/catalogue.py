"""The intervention catalogue: what can be offered, to whom, and how sure anyone is that it helps.

The catalogue is a file that people keep, so its reader is strict: a key that does not exist, a need that nobody
records and an identifier used twice are refused before any family is looked at.

Source:
    The fields are those a commissioner compares; ratings are those of the EIF Guidebook, now kept by Foundations.
    A rating says how sure we are of an effect on a child's outcome, not how large it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fi_workbench.errors import MatchingError
from fi_workbench.matching.rules import Rule
from fi_workbench.resources import shipped
from fi_workbench.vocabulary.cin_census import ASSESSMENT_FACTORS

FILE_NAME = "interventions.yaml"
RATING_TO_BE_CHECKED = "rating to be checked"
PUBLIC_BODIES = (".gov.uk/", ".nhs.uk/", ".parliament.uk/", ".judiciary.uk/")
"""Pages that a catalogue may point to: they outlive a provider's own pages, and nobody sells anything there."""


def nearest(name: str, known: Collection[str]) -> str:
    """What somebody may have meant, as a next step."""
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(sorted(known))}."


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]


class Part(BaseModel):
    """A part of the catalogue: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(Part):
    """One thing to know about a family before an intervention is offered.

    Attributes:
        id: as in `intervention_criteria`.
        label: what is asked, as it stands in a sentence after "Not met:" or "Ask first:".
        rule: how it is answered from what is known.
        on_evidence: of a contra-indication, what evidence of it means: `rules_out`, or `ask` where the record
            hints at it without being it (domestic abuse is recorded; coercive control is not).
        why: why it matters, for the practitioner who asks.
    """

    id: Code
    label: str
    rule: Rule
    on_evidence: Literal["rules_out", "ask"] = "rules_out"
    why: str = ""


class Dose(Part):
    """How much of it a family gets."""

    sessions: str = ""
    length_minutes: int | None = Field(default=None, ge=1)
    weeks: str = ""
    contacts_per_week: str = ""


class PublishedEffect(Part):
    """What a study found for one outcome, in shares of those it followed.

    A share is of children or families who had the outcome. Where studies of one outcome disagree, each is written
    down; nothing is averaged here.

    Attributes:
        outcome: the outcome as a question card names it.
        with_it: share of those offered the intervention who had the outcome, 0 to 1.
        without_it: share of those who were not, 0 to 1.
        months: how long after the beginning the outcome was looked at.
        n_families: how many families were followed in all.
        standard_error: of the difference, allowing for brothers and sisters; None where not published or derived.
        attributable: whether the study's own authors, or its reviewers, put the difference down to the intervention.
    """

    outcome: Code
    with_it: float = Field(ge=0, le=1)
    without_it: float = Field(ge=0, le=1)
    months: int = Field(ge=1, le=120)
    n_families: int | None = Field(default=None, ge=2)
    standard_error: float | None = Field(default=None, gt=0, le=0.5)
    attributable: bool

    @property
    def difference(self) -> float:
        """The share with it less the share without it."""
        return self.with_it - self.without_it


class Alias(Part):
    """A code that an intervention had in referrals for a while.

    Attributes:
        code: as it stands in referrals.
        valid_from: first day on which a referral so named means this intervention; None is from ever.
        valid_to: last such day; None is without end.
    """

    code: Code
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Alias:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            message = "valid_to is before valid_from"
            raise ValueError(message)
        return self

    def overlaps(self, other: Alias) -> bool:
        """Whether some day would have both."""
        starts = (self.valid_from or date.min, other.valid_from or date.min)
        ends = (self.valid_to or date.max, other.valid_to or date.max)
        return max(starts) <= min(ends)


class Evidence(Part):
    """What has been published, and how far it can be trusted.

    Attributes:
        scheme: who rates.
        rating: the rating as published, or `rating to be checked`.
        extra_support: the scheme's "+".
        mixed: the scheme's "*": studies disagree.
        design: of the study that matters most.
        review_date: when the scheme last reviewed it.
        uk_tested: whether a study took place in the United Kingdom.
        uk_available: whether it can be bought or learnt there.
        effects: what the study found, where figures were published.
    """

    scheme: str
    rating: str = RATING_TO_BE_CHECKED
    extra_support: bool = False
    mixed: bool = False
    design: str
    population: str
    summary: str
    review_date: date | None = None
    url: str | None = None
    uk_tested: bool | None = None
    uk_available: bool | None = None
    effects: tuple[PublishedEffect, ...] = ()

    @field_validator("url")
    @classmethod
    def _public(cls, url: str | None) -> str | None:
        if url and not (url.startswith("https://") and any(body in url for body in PUBLIC_BODIES)):
            message = f"link only to pages of public bodies ({', '.join(PUBLIC_BODIES)})"
            raise ValueError(message)
        return url


class Local(Part):
    """What only the authority knows; empty until someone fills it in.

    Attributes:
        unit_cost_pounds: what one family costs, in pounds.
        places: families that can be in it at once.
        waiting_families: families that wait.
        start_lag_weeks: weeks from referral to first session, as a family would be told today.
        as_of: the day on which places, waiting and cost were true.
    """

    unit_cost_pounds: int | None = Field(default=None, ge=0)
    places: int | None = Field(default=None, ge=0)
    waiting_families: int | None = Field(default=None, ge=0)
    start_lag_weeks: int | None = Field(default=None, ge=0)
    as_of: date | None = None
    referral_route: str = ""
    commissioned: bool | None = None


class Intervention(Part):
    """One intervention of the catalogue."""

    id: Code
    name: str
    provider: str
    model_family: str
    target_factors: tuple[str, ...] = ()
    target_segments: tuple[Code, ...] = ()
    ages: str
    level: Literal["universal", "targeted_selective", "targeted_indicated", "specialist"]
    received_by: tuple[Literal["child", "parent", "couple", "family"], ...] = Field(min_length=1)
    format: str
    setting: str
    workforce: str
    dose: Dose
    fidelity: str = ""
    eligibility: tuple[Criterion, ...] = Field(min_length=1)
    contra_indications: tuple[Criterion, ...] = ()
    consent: str
    access: str = ""
    evidence: Evidence
    cost_band: int | None = Field(default=None, ge=1, le=5)
    expected_change: str
    measured_by: tuple[str, ...] = ()
    months_to_change: str = ""
    local: Local = Local()
    owner: str
    last_checked: date
    aliases: tuple[Alias, ...] = ()

    @field_validator("target_factors")
    @classmethod
    def _known(cls, factors: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(code for code in factors if code not in ASSESSMENT_FACTORS)
        if unknown:
            message = f"{', '.join(unknown)} are not assessment factor codes"
            raise ValueError(message)
        return factors

    @model_validator(mode="after")
    def _distinct(self) -> Intervention:
        ids = [criterion.id for criterion in (*self.eligibility, *self.contra_indications)]
        if len(ids) != len(set(ids)):
            message = "two criteria have the same id"
            raise ValueError(message)
        return self


class InterventionCatalogue(Part):
    """Every intervention, in the order of their names."""

    version: str
    owner: str
    status: str
    interventions: tuple[Intervention, ...]

    @model_validator(mode="after")
    def _ids_are_distinct(self) -> InterventionCatalogue:
        ids = [each.id for each in self.interventions]
        if len(ids) != len(set(ids)):
            message = "two interventions have the same id"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _a_code_means_one_thing(self) -> InterventionCatalogue:
        # An id means its intervention on every day, so it cannot be a former name of another.
        named = [(Alias(code=each.id), each.id) for each in self.interventions]
        named += [(alias, each.id) for each in self.interventions for alias in each.aliases]
        for position, (alias, _) in enumerate(named):
            if any(alias.code == other.code and alias.overlaps(other) for other, _ in named[:position]):
                message = f"the code {alias.code} means two things on the same day"
                raise ValueError(message)
        return self

    def of(self, intervention_id: str) -> Intervention:
        """The intervention of an id.

        Raises:
            MatchingError: the catalogue has none.
        """
        for each in self.interventions:
            if each.id == intervention_id:
                return each
        raise MatchingError(
            "The catalogue has no intervention of this id.",
            where=intervention_id,
            next_step=nearest(intervention_id, [each.id for each in self.interventions]),
        )

    def by_name(self) -> tuple[Intervention, ...]:
        """The interventions by name: the only order there is, because none is ranked."""
        return tuple(sorted(self.interventions, key=lambda each: each.name))


def read_catalogue(path: Path | None = None) -> InterventionCatalogue:
    """Read and check the catalogue.

    Args:
        path: the file; the shipped one when unset.

    Raises:
        MatchingError: the file is absent, is not YAML, or has a key or value that cannot be.

    Example:
        >>> read_catalogue().by_name()[0].id
        'family_drug_and_alcohol_court'
    """
    source = path or shipped("data_contracts") / "catalogue" / FILE_NAME
    try:
        data: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MatchingError(
            "There is no intervention catalogue here.", where=source.name, next_step=f"Put {FILE_NAME} there."
        ) from None
    except yaml.YAMLError:
        raise MatchingError(
            "The intervention catalogue is not readable as YAML.",
            where=source.name,
            next_step="Check indentation and quotation marks.",
        ) from None
    return parse_catalogue(data, where=source.name)


def parse_catalogue(data: Any, *, where: str = FILE_NAME) -> InterventionCatalogue:
    """Check a catalogue that was read from somewhere.

    Raises:
        MatchingError: keys or values that cannot be, each with its place.
    """
    try:
        return InterventionCatalogue.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        told = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in problems[:5])
        raise MatchingError(
            f"The intervention catalogue cannot be used: {told}.",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step="Correct the file; its fields are documented in fi_workbench.matching.catalogue.",
        ) from None
