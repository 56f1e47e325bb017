"""The data note: what the analyst who answers for every number has to know of what they were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fi_workbench.disclosure import Profile, Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import NOT_KNOWN, counted, name_of, number, of
from fi_workbench.display.released import Row, dates_of, label, rows_of


def _section(key: str, *given: Released, **parts: object) -> Section:
    return Section.model_validate({"key": key, "audience": "analyst", **parts, "dates": dates_of(*given)})


def linkage(links: Released, names: Mapping[str, str]) -> Section:
    """How many people of each partner could be tied to somebody, and how many not.

    Args:
        links: `link_summary`, released for `analyst`.
        names: what the sources are called.
    """
    rows = sorted(rows_of(links, "link_summary"), key=lambda row: names.get(row["source"], row["source"]))
    if not rows:
        return _section("linkage", links, lead="No partner has sent people to be tied.")
    table = Table(
        caption="People of each partner",
        headings=(
            Heading(label="Source"),
            *(Heading(label=what, numeric=True) for what in ("Tied", "More than one fits", "Nobody fits")),
        ),
        rows=tuple(
            (
                names.get(row["source"], name_of(row["source"])),
                of(row["n_linked"], row["n_people"]),
                f"{row['n_ambiguous']:,}",
                f"{row['n_unlinked']:,}",
            )
            for row in rows
        ),
        notes=("Records of people who are not tied are in no figure.",),
    )
    return _section("linkage", links, tables=(table,))


def withheld(rows_withheld: Released) -> Section:
    """Restricted children and families, who are in no figure.

    Args:
        rows_withheld: `caseload_withheld`, released for `analyst`.
    """
    rows = rows_of(rows_withheld, "caseload_withheld")
    table = Table(
        caption="Left out of every figure",
        headings=(
            Heading(label="Why"),
            Heading(label="Children", numeric=True),
            Heading(label="Families", numeric=True),
        ),
        rows=tuple(
            (label(rows_withheld, "reason", r["reason"]), f"{r['n_children']:,}", f"{r['n_families']:,}") for r in rows
        ),
    )
    lead = "" if rows else "Nobody is left out as restricted."
    return _section("withheld", rows_withheld, lead=lead, tables=(table,) if rows else ())


def drifted(drift: Released) -> Section:
    """Whether families that come now are still those that the grouping was made for.

    Args:
        drift: `segment_drift`, released for `analyst`.
    """
    rows = rows_of(drift, "segment_drift")
    if not rows:
        return _section(
            "drifted", drift, lead="No grouping has been approved, or too few families came, so no drift can be told."
        )
    table = Table(
        caption="The grouping against the families that come now",
        folded=len(rows) > 8,
        headings=(
            Heading(label="What"),
            Heading(label="Segment"),
            Heading(label="Now", numeric=True),
            Heading(label="Expected", numeric=True),
            Heading(label="Verdict"),
        ),
        rows=tuple(
            (
                label(drift, "measure", row["measure"]),
                row["segment"] or "all",
                NOT_KNOWN if row["value"] is None else f"{row['value']:.3f}",
                _expected(row),
                label(drift, "verdict", row["verdict"]),
            )
            for row in rows
        ),
    )
    return _section("drifted", drift, lead=_against(rows), tables=(table,))


def _against(rows: Sequence[Row]) -> str:
    """Who is held against whom: those who came before the fit are never held against themselves."""
    if all(row["compared_with"] != "newcomers" for row in rows):
        return "The grouping says nothing of who came before it was made, so little can be told."
    n = max(row["n_families"] for row in rows)
    if not n:
        return "Nobody has come since the grouping was made, so nothing can be told yet."
    since = f"{counted(n, 'family')} came in the last {counted(rows[0]['weeks'], 'week')}."
    return f"{since} They are held against those who came before the grouping was made."


def _expected(row: Row) -> str:
    """Between what a measure stays when nothing has changed; where it has no limits, what it was."""
    if row["low"] is not None:
        return f"{row['low']:.3f} to {row['high']:.3f}"
    return NOT_KNOWN if row["expected"] is None else f"about {row['expected']:.3f}"


def hidden(published: Sequence[Released], profile: Profile) -> Section:
    """What was hidden of what is published, and by which rule.

    Args:
        published: tables released for `published`; only how many rows were hidden is told of them.
        profile: the rule.
    """
    table = Table(
        caption="Hidden for small counts",
        headings=(
            Heading(label="Table"),
            Heading(label="Rows hidden", numeric=True),
            Heading(label="Columns left out"),
        ),
        rows=tuple(
            (name_of(one.table), of(one.n_hidden, one.rows.height), ", ".join(one.dropped) or "none")
            for one in published
        ),
        notes=(profile.sentence, "A row is hidden for its own small count, or because it would give another away."),
    )
    return Section(key="hidden", audience="analyst", lead=f"The rule is {profile.name}.", tables=(table,))


def reconciled(counts: Released | None, names: Mapping[str, str]) -> Section:
    """Our counts beside the council's own, with the difference and its reason.

    Args:
        counts: `count_reconciliation`, released for `analyst`; None where nobody put them beside each other.
        names: units in words.
    """
    if counts is None:
        lead = "Counts were not compared with the council's own. `fi-workbench review reconcile` does that."
        return Section(key="reconciled", audience="analyst", lead=lead.replace("`", ""))
    rows = rows_of(counts, "count_reconciliation")
    agree = sum(row["state"] == "agrees" for row in rows)
    table = Table(
        caption="Our counts and the council's own",
        headings=(
            Heading(label="Unit"),
            Heading(label="What"),
            *(Heading(label=what, numeric=True) for what in ("Ours", "Theirs", "Difference")),
            Heading(label="Reason"),
        ),
        rows=tuple(
            (
                names.get(row["unit"], row["unit"]),
                label(counts, "measure", row["measure"]),
                number(row["ours"]),
                number(row["theirs"]),
                number(row["difference"]),
                row["reason"] or ("none needed" if row["state"] == "agrees" else NOT_KNOWN),
            )
            for row in rows
        ),
    )
    return _section(
        "reconciled",
        counts,
        lead=f"{of(agree, len(rows))} {'count' if len(rows) == 1 else 'counts'} agree.",
        tables=(table,),
    )


__all__ = ["drifted", "hidden", "linkage", "reconciled", "withheld"]
