"""What interventions seem to do, as its page says it: each figure with its interval, its families and its words.

Words come from the ladder that the estimate climbed; nothing here says that anything works best.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from fi_workbench.disclosure import Released
from fi_workbench.display import drawing
from fi_workbench.display.drawing import by_row, filled, made_once, names_above, part
from fi_workbench.display.laying_out import of_hundred, section_of, table_of
from fi_workbench.display.model import Chart, Finding, Section, Table
from fi_workbench.display.number import ESTIMATE_LEVEL, Interval, Number
from fi_workbench.display.prose import counted, day, of, sentence
from fi_workbench.display.released import Row, rows_of
from fi_workbench.display.theme import INK, MUTED, NAVY

STEP = 52
EVIDENCE = "evidence"
SHOWN = "shown"
_LADDER = (
    "Words climb: too few to say, no clear difference, leans towards, evidence of. Evidence of needs an interval that "
    "leaves no difference out, after allowing for how many figures are looked at, and an unmeasured cause stronger "
    "than anything recorded to explain it away. Where arms differ in what they cannot have changed, it is not said."
)
_POOLED = "Each difference is drawn towards what other segments say; own share is how much of it is this group's own."


def evidence_lead(questions: Released, cells: Released) -> Section:
    """How many questions say something, and what kind of thing this is."""
    asked, found = rows_of(questions, "evidence_questions"), rows_of(cells, "evidence_cells")
    flagged = {row["question"] for row in found if row["word"].startswith(EVIDENCE)}
    speaking = {row["question"] for row in found if row["state"] == SHOWN}
    muted = [row for row in asked if row["muted"]]
    lead = f"{len(asked)} questions were asked of the records. " + (
        f"{_number(len(speaking))} can say something; in {_number(len(flagged), inside=True)} there is evidence of a "
        "difference."
        if speaking
        # nothing was found equal: nothing could be looked at
        else "None of them can be answered yet, so nothing is known of any difference."
    )
    if muted:
        lead += (
            f" In {_number(len(muted), inside=True)} chance alone would flag too often, so nothing is called evidence."
        )
    lead += " It is about groups of families and never about one."
    return section_of("trust", (questions, cells), lead=lead, level="good" if speaking else "care")


def answers(questions: Released, cells: Released, expected: Released, segments: Sequence[str] = ()) -> Section:
    """Each question's answer: a picture over all families, and the segments in numbers.

    Args:
        questions: `evidence_questions`.
        cells: `evidence_cells`.
        expected: `evidence_expected`.
        segments: segments that the unit's families are mostly in; these come first.
    """
    found, usual = rows_of(cells, "evidence_cells"), rows_of(expected, "evidence_expected")
    charts, tables = [], []
    for asked in rows_of(questions, "evidence_questions"):
        own = [row for row in found if row["question"] == asked["question"]]
        whole = over_all_families(asked, own)
        if whole:
            charts.append(picture(asked, whole, usual))
        parts = [row for row in own if not row["whole"] and row["state"] == SHOWN]
        if parts and {row["segment"] for row in parts} != {"all"}:
            tables.append(_segment_table(asked, sorted(parts, key=lambda row: _order(row, segments))))
    given = (questions, cells, expected)
    if not charts and not tables:
        return section_of("answers", given, lead="No question has a figure to show yet.")
    lead = (
        "Each line is the difference to usual support for like families, between what it may well be (95 in 100). On "
        "the line of none, the two come out alike."
    )
    return section_of("answers", given, lead=lead, charts=charts, tables=tables, notes=(_LADDER,))


def evidence_finding(
    questions: Released, cells: Released, arms: Released, segments: Sequence[str], *, as_at: date
) -> Section:
    """The one figure on an intervention that a brief may show, with its evidence card; nothing where none is firm.

    Of the figures called evidence, one of a segment that the unit works with comes before one of all families, and
    then the one with most families. Whether fewer or more is the better is not said: the question says what it counts,
    so that its answer is how many said yes.

    Args:
        questions: `evidence_questions`.
        cells: `evidence_cells`.
        arms: `evidence_arms`.
        segments: the unit's segments, most frequent first.
        as_at: the last day of the week whose evidence it is.
    """
    asked = {row["question"]: row for row in rows_of(questions, "evidence_questions")}
    firm = [
        row
        for row in rows_of(cells, "evidence_cells")
        if row["word"].startswith(EVIDENCE) and (row["whole"] or row["segment"] in segments)
    ]
    if not firm:
        return section_of("evidence", (questions, cells, arms), lead="")
    row = min(firm, key=lambda one: (*_order(one, segments)[:1], -int(one["n_arm"]), one["question"], one["arm"]))
    rating = next(
        (
            one["rating"]
            for one in rows_of(arms, "evidence_arms")
            if (one["question"], one["arm"]) == (row["question"], row["arm"])
        ),
        None,
    )
    title = str(asked[row["question"]]["title"])
    finding = Finding(
        sentence=(
            f"{title} With {row['name']}: yes in about {of_hundred(row['expected'])} families. "
            f"With usual support: {of_hundred(row['usual'])}."
        ),
        number=Number(kind="estimate", n=round(100 * row["expected"]), of=100, noun="family"),
        stands_out=True,
        usual=f"{of_hundred(row['usual'])} with usual support",
        interval=Interval(
            kind="difference",
            low=round(100 * row["pooled_low"]),
            high=round(100 * row["pooled_high"]),
            of=100,
            level=ESTIMATE_LEVEL,
            words=(
                f"It may well be {limits_in_words(row['pooled_low'], row['pooled_high'])} in 100 such families. "
                f"Followed were {counted(row['n_arm'], 'family')} with it and {row['n_usual']:,} without"
            ),
        ),
        whom=f"{counted(row['n_arm'], 'family')} with it and {row['n_usual']:,} without, {row['segment_name']}",
        to_do="Talk about it together. A figure on a group decides nothing for one family.",
        source=f"Local records, in words: {row['word']}. Published rating: {rating or 'none for this outcome'}",
        as_of=f"Records up to {day(as_at)}",
        key=f"evidence_{row['question']}",
    )
    return section_of("evidence", (questions, cells, arms), lead="", findings=(finding,), dates=(as_at,))


def basis(asked: Row, rows: Sequence[Row]) -> str:
    """Whom a picture is about: families with a kind of help that it shows, and those with usual support.

    Args:
        asked: the question, which knows of how many families it was asked.
        rows: what the picture shows over all families.
    """
    n, total = sum(row["n_arm"] for row in rows) + max(row["n_usual"] for row in rows), asked["n_families"]
    if n == total:
        return f"It is about {counted(n, 'family')}."
    rest = f"The other {total - n:,} are in no row, mostly because too few had their kind of help."
    return f"It is about {of(n, total)} families. {rest}"


def not_answered(questions: Released, cells: Released) -> Section:
    """Which questions say nothing, and why; and how many families the others would need."""
    asked, found = rows_of(questions, "evidence_questions"), rows_of(cells, "evidence_cells")
    silent = [row for row in asked if not row["answered"]]
    findings = tuple(Finding(sentence=f"{row['title']} {sentence(row['reason'])}") for row in silent)
    rows = [
        (
            row["name"],
            title,
            sentence(row["reason"] or ""),
            f"{row['families_needed']:,}" if row["families_needed"] else "–",
        )
        for title, row in ((_title(asked, row), row) for row in found if row["whole"] and row["state"] != SHOWN)
    ]
    table = table_of(
        "Interventions that say nothing yet",
        ("Intervention", "Question", "Why", "Families needed in each arm"),
        rows,
        text={1, 2},
        notes=("With so many a difference of 10 in 100 would be seen four times in five.",),
        folded=True,
    )
    silence = f"{counted(len(rows), 'figure')} and {counted(len(silent), 'question')}"
    lead = f"{silence} say nothing. Too few to say is an answer."
    return section_of("not_answered", (questions, cells), lead=lead, findings=findings, tables=[table] if rows else [])


def over_all_families(asked: Row, cells: Sequence[Row]) -> list[Row]:
    """The figures of a question over all families, without those that say nothing."""
    return [row for row in cells if row["question"] == asked["question"] and row["whole"] and row["state"] == SHOWN]


def picture(asked: Row, rows: Sequence[Row], expected: Sequence[Row]) -> Chart:
    """The picture of one question: each intervention's difference to usual support, with its interval.

    Args:
        asked: its row of `evidence_questions`.
        rows: its figures, as `over_all_families` gives them; at least one.
        expected: rows of `evidence_expected`, of any question.
    """
    own = (row for row in expected if row["question"] == asked["question"] and row["whole"])
    usual = next(filter(_is_usual, own), None)
    ordered = sorted(rows, key=lambda row: str(row["name"]))
    values = [
        {
            "place": place,
            "middle": 100 * row["pooled"],
            "low": 100 * row["pooled_low"],
            "high": 100 * row["pooled_high"],
            "label": f"{row['name']}: {_word(row)}",
            "clear": row["word"].startswith(EVIDENCE),
            "zero": 0,
        }
        for place, row in enumerate(ordered)
    ]
    edge = max(10.0, *(abs(one[end]) for one in values for end in ("low", "high")))
    told = [row for row in ordered if row["word"].startswith(EVIDENCE)]
    said = "; ".join(_in_words(row) for row in told) if told else "no intervention differs clearly from usual support"
    level = f" With usual support it is about {of_hundred(usual['expected'])}." if usual and usual["expected"] else ""
    return Chart(
        title=f"{asked['title']} {sentence(said)}",
        measure=f"{asked['outcome']}{level} {basis(asked, rows)}",
        alt=(
            f"Chart of differences with intervals, {counted(len(values), 'intervention')} against usual support. "
            f"{sentence(said)} The upright line is no difference."
        ),
        spec=filled(differences_shape(), STEP * len(values), differences=values, domain=[-edge, edge]),
        table=_whole_table(asked, rows),
    )


@made_once
def differences_shape() -> Any:
    """What every picture of differences has in common."""
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(drawing.rows_of("differences"))
    y = by_row()
    axis = alt.Axis(title="in 100 families, more or fewer than usual support", grid=False, tickCount=5)
    x = alt.X("low:Q", axis=axis, scale=alt.Scale(domain=part("domain")))
    colour = alt.ColorValue(MUTED, condition={"test": "datum.clear", "value": NAVY})
    lines = base.mark_rule(strokeWidth=4, yOffset=13).encode(y=y, x=x, x2=alt.X2("high:Q"), color=colour)
    points = base.mark_point(filled=True, size=90, yOffset=13, opacity=1).encode(
        y=y, x=alt.X("middle:Q"), color=alt.ColorValue(NAVY)
    )
    # Only beside the intervals: a line from top to bottom would run through the names.
    none = base.mark_tick(color=INK, opacity=1, thickness=1.5, size=26, yOffset=13).encode(y=y, x=alt.X("zero:Q"))
    names = names_above(base)
    return alt.layer(none, lines, points, names)


def _whole_table(asked: Row, rows: Sequence[Row]) -> Table:
    return table_of(
        f"{asked['title']} All families",
        ("Intervention", "In words", "Of 100 with it", "Of 100 without", "Difference in 100", "Families"),
        [_cells(row, str(row["name"])) for row in rows],
        text={1},
        notes=("Families: with the intervention, and with usual support.",),
    )


def _segment_table(asked: Row, rows: Sequence[Row]) -> Table:
    return table_of(
        f"{asked['title']} By segment",
        ("Segment and intervention", "In words", "Of 100 with it", "Of 100 without", "Difference in 100", "Families"),
        [_cells(row, f"{row['segment_name']}: {row['name']} (own share {_own(row)})") for row in rows],
        text={1},
        notes=(_POOLED,),
        folded=True,
    )


def _cells(row: Row, name: str) -> tuple[str, ...]:
    return (
        name,
        _word(row),
        f"{100 * row['expected']:.0f}",
        f"{100 * row['usual']:.0f}",
        _between(row),
        f"{row['n_arm']:,} and {row['n_usual']:,}",
    )


def _word(row: Row) -> str:
    doubts = (("depends on the model", row["depends_on_model"]), ("negative control failed", row["control_failed"]))
    return ", ".join([str(row["word"]), *(doubt for doubt, there in doubts if there)])


def _own(row: Row) -> str:
    return "not known" if row["own_share"] is None else f"{100 * row['own_share']:.0f} of 100"


def _between(row: Row) -> str:
    return f"{_signed(row['pooled'])} ({_signed(row['pooled_low'])} to {_signed(row['pooled_high'])})"


def _signed(share: float) -> str:
    whole = round(100 * share)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def _in_words(row: Row) -> str:
    """Example: evidence of fewer with Triple P, between 3 and 15 fewer in 100."""
    return f"{row['word']} with {row['name']}, {limits_in_words(row['pooled_low'], row['pooled_high'])} in 100 families"


def limits_in_words(low: float, high: float) -> str:
    """The limits of a difference in 100 families, in words.

    Example:
        >>> limits_in_words(-0.15, -0.03), limits_in_words(-0.05, 0.12)
        ('between 3 and 15 fewer', 'between 5 fewer and 12 more')
    """
    first, last = round(100 * low), round(100 * high)
    if last <= 0:
        return f"between {-last} and {-first} fewer"
    if first >= 0:
        return f"between {first} and {last} more"
    return f"between {-first} fewer and {last} more"


def _is_usual(row: Row) -> bool:
    return str(row["arm"]) == "usual_support"


def _order(row: Row, segments: Sequence[str]) -> tuple[int, str, str]:
    place = segments.index(row["segment"]) if row["segment"] in segments else len(segments)
    return place, str(row["segment"]), str(row["name"])


def _title(asked: Sequence[Row], row: Row) -> str:
    return next(str(one["title"]) for one in asked if one["question"] == row["question"])


def _number(n: int, *, inside: bool = False) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    word = words[n] if n < len(words) else str(n)
    return word if inside else word.capitalize()
