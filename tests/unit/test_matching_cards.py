"""Question cards: strict, checked against their diagram, and readable."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import yaml

from fi_workbench.errors import MatchingError
from fi_workbench.matching import read_catalogue
from fi_workbench.matching.card_words import card_markdown
from fi_workbench.matching.cards import card_of, parse_card, read_cards
from fi_workbench.matching.diagram import Diagram, check_back_door, parse_diagram
from fi_workbench.resources import shipped

SHIPPED = {
    "in_care",
    "plan_ended_not_repeated",
    "re_referral_dfe",
    "re_referral_strict",
    "reunification_planned",
    "reunification_unplanned",
    "school_attendance",
    "step_down",
}


@pytest.fixture
def document() -> dict[str, Any]:
    path = shipped("data_contracts") / "questions" / "re_referral_dfe.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return deepcopy(loaded)


def test_the_shipped_cards_are_there_and_their_arms_are_in_the_catalogue() -> None:
    cards = read_cards()
    assert set(cards) == SHIPPED
    known = {each.id for each in read_catalogue().interventions}
    assert all(set(card.arms) <= known for card in cards.values())
    assert all(card.unmeasured == ("severity",) for card in cards.values())
    assert all(card.negative_control is not None for card in cards.values())


def test_a_printed_card_says_what_a_reader_has_to_know() -> None:
    told = card_markdown(read_cards()["re_referral_dfe"], read_catalogue())
    for part in (
        "Time zero, for every arm:",
        "within 28 days of time zero",
        "Triple P (Standard or Group)",
        "Followed for 365 days; fewer is better",
        "Not recorded, so not made alike:** severity",
        "**Negative control:** Rent arrears of a council tenant",
        "more of it alone counts: Family Safeguarding",
        "`arm -> outcome`",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda card: card.update(grace_day=3), "Did you mean grace_days"),
        (lambda card: card["outcome"].update(horizon=3), "Did you mean horizon_days"),
        (lambda card: card["outcome"].update(name="happiness"), "outcome.name"),
        (lambda card: card.update(arms=["usual_support"]), "always an arm"),
        (lambda card: card.update(grace_days=183, outcome=card["outcome"] | {"horizon_days": 90}), "as long as"),
        (lambda card: card["covariates"].update(harm=["neglekt"]), "Did you mean neglect"),
        (lambda card: card["covariates"].update(harm=["neglect", "ethnicity"]), "protected characteristics without"),
        (lambda card: card["adjust_for"].remove("harm"), "covariates and adjust_for"),
        (lambda card: card["negative_control"].update(outcome="rent"), "negative_control.outcome"),
        (lambda card: card["negative_control"].update(acted_by=["triple_p"]), "Did you mean acted_on_by"),
        (lambda card: card["negative_control"].update(acted_on_by=["pause"]), "acted on by what is no arm"),
        (lambda card: card.update(title="Are fewer families referred again?"), "what the outcome counts"),
        (lambda card: card.update(unmeasured=[]), "back door open: arm - severity - outcome"),
        (lambda card: card["diagram"].append("arm -> harm"), "circle"),
        (lambda card: card["diagram"].append("harm causes outcome"), "1 of 20 arrows"),
        (lambda card: card.update(diagram=["harm -> arm", "harm -> adult_needs"]), "no outcome"),
    ],
)  # fmt: skip
def test_a_card_that_cannot_be_meant_is_refused(
    document: dict[str, Any], change: Callable[[dict[str, Any]], None], told: str
) -> None:
    change(document)
    with pytest.raises(MatchingError) as refused:
        parse_card(document, where="card.yaml")
    assert told in str(refused.value)


def test_a_protected_characteristic_is_adjusted_for_where_the_card_says_who_agreed(document: dict[str, Any]) -> None:
    document["covariates"]["make_up"].append("ethnicity")
    document["protected"] = [
        {"field": "ethnicity", "why": "Offers differed by group in the audit.", "agreed_by": "Data protection officer"}
    ]
    card = parse_card(document, where="card.yaml")
    assert "Agreed by Data protection officer" in card_markdown(card)
    document["protected"].append({"field": "religion", "why": "It may matter as well.", "agreed_by": "Somebody"})
    with pytest.raises(MatchingError, match="must not be used so"):
        parse_card(document, where="card.yaml")


def test_what_comes_after_the_arm_is_not_adjusted_for() -> None:
    diagram = parse_diagram(["arm -> attends", "attends -> outcome"], where="card")
    with pytest.raises(MatchingError, match="comes after the arm"):
        check_back_door(diagram, ["attends"], where="card")
    check_back_door(diagram, [], where="card")


def test_adjusting_for_a_common_effect_opens_a_path() -> None:
    # The M of the textbooks: nothing has to be adjusted for, and adjusting for the middle is wrong.
    diagram = parse_diagram(["a -> arm", "a -> middle", "b -> middle", "b -> outcome", "arm -> outcome"], where="card")
    check_back_door(diagram, [], where="card")
    with pytest.raises(MatchingError, match="back door open: arm - a - b - outcome"):
        check_back_door(diagram, ["middle"], where="card")
    check_back_door(diagram, ["middle", "b"], where="card")


def test_an_unknown_card_names_the_nearest() -> None:
    with pytest.raises(MatchingError, match="Did you mean step_down"):
        card_of("stepdown", read_cards())


def _separated_by_paths(diagram: Diagram, start: str, goal: str, given: set[str]) -> bool:
    """By the definition: every path is blocked at a link. Walks all paths, so only for small diagrams."""
    opened = diagram.ancestors(given) if given else frozenset()

    def walk(path: list[str]) -> bool:
        if path[-1] == goal:
            return True
        for near in diagram.names - set(path):
            if not (path[-1] in diagram.parents[near] or near in diagram.parents[path[-1]]):
                continue
            if len(path) > 1:
                before, here = path[-2], path[-1]
                meets = before in diagram.parents[here] and near in diagram.parents[here]
                if (meets and here not in opened) or (not meets and here in given):
                    continue
            if walk([*path, near]):
                return True
        return False

    return not walk([start])


def test_separation_agrees_with_the_walk_of_every_path() -> None:
    rng = np.random.default_rng(7)
    names = ["arm", "outcome", "a", "b", "c", "d"]
    tried = separate = 0
    for _ in range(40):
        order = list(rng.permutation(names))
        parents = {
            name: frozenset(str(other) for other in order[:n] if rng.random() < 0.4) for n, name in enumerate(order)
        }
        diagram = Diagram({str(name): causes for name, causes in parents.items()})
        for size in range(3):
            for given in combinations("abcd", size):
                expected = _separated_by_paths(diagram, "arm", "outcome", set(given))
                assert (diagram.open_path("arm", "outcome", given) == ()) == expected
                tried += 1
                separate += expected
    assert tried == 440
    assert 50 < separate < 390
