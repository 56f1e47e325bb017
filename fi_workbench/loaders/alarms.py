"""A breaking change of a source: seen beside what it sent before, and held for a person before anything uses it.

An alarm is a hold that only a named person with a reason can lift, and it has an exit code of its own. Each compares
counts of a delivery with those of earlier ones of the same source and scope; a difference that chance makes in rows
drawn as before is no alarm.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import median

from fi_workbench.contracts import Contract
from fi_workbench.loaders.past import Past
from fi_workbench.loaders.profile import ColumnProfile, TableProfile
from fi_workbench.loaders.raw import Hold

NEXT_STEP = 'Ask the sender. If it is right, take it with `fi-workbench load --accept --by NAME --reason "..."`.'

CHANCE = 1e-6
"""A change that chance makes less often than this, in rows drawn as before, is a change of the source."""

CHANCE_ROWS = 20
"""So few rows more or less, or refused, say nothing about a source."""

_FEWEST_BEFORE = 20
_FEWEST_RATES = 3
_LATELY = 8
"""An increment is compared with so many deliveries before it."""


def alarms(contract: Contract, profiles: Mapping[str, TableProfile], past: Sequence[Past], days: int) -> list[Hold]:
    """Why a delivery is taken for a breaking change of its source.

    Args:
        contract: of the source, with its limits.
        profiles: what the delivery looks like, by table.
        past: earlier deliveries of the same source and scope, oldest first.
        days: from the as-of date of the delivery before to its own; 0 for a further delivery of the same day.

    Returns:
        Empty for a delivery like those before it.
    """
    rows = sum(one.rows for one in profiles.values())
    found = [
        *_quarantined(contract, profiles),
        *(_unknown_codes(contract, profiles) if past else ()),
        *_absolute(contract, rows),
        *(_volume(contract, rows, past, days) if contract.delivery != "full" else _risen(contract, rows, past)),
    ]
    lately = past[-1:] if contract.delivery == "full" else past[-_LATELY:]
    for name, now in profiles.items():
        before = [one.profiles[name] for one in lately if name in one.profiles]
        found += _columns(name, now, before, contract)
    if contract.delivery == "full":
        found += _tables(contract, profiles, lately)
    return found


def _alarm(rule: str, reason: str) -> Hold:
    return Hold(rule, reason, NEXT_STEP, alarm=True)


def _quarantined(contract: Contract, profiles: Mapping[str, TableProfile]) -> Iterable[Hold]:
    read = sum(one.checked for one in profiles.values())
    refused = sum(one.quarantined for one in profiles.values())
    limit = contract.limits.quarantined_at_most
    if refused > CHANCE_ROWS and refused > limit * read:
        by_rule = sum((Counter(one.by_rule) for one in profiles.values()), Counter())
        first = sorted(by_rule.items(), key=lambda one: (-one[1], one[0]))
        told = ", ".join(f"{rule} {n:,}" for rule, n in first[:8])
        more = f" and {len(first) - 8} more rules" if len(first) > 8 else ""
        yield _alarm(
            "few_rows_break_rules",
            f"{refused:,} of {read:,} rows would be quarantined, more than {limit:.0%}. Rows by rule: {told}{more}.",
        )


def _unknown_codes(contract: Contract, profiles: Mapping[str, TableProfile]) -> Iterable[Hold]:
    limit = contract.limits.unknown_codes_at_most
    for name, table in profiles.items():
        for column, one in table.columns.items():
            n = sum(one.unknown.values())
            if n > CHANCE_ROWS and n > limit * table.checked:
                yield _alarm(
                    "codes_are_known",
                    f"{n:,} of {table.checked:,} rows of {name} have a code in {column} that the contract does not "
                    f"know, more than {limit:.0%}: its list of codes may have changed.",
                )


def _absolute(contract: Contract, rows: int) -> Iterable[Hold]:
    low, high = contract.limits.fewest_rows, contract.limits.most_rows
    if (low is not None and rows < low) or (high is not None and rows > high):
        said = f"from {low or 0:,}" + (f" to {high:,}" if high is not None else "")
        yield _alarm("rows_within_limits", f"The delivery has {rows:,} acceptable rows; its contract says {said}.")


def _risen(contract: Contract, rows: int, past: Sequence[Past]) -> Iterable[Hold]:
    """A full list that grew as lists do not; one that shrank is seen by `History.fallen`."""
    most = contract.limits.rows_at_most
    if most is None or not past:
        return
    before = past[-1].rows
    if rows - before > max((most - 1) * before, CHANCE_ROWS):
        yield _alarm(
            "rows_within_limits",
            f"This full delivery has {rows:,} acceptable rows and the one before, up to "
            f"{past[-1].as_of.isoformat()}, had {before:,}: more than {most:g} times as many.",
        )


def _volume(contract: Contract, rows: int, past: Sequence[Past], days: int) -> Iterable[Hold]:
    """Rows a day, beside the middle of the rates before: a fortnight's increment after a missed week is no alarm."""
    low, high = contract.limits.rows_at_least, contract.limits.rows_at_most
    spans = [(later.rows, (later.as_of - earlier.as_of).days) for earlier, later in pairwise(past)]
    rates = [n / span for n, span in spans if span > 0][-_LATELY:]
    if days <= 0 or len(rates) < _FEWEST_RATES:
        return
    usual = median(rates) * days
    fewer = low is not None and usual - rows > max((1 - low) * usual, CHANCE_ROWS)
    more = high is not None and rows - usual > max((high - 1) * usual, CHANCE_ROWS)
    if fewer or more:
        limit = f"less than {low:.0%} of that" if fewer else f"more than {high:g} times as many"
        yield _alarm(
            "rows_within_limits",
            f"The delivery has {rows:,} acceptable rows for {days} days, where about {usual:,.0f} are usual: {limit}.",
        )


