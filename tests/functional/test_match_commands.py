"""The commands about interventions, on a week that has been made."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fi_workbench.resources import shipped
from tests.functional.conftest import WEEK, Run

PROFILE = 'status = "child_protection_plan"\nages = [4, 12]\nneeds_present = ["harmful_behaviour"]\n'


def test_question_cards_are_listed_shown_and_checked(made: Path, run: Run, tmp_path: Path) -> None:
    listed = run(["match", "question", "list", "-w", str(made), "--json"])
    assert listed.code == 0, listed.err
    assert len(listed.facts["questions"]) == 8  # type: ignore[arg-type]
    shown = run(["match", "question", "show", "step_down", "-w", str(made)])
    assert "Time zero, for every arm:** the day a child protection plan begins" in shown.out
    wrong = run(["match", "question", "show", "stepdown", "-w", str(made)])
    assert wrong.code == 1
    assert "Did you mean step_down" in wrong.err
    card = yaml.safe_load((shipped("data_contracts") / "questions" / "step_down.yaml").read_text(encoding="utf-8"))
    card["unmeasured"] = []
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(card), encoding="utf-8")
    refused = run(["match", "question", "check", str(file)])
    assert refused.code == 1
    assert "back door open: arm - severity - outcome" in refused.err
    card["unmeasured"] = ["severity"]
    file.write_text(yaml.safe_dump(card), encoding="utf-8")
    assert run(["match", "question", "check", str(file), "--json"]).facts["usable"] is True


def test_families_like_one_abstain_in_a_small_authority_and_the_question_is_written_down(
    week_made: Path, run: Run
) -> None:
    asked = ["match", "like", "re_referral_dfe", "-w", str(week_made), "--week", WEEK, "--json"]
    told = run([*asked, "--with", "neglect=yes", "--with", "n_children=2"])
    assert told.code == 0, told.err
    assert told.facts["abstains"]
    assert told.facts["number"] == 1
    assert all(row["n"] is None for row in told.facts["arms"])  # type: ignore[attr-defined]
    again = run([*asked, "--with", "neglect=yes"])
    assert again.facts["number"] == 2
    wrong = run([*asked, "--with", "ethnicity=1"])
    assert wrong.code == 1
    assert "protected characteristics" in str(wrong.facts["what"])
    assert run([*asked, "--with", "neglect"]).code == 1


def test_the_match_is_shown_and_a_choice_is_kept(week_made: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "family.toml"
    file.write_text(PROFILE, encoding="utf-8")
    told = run(["match", "options", str(file), "-w", str(week_made), "--order", "strongest_evidence"])
    assert told.code == 0, told.err
    assert "the surest published rating first" in told.out
    asked = ["match", "options", str(file), "-w", str(week_made), "--json"]
    kept = run([*asked, "--chosen", "functional_family_therapy", "--reason", "family_wish"])
    assert kept.facts["number"] == 1
    assert run([*asked, "--chosen", "functional_family_therapy"]).code == 1
    refused = run([*asked, "--chosen", "family_nurse_partnership", "--reason", "family_wish"])
    assert "was not shown" in str(refused.facts["what"])


def test_equity_and_when_it_may_speak_hold_back_in_a_small_authority(made: Path, run: Run) -> None:
    audited = run(["match", "equity", "re_referral_dfe", "-w", str(made), "--json"])
    assert audited.code == 0, audited.err
    groups = audited.facts["groups"]
    assert groups
    assert all(row["difference"] is None or row["n_families"] >= 20 for row in groups)  # type: ignore[attr-defined]
    spoken = run(["match", "speak", "re_referral_dfe", "-w", str(made), "--json"])
    if spoken.code:
        assert "followed to the end" in str(spoken.facts["what"])
    else:
        first, *_ = spoken.facts["years"]  # type: ignore[misc]
        assert first["until_then"] == "published evidence alone"


@pytest.mark.parametrize("command", ["like", "equity", "speak"])
def test_an_unmade_week_says_what_to_do(fresh: Path, run: Run, command: str) -> None:
    told = run(["match", command, "step_down", "-w", str(fresh), "--week", WEEK])
    assert told.code == 1
    assert "Traceback" not in told.err
