"""Tie partners' records to people: exact numbers first, then names with a date of birth, never a guess."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

AMBIGUOUS = "ambiguous"
UNLINKED = "unlinked"


@dataclass(frozen=True)
class Rule:
    """One way to recognise a person: the keys that must agree, all of them present on both sides."""

    name: str
    keys: tuple[str, ...]


BY_UPN = Rule("upn", ("upn",))
BY_NHS_NUMBER = Rule("nhs_number", ("nhs_number",))
BY_NAME = (
    Rule("name_birth_date_postcode", ("forename", "surname", "birth_date", "postcode")),
    Rule("name_birth_date", ("forename", "surname", "birth_date")),
)
BY_SURNAME = Rule("surname_initial_birth_date_postcode", ("surname", "birth_date", "postcode"))
"""The initial is compared apart, because "Baby" has none."""

RULES = (BY_UPN.name, BY_NHS_NUMBER.name, *(rule.name for rule in BY_NAME), BY_SURNAME.name)
"""In the order in which they are believed."""

_WRITING = ("forename", "initial", "surname", "birth_date", "postcode", "upn", "nhs_number")
_ENTRY = ("source", "partner_person", "entry")


def tie(written: pl.DataFrame, names: pl.DataFrame, upns: pl.DataFrame, nhs_numbers: pl.DataFrame) -> pl.DataFrame:
    """Find for each partner's person the one person it can be, or say that there are several or none.

    A partner may write one person in several ways; each way of writing is tried by the rules in order, and the first
    rule that finds anybody decides for it. Where the ways that find exactly one person agree, that is the link; where
    they do not, or where each finds several, it is ambiguous. A number ties nobody whose name and date of birth both
    say otherwise. A different given name with the same initial ties nobody whom the same source already knows under
    their own name: that is how twins are kept apart. A missing date of birth never ties by name.

    Args:
        written: as `partners.partner_entries`.
        names: as `people.names_of`.
        upns: as `people.numbers_of`, first.
        nhs_numbers: as `people.numbers_of`, second.

    Returns:
        One row per `source` and `partner_person`, sorted: `case_reference` (null unless linked), `rule` (one of
        `RULES`, `ambiguous`, `unlinked`), `n_candidates`, `first_as_of`, `as_of`.
    """
    entries = (
        written.group_by("source", "partner_person", *_WRITING)
        .agg(pl.col("first_as_of").min(), pl.col("as_of").max())
        .sort("source", "partner_person", *_WRITING)
        .with_row_index("entry")
    )
    found = pl.concat(
        [
            _uncontradicted(_matches(entries, upns, BY_UPN), entries, names),
            _uncontradicted(_matches(entries, nhs_numbers, BY_NHS_NUMBER), entries, names),
            *(_matches(entries, names, rule) for rule in BY_NAME),
            _by_surname(entries, names),
        ]
    ).with_columns(turn=pl.col("rule").replace_strict(list(RULES), list(range(len(RULES))), return_dtype=pl.Int8))
    best = found.filter(pl.col("turn") == pl.col("turn").min().over("entry"))
    best = best.with_columns(n=pl.col("case_reference").n_unique().over("entry"))
    return _settled(entries, _keep_twins_apart(best))


def _matches(entries: pl.DataFrame, people: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    keyed = entries.drop_nulls(rule.keys).select(*_ENTRY, *rule.keys)
    return keyed.join(people.select("case_reference", *rule.keys), on=rule.keys).select(
        *_ENTRY, "case_reference", pl.lit(rule.name).alias("rule")
    )


def _by_surname(entries: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    keys = BY_SURNAME.keys
    keyed = entries.drop_nulls(keys).select(*_ENTRY, *keys, "initial")
    same_initial = (pl.col("initial") == pl.col("initial_right")).fill_null(value=True)
    return (
        keyed.join(names.select("case_reference", *keys, "initial"), on=keys)
        .filter(same_initial)
        .select(*_ENTRY, "case_reference", pl.lit(BY_SURNAME.name).alias("rule"))
    )


def _uncontradicted(found: pl.DataFrame, entries: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Drop matches by number whose date of birth and whose names are both known and both differ."""
    particulars = ("forename", "surname", "birth_date")
    told = found.join(entries.select("entry", *particulars), on="entry").join(
        names.select("case_reference", *particulars), on="case_reference", how="left", suffix="_known"
    )
    other_date = (pl.col("birth_date") != pl.col("birth_date_known")).fill_null(value=False)
    other_name = (pl.col("surname") != pl.col("surname_known")).fill_null(value=False) & (
        pl.col("forename") != pl.col("forename_known")
    ).fill_null(value=True)
    return told.filter(~(other_date & other_name)).select(found.columns)


def _keep_twins_apart(best: pl.DataFrame) -> pl.DataFrame:
    """Let the weakest rule tie nobody whom the same source knows, as another of its people, by a stronger one."""
    weak = pl.col("rule") == BY_SURNAME.name
    taken = best.filter(~weak, pl.col("n") == 1).select(
        "source", "case_reference", pl.col("partner_person").alias("taken_by")
    )
    clash = (
        best.filter(weak, pl.col("n") == 1)
        .join(taken, on=["source", "case_reference"])
        .filter(pl.col("taken_by") != pl.col("partner_person"))
        .select("entry", clash=pl.lit(value=True))
        .unique()
    )
    return best.join(clash, on="entry", how="left").with_columns(clash=pl.col("clash").fill_null(value=False))


def _settled(entries: pl.DataFrame, best: pl.DataFrame) -> pl.DataFrame:
    alone = (pl.col("n") == 1) & ~pl.col("clash")
    per_person = best.group_by("source", "partner_person").agg(
        n_certain=pl.col("case_reference").filter(alone).n_unique(),
        one=pl.col("case_reference").filter(alone).min(),
        turn=pl.col("turn").filter(alone).min(),
        n_all=pl.col("case_reference").n_unique(),
    )
    linked = pl.col("n_certain") == 1
    names = pl.col("turn").replace_strict(list(range(len(RULES))), list(RULES), default=None, return_dtype=pl.String)
    return (
        entries.group_by("source", "partner_person")
        .agg(pl.col("first_as_of").min(), pl.col("as_of").max())
        .join(per_person, on=["source", "partner_person"], how="left")
        .select(
            "source",
            "partner_person",
            case_reference=pl.when(linked).then("one"),
            rule=pl.when(linked)
            .then(names)
            .when(pl.col("n_all") > 0)
            .then(pl.lit(AMBIGUOUS))
            .otherwise(pl.lit(UNLINKED)),
            n_candidates=pl.when(linked).then(1).otherwise(pl.col("n_all").fill_null(0)).cast(pl.Int64),
            first_as_of="first_as_of",
            as_of="as_of",
        )
        .sort("source", "partner_person")
    )
