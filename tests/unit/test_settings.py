"""Settings: a misspelt key fails at once and names the valid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.errors import SettingsError
from fi_workbench.settings import parse_settings, read_settings

MINIMAL = {"authority": {"name": "Anywhere", "code": "000"}}


def test_defaults_are_complete() -> None:
    settings = parse_settings(MINIMAL)
    assert settings.thresholds.families_for_insight == 10
    assert settings.unit_name("whole_authority") == "Anywhere"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"authority": {"name": "A", "code": "000", "sinthetic": True}}, "did you mean synthetic"),
        ({**MINIMAL, "clock": {}}, "did you mean clocks"),
        ({**MINIMAL, "clocks": {"core_group_week": 6}}, "did you mean core_group_weeks"),
        (
            {**MINIMAL, "units": [{"code": "a_unit", "name": "A", "capacity_child": 3}]},
            "did you mean capacity_children",
        ),
        ({**MINIMAL, "zzz": 1}, "valid names: authority"),
    ],
)
def test_misspelt_keys_are_refused_with_the_nearest_name(wrong: dict[str, object], hint: str) -> None:
    with pytest.raises(SettingsError, match=hint) as caught:
        parse_settings(wrong)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"authority": {"name": "A", "code": "39"}},
        {**MINIMAL, "thresholds": {"families_for_insight": 9}},
        {**MINIMAL, "units": [{"code": "a", "name": "A"}]},
        {**MINIMAL, "units": [{"code": "same", "name": "A"}, {"code": "same", "name": "B"}]},
        {**MINIMAL, "units": [{"code": "whole_authority", "name": "A"}]},
    ],
)
def test_values_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        parse_settings(wrong)


def test_an_insight_is_never_about_fewer_than_ten_families_whatever_the_setting() -> None:
    with pytest.raises(SettingsError, match="greater than or equal to 10"):
        parse_settings({**MINIMAL, "thresholds": {"families_for_insight": 3}})


def test_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no workbench\.toml here"):
        read_settings(tmp_path)
    (tmp_path / "workbench.toml").write_text("authority = [")
    with pytest.raises(SettingsError, match="not readable as TOML"):
        read_settings(tmp_path)
    (tmp_path / "workbench.toml").write_text('[authority]\nname = "Anywhere"\ncode = "000"\n')
    assert read_settings(tmp_path).authority.name == "Anywhere"


def test_fingerprints_follow_their_sections() -> None:
    one = parse_settings(MINIMAL)
    two = parse_settings({**MINIMAL, "clocks": {"core_group_weeks": 4}})
    assert one.fingerprint("segmentation") == two.fingerprint("segmentation")
    assert one.fingerprint("clocks") != two.fingerprint("clocks")
    assert one.fingerprint() != two.fingerprint()


def test_the_means_of_making_a_week_are_those_of_today_and_change_nothing_that_is_made() -> None:
    kept = parse_settings({"briefs": {"worklist_days": 5}, **MINIMAL})
    today = parse_settings({"briefs": {"timeout_seconds": 30, "memory_mb": 512, "workers": 2}, **MINIMAL})
    assert kept.within(today).briefs.model_dump() == {
        **kept.briefs.model_dump(), "timeout_seconds": 30, "memory_mb": 512, "workers": 2,
    }  # fmt: skip
    assert kept.within(today).fingerprint() == kept.fingerprint()
    assert kept.fingerprint() != today.fingerprint()  # worklists of another length
