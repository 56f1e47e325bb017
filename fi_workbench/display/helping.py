"""What seems to help, in a unit's brief: one picture with intervals, or that too few families were followed.

The evidence page tells the whole; a brief shows the first question that can say something. No word says what works
best.
"""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.evidence import EVIDENCE, SHOWN, answers, basis
from fi_workbench.display.model import Section
from fi_workbench.display.prose import of, sentence
from fi_workbench.display.released import rows_of


def helping(questions: Released, cells: Released, expected: Released) -> Section:
    """The picture of the first question that can say something; where none can, it says so.

    Args:
        questions: `evidence_questions`, released for `unit`.
        cells: `evidence_cells`, released for `unit`.
        expected: `evidence_expected`, released for `unit`.
    """
    found = answers(questions, cells, expected)
    quiet = Section(key="helping", audience=found.audience, unit=found.unit)
    if not found.charts:
        return quiet.model_copy(update={"lead": "Too few families were followed to say what helps."})
    chart = found.charts[0]
    speaking = {row["question"] for row in rows_of(cells, "evidence_cells") if row["whole"] and row["state"] == SHOWN}
    asked = next(row for row in rows_of(questions, "evidence_questions") if row["question"] in speaking)
    shown = [
        row
        for row in rows_of(cells, "evidence_cells")
        if row["question"] == asked["question"] and row["whole"] and row["state"] == SHOWN
    ]
    clear = sum(row["word"].startswith(EVIDENCE) for row in shown)
    differ = "differs" if clear == 1 else "differ"
    title = f"{sentence(asked['title'])} {of(clear, len(shown))} kinds of help {differ} clearly from usual support."
    measure = (
        "Each line is the difference to usual support for like families, with its interval. "
        f"{basis(asked, shown)} It says nothing about any one."
    )
    table = chart.table.model_copy(update={"folded": True, "notes": ()})
    picture = chart.model_copy(
        update={
            "title": title,
            "measure": measure,
            "alt": f"Chart of differences with intervals. {title}",
            "table": table,
        }
    )
    return quiet.model_copy(update={"charts": (picture,)})
