"""The partner sources: which of their columns say who a row is about, as their contracts tell it.

A column's custom property `person` says what it is of them: `partner_person` (the partner's own number), `forename`,
`surname`, `date_of_birth`, `postcode`, `upn` or `nhs_number`. A new partner needs a contract and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fi_workbench.contracts import Catalogue, Table, all_contracts
from fi_workbench.identity.names import forename_key, nhs_number_key, place_key, surname_key, upn_key
from fi_workbench.pseudonyms import PseudonymKey

LINK_PURPOSE = "link"


@dataclass(frozen=True)
class Partner:
    """Where a partner's table says who a row is about; None where it does not say.

    Attributes:
        table: the table that says it.
        own_id: the partner's own number of the person, unique within the source.
        expected: whether every authority is thought to have the source.
    """

    table: str
    own_id: str
    forename: str | None
    surname: str | None
    date_of_birth: str | None
    postcode: str | None
    upn: str | None
    nhs_number: str | None
    expected: bool = True


def partners_of(catalogue: Catalogue) -> dict[str, Partner]:
    """The partner sources of a catalogue: each contract of the kind `partner` that names a person's number.

    A source of several tables is tied by the first that names one.
    """
    found: dict[str, Partner] = {}
    for source, contract in catalogue.sources.items():
        for table in contract.tables.values() if contract.kind == "partner" else ():
            own_id = _meaning(table, "partner_person") or _meaning(table, "nhs_number") or _meaning(table, "upn")
            if own_id is None:
                continue
            told = {
                name: _meaning(table, name)
                for name in ("forename", "surname", "date_of_birth", "postcode", "upn", "nhs_number")
            }
            found[source] = Partner(table=table.name, own_id=own_id, **told, expected=contract.expected)
            break
    return found


def _meaning(table: Table, meaning: str) -> str | None:
    return next((column.name for column in table.columns.values() if column.person_part == meaning), None)


PARTNERS: Mapping[str, Partner] = partners_of(all_contracts())
"""The partner sources of the shipped contracts, by source."""


def partner_rows(
    frames: Mapping[str, pl.DataFrame], key: PseudonymKey, partners: Mapping[str, Partner] = PARTNERS
) -> pl.DataFrame:
    """Say for each row of every partner source which of the partner's people it is about.

    Args:
        frames: every partner table by name, with `row_id`.
        key: makes `partner_person` of a source and its own number.
        partners: what their contracts say.

    Returns:
        One row per partner row: `source`, `row_id`, `own_id`, `partner_person`.
    """
    stacked = pl.concat(
        [
            frames[partner.table].select(
                pl.lit(source).alias("source"), "row_id", pl.col(partner.own_id).cast(pl.String).alias("own_id")
            )
            for source, partner in partners.items()
        ]
    )
    people = stacked.select("source", "own_id").unique().sort("source", "own_id")
    named = key.pseudonyms(LINK_PURPOSE, people.select(pl.concat_str("source", "own_id", separator=":"))["source"])
    return stacked.join(people.with_columns(partner_person=named), on=["source", "own_id"], maintain_order="left")


def partner_entries(
    frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame, partners: Mapping[str, Partner] = PARTNERS
) -> pl.DataFrame:
    """List the ways in which each partner writes each of its people, as comparable keys.

    A partner repeats itself week after week, so each way of writing is made comparable once.

    Args:
        frames: every partner table by name, with `as_of`.
        rows: as `partner_rows`.
        partners: what their contracts say.

    Returns:
        One row per way of writing: `source`, `partner_person`, `forename`, `initial`, `surname`, `birth_date`,
        `postcode`, `upn`, `nhs_number`, `first_as_of`, `as_of`.
    """
    parts = []
    for source, partner in partners.items():
        written = (partner.forename, partner.surname, partner.date_of_birth)
        numbers = (partner.postcode, partner.upn, partner.nhs_number)
        columns = dict.fromkeys((partner.own_id, *filter(None, (*written, *numbers))))
        seen = frames[partner.table].group_by(*columns)
        distinct = seen.agg(first_as_of=pl.col("as_of").min(), as_of=pl.col("as_of").max())
        forename = forename_key(_text(partner.forename))
        born = pl.col(partner.date_of_birth) if partner.date_of_birth else pl.lit(None, dtype=pl.Date)
        parts.append(
            distinct.select(
                pl.lit(source).alias("source"),
                pl.col(partner.own_id).cast(pl.String).alias("own_id"),
                forename.alias("forename"),
                forename.str.slice(0, 1).alias("initial"),
                surname_key(_text(partner.surname)).alias("surname"),
                born.alias("birth_date"),
                place_key(_text(partner.postcode)).alias("postcode"),
                upn_key(_text(partner.upn)).alias("upn"),
                nhs_number_key(_text(partner.nhs_number)).alias("nhs_number"),
                "first_as_of",
                "as_of",
            )
        )
    names = rows.select("source", "own_id", "partner_person").unique()
    return pl.concat(parts).join(names, on=["source", "own_id"]).drop("own_id")


def _text(column: str | None) -> pl.Expr:
    return pl.col(column).cast(pl.String) if column else pl.lit(None, dtype=pl.String)