def _tables(contract: Contract, profiles: Mapping[str, TableProfile], lately: Sequence[Past]) -> Iterable[Hold]:
    for name in contract.tables:
        before = lately[-1].profiles.get(name) if lately else None
        now = profiles.get(name, TableProfile())
        if before is not None and before.rows >= _FEWEST_BEFORE and now.checked == 0:
            yield _alarm(
                "tables_are_kept",
                f"The table {name} is gone or empty; the delivery before had {before.rows:,} rows of it.",
            )


def _columns(name: str, now: TableProfile, before: Sequence[TableProfile], contract: Contract) -> Iterable[Hold]:
    pooled = sum(before, TableProfile())
    if pooled.rows < _FEWEST_BEFORE or not now.rows:
        return
    for column, was in pooled.columns.items():
        if column not in now.columns:
            continue
        one = now.columns[column]
        if not one.filled and was.filled and _chance(was.filled, pooled.rows, now.rows) < CHANCE:
            yield _alarm(
                "columns_are_kept",
                f"The column {column} of {name} is gone or empty in all of {now.rows:,} rows; before, "
                f"{was.filled:,} of {pooled.rows:,} rows had a value.",
            )
        elif one.codes and was.codes:
            yield from _moved(f"{column} of {name}", one, was, contract.limits.codes_moved_at_most)


def _chance(n: int, of: int, rows: int) -> float:
    """How likely it is that none of so many rows has what `n` of `of` had, were they drawn alike."""
    return 0.0 if n >= of else (1 - n / of) ** rows


def _moved(where: str, now: ColumnProfile, was: ColumnProfile, limit: float) -> Iterable[Hold]:
    """The share of rows that left the usual codes for others (total variation), beyond what few rows do by chance."""
    codes = sorted({*now.codes, *was.codes})
    n, n_was = sum(now.codes.values()), sum(was.codes.values())
    if min(n, n_was) < _FEWEST_BEFORE:
        return
    moved = sum(max(0.0, was.codes.get(code, 0) / n_was - now.codes.get(code, 0) / n) for code in codes)
    if moved > limit + math.sqrt(len(codes) / min(n, n_was)):
        gone = [code for code in codes if not now.codes.get(code) and was.codes[code] / n_was >= 0.05]
        told = f" Codes that are gone: {', '.join(gone)}." if gone else ""
        yield _alarm(
            "codes_are_used_as_before",
            f"In {where} {moved:.0%} of rows have moved from the codes of before to others, more than {limit:.0%}."
            f"{told}",
        )
