"""The best that anybody could do in each sealed world, so that a method's result can be given as a share of it.

Segments: the accuracy and adjusted Rand index of a reader who knows the true probabilities, given the true needs and
given needs as one assessment would measure them. Links: the share of partners' numbers whose person we know and of
which some identifier is right. Effects: what a plain comparison of those who started with those who did not
would say, beside the truth. Results: `demo_difficulty.md`.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from fi_workbench.demo import World, make_authority
from fi_workbench.demo.world import SEALED_WORLDS

FOUND, MISTAKEN, N = 0.82, 0.08, 20_000


def _oracle(world: World, *, measured: bool) -> tuple[float, float]:
    """Accuracy and adjusted Rand index of the best reader, where needs are independent within a kind."""
    generator = np.random.default_rng(0)
    weights = np.array([kind.weight for kind in world.archetypes])
    weights /= weights.sum()
    profiles = np.array([kind.profile for kind in world.archetypes])
    truth = generator.choice(len(weights), N, p=weights)
    needs = generator.random((N, profiles.shape[1])) < profiles[truth]
    seen = profiles
    if measured:
        needs = generator.random(needs.shape) < np.where(needs, FOUND, MISTAKEN)
        seen = profiles * FOUND + (1 - profiles) * MISTAKEN
    score = needs @ np.log(seen).T + (~needs) @ np.log(1 - seen).T + np.log(weights)
    best = score.argmax(axis=1)
    return float((best == truth).mean()), float(adjusted_rand_score(truth, best))


@pytest.mark.parametrize("world", SEALED_WORLDS[:4], ids=lambda world: f"{world.n_segments} kinds")
def test_segments_can_be_found_but_not_perfectly(world: World) -> None:
    known, measured = _oracle(world, measured=False), _oracle(world, measured=True)
    sys.stdout.write(f"{world.n_segments} kinds: true needs {known}, measured {measured}\n")
    assert known[0] > measured[0] > 1.5 / world.n_segments
    assert measured[1] > 0.2


def _differences(trials: pl.DataFrame) -> tuple[int, float, float]:
    """How many started, and by how much they differ from others: without help (the bias), and through it (truly).

    Within each programme, averaged by how many started it.
    """
    started = (
        trials.filter("started")
        .group_by("programme")
        .agg(
            pl.len().alias("n"),
            pl.col("setback_without").mean().alias("without"),
            pl.col("setback_with").mean().alias("with"),
        )
    )
    others = (
        trials.filter(~pl.col("started")).group_by("programme").agg(pl.col("setback_without").mean().alias("others"))
    )
    both = started.join(others, on="programme")
    weights = both["n"] / both["n"].sum()
    bias = ((both["without"] - both["others"]) * weights).sum()
    truly = ((both["with"] - both["without"]) * weights).sum()
    return int(both["n"].sum()), float(bias), float(truly)


def test_a_plain_comparison_is_wrong_where_help_goes_to_those_who_need_it(tmp_path: Path) -> None:
    bias = {}
    for name, world in {"none": World(confounding=0.0), "usual": World(), "strong": World(confounding=2.0)}.items():
        make_authority(
            tmp_path / name,
            tmp_path / f"{name}-truth",
            families=3000,
            seed=1,
            weeks=156,
            end=date(2026, 11, 22),
            weekly_deliveries=1,
            world=world,
        )
        trials = pl.read_parquet(tmp_path / f"{name}-truth" / "trials" / "*.parquet")
        n, bias[name], truly = _differences(trials)
        sys.stdout.write(f"confounding {name}: {n} started, bias {bias[name]:+.3f}, true effect {truly:+.3f}\n")
        assert truly < 0
    assert bias["strong"] > bias["usual"] > bias["none"]
    assert abs(bias["none"]) < 0.03


def test_links_can_be_made_but_not_all(tmp_path: Path) -> None:
    make_authority(
        tmp_path / "w", tmp_path / "t", families=800, seed=1, weeks=156, end=date(2026, 11, 22), weekly_deliveries=1
    )
    people = pl.read_parquet(tmp_path / "t" / "people" / "*.parquet")
    links = pl.read_parquet(tmp_path / "t" / "links" / "*.parquet").join(people, on="reference", how="left")
    known = links.group_by("source").agg(
        pl.len().alias("numbers"),
        (pl.col("reference") == "").mean().round(3).alias("strangers"),
        pl.col("known").fill_null(value=False).mean().round(3).alias("can_be_linked"),
    )
    sys.stdout.write(f"{known.sort('source')}\n")
    assert known["can_be_linked"].min() > 0.3
    assert known["strangers"].max() < 0.7
