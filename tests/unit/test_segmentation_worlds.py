"""Sealed worlds in small: what is found again of kinds of family, half of them against the model's assumption.

The full table, with 3,000 families and numbers of classes compared, is in tests/studies/test_segmentation_worlds.md.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sklearn.metrics import adjusted_rand_score

from fi_workbench.segmentation import LatentClassSegmenter


@pytest.fixture(scope="module")
def study() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "studies" / "test_segmentation_worlds.py"
    spec = importlib.util.spec_from_file_location("segmentation_worlds", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("n_kinds", "dependent", "least"),
    [(3, False, 0.9), (3, True, 0.6), (4, False, 0.9), (4, True, 0.5), (6, True, 0.4), (9, True, 0.3)],
)
def test_kinds_of_family_are_found_again(study: ModuleType, n_kinds: int, dependent: bool, least: float) -> None:
    made = study.world(n_kinds, dependent=dependent, n=1500)
    model = LatentClassSegmenter(n_kinds, n_starts=8, tolerance=1e-4).fit(made.answers)
    found = adjusted_rand_score(made.kinds, model.predict(made.answers))
    assert least * made.optimum <= found <= made.optimum + 0.05
