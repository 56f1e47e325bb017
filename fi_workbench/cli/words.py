"""What the command line says of a load or a week."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    import polars as pl


def as_table(frame: pl.DataFrame, title: str) -> Table:
    """A small frame of counts or estimates for the terminal; never one of people."""
    table = Table(*frame.columns, title=title, title_justify="left")
    for row in frame.iter_rows():
        table.add_row(
            *[f"{cell:,.3f}" if isinstance(cell, float) else "" if cell is None else str(cell) for cell in row]
        )
    return table


def load_lines(report: Any) -> tuple[str, dict[str, Any], bool]:
    """Sentences, facts and whether something waits for a person, of a load report."""
    lines: list[str] = []
    facts: list[dict[str, Any]] = []
    waits = False
    outcomes = {"loaded": 0, "nothing_new": 0, "held": 0, "refused": 0}
    quarantined = 0
    for receipt in report.receipts:
        outcomes[receipt.outcome] += 1
        quarantined += receipt.n_quarantined
        facts.append(receipt.facts())
        if receipt.outcome in {"held", "refused"}:
            waits = True
            lines.append(f"{receipt.outcome.upper()} {receipt.source}: {receipt.message}")
        elif receipt.n_quarantined:
            waits = True
    read = sum(receipt.n_read for receipt in report.receipts)
    accepted = sum(receipt.n_accepted for receipt in report.receipts)
    duplicates = sum(receipt.n_duplicates for receipt in report.receipts)
    others = read - accepted - quarantined - duplicates
    if outcomes["loaded"]:
        lines.append(
            f"Loaded {outcomes['loaded']:,} deliveries: {read:,} records read = {accepted:,} accepted "
            f"+ {quarantined:,} quarantined + {duplicates:,} exact duplicates + {others:,} headers, blanks and held."
        )
    else:
        lines.append("Nothing new to load.")
    if quarantined:
        lines.append("Each quarantined row is kept with its file, line, raw text and every reason (table quarantine).")
    return "\n".join(lines), {"receipts": facts, "outcomes": outcomes}, waits


def week_lines(report: Any, workspace: Path) -> tuple[str, dict[str, Any], bool]:
    """Sentences, facts and whether something waits for a person, of a week's report."""
    lines = [f"Week {report.week}"]
    waits = False
    if report.load is not None:
        text, _, load_waits = load_lines(report.load)
        lines.append(text)
        waits = waits or load_waits
    done = [outcome.stage for outcome in report.stages if outcome.outcome == "done"]
    if report.stages:
        lines.append("Stages done: " + ", ".join(done) + "." if done else "Stages: nothing new, no work done.")
    if report.arrived_later:
        lines.append(
            f"{report.arrived_later} deliveries arrived after this week was pinned and do not change it; "
            "`--repin` makes it again with them."
        )
    if report.built:
        lines.append(f"Built {len(report.built)} briefs: " + ", ".join(report.built) + ".")
    elif not report.failed:
        lines.append("Briefs: nothing new, no work done.")
    for unit, message in report.failed.items():
        waits = True
        lines.append(f"FAILED {unit}: {message}")
    lines.extend(report.notices)
    if report.built:
        lines.append(
            f"Look at them in {workspace / 'built' / str(report.week)}, then `fi-workbench release --by NAME`."
        )
    return "\n".join(lines), report.facts(), waits
