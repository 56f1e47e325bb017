"""What a referral means: renamed interventions, unknown ones, and what was published on them."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import polars as pl
import pytest
import yaml

from fi_workbench.errors import MatchingError
from fi_workbench.matching import parse_catalogue, read_catalogue
from fi_workbench.matching.naming import name_referrals
from fi_workbench.resources import shipped

RENAMED = date(2026, 6, 1)


@pytest.fixture
def document() -> dict[str, Any]:
    path = shipped("data_contracts") / "catalogue" / "interventions.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return deepcopy(loaded)


def entry(document: dict[str, Any], intervention_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["interventions"] if each["id"] == intervention_id)
    return found


def referrals(*rows: tuple[str, date]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"intervention_id": pl.String, "referred_on": pl.Date}, orient="row")


def test_an_intervention_renamed_mid_year_is_one_intervention(document: dict[str, Any]) -> None:
    entry(document, "triple_p")["aliases"] = [{"code": "positive_parenting", "valid_to": date(2026, 5, 31)}]
    named = name_referrals(
        referrals(("positive_parenting", date(2026, 5, 31)), ("triple_p", RENAMED)), parse_catalogue(document)
    )
    assert named.known["intervention_id"].to_list() == ["triple_p", "triple_p"]
    assert named.held.is_empty()
    assert named.told() == ""


def test_a_former_code_outside_its_dates_and_an_unknown_one_are_held_and_counted(document: dict[str, Any]) -> None:
    entry(document, "triple_p")["aliases"] = [{"code": "positive_parenting", "valid_to": date(2026, 5, 31)}]
    rows = referrals(("positive_parenting", RENAMED), ("dance_club", RENAMED), ("dance_club", date(2026, 7, 1)))
    named = name_referrals(rows, parse_catalogue(document))
    assert named.known.is_empty()
    assert named.held.select("intervention_id", "reason", "n_referrals").rows() == [
        ("dance_club", "not_in_catalogue", 2),
        ("positive_parenting", "outside_its_dates", 1),
    ]
    assert named.held["last_referred_on"][0] == date(2026, 7, 1)
    assert "3 with 2 codes" in named.told()


def test_every_referral_is_known_or_held_once(document: dict[str, Any]) -> None:
    entry(document, "triple_p")["aliases"] = [
        {"code": "parenting", "valid_to": date(2026, 5, 31)},
        {"code": "course", "valid_from": RENAMED},
    ]
    entry(document, "safe_families")["aliases"] = [{"code": "parenting", "valid_from": RENAMED}]
    rows = referrals(*[(code, day) for code in ("parenting", "course", "x") for day in (date(2026, 1, 1), RENAMED)])
    named = name_referrals(rows, parse_catalogue(document))
    assert named.known["intervention_id"].to_list() == ["triple_p", "safe_families", "triple_p"]
    assert named.known.height + int(named.held["n_referrals"].sum()) == rows.height


def test_a_code_that_would_mean_two_things_is_refused(document: dict[str, Any]) -> None:
    entry(document, "triple_p")["aliases"] = [{"code": "parenting", "valid_from": date(2026, 1, 1)}]
    entry(document, "safe_families")["aliases"] = [{"code": "parenting", "valid_to": RENAMED}]
    with pytest.raises(MatchingError, match="parenting means two things"):
        parse_catalogue(document)


def test_published_effects_are_those_of_the_family_group_conference_trial() -> None:
    # Trial of 21 authorities and 1,471 families: in care at 12 months 36.2% against 44.8%.
    effects = {each.outcome: each for each in read_catalogue().of("family_group_conference").evidence.effects}
    assert effects["in_care"].difference == pytest.approx(-0.086)
    assert effects["in_care"].n_families == 1471
    court = read_catalogue().of("family_drug_and_alcohol_court").evidence.effects
    assert not any(each.attributable for each in court)


def test_an_id_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(MatchingError, match="Did you mean triple_p"):
        read_catalogue().of("tripple_p")
