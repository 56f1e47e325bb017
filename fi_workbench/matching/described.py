"""The match: for a described family, what could be talked about, why, and what is known of each. Nobody is scored.

The order is one that the reader declares. What was shown, what was chosen and why is a record without any reference,
so that following the evidence can be studied; the decision itself belongs in the case record.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fi_workbench.errors import MatchingError
from fi_workbench.matching.catalogue import InterventionCatalogue, nearest
from fi_workbench.matching.evidence import evidence
from fi_workbench.matching.options import NOT_ELIGIBLE, criteria, options
from fi_workbench.matching.rules import UNKNOWN, Status
from fi_workbench.vocabulary.needs import ASSESSED_ABSENT, NEED_CODES, PRESENT

PREFERENCES: Mapping[str, str] = {
    "shortest_wait": "those that could start soonest first; unknown waits last",
    "strongest_evidence": "the surest published rating first, whatever the size; unchecked ratings last",
    "alphabetical": "by name",
}
REASON_CODES: Mapping[str, str] = {
    "family_wish": "The family wished it",
    "worker_judgement": "Judgement of the worker and manager",
    "evidence": "What is known of its effect",
    "availability": "It could start in time",
    "already_tried": "Others had been tried",
    "none_fits": "Nothing shown fits the family",
}
_RATINGS = ("4", "3", "2", "NL2", "NE")
_EFFECT_COLUMNS = ("question", "arm", "words", "local", "published", "combined", "overlap")


class Described(BaseModel):
    """A family as described by the person who asks: no reference, no name, no protected characteristic.

    Attributes:
        status: the highest status of its children.
        ages: whole years of its children, -1 unborn.
        needs_present: needs that are known to be there.
        needs_absent: needs that were looked for and not found; all others are not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    ages: tuple[int, ...] = Field(min_length=1)
    needs_present: tuple[str, ...] = ()
    needs_absent: tuple[str, ...] = ()


def parse_described(data: Any, *, where: str = "profile") -> Described:
    """Check a description.

    Raises:
        MatchingError: keys, needs or values that cannot be.
    """
    try:
        described = Described.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        told = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in problems[:5])
        raise MatchingError(
            f"The description cannot be used: {told}.",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step=f"Keys: {', '.join(Described.model_fields)}.",
        ) from None
    wrong = sorted({*described.needs_present, *described.needs_absent} - set(NEED_CODES))
    if wrong:
        raise MatchingError("Some needs do not exist.", where=wrong[0], next_step=nearest(wrong[0], NEED_CODES))
    both = set(described.needs_present) & set(described.needs_absent)
    if both or not all(-1 <= age <= 17 for age in described.ages):
        raise MatchingError(
            "A need is described as present and absent." if both else "Ages are -1 (unborn) to 17.", where=where
        )
    return described


EXAMPLE = """\
status = "child_protection_plan"
ages = [4, 12]                          # whole years, -1 unborn
needs_present = ["harmful_behaviour"]
needs_absent = ["physical_abuse"]       # looked for and not found; all others are not known
"""
"""A file that can be copied and changed."""


