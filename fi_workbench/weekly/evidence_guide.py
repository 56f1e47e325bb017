"""From a question card to a sentence, on families that describe nobody: what the guide notebook on evidence calls.

The cohort is simulated and its truth is known, so that every figure of the guide can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from fi_workbench.errors import MatchingError
from fi_workbench.matching import read_catalogue
from fi_workbench.matching.card_words import card_markdown
from fi_workbench.matching.cards import QuestionCard, card_of, read_cards
from fi_workbench.matching.cohort import check_timing
from fi_workbench.matching.cohort.timing import TIMED
from fi_workbench.matching.effects import Analysis, Effects, analyse, effects_of, policy_value, share_effects
from fi_workbench.matching.effects.controls import Control, negative_control
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, Simulated, simulated_cohort
from fi_workbench.weekly.answer import Answer

DECIDED = date(2025, 3, 3)
CONTROL_SEED = 5


@dataclass(frozen=True)
class Words:
    """Sentences as a notebook shows them."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text


@dataclass(frozen=True)
class EvidenceGuide:
    """One question and a simulated cohort that it is asked of.

    Attributes:
        card: the question.
        drawn: the cohort with its truth.
        told: what may be said.
    """

    card: QuestionCard
    drawn: Simulated = field(repr=False)
    analysis: Analysis = field(repr=False)
    told: Effects = field(repr=False)

    def question(self) -> Words:
        """The question card as it stands with every figure."""
        return Words(card_markdown(self.card, read_catalogue()))

    def refused(self) -> Words:
        """What is said of a clock that starts when help starts, not when it is decided."""
        wrong = pl.DataFrame(
            {
                "arm": [self.card.arms[0], "usual_support"],
                "clock": ["start_of_help", self.card.time_zero],
                "time_zero": [DECIDED, DECIDED],
                "assigned_on": [DECIDED, None],
                "outcome_on": [None, None],
            },
            schema=TIMED,
        )
        try:
            check_timing(wrong, self.card)
        except MatchingError as error:
            return Words(f"> {error.what} {error.next_step}")
        return Words("> It was taken, which it must not be.")

    def families(self) -> Answer:
        """Families and outcomes by arm, as they are. GRAIN: one row per arm."""
        counted = self.drawn.cohort.group_by("arm").agg(
            families=pl.len(), **{"with the outcome": pl.col("outcome").sum().cast(pl.Int64)}
        )
        return Answer(counted.sort("families", descending=True))

    def overlap(self) -> Answer:
        """Who could hardly have had an arm. GRAIN: one row per arm."""
        return Answer(self.told.lacks_overlap.select("arm", pl.col("share").round(2), "sentence"))

    def alike(self) -> Answer:
        """How unlike the least like arm is, before and after weighting. GRAIN: one row per covariate."""
        worst = self.told.balance.group_by("covariate").agg(
            before=pl.col("before").abs().max().round(2), after=pl.col("after").abs().max().round(2)
        )
        return Answer(worst.sort("before", descending=True))

    def over_all(self) -> Answer:
        """Each arm beside usual support over all families, with the truth. GRAIN: one row per arm."""
        whole = self.told.cells.filter("whole")
        n = self.drawn.cohort.height
        truth = self.drawn.chances[:, 1:].sum(axis=0) / n - self.drawn.chances[:, 0].sum() / n
        return Answer(
            whole.select(
                "arm",
                *(pl.col(name).round(3) for name in ("expected", "usual", "pooled", "pooled_low", "pooled_high")),
                pl.Series("truth", np.round(truth, 3)),
                "word",
            )
        )

    def by_segment(self) -> Answer:
        """The cells that may speak, with the truth. GRAIN: one row per arm and segment."""
        parts = self.told.cells.filter(~pl.col("whole"))
        segments = sorted(self.drawn.cohort["segment"].unique().to_list())
        truth = {
            (arm, segment): float(self.drawn.effects[a, s])
            for a, arm in enumerate(ARMS[1:])
            for s, segment in enumerate(segments)
        }
        known = [round(truth[row], 3) for row in parts.select("arm", "segment").iter_rows()]
        shown = parts.with_columns(truth=pl.Series(known)).filter(pl.col("state") == "shown")
        return Answer(
            shown.select(
                "arm",
                "segment",
                *(pl.col(name).round(2) for name in ("pooled", "pooled_low", "pooled_high", "own_share")),
                "truth",
                "word",
            )
        )

    def silent(self) -> Answer:
        """Why the other cells say nothing. GRAIN: one row per reason."""
        return Answer(
            self.told.cells.filter(pl.col("reason") != "")
            .group_by("reason")
            .agg(cells=pl.len(), **{"families needed in each arm": pl.col("families_needed").median().round()})
            .sort("cells", descending=True)
        )

    def explained_away(self) -> Answer:
        """What it would take to explain the figures away. GRAIN: one row per arm."""
        strongest = self.told.observed.group_by("arm").agg(pl.col("e_value").max().round(2).alias("strongest recorded"))
        whole = self.told.cells.filter("whole").select(
            "arm", pl.col("e_value").round(2), pl.col("e_value_limit").round(2).alias("of its limit")
        )
        return Answer(whole.join(strongest, on="arm", how="left", maintain_order="left"))

    def control(self) -> Answer:
        """An outcome that no arm acts on, with severity adjusted for and as if nobody had recorded it.

        GRAIN: one row per arm.
        """
        arrears = rent_arrears(self.drawn, np.random.default_rng(CONTROL_SEED))
        severe = (*BLOCKS["history"], *BLOCKS["needs"])
        known, unknown = (
            negative_control(self.analysis.coded, Control(arrears, without), np.random.default_rng(0))
            for without in ((), severe)
        )
        columns = [pl.col(name).round(2) for name in ("difference", "low", "high")]
        return Answer(
            known.select("arm", *columns, "passed").join(
                unknown.select("arm", *columns, "passed"), on="arm", suffix=" without severity", maintain_order="left"
            )
        )

    def certificate(self) -> Words:
        """How often this lay-out would have flagged something by chance."""
        return Words(self.told.certificate.sentence())

    def policy(self) -> Answer:
        """What following the evidence would have been worth beside practice: an analyst's figure, never a target."""
        value = policy_value(self.analysis, direction=self.card.outcome.direction)
        return Answer.of(
            {
                "share with the outcome, as it was": value.practice,
                "had the evidence been followed": value.followed,
                "gain": value.gain,
                "its interval": f"{value.low:+.3f} to {value.high:+.3f}",
                "how much better it looks on the families that made the rule": value.optimism,
                "may be shown": "yes" if value.clear else "no: the interval holds no gain at all",
            }
        )

    def shared(self) -> Answer:
        """What may be given to another authority: cells and variances, no rows."""
        shared = share_effects(
            self.told.cells,
            authority="an authority",
            question=self.card.id,
            usual_support=ARMS[0],
            direction=self.card.outcome.direction,
            as_at=DECIDED.isoformat(),
        )
        return Answer.of({"format": shared.format, "cells": len(shared.cells), "rows of families": 0})

    def sentence(self) -> Words:
        """What is said in the end."""
        said = [
            f"- {row['arm']}: {row['word']}. Of 100 like families about {100 * row['expected']:.0f} would have it, "
            f"{100 * row['usual']:.0f} with usual support. The difference may well lie between "
            f"{100 * row['pooled_low']:+.0f} and {100 * row['pooled_high']:+.0f} in 100."
            for row in self.told.cells.filter("whole", pl.col("state") == "shown").iter_rows(named=True)
        ]
        return Words("\n".join(said))


