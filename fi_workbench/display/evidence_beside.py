"""What stands beside figures on interventions: whom they are of, what others found, what it costs, who was offered."""

from __future__ import annotations

from collections.abc import Sequence

from fi_workbench.disclosure import Released
from fi_workbench.display.evidence import limits_in_words
from fi_workbench.display.laying_out import of_hundred, section_of, table_of, titles_of
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import counted, name_of, sentence
from fi_workbench.display.released import Row, label, rows_of


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
    return section_of("who", (questions,), lead=lead, tables=(table,))


def published(questions: Released, arms: Released) -> Section:
    """Local evidence beside what was published, and why the two are or are not combined."""
    titles = titles_of(questions)
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
    return section_of("published", (questions, arms), lead=lead, tables=(table,) if rows else ())


def cost(questions: Released, arms: Released) -> Section:
    """What one more good outcome costs, where the authority wrote down what an intervention costs."""
    titles = titles_of(questions)
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
    return section_of("cost", (questions, arms), lead=lead, tables=(table,) if rows else ())


def offers(questions: Released, offered: Released) -> Section:
    """Whether groups of people were offered something as often as families with the same needs."""
    titles = titles_of(questions)
    rows = rows_of(offered, "evidence_offers")
    table = table_of(
        "Offered something, by group",
        ("Group and question", "Families", "Offered", "By need", "Difference in 100", "In words"),
        [
            (
                _group(offered, row, titles),
                "hidden" if row["n_families"] is None else f"{row['n_families']:,}",
                of_hundred(row["offered_share"]),
                of_hundred(row["expected_share"]),
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
    return section_of("offers", (questions, offered), lead=lead, tables=(table,) if rows else ())


def years(questions: Released, told: Released) -> Section:
    """When the records will be able to say something, and what is shown until then."""
    titles = titles_of(questions)
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
    return section_of("years", (questions, told), lead=lead, tables=(table,) if rows else ())


def cards(questions: Released) -> Section:
    """The question cards, whole: what was asked before anybody looked."""
    tables = []
    for row in rows_of(questions, "evidence_questions"):
        lines = [line[2:] for line in str(row["card"]).splitlines() if line.startswith("- **")]
        parts = [line.replace("**", "", 2).replace("`", "").partition(":") for line in lines]
        rows = [(name.strip(), text.strip()) for name, _, text in parts]
        tables.append(_words(f"Question card: {row['title']}", ("What", "As the card has it"), rows, folded=True))
    return section_of(
        "cards", (questions,), lead="Each question was written down before anybody looked at an answer.", tables=tables
    )


def _group(offered: Released, row: Row, titles: dict[str, str]) -> str:
    kind = label(offered, "characteristic", row["characteristic"])
    return f"{kind}, {name_of(row['group'])}: {titles[row['question']]}"


def _pounds(value: float | None) -> str:
    return "–" if value is None else f"£{value:,.0f}".replace("£-", "−£")


def _limits(row: Row, name: str) -> str:
    if row[name] is None:
        return "–"
    return limits_in_words(row[f"{name}_low"], row[f"{name}_high"]) + " in 100"


def _difference(row: Row) -> str:
    return limits_in_words(row["low"], row["high"])


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
