"""What the command line says of a load or a week."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

    from fi_workbench.loaders import LoadReport
    from fi_workbench.weekly import CareRepairs, WeekReport, WhatIf


def as_table(frame: pl.DataFrame, title: str) -> Table:
    """A small frame of counts or estimates for the terminal; never one of people."""
    table = Table(*frame.columns, title=title, title_justify="left")
    for row in frame.iter_rows():
        table.add_row(
            *[f"{cell:,.3f}" if isinstance(cell, float) else "" if cell is None else str(cell) for cell in row]
        )
    return table


def forecast_table(weeks: pl.DataFrame, title: str) -> Table:
    """Weeks ahead of units, with the ranges written as a person says them."""
    table = Table("Unit", "In weeks", "Expected", "8 of 10", "19 of 20", "Places", "Over by then", title=title)
    table.title_justify = "left"
    for row in weeks.iter_rows(named=True):
        known = row["capacity_children"] is not None
        table.add_row(
            row["name"],
            str(row["weeks_ahead"]),
            f"{row['expected']:,}",
            f"{row['low_80']:,} to {row['high_80']:,}",
            f"{row['low_95']:,} to {row['high_95']:,}",
            f"{row['capacity_children']:,}" if known else "not known",
            f"{row['chance_over_by']:.0%}" if known else "",
        )
    return table


def what_if_tables(tried: WhatIf) -> list[Table]:
    """Scenarios side by side, then what each unit would hold in each."""
    title = f"Families of {tried.week}, placed anew"
    side = Table("Scenario", "Families", "Would move", "Children", "No room", "Unlike now", title=title)
    for row in tried.comparison.scenarios.filter("possible").iter_rows(named=True):
        numbers = [row[name] for name in ("families", "move", "children_move", "no_room", "unlike_now")]
        side.add_row(row["scenario"], *("" if n is None else f"{n:,}" for n in numbers))
    units = Table("Scenario", "Unit", "Children", "Places", "Room", "Come", "Leave", title="What each unit would hold")
    for row in tried.comparison.units.iter_rows(named=True):
        room = "not known" if row["room"] is None else f"{row['room']:,.10g}"
        places = "not known" if row["capacity"] is None else f"{row['capacity']:,}"
        moves = (f"{row['come']:,}", f"{row['leave']:,}")
        units.add_row(row["scenario"], tried.names[row["unit"]], f"{row['children']:,}", places, room, *moves)
    for table in (side, units):
        table.title_justify = "left"
    return [table for table in (side, units) if table.row_count]


def what_if_lines(tried: WhatIf) -> list[str]:
    """Why a scenario cannot be done."""
    rows = tried.comparison.scenarios.filter(~tried.comparison.scenarios["possible"])
    return [f"{row['scenario']}: cannot be done. {row['why_not']}" for row in rows.iter_rows(named=True)]


def load_lines(report: LoadReport) -> tuple[str, dict[str, Any]]:
    """Sentences and facts of a load report."""
    from fi_workbench.loaders import SAME_DAY

    lines = [
        f"{'ALARM, ' if receipt.alarms else ''}{receipt.outcome.upper()} {receipt.source}: {receipt.message}"
        for receipt in report.receipts
        if receipt.outcome in {"held", "refused"}
    ]
    lines += [
        f"NOTE {receipt.source}: {', '.join(receipt.files)}: {note.what}."
        for receipt in report.receipts
        if receipt.outcome == "loaded"
        for note in receipt.notes
        if note.what == SAME_DAY
    ]
    outcomes = Counter(receipt.outcome for receipt in report.receipts)
    read, accepted, quarantined, duplicates, held, others = (
        sum(getattr(receipt, name) for receipt in report.receipts)
        for name in ("n_read", "n_accepted", "n_quarantined", "n_duplicates", "n_held", "n_non_records")
    )
    if outcomes["loaded"]:
        lines.append(
            f"Loaded {outcomes['loaded']:,} deliveries: {read:,} records read = {accepted:,} accepted "
            f"+ {quarantined:,} quarantined + {duplicates:,} exact duplicates + {held:,} held "
            f"+ {others:,} headers, blanks and footers."
        )
    else:
        lines.append("Nothing new to load.")
    if quarantined:
        lines.append("Each quarantined row is kept with its file, line, raw text and every reason (table quarantine).")
    if report.withdrawn:
        from fi_workbench.briefs import withdrawn_words

        why = (
            "somebody on them is restricted now or has died, or a row of the restricted list names nobody who could "
            "be told."
        )
        lines.append(f"{withdrawn_words(report.withdrawn, why)} A manager's page asks for `--repin`.")
    facts = {
        "receipts": [receipt.facts() for receipt in report.receipts],
        "outcomes": dict(outcomes),
        "withdrawn": list(report.withdrawn),
    }
    return "\n".join(lines), facts


def repair_lines(repairs: CareRepairs) -> list[str]:
    """Sentences that count what was repaired in a week's episodes of care."""
    if repairs.counts.is_empty():
        return ["Episodes of care: nothing to repair."]
    lines = ["Episodes of care that were repaired, and of these those for which a period is another:"]
    lines += [
        f"  {row['kind']}: {row['episodes']:,}, {row['changing']:,}  ({row['label']})"
        for row in repairs.counts.iter_rows(named=True)
    ]
    return [*lines, "Each repair: `fi-workbench repairs --rows`."]


def week_lines(report: WeekReport, workspace: Path) -> str:
    """Sentences of a week's report."""
    from fi_workbench.briefs.folders import FAILED

    lines = [f"Week {report.week}"]
    if report.load is not None:
        lines.append(load_lines(report.load)[0])
        if report.n_quarantined and not any(receipt.n_quarantined for receipt in report.load.receipts):
            some = "row is" if report.n_quarantined == 1 else "rows are"
            lines.append(f"{report.n_quarantined:,} {some} quarantined of what was loaded before for this week.")
    done = [outcome.stage for outcome in report.stages if outcome.outcome == "done"]
    if report.stages:
        lines.append("Stages done: " + ", ".join(done) + "." if done else "Stages: nothing new, no work done.")
    if report.arrived_later:
        one = report.arrived_later == 1
        told = "delivery arrived" if one else "deliveries arrived"
        lines.append(
            f"{report.arrived_later:,} {told} after this week was pinned and {'does' if one else 'do'} not change it; "
            f"`fi-workbench weekly --week {report.week} --repin` makes it again with {'it' if one else 'them'}."
        )
    if report.built:
        lines.append(f"Built {len(report.built)} briefs: " + ", ".join(report.built) + ".")
    elif not report.failed:
        lines.append("Briefs: nothing new, no work done.")
    lines.extend(f"FAILED {unit}: {message}" for unit, message in report.failed.items())
    if report.failed:
        kept = workspace / FAILED / str(report.week)
        if any((kept / f"{unit}.ipynb").is_file() for unit in report.failed):
            lines.append(f"A notebook that broke is kept in {kept}, to be run cell by cell.")
        lines.append("Once it is mended: `fi-workbench briefs --failed`.")
        lines.append(
            "These use the data and words that the week was made with. Where those were mended, "
            f"`fi-workbench weekly --week {report.week} --repin` makes it again with them."
        )
    lines.extend(report.notices)
    if report.built:
        lines.append(f"See {workspace / 'built' / str(report.week)}, then `fi-workbench release --by NAME`.")
    return "\n".join(lines)
