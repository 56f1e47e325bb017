"""What people decided about links: undo one, or make one by hand, from a day on."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.identity.linking import UNLINKED

DECIDED = "decision"
"""The rule of a link that a person made."""

_DECISION = pl.Struct({"action": pl.String, "person_id": pl.String, "from": pl.String})
_SUBJECT = r"^([^:]+):(.+)$"


def decided_links(decisions: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Read the decisions that hold on a day: for each partner's person the latest.

    Args:
        decisions: decisions of kind `link` in the order taken: `subject` ("source:partner_person"), `decision` (JSON
            with `action` link or unlink, `person_id`, and `from`, the first day on which it holds).
        as_at: a decision that begins later is not seen, so that earlier weeks stay as they were.

    Returns:
        One row per `source` and `partner_person`: `action`, `person_id` (null for an unlink of whoever it was).
    """
    shape = {"source": pl.String, "partner_person": pl.String, "action": pl.String, "person_id": pl.String}
    if decisions.is_empty():
        return pl.DataFrame(schema=shape)
    return (
        decisions.with_row_index("turn")
        .filter(pl.col("decision").str.starts_with("{"))  # an erased one is no JSON any more
        .select(
            "turn",
            pl.col("subject").str.extract(_SUBJECT, 1).alias("source"),
            pl.col("subject").str.extract(_SUBJECT, 2).alias("partner_person"),
            pl.col("decision").str.json_decode(_DECISION).struct.unnest(),
        )
        .with_columns(pl.col("from").str.slice(0, 10).str.to_date("%Y-%m-%d"))
        .filter(pl.col("from") <= as_at)
        .sort("from", "turn", maintain_order=True)
        .unique(subset=["source", "partner_person"], keep="last", maintain_order=True)
        .select(*shape)
        .sort("source", "partner_person")
    )


def apply_decisions(links: pl.DataFrame, decided: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
    """Let people's decisions override the rules.

    An unlink that names a person undoes only the link to that person. A link to somebody who is no longer known
    (erased, for instance) ties nobody: another person is never put in their place.

    Args:
        links: contract `person_links`.
        decided: as `decided_links`.
        people: contract `people` (`person_id`).

    Returns:
        The links, in the same order.
    """
    known = people.select(pl.col("person_id").alias("chosen"), known=pl.lit(value=True))
    joined = links.join(
        decided.rename({"person_id": "chosen"}),
        on=["source", "partner_person"],
        how="left",
        maintain_order="left",
    ).join(known, on="chosen", how="left", maintain_order="left")
    linked_by_hand = (pl.col("action") == "link").fill_null(value=False)
    whoever = pl.col("chosen").is_null() | (pl.col("chosen") == pl.col("person_id"))
    undone = (pl.col("action") == "unlink").fill_null(value=False) & whoever.fill_null(value=False)
    to_known = linked_by_hand & pl.col("known").fill_null(value=False)
    return joined.with_columns(
        person_id=pl.when(to_known)
        .then("chosen")
        .when(undone | linked_by_hand)
        .then(pl.lit(None, dtype=pl.String))
        .otherwise("person_id"),
        rule=pl.when(to_known)
        .then(pl.lit(DECIDED))
        .when(linked_by_hand | undone)
        .then(pl.lit(UNLINKED))
        .otherwise("rule"),
    ).select(links.columns)
