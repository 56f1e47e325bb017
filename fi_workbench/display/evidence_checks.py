"""What stands behind a figure on interventions: likeness of arms, what could explain it away, chance, publications.

No p-values of balance: they fall with the number of families, and likeness does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from fi_workbench.disclosure import Released
from fi_workbench.display.drawing import data, finished
from fi_workbench.display.evidence import limits_in_words
from fi_workbench.display.grouping import table_of
from fi_workbench.display.model import Chart, Finding, Heading, Section, Table
from fi_workbench.display.prose import counted, name_of, sentence
from fi_workbench.display.released import Row, label, rows_of, same_audience
from fi_workbench.display.theme import FONT, INK, NAVY, ORANGE

COVARIATES_SHOWN = 12
STEP = 34
GREEN, AMBER = 0.10, 0.20


def who(questions: Released) -> Section:
    """Who is in each comparison: how many families each step left."""
    rows = [
        (str(row["title"]), step.rpartition(": ")[0], step.rpartition(": ")[2])
        for row in rows_of(questions, "evidence_questions")
        for step in str(row["flow"]).split("; ")
        if step
    ]
    table = _words("Who is in each comparison", ("Question", "Step", "Families left"), rows, numeric=(2,), folded=True)
    lead = "Families leave a comparison for the reasons listed, in every arm alike, and each one is counted."
    return _section("who", (questions,), lead=lead, tables=(table,))


def overlap(questions: Released, arms: Released) -> Section:
    """Which families could hardly have had an intervention, so that nothing is said of them."""
    titles = _titles(questions)
    rows = rows_of(arms, "evidence_arms")
    findings = tuple(
        Finding(sentence=sentence(f"{row['name']}: {row['lacks_sentence']}"), group=titles[row["question"]])
        for row in rows
        if row["lacks_sentence"] and row["arm"] != "usual_support"
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
                _share(row["median_had"]),
                _share(row["median_not"]),
                "–" if row["effective_families"] is None else f"{row['effective_families']:.0f}",
                _share(row["largest_weight"]),
            )
            for row in rows
        ],
        notes=("Middle chance of the intervention, from what was recorded before the decision.",),
        folded=True,
    )
    lead = (
        "A comparison needs families that could have had either. Where they could not, the figure is about the others."
    )
    return _section("overlap", (questions, arms), lead=lead, findings=findings, tables=(table,))


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
    return _section("balance", (questions, balances), lead=lead, charts=charts)


def _love_plot(asked: Row, rows: Sequence[Row]) -> Chart:
    import altair as alt  # noqa: PLC0415

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
    base = alt.Chart(data(values))
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    top = max(0.5, *(max(one["before"], one["after"]) for one in values))
    axis = alt.Axis(title="standardised difference, least like intervention", grid=False, tickCount=5)
    x = alt.X("before:Q", axis=axis, scale=alt.Scale(domain=[0, top]))
    before = base.mark_point(shape="square", filled=False, size=70, yOffset=9, color=ORANGE, opacity=1).encode(y=y, x=x)
    after = base.mark_point(filled=True, size=80, yOffset=9, color=NAVY, opacity=1).encode(y=y, x="after:Q")
    text = base.mark_text(align="left", dy=-6, font=FONT, fontSize=13, color=INK).encode(
        y=y, x=alt.value(0), text="label:N"
    )
    edge = alt.Chart(data([{"at": GREEN}, {"at": AMBER}])).mark_rule(color=INK, strokeDash=[3, 3]).encode(x="at:Q")
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
        spec=finished(alt.layer(edge, before, after, text), STEP * len(values)),
        table=table,
    )


def _covariate(name: str, of: str) -> str:
    return name_of(name) + ("" if of == "value" else ", not known")


def explained_away(questions: Released, cells: Released, arms: Released, observed: Released) -> Section:
    """How strong an unrecorded cause would have to be, beside causes that were recorded; and arms that never were."""
    titles = _titles(questions)
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
                _share(arm["placebo_beyond"]),
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
            "Placebos: interventions dealt out by chance among like families; about 5% should be flagged.",
        ),
    )
    lead = "Workers know more than records hold. This says how strong what is missing would have to be."
    return _section("explained_away", (questions, cells, arms, observed), lead=lead, tables=(table,) if told else ())


def published(questions: Released, arms: Released) -> Section:
    """Local evidence beside what was published, and why the two are or are not combined."""
    titles = _titles(questions)
    rows = [row for row in rows_of(arms, "evidence_arms") if row["rating"]]
    table = table_of(
        "Local and published evidence",
        ("Intervention and question", "Rating", "Local", "Published", "Together", "How they stand"),
        [
            (
                f"{row['name']}: {titles[row['question']]}",
                str(row["rating"]),
                _limits(row, "local"),
                _limits(row, "published"),
                _limits(row, "combined"),
                sentence(row["said"] or ""),
            )
            for row in rows
        ],
        text={1, 2, 3, 4, 5},
    )
    lead = (
        "Published evidence counts less the weaker its rating and the less it is like us."
        if rows
        else "No study of the catalogue has a figure for these outcomes that may be put down to the intervention."
    )
    return _section("published", (questions, arms), lead=lead, tables=(table,) if rows else ())


def cost(questions: Released, arms: Released) -> Section:
    """What one more good outcome costs, where the authority wrote down what an intervention costs."""
    titles = _titles(questions)
    rows = [row for row in rows_of(arms, "evidence_arms") if row["cost_per_outcome"] is not None]
    asked = [row for row in rows_of(arms, "evidence_arms") if row["cost_reason"]]
    table = table_of(
        "Cost of one more good outcome",
        ("Intervention and question", "Cost a family", "Cost an outcome", "Between"),
        [
            (
                f"{row['name']}: {titles[row['question']]}",
                _pounds(row["unit_cost"]),
                _pounds(row["cost_per_outcome"]),
                f"{_pounds(row['cost_low'])} and {_pounds(row['cost_high'])}",
            )
            for row in rows
        ],
        notes=("Beside usual support, which goes on whatever else is offered. Below nought it saves money, too.",),
    )
    unknown = sum(row["cost_reason"] == "unit costs are not known" for row in asked)
    lead = f"A cost can be said of {counted(len(rows), 'figure')}."
    if unknown:
        lead += f" For {counted(unknown, 'figure')} nobody wrote down what the intervention costs."
    if len(asked) > unknown:
        lead += f" For {counted(len(asked) - unknown, 'figure')} the difference may be none, so no cost is given."
    return _section("cost", (questions, arms), lead=lead, tables=(table,) if rows else ())


def certificates(questions: Released) -> Section:
    """How often each lay-out would flag something although nothing helped."""
    findings = tuple(
        Finding(sentence=str(row["certificate"]), group=str(row["title"]))
        for row in rows_of(questions, "evidence_questions")
        if row["certificate"]
    )
    return _section(
        "certificates",
        (questions,),
        lead="Every run deals outcomes out by chance and counts how often it would have called something evidence.",
        findings=findings,
    )


def offers(questions: Released, offered: Released) -> Section:
    """Whether groups of people were offered something as often as families with the same needs."""
    titles = _titles(questions)
    rows = rows_of(offered, "evidence_offers")
    table = table_of(
        "Offered something, by group",
        ("Group and question", "Families", "Offered", "By need", "Difference in 100", "In words"),
        [
            (
                _group(offered, row, titles),
                "hidden" if row["n_families"] is None else f"{row['n_families']:,}",
                _share(row["offered_share"]),
                _share(row["expected_share"]),
                "–" if row["difference"] is None else _difference(row),
                sentence(row["told"] or ""),
            )
            for row in rows
        ],
        text={4, 5},
        notes=("Counts are rounded to 5. Protected characteristics are audited here and decide nothing.",),
        folded=True,
    )
    unlike = [row for row in rows if row["low"] is not None and (row["low"] > 0 or row["high"] < 0)]
    lead = (
        f"{counted(len(unlike), 'group')} of {len(rows)} {'was' if len(unlike) == 1 else 'were'} offered more or less "
        "than families with the same recorded needs. Ask why before you conclude anything: one in 20 is chance."
        if unlike
        else "No group that can be told of was offered clearly more or less than families with the same recorded needs."
    )
    return _section("offers", (questions, offered), lead=lead, tables=(table,) if rows else ())


def years(questions: Released, told: Released) -> Section:
    """When the records will be able to say something, and what is shown until then."""
    titles = _titles(questions)
    rows = [
        (
            f"{titles[row['question']]} After {counted(row['years'], 'year')}",
            f"{row['n_followed']:,}",
            f"{row['arms_that_may_speak']:.0f}",
            f"{row['cells_that_may_speak']:.0f} of {row['cells']:,}",
            sentence(row["until_then"] or ""),
        )
        for row in rows_of(told, "evidence_years")
    ]
    table = table_of(
        "When it may speak",
        (
            "Question and years of records",
            "Families followed",
            "Interventions",
            "Cells of segments",
            "Shown until then",
        ),
        rows,
        text={4},
        folded=True,
    )
    lead = "Small authorities learn slowly. This is how many figures can be expected to speak, at the present rate."
    return _section("years", (questions, told), lead=lead, tables=(table,) if rows else ())


def cards(questions: Released) -> Section:
    """The question cards, whole: what was asked before anybody looked."""
    tables = []
    for row in rows_of(questions, "evidence_questions"):
        lines = [line[2:] for line in str(row["card"]).splitlines() if line.startswith("- **")]
        parts = [line.replace("**", "", 2).replace("`", "").partition(":") for line in lines]
        rows = [(name.strip(), text.strip()) for name, _, text in parts]
        tables.append(_words(f"Question card: {row['title']}", ("What", "As the card has it"), rows, folded=True))
    return _section(
        "cards", (questions,), lead="Each question was written down before anybody looked at an answer.", tables=tables
    )


def _group(offered: Released, row: Row, titles: dict[str, str]) -> str:
    kind = label(offered, "characteristic", row["characteristic"])
    return f"{kind}, {name_of(row['group'])}: {titles[row['question']]}"


def _titles(questions: Released) -> dict[str, str]:
    return {str(row["question"]): str(row["title"]) for row in rows_of(questions, "evidence_questions")}


def _limits(row: Row, name: str) -> str:
    if row[name] is None:
        return "–"
    return limits_in_words(row[f"{name}_low"], row[f"{name}_high"]) + " in 100"


def _difference(row: Row) -> str:
    return limits_in_words(row["low"], row["high"])


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} of 100"


def _pounds(value: float | None) -> str:
    return "–" if value is None else f"£{value:,.0f}".replace("£-", "−£")


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _words(
    caption: str,
    labels: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    *,
    numeric: Sequence[int] = (),
    folded: bool = False,
) -> Table:
    headings = tuple(Heading(label=name, numeric=at in numeric) for at, name in enumerate(labels))
    return Table(caption=caption, headings=headings, rows=tuple(rows), folded=folded)


def _section(
    key: str,
    released: Sequence[Released],
    *,
    lead: str,
    findings: tuple[Finding, ...] = (),
    charts: Sequence[Chart] = (),
    tables: Sequence[Table] = (),
) -> Section:
    audience, unit = same_audience(released)
    return Section(
        key=key,
        audience=audience,
        unit=unit,
        lead=lead,
        findings=findings,
        charts=tuple(charts),
        tables=tuple(tables),
    )