def read_described(path: Path) -> Described:
    """Read a description from a small TOML file.

    Raises:
        MatchingError: it is not there, not TOML, or as `parse_described` says.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise MatchingError("There is no readable description here.", where=path.name) from None
    except tomllib.TOMLDecodeError:
        raise MatchingError(
            "The description is not readable as TOML.", where=path.name, next_step=f"It looks like this:\n{EXAMPLE}"
        ) from None
    return parse_described(data, where=path.name)


@dataclass(frozen=True)
class Match:
    """What could be talked about with a described family.

    Attributes:
        cards: in the declared order. GRAIN one row per intervention that is not ruled out: `intervention_id`,
            `name`, `eligibility`, `reason`, `rating`, `mixed`, `design`, `population`, `review_stale`, `summary`,
            `places`, `waiting_families`, `start_lag_weeks`, `unit_cost_pounds`, `not_known`.
        effects: local, published and combined evidence on them. GRAIN one row per intervention and question.
        ruled_out: GRAIN one row per intervention that is not eligible, with the reason.
        preference: the order that was asked for.
    """

    cards: pl.DataFrame
    effects: pl.DataFrame
    ruled_out: pl.DataFrame
    preference: str


def match_described(
    described: Described,
    catalogue: InterventionCatalogue,
    *,
    preference: str,
    as_at: date,
    effects: pl.DataFrame | None = None,
) -> Match:
    """Set out what could be talked about with a described family.

    Args:
        described: the family.
        catalogue: the interventions.
        preference: one of `PREFERENCES`, declared by the reader.
        as_at: by which a review is old.
        effects: rows of `intervention_effects` for the family's segment; none yet when None.

    Raises:
        MatchingError: no such preference.
    """
    if preference not in PREFERENCES:
        raise MatchingError("There is no such order.", where=preference, next_step=f"Orders: {', '.join(PREFERENCES)}.")
    answers = criteria(_facts(described), catalogue)
    told = options(answers).drop("family_id")
    local = pl.DataFrame(
        [
            (
                each.id,
                each.local.places,
                each.local.waiting_families,
                each.local.start_lag_weeks,
                each.local.unit_cost_pounds,
                _not_known(each.id, answers, catalogue),
            )
            for each in catalogue.interventions
        ],
        schema={
            "intervention_id": pl.String,
            "places": pl.Int64,
            "waiting_families": pl.Int64,
            "start_lag_weeks": pl.Int64,
            "unit_cost_pounds": pl.Int64,
            "not_known": pl.List(pl.String),
        },
        orient="row",
    )
    published = evidence(catalogue, as_at=as_at).drop("url", "review_date")
    cards = told.join(published, on="intervention_id").join(local, on="intervention_id")
    kept = cards.filter(pl.col("eligibility") != NOT_ELIGIBLE)
    ruled_out = cards.filter(pl.col("eligibility") == NOT_ELIGIBLE).select("intervention_id", "name", "reason")
    found = pl.DataFrame(schema=dict.fromkeys(_EFFECT_COLUMNS, pl.String)) if effects is None else effects
    return Match(
        _ordered(kept, preference),
        found.filter(pl.col("arm").is_in(kept["intervention_id"].to_list())),
        ruled_out.sort("name"),
        preference,
    )


def _facts(described: Described) -> pl.DataFrame:
    states = dict.fromkeys(NEED_CODES, UNKNOWN)
    states |= dict.fromkeys(described.needs_present, PRESENT) | dict.fromkeys(described.needs_absent, ASSESSED_ABSENT)
    return pl.DataFrame(
        {
            "family_id": ["described"],
            "status": [described.status],
            "ages": [list(described.ages)],
            "n_ages_unknown": [0],
            "n_children": [len(described.ages)],
            **{f"need_{code}": [state] for code, state in states.items()},
        },
        schema_overrides={"ages": pl.List(pl.Int32)},
    )


def _not_known(intervention_id: str, answers: pl.DataFrame, catalogue: InterventionCatalogue) -> list[str]:
    """What a reader should ask before going further, in words."""
    mine = answers.filter(pl.col("intervention_id") == intervention_id, pl.col("state") == UNKNOWN).sort("position")
    asked = [f"whether there is {label}" for label in mine["label"]]
    local = catalogue.of(intervention_id).local
    named = {"places": "its places", "start_lag_weeks": "how long families wait", "unit_cost_pounds": "what it costs"}
    return asked + [words for key, words in named.items() if getattr(local, key) is None]


def _ordered(cards: pl.DataFrame, preference: str) -> pl.DataFrame:
    if preference == "shortest_wait":
        return cards.sort("start_lag_weeks", "name", nulls_last=True)
    if preference == "strongest_evidence":
        base = pl.col("rating").str.strip_chars_end("+")
        place = base.replace_strict(
            {rating: n for n, rating in enumerate(_RATINGS)}, default=len(_RATINGS), return_dtype=pl.Int64
        )
        # Of one rating, studies that disagree come after studies that agree.
        return cards.sort(place, "mixed", "name")
    return cards.sort("name")


def choice_record(shown: Match, *, chosen: str, reason_code: str) -> dict[str, Any]:
    """What is kept of a match: what was shown, what was chosen, and a code for why. No reference, no free text.

    Args:
        shown: the match as it was shown.
        chosen: an intervention shown, or "none".
        reason_code: one of `REASON_CODES`.

    Raises:
        MatchingError: what was chosen was not shown, or there is no such reason.
    """
    ids = shown.cards["intervention_id"].to_list()
    _one_of(chosen, [*ids, "none"], "What was chosen was not shown.")
    _one_of(reason_code, list(REASON_CODES), "There is no such reason code.")
    return {"shown": ids, "preference": shown.preference, "chosen": chosen, "reason_code": reason_code}


def _one_of(value: str, known: Collection[str], what: str) -> None:
    if value not in known:
        raise MatchingError(what, where=value, next_step=nearest(value, list(known)))
