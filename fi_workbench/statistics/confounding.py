"""How strong something unmeasured would have to be to explain an effect away.

A comparison of families who got something with families who did not can be wrong in ways that no adjustment for what
is recorded mends. These figures do not mend it either: they say how much would be needed.

Source:
    VanderWeele and Ding, Annals of Internal Medicine 167 (2017), pages 268-274; D'Agostino McGowan and Greevy,
    arXiv 2011.07030 (E-values of observed covariates); Rosenbaum, Observational Studies (2nd edition), chapter 4.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import binom

from fi_workbench.errors import WorkbenchError

Reals = npt.NDArray[np.float64]


def e_value(risk_ratio: npt.ArrayLike) -> Reals:
    """Give the E-value of a risk ratio: what an unmeasured confounder would need, with arm and with outcome.

    Args:
        risk_ratio: above 0; a ratio below 1 is turned over. A ratio that is not known gives one that is not known.

    Raises:
        WorkbenchError: a ratio of 0 or less.

    Example:
        >>> e_value([1.2, 1.5, 2.0]).round(2).tolist()
        [1.69, 2.37, 3.41]
    """
    ratio = np.asarray(risk_ratio, dtype=np.float64)
    if (ratio <= 0).any():
        raise WorkbenchError("An E-value needs risk ratios above 0.", where="statistics.confounding")
    high = np.maximum(ratio, 1 / ratio)
    return np.asarray(high + np.sqrt(high * (high - 1)))


def e_value_at_limit(estimate: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> Reals:
    """Give the E-value of the limit nearer to 1; it is 1 where the interval holds 1.

    Args:
        estimate: the risk ratio.
        low: lower limit of its interval, above 0.
        high: upper limit of its interval.

    Example:
        >>> e_value_at_limit([2.0, 2.0, 0.5], [1.2, 0.9, 0.3], [3.0, 3.0, 0.8]).round(2).tolist()
        [1.69, 1.0, 1.81]
    """
    centre, lower, upper = (np.asarray(each, dtype=np.float64) for each in (estimate, low, high))
    nearest = np.where(centre >= 1, np.maximum(lower, 1.0), np.minimum(upper, 1.0))
    return e_value(np.where(np.isnan(centre), np.nan, nearest))


def rosenbaum_gamma(n_better: int, n_worse: int, *, level: float = 0.05) -> float:
    """Give how far apart the odds of getting it may be, within pairs alike, before the finding is gone.

    Args:
        n_better: pairs in which only the family with the usual support had the outcome.
        n_worse: pairs in which only the family with the other arm had it.
        level: one-sided level at which it is gone.

    Returns:
        Gamma, at least 1. 1 is no finding even without hidden bias.

    Raises:
        WorkbenchError: a negative count, or no pair that differs.

    Example:
        >>> round(rosenbaum_gamma(110, 12), 1)
        5.7
    """
    n = n_better + n_worse
    if min(n_better, n_worse) < 0 or n == 0:
        raise WorkbenchError(
            "Sensitivity of matched pairs needs pairs that differ.",
            where="statistics.confounding",
            how_many=f"{n} pairs",
        )

    def above(gamma: float) -> float:
        return float(binom.sf(n_better - 1, n, gamma / (1 + gamma))) - level

    if above(1.0) >= 0:
        return 1.0
    top = 2.0
    while above(top) < 0:
        top *= 2
    return float(brentq(above, 1.0, top))
