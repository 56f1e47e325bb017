"""What would be expected of each family in an arm when that arm is fitted by itself: Gaussian processes.

A pooled linear model bends nowhere and lets arms differ only as far as its penalty allows. Where an outcome is a
number and families are few, that error is most of the error of the answer. A Gaussian process learns from the arm's
own families how far to bend and how much is noise, and falls back to a nearly straight surface where they show no
more. It stands in for the linear model only in arms where it is nearer to families that it has not seen.

Source:
    Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), sections 5.4.1 (marginal likelihood) and
    5.4.2 (leaving one out in closed form); Pedregosa and others, JMLR 12 (scikit-learn).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

from fi_workbench.matching.effects.encoding import Coded, Codes, Reals
from fi_workbench.matching.effects.nuisances import Nuisances, arm_design

LEAST_IN_ARM = 20
"""Families of an arm below which its surface cannot be learnt from it alone."""
SHAPED_ON = 200
"""So many families of an arm settle how its surface bends; all of them settle where it lies."""


@dataclass(frozen=True)
class _Surface:
    """One arm's surface: expected outcome of every family, and of the arm's own by a process that left each out."""

    fitted: Reals
    left_out: Reals


def by_arm(coded: Coded, linear: Nuisances) -> tuple[Nuisances, tuple[str, ...]]:
    """Fit each arm by itself, and take that where it is nearer to families left out than the linear model.

    Args:
        coded: the families; their outcome is a number.
        linear: of linear models, with expectations by models that never saw the family.

    Returns:
        The models to use, and the arms whose surface is the arm's own.

    Raises:
        ValueError: the linear models have no expectations by models that never saw the family.
    """
    if linear.held_out is None:
        raise ValueError("The linear models need expectations by models that never saw the family.")
    design = arm_design(coded)
    fitted, held_out = linear.fitted.copy(), linear.held_out.copy()
    taken = []
    for place, arm in enumerate(coded.arms):
        own = np.flatnonzero(coded.arm == place)
        if len(own) < LEAST_IN_ARM or np.ptp(coded.outcome[own]) == 0:
            continue
        surface = _surface(design, own, coded.outcome[own])
        if _error(coded.outcome[own], surface.left_out) < _error(coded.outcome[own], linear.held_out[own]):
            fitted[:, place], held_out[own] = surface.fitted, surface.left_out
            taken.append(arm)
    return Nuisances(linear.propensity, fitted, held_out), tuple(taken)


def _error(outcome: Reals, expected: Reals) -> float:
    return float(np.mean((outcome - expected) ** 2))


def _surface(design: Reals, own: Codes, outcome: Reals) -> _Surface:
    """Fit one arm. The start is fixed and nothing is drawn, so that the same families give the same answer."""
    # Every so many, not the first: families often come in the order of their decisions.
    some = np.unique(np.linspace(0, len(own) - 1, min(len(own), SHAPED_ON)).round().astype(np.int64))
    start = (
        ConstantKernel(1.0) * RBF(float(np.sqrt(design.shape[1])))
        + ConstantKernel(0.1) * DotProduct(1.0)
        + WhiteKernel(1.0)
    )
    with warnings.catch_warnings():
        # A part of the kernel that the data have no use for runs to the end of its range: that is its answer.
        warnings.simplefilter("ignore", ConvergenceWarning)
        shaped = GaussianProcessRegressor(start, normalize_y=True).fit(design[own[some]], outcome[some])
        process = (
            shaped
            if len(some) == len(own)
            else GaussianProcessRegressor(shaped.kernel_, optimizer=None, normalize_y=True).fit(design[own], outcome)
        )
    return _Surface(np.asarray(process.predict(design), dtype=np.float64), left_out(process, outcome))


def left_out(process: GaussianProcessRegressor, outcome: Reals) -> Reals:
    """What a process would expect of each family it was fitted on, had that family been left out.

    Args:
        process: fitted with `normalize_y`; its kernel, mean and spread stay as they are.
        outcome: of the families it was fitted on.
    """
    inverse = solve_triangular(process.L_, np.eye(len(outcome)), lower=True)
    precision = (inverse**2).sum(axis=0)
    return np.asarray(outcome - float(outcome.std()) * np.ravel(process.alpha_) / precision)
