"""What a candidate grouping is, for the person who approves it: its fit, its segments as pictures, whether it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import log

from fi_workbench.disclosure import Released
from fi_workbench.display.drawing import by_row, data, finished, names_above
from fi_workbench.display.laying_out import section_of, table_of
from fi_workbench.display.model import Chart, Finding, Section
from fi_workbench.display.prose import counted, joined, of
from fi_workbench.display.released import Row, label, rows_of
from fi_workbench.display.theme import NAVY, ORANGE

NEEDS_SHOWN = 6
LEAST_SHOWN = 3
STEP = 50
MISSED_ABOVE = 4
HOLDS_FROM = 0.75
CARD_HOLDS_FROM = 0.9
AGREES_FROM = 0.75

_ON_FIT = "Lower is better for AIC and BIC. Each looks at the fit and at the number of segments that it costs."
_ON_CLARITY = (
    "Found by is the share of random starts that ended in this solution; one that a single start found cannot be "
    "approved. Entropy near 1 means that families belong clearly to one segment. Vaguest is the mean probability in "
    "the segment of whose families it is least sure; below 0.70 that segment is too vague to act on."
)
_ON_SHOWN = (
    "* Shown, and not used to group anybody: share of the families in the segment of whom it is known, this week."
)
_ON_HOLDS = (
    "Together again: of the families in a segment in either draw, the share in both (Jaccard); from 0.75 a segment is "
    "stable, below 0.60 it is not to be trusted."
)
_ON_AGREEMENT = (
    "Agreement: adjusted Rand index, 1 where the same families are together, about 0 by chance; from 0.75 it is good. "
    "Least: of the segment that agrees least. Parts of a few hundred families differ by chance alone."
)
_ON_CARRIED = "Unlike it by: mean difference of the shares of each answer; from 0.25 a segment is not the same one."


def fits(released: Released) -> Section:
    """How well each number of segments fits, with the one chosen and the one that BIC would choose."""
    rows = rows_of(released, "review_fits")
    chosen = next(row for row in rows if row["chosen"])
    best = min(rows, key=lambda row: float(row["bic"]))
    lead = f"The candidate has {counted(chosen['n_classes'], 'segment')}."
    if best["n_classes"] == chosen["n_classes"]:
        lead += " BIC is lowest there."
    else:
        apart = chosen["bic"] - best["bic"]
        lead += f" BIC is lowest with {best['n_classes']}, by {apart:,.0f}: the choice is yours, and not the formula's."
    named = [f"{row['n_classes']}{' (chosen)' if row['chosen'] else ''}" for row in rows]
    fit = table_of(
        "How well each number of segments fits",
        ("Segments", "Log-likelihood", "AIC", "BIC", "Adjusted BIC"),
        [
            (
                name,
                f"{row['log_likelihood']:,.0f}",
                f"{row['aic']:,.0f}",
                f"{row['bic']:,.0f}",
                _or_dash(row["sample_size_adjusted_bic"], ",.0f"),
            )
            for name, row in zip(named, rows, strict=True)
        ],
        notes=(_ON_FIT,),
    )
    clear = table_of(
        "How clear each number of segments is",
        ("Segments", "Found by", "Entropy", "Smallest", "Vaguest"),
        [
            (
                name,
                percent(row["hit_rate"]) if row["replicated"] else "one start",
                f"{row['relative_entropy']:.2f}",
                percent(row["smallest_share"]),
                _or_dash(row["least_mean_posterior"], ".2f"),
            )
            for name, row in zip(named, rows, strict=True)
        ],
        notes=(_ON_CLARITY,),
    )
    missed = table_of(
        "What each number of segments does not explain",
        ("Segments", "Pairs missed", "Worst pair"),
        [
            (name, _or_dash(row["n_pairs_missed"], ",.0f"), _or_dash(row["worst_residual"], ",.1f"))
            for name, row in zip(named, rows, strict=True)
        ],
        notes=("Pairs of needs that go together more, or less, than the segments explain: residual above about 4.",),
    )
    return section_of("fits", (released,), lead=lead, tables=(fit, clear, missed))


def profiles(released: Released) -> Section:
    """A picture of each segment: its most telling needs beside all families, with numbers of families."""
    rows = rows_of(released, "review_profiles")
    charts = [_profile(list(own)) for _, own in groupby(rows, key=lambda row: row["segment"])]
    lead = f"{counted(len(charts), 'segment')}, the largest first. Names are suggestions until you confirm them."
    return section_of("profiles", (released,), lead=lead, charts=tuple(charts))


def _profile(rows: Sequence[Row]) -> Chart:
    import altair as alt  # noqa: PLC0415 - most of a second that only the making of charts needs

    first = rows[0]
    grouping = [row for row in rows if row["groups"]]
    shown = [row for row in sorted(grouping, key=lambda row: -_telling(row)) if _telling(row) > 0][:NEEDS_SHOWN]
    if len(shown) < LEAST_SHOWN:
        shown = sorted(grouping, key=lambda row: -float(row["probability"]))[:LEAST_SHOWN]
    shown.sort(key=lambda row: -float(row["probability"]))
    values = [
        {
            "place": place,
            "share": row["probability"],
            "all": row["overall"],
            "label": f"{row['label']}: {percent(row['probability'])}, {_against(row)}",
        }
        for place, row in enumerate(shown)
    ]
    base = alt.Chart(data(values))
    y = by_row()
    x = alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1]))
    bars = base.mark_bar(size=14, yOffset=12, color=NAVY).encode(y=y, x=x)
    everyone = base.mark_tick(color=ORANGE, opacity=1, thickness=4, size=20, yOffset=12).encode(y=y, x=alt.X("all:Q"))
    names = names_above(base)
    n = first["n_families"]
    title = f"{first['segment']}: {first['name']}. About {counted(n, 'family')}, {percent(first['share'])} of all."
    listed = "; ".join(str(point["label"]) for point in values[:3])
    table = table_of(
        f"Everything of {first['segment']}",
        ("Need or age", "Share", "About so many", "All families", "Against all"),
        [
            (
                row["label"] if row["groups"] else f"{row['label']} *",
                percent(row["probability"]),
                f"{row['probability'] * n:,.0f} of {n:,}",
                percent(row["overall"]),
                "" if row["lift"] is None else f"{row['lift']:.1f}",
            )
            for row in rows
        ],
        notes=(_ON_SHOWN,),
        folded=True,
    )
    return Chart(
        title=title,
        measure=(
            f"Estimated share of the segment's families with each need, of about {n:,}. A bar across the whole width "
            "would be all of them. The upright orange line is the share of all families."
        ),
        alt=f"Bar chart of the needs that tell the segment {first['segment']} from the others. {listed}.",
        spec=finished(alt.layer(bars, everyone, names), STEP * len(values)),
        table=table,
    )


def _telling(row: Row) -> float:
    share, overall = float(row["probability"]), max(float(row["overall"]), 1e-9)
    return share * log(max(share / overall, 1e-9)) if share else 0.0


def _against(row: Row) -> str:
    return "none of all families" if row["lift"] is None else f"{row['lift']:.1f} times all families"


def holds(released: Released, pairs: Released) -> Section:
    """Whether each segment would come out again, and which pairs of needs the segments do not explain."""
    rows, missed = rows_of(released, "review_holds"), rows_of(pairs, "review_pairs")
    tried = [row for row in rows if row["jaccard"] is not None]
    weak = [row["segment"] for row in tried if row["jaccard"] < HOLDS_FROM]
    if not tried:
        lead = "This file is older than the test of stability, so nothing is known of it."
    elif weak:
        lead = f"{joined(weak)} may not come out again when other families are drawn. Read what they are with care."
    else:
        lead = "Every segment comes out again when families are drawn anew."
    table = table_of(
        "Segments when families are drawn again",
        ("Segment", "Together again", "In words"),
        [
            (f"{row['segment']}: {row['name']}", _or_dash(row["jaccard"], ".2f"), row["band"] or "not tried")
            for row in rows
        ],
        text={2},
        notes=(_ON_HOLDS,),
    )
    tables = [table]
    if missed:
        above = sum(row["residual"] > MISSED_ABOVE for row in missed)
        told = f"{above} of the {counted(len(missed), 'pair')} of needs listed below"
        lead += f" {told} go together more, or less, than the segments explain."
        tables.append(
            table_of(
                "Pairs of needs that the segments explain least",
                ("One", "Other", "Residual"),
                [(row["one"], row["other"], f"{row['residual']:.1f}") for row in missed],
                text={1},
                notes=("Above about 4 the pair is missed.",),
            )
        )
    return section_of("holds", (released, pairs), lead=lead, tables=tuple(tables))


def agrees(released: Released, names: Mapping[str, str]) -> Section:
    """Whether the segments come out again in each half-year and unit, and without each partner's records.

    Args:
        released: `review_agreement`.
        names: names of units by code.
    """
    rows = rows_of(released, "review_agreement")
    told = [row for row in rows if row["adjusted_rand"] is not None]
    alike = sum(row["adjusted_rand"] >= AGREES_FROM for row in told)
    lead = (
        f"{of(alike, len(told))} parts agree well when they are fitted by themselves."
        if told
        else "No part has families enough to be fitted by itself."
    )
    table = table_of(
        "The same grouping in parts of the families, and without each partner",
        ("Part", "Families", "Agreement", "Least", "Found twice"),
        [
            (
                f"{label(released, 'about', row['about'])}: {_part(row, names)}",
                f"{row['n_families']:,}",
                _or_dash(row["adjusted_rand"], ".2f"),
                _or_dash(row["least_jaccard"], ".2f"),
                "–" if row["replicated"] is None else ("yes" if row["replicated"] else "no"),
            )
            for row in rows
        ],
        text={4},
        notes=(_ON_AGREEMENT,),
    )
    return section_of("agrees", (released,), lead=lead, tables=(table,) if rows else ())


def _part(row: Row, names: Mapping[str, str]) -> str:
    part = str(row["part"])
    if row["about"] == "half_year":
        year, half = part.split("-")
        return f"{'first' if half == '1' else 'second'} half of {year}"
    return names.get(part, part.replace("_", " "))


def points(released: Released) -> Section:
    """The card of whole points, with how often it agrees with the model."""
    rows = rows_of(released, "review_points")
    fidelity, n = rows[0]["fidelity"], rows[0]["n_families"]
    codes = list(dict.fromkeys(row["segment"] for row in rows))
    lines = []
    for said, own in groupby(rows, key=lambda row: row["label"]):
        told = {row["segment"]: int(row["points"]) for row in own}
        if any(told.values()):
            lines.append((said, *(f"{told[code]:+d}" if told[code] else "0" for code in codes)))
    table = table_of(
        "Points by answer; add up what is known, the most points is the nearest segment",
        ("Answer", *codes),
        lines,
        notes=("An answer that is not known gives no points. Answers without any points are left out.",),
    )
    agreed = round(float(fidelity) * int(n))
    lead = f"The card puts {of(agreed, n)} families where the model puts them ({percent(fidelity)})."
    return section_of("points", (released,), lead=lead, tables=(table,))


def verdict(fit: Released, hold: Released, card: Released, changes: Sequence[str]) -> Section:
    """One line to begin with: may this be approved, and what to look at first."""
    chosen = next(row for row in rows_of(fit, "review_fits") if row["chosen"])
    weak = [row["segment"] for row in rows_of(hold, "review_holds") if (row["jaccard"] or 1.0) < HOLDS_FROM]
    fidelity = float(rows_of(card, "review_points")[0]["fidelity"])
    care = [f"{joined(weak)} may not come out again"] if weak else []
    care += ["segments do not all carry on those in use"] if changes else []
    care += [f"the points card agrees on {percent(fidelity)} only"] if fidelity < CARD_HOLDS_FROM else []
    if not chosen["replicated"]:
        level, line = "stop", "This cannot be approved: only one start found it, so it may not be the best there is."
    elif care:
        level, line = "care", f"Look first: {joined(care)}."
    else:
        level, line = "good", "Nothing stands in the way of a decision. It is yours: the figures do not make it."
    section = section_of("trust", (fit, hold, card), lead=line)
    return section.model_copy(update={"level": level})


def changes_told(released: Released, changes: Sequence[str], former: str) -> Section:
    """What goes on from the grouping in use, and what cannot, in sentences.

    Args:
        released: `review_holds`.
        changes: what cannot carry on.
        former: version of the grouping in use when the candidate was fitted; empty when there was none.
    """
    if not former:
        return section_of("changes", (released,), lead="There was no grouping in use that it could carry on.")
    lead = f"It carries on the codes and names of {former}."
    lead += " Not all of it can." if changes else " Every segment has its like."
    table = table_of(
        "Segments and what they carry on",
        ("Segment", "Carries on", "Unlike it by"),
        [
            (
                f"{row['segment']}: {row['name']}",
                row["former_code"] or "nothing: it is new",
                _or_dash(row["distance"], ".2f"),
            )
            for row in rows_of(released, "review_holds")
        ],
        text={1},
        notes=(_ON_CARRIED,),
    )
    section = section_of("changes", (released,), lead=lead, tables=(table,))
    return section.model_copy(update={"findings": tuple(Finding(sentence=one, tone="care") for one in changes)})


def percent(value: float) -> str:
    """A share as a whole percentage; a small one is not rounded to nothing.

    Example:
        >>> percent(0.264), percent(0.004), percent(0.0)
        ('26%', 'under 1%', '0%')
    """
    return "under 1%" if 0 < value < 0.005 else f"{value:.0%}"


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
