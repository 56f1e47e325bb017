"""The limits that a contract states, and what counts as beyond them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fi_workbench.contracts import Limits, all_contracts
from fi_workbench.contracts.limits import limits_of
from fi_workbench.errors import ContractError
from fi_workbench.loaders.alarms import alarms
from fi_workbench.loaders.past import Past
from fi_workbench.loaders.profile import ColumnProfile, TableProfile, shown_values

VISITS = all_contracts().source("visits")
START = date(2026, 1, 4)


def past(*rows: int, every: int = 7) -> list[Past]:
    return [Past(START + timedelta(days=every * at), n, known={}) for at, n in enumerate(rows)]


def rules(now: int, before: list[Past], days: int = 7) -> list[str]:
    return [one.rule for one in alarms(VISITS, {"visits": TableProfile(now, now)}, before, days)]


def test_a_contract_states_its_limits_by_name() -> None:
    stated = {"rowsAtLeast": 0.5, "rowsAtMost": 2, "fewestRows": 1, "mostRows": 900, "quarantinedAtMost": 0.1}
    found = limits_of(stated, "here")
    assert found == Limits(0.5, 2, 1, 900, 0.1, Limits().unknown_codes_at_most, Limits().codes_moved_at_most)
    assert limits_of(None, "here") == Limits()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rowsAtLest": 0.5}, "did you mean rowsAtLeast"),
        ({"rowsAtLeast": 1.5}, "is a share"),
        ({"rowsAtMost": 0.5}, "is a multiple"),
        ({"mostRows": 1.5}, "whole number"),
        ({"rowsAtMost": True}, "must be a number"),
        ({"fewestRows": 9, "mostRows": 2}, "above mostRows"),
        ([1], "lists limits by name"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(given: object, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        limits_of(given, "here")


def test_every_shipped_source_states_how_much_it_may_send() -> None:
    for contract in all_contracts().sources.values():
        assert contract.limits.rows_at_most is not None, contract.source
        if contract.delivery == "full":
            least = 0.2 if contract.source == "worker_leave" else 0.8  # leave comes and goes with the seasons
            assert contract.limits.rows_at_least == least, contract.source


# Weekly visits: at least a quarter and at most four times the usual, and never an alarm for 20 rows or fewer.
@pytest.mark.parametrize(
    ("now", "days", "alarmed"),
    [(400, 7, False), (401, 7, True), (25, 7, False), (24, 7, True), (800, 14, False), (801, 14, True), (1, 1, False)],
)
def test_an_increment_is_compared_with_what_is_usual_for_its_days(now: int, days: int, alarmed: bool) -> None:
    history = past(90_000, 100, 90, 110, 100)
    assert rules(now, history, days) == (["rows_within_limits"] if alarmed else [])


def test_short_lists_and_short_histories_say_nothing() -> None:
    assert rules(25, past(9_000, 5, 6, 5, 4)) == []
    assert rules(26, past(9_000, 5, 6, 5, 4)) == ["rows_within_limits"]
    assert rules(100_000, past(9_000, 5, 6)) == []


def test_an_emptied_column_is_an_alarm_only_where_chance_does_not_empty_it() -> None:
    def now_and_then(filled: int, of: int, rows: int) -> list[str]:
        was = {"visits": TableProfile(of, of, columns={"grade": ColumnProfile(filled)})}
        now = {"visits": TableProfile(rows, rows, columns={"grade": ColumnProfile(0)})}
        return [one.rule for one in alarms(VISITS, now, [Past(START, of, known=was)], 0)]

    # By chance alone, in 0.9 ** 131 = 1.0e-6 and 0.9 ** 132 = 9.1e-7 of deliveries.
    assert now_and_then(100, 1000, 131) == []
    assert now_and_then(100, 1000, 132) == ["columns_are_kept"]
    assert now_and_then(1000, 1000, 1) == ["columns_are_kept"]
    assert now_and_then(0, 1000, 1000) == []


def test_batches_of_a_delivery_add_up() -> None:
    one = TableProfile(2, 3, 1, {"x_present": 1}, {"x": ColumnProfile(2, {"a": 2}, {"q": 1})})
    two = TableProfile(1, 2, 1, {"x_present": 1}, {"x": ColumnProfile(1, {"b": 1}, {"q": 2})})
    both = TableProfile(3, 5, 2, {"x_present": 2}, {"x": ColumnProfile(3, {"a": 2, "b": 1}, {"q": 3})})
    assert one + two == both


@pytest.mark.parametrize("value", ["Smith", "ANNES", "a b", "Not stated", "2014-03-01", "07700900123", "O'Neil", ""])
def test_what_is_not_short_like_a_code_is_never_shown(value: str) -> None:
    assert shown_values({value: 99}) == {}


@pytest.mark.parametrize("value", ["N9", "WBRI", "7", "A3a", "U12"])
def test_a_code_is_shown_where_several_rows_have_it(value: str) -> None:
    assert shown_values({value: 3}) == {value: 3}
    assert shown_values({value: 2}) == {}
