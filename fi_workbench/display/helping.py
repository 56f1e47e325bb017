"""What seems to help, in a unit's brief: one picture with intervals, or that too few families were followed.

The evidence page tells the whole; a brief shows the first question that can say something. No word says what works
best.
"""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.evidence import EVIDENCE, basis, over_all_families, picture
from fi_workbench.display.model import Section
from fi_workbench.display.prose import of, sentence
from fi_workbench.display.released import rows_of, same_audience


def helping(questions: Released, cells: Released, expected: Released) -> Section:
    """The picture of the first question that can say something; where none can, it says so.

    Args:
        questions: `evidence_questions`, released for `unit`.
        cells: `evidence_cells`, released for `unit`.
        expected: `evidence_expected`, released for `unit`.
    """
    audience, unit = same_audience([questions, cells, expected])
    quiet = Section(key="helping", audience=audience, unit=unit)
    found = rows_of(cells, "evidence_cells")
    answered = ((one, over_all_families(one, found)) for one in rows_of(questions, "evidence_questions"))
    asked, shown = next(((one, own) for one, own in answered if own), ({}, []))
    if not shown:
        return quiet.model_copy(update={"lead": "Too few families were followed to say what helps."})
    chart = picture(asked, shown, rows_of(expected, "evidence_expected"))
    clear = sum(row["word"].startswith(EVIDENCE) for row in shown)
    differ = "differs" if clear == 1 else "differ"
    title = f"{sentence(asked['title'])} {of(clear, len(shown))} kinds of help {differ} clearly from usual support."
    measure = (
        "Each line is the difference to usual support for like families, with its interval. "
        f"{basis(asked, shown)} It says nothing about any one."
    )
    table = chart.table.model_copy(update={"folded": True, "notes": ()})
    drawn = chart.model_copy(
        update={
            "title": title,
            "measure": measure,
            "alt": f"Chart of differences with intervals. {title}",
            "table": table,
        }
    )
    return quiet.model_copy(update={"charts": (drawn,)})
