"""What stands behind a figure on interventions: likeness of arms, what could explain it away, chance, publications.

No p-values of balance: they fall with the number of families, and likeness does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fi_workbench.disclosure import Released
from fi_workbench.display import drawing
from fi_workbench.display.drawing import by_row, filled, made_once, names_above, part
from fi_workbench.display.laying_out import of_hundred, section_of, table_of, titles_of
from fi_workbench.display.model import Chart, Finding, Section
from fi_workbench.display.prose import counted, name_of, of, sentence
from fi_workbench.display.released import Row, dates_of, rows_of
from fi_workbench.display.theme import INK, NAVY, ORANGE

NEARLY_EVERY = "Nearly every family could have had it."
"""What the evidence says of an arm that nearly every family could have had."""
COVARIATES_SHOWN = 12
PLAIN = {
    "n_children": "Number of children",
    "youngest_age": "Age of the youngest child",
    "time_zero_day": "Day of the decision",
}
STEP = 34
GREEN, AMBER = 0.10, 0.20


def overlap(questions: Released, arms: Released) -> Section:
    """Which families could hardly have had an intervention, so that nothing is said of them."""
    titles = titles_of(questions)
    rows = rows_of(arms, "evidence_arms")
    told = [row for row in rows if row["lacks_sentence"] and row["arm"] != "usual_support"]
    findings = tuple(
        Finding(sentence=_could_have_had(titles[question], [row for row in told if row["question"] == question]))
        for question in dict.fromkeys(row["question"] for row in told)
    )
    table = table_of(
        "How likely each intervention was, and how many families its figure rests on",
        (
            "Intervention and question",
            "Chance of those with it",
            "Of the others",
            "Effective families",
            "Largest weight",
        ),
        [
            (
                f"{row['name']}: {titles[row['question']]}",
                of_hundred(row["median_had"]),
                of_hundred(row["median_not"]),
                "–" if row["effective_families"] is None else f"{row['effective_families']:.0f}",
                of_hundred(row["largest_weight"]),
            )
            for row in rows
        ],
        notes=("Middle chance of the intervention, from what was recorded before the decision.",),
        folded=True,
    )
    lead = (
        "A comparison needs families that could have had either. Where they could not, the figure is about the others."
    )
    return section_of("overlap", (questions, arms), lead=lead, findings=findings, tables=(table,), dates=dates_of(arms))


def _could_have_had(title: str, rows: Sequence[Row]) -> str:
    """One line for a question: how many kinds nearly every family could have had, and each other by its name."""
    others = [row for row in rows if row["lacks_sentence"] != NEARLY_EVERY]
    n = len(rows) - len(others)
    nearly = [f"Nearly every family could have had {of(n, len(rows))} kinds of help."] if n else []
    return " ".join([title, *nearly, *(f"{row['name']}: {row['lacks_sentence']}" for row in others)])


def balance(questions: Released, balances: Released) -> Section:
    """Love plots: for each question, how unlike the least like intervention is, before and after weighting."""
    given = rows_of(balances, "evidence_balance")
    charts = []
    for asked in rows_of(questions, "evidence_questions"):
        own = [row for row in given if row["question"] == asked["question"]]
        if own:
            charts.append(_love_plot(asked, own))
    lead = (
        "Weighting makes families with each intervention like all families in what was recorded. Up to 0.10 is close, "
        "beyond 0.20 the figure is not used."
    )
    return section_of("balance", (questions, balances), lead=lead, charts=charts)


def _love_plot(asked: Row, rows: Sequence[Row]) -> Chart:
    names = dict.fromkeys((str(row["covariate"]), str(row["of"])) for row in rows)
    worst = {}
    for name in names:
        own = [row for row in rows if (row["covariate"], row["of"]) == name]
        worst[name] = (max(abs(row["before"]) for row in own), max(abs(row["after"]) for row in own))
    shown = sorted(worst.items(), key=lambda one: -one[1][0])[:COVARIATES_SHOWN]
    values = [
        {"place": place, "before": before, "after": after, "label": _covariate(*name)}
        for place, (name, (before, after)) in enumerate(shown)
    ]
    top = max(0.5, *(max(one["before"], one["after"]) for one in values))
    edges = [{"at": GREEN}, {"at": AMBER}]
    far = sum(after > AMBER for _, after in worst.values())
    said = (
        "after weighting every intervention is close in all that was recorded"
        if not far
        else f"after weighting {counted(far, 'thing')} recorded still {'differs' if far == 1 else 'differ'} too much"
    )
    table = table_of(
        f"Likeness of interventions: {asked['title']}",
        ("What was recorded", "Before", "After"),
        [(_covariate(*name), f"{one:.2f}", f"{other:.2f}") for name, (one, other) in worst.items()],
        folded=True,
    )
    return Chart(
        title=f"{asked['title']} {sentence(said)}",
        measure="Open orange squares: before weighting. Filled blue dots: after. Dashed lines: 0.10 and 0.20.",
        alt=f"Love plot of {counted(len(values), 'recorded thing')} before and after weighting. {sentence(said)}",
        spec=filled(likeness_shape(), STEP * len(values), likeness=values, edges=edges, domain=[0, top]),
        table=table,
    )


@made_once
def likeness_shape() -> Any:
    """What every picture of likeness has in common."""
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(drawing.rows_of("likeness"))
    y = by_row()
    axis = alt.Axis(title="standardised difference, least like intervention", grid=False, tickCount=5)
    x = alt.X("before:Q", axis=axis, scale=alt.Scale(domain=part("domain")))
    before = base.mark_point(shape="square", filled=False, size=70, yOffset=9, color=ORANGE, opacity=1).encode(y=y, x=x)
    after = base.mark_point(filled=True, size=80, yOffset=9, color=NAVY, opacity=1).encode(y=y, x=alt.X("after:Q"))
    text = names_above(base, up=6, size=13)
    edge = alt.Chart(drawing.rows_of("edges")).mark_rule(color=INK, strokeDash=[3, 3]).encode(x=alt.X("at:Q"))
    return alt.layer(edge, before, after, text)


def _covariate(name: str, kind: str) -> str:
    return PLAIN.get(name, name_of(name)) + ("" if kind == "value" else ", not known")


def explained_away(questions: Released, cells: Released, arms: Released, observed: Released) -> Section:
    """How strong an unrecorded cause would have to be, beside causes that were recorded; and arms that never were."""
    titles = titles_of(questions)
    rows = {(row["question"], row["arm"]): row for row in rows_of(arms, "evidence_arms")}
    blocks = rows_of(observed, "evidence_observed")
    told = []
    for cell in rows_of(cells, "evidence_cells"):
        if not cell["whole"] or cell["state"] != "shown":
            continue
        arm = rows[cell["question"], cell["arm"]]
        own = [b for b in blocks if (b["question"], b["arm"]) == (cell["question"], cell["arm"]) and b["e_value"]]
        strongest = max(own, key=lambda b: float(b["e_value"]), default=None)
        told.append(
            (
                f"{cell['name']}: {titles[cell['question']]}",
                _two(cell["e_value"]),
                _two(cell["e_value_limit"]),
                "–" if strongest is None else f"{_two(strongest['e_value'])} ({name_of(strongest['block'])})",
                of_hundred(arm["placebo_beyond"]),
            )
        )
    table = table_of(
        "What could explain a difference away",
        ("Intervention and question", "E-value", "Of its limit", "Strongest recorded cause", "Placebos flagged"),
        told,
        text={3},
        notes=(
            (
                "E-value: an unrecorded cause would have to be that many times as common, and raise the outcome that "
                "many times, to explain the difference away. 1 means that none is needed."
            ),
            "Placebos: interventions dealt out by chance among like families; about 5 of 100 should be flagged.",
        ),
    )
    lead = "Workers know more than records hold. This says how strong what is missing would have to be."
    return section_of("explained_away", (questions, cells, arms, observed), lead=lead, tables=(table,) if told else ())


def negative_controls(questions: Released, arms: Released) -> Section:
    """Whether arms differ in what they cannot have changed, and where it could not be checked."""
    titles = titles_of(questions)
    findings = tuple(
        Finding(sentence=sentence(row["control"] or "No negative control is named."), group=str(row["title"]))
        for row in rows_of(questions, "evidence_questions")
    )
    rows = [row for row in rows_of(arms, "evidence_arms") if row["control_said"]]
    table = table_of(
        "Differences where there should be none",
        ("Intervention and question", "Difference in 100", "Families", "What it says"),
        [
            (
                f"{row['name']}: {titles[row['question']]}",
                "–" if row["control_difference"] is None else _of_control(row),
                "–" if row["control_n"] is None else f"{row['control_n']:,}",
                str(row["control_said"]),
            )
            for row in rows
        ],
        text={1, 3},
        notes=(
            "With the same covariates and models as the figures. One in 20 fails by chance.",
            "Passing does not prove a comparison fair: few families cannot show a small difference.",
        ),
        folded=True,
    )
    failed = sum(row["control_passed"] is False for row in rows)
    checked = sum(row["control_passed"] is not None for row in rows)
    lead = (
        f"{counted(checked, 'figure')} could be checked by something that no intervention can have changed; "
        f"{failed or 'none'} failed. Of what fails, nothing is called evidence."
    )
    tables = (table,) if rows else ()
    return section_of("negative_controls", (questions, arms), lead=lead, findings=findings, tables=tables)


def _of_control(row: Row) -> str:
    middle, low, high = (
        f"{100 * row[name]:+.0f}".replace("-", "−") for name in ("control_difference", "control_low", "control_high")
    )
    return f"{middle} ({low} to {high})"


def certificates(questions: Released) -> Section:
    """How often each lay-out would flag something although nothing helped."""
    findings = tuple(
        Finding(sentence=str(row["certificate"]), group=str(row["title"]))
        for row in rows_of(questions, "evidence_questions")
        if row["certificate"]
    )
    return section_of(
        "certificates",
        (questions,),
        lead="Every run deals outcomes out by chance and counts how often it would have called something evidence.",
        findings=findings,
    )


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
