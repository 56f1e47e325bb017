"""What interventions seem to do, for whom, and how sure that is: the statistics of matching.

`estimate` takes a cohort, one row per family and decision, and returns `Effects`: cells with their words, expected
outcomes, overlap, balance, sensitivity and a certificate. What can be done with them further stands beside it.
"""

from __future__ import annotations

from fi_workbench.matching.effects.analysis import Analysis, analyse
from fi_workbench.matching.effects.certificate import Certificate
from fi_workbench.matching.effects.costs import CostPerOutcome, cost_per_outcome, costs
from fi_workbench.matching.effects.estimate import Effects, effects_of, estimate
from fi_workbench.matching.effects.exchange import SharedEffects, combine_authorities, read_effects, share_effects
from fi_workbench.matching.effects.matched import Matched, matched_difference
from fi_workbench.matching.effects.policy import PolicyValue, policy_value
from fi_workbench.matching.effects.pooling import Published

__all__ = [
    "Analysis",
    "Certificate",
    "CostPerOutcome",
    "Effects",
    "Matched",
    "PolicyValue",
    "Published",
    "SharedEffects",
    "analyse",
    "combine_authorities",
    "cost_per_outcome",
    "costs",
    "effects_of",
    "estimate",
    "matched_difference",
    "policy_value",
    "read_effects",
    "share_effects",
]