def evidence_guide(*, question: str = "re_referral_strict", families: int = 900, seed: int = 11) -> EvidenceGuide:
    """Draw a cohort that describes nobody and ask a shipped question of it.

    Args:
        question: id of a question card.
        families: how many families the cohort has.
        seed: the same seed draws the same families.

    Raises:
        MatchingError: there is no such question, or too few families to estimate from.
    """
    card = card_of(question, read_cards())
    drawn = simulated_cohort(families, np.random.default_rng(seed), n_segments=4)
    analysis = analyse(drawn.cohort, arms=ARMS, covariates=BLOCKS, random_state=seed)
    told = effects_of(analysis, blocks=BLOCKS, published={}, random_state=seed)
    return EvidenceGuide(card, drawn, analysis, told)


def rent_arrears(drawn: Simulated, random: np.random.Generator) -> np.ndarray:
    """Whether rent arrears begin: more often the more severe a family's difficulties are, whatever it was offered."""
    cohort = drawn.cohort
    needs = 0.8 * cohort["domestic_abuse"] + 0.7 * cohort["substance_misuse"] + 0.5 * cohort["mental_health"]
    severity = (needs + 0.5 * cohort["earlier_plans"] + 0.25 * cohort["earlier_referrals"]).to_numpy()
    chance = 1 / (1 + np.exp(1.2 - 0.8 * (severity - severity.mean()) / severity.std()))
    return np.asarray(random.random(len(chance)) < chance, dtype=np.float64)
