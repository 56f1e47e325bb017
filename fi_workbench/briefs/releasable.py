"""What every release asks first: a name, no hold, the week as it was made, who is known, and counts that agree."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from fi_workbench.briefs.characters import check_printable
from fi_workbench.briefs.folders import HELD, built_folder, read_json
from fi_workbench.briefs.guarding import Guard, make_guard
from fi_workbench.briefs.reconciling import RECONCILIATION, last_reconciliation
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import contracts_of
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.settings import Settings
from fi_workbench.store import Lake

LONGEST_NAME = 100
READ = "read and released"
"""The reason of a release for which nobody gives another."""


def check_named(by: str, what: str = "This") -> None:
    """See that somebody answers for it, by a name that can be kept and printed.

    Args:
        by: the name.
        what: what they answer for, as "A release".

    Raises:
        WrongUseError: no name, or what is no name.
    """
    if not by.strip():
        raise WrongUseError(f"{what} needs a person's name.", where="--by")
    if len(by) > LONGEST_NAME:
        raise WrongUseError(
            "This is too long for a person's name.",
            where="--by",
            how_many=f"{len(by):,} characters; at most {LONGEST_NAME}",
            next_step="Write the name alone.",
        )
    check_printable(by, "--by")


def check_recalled(by: str, reason: str) -> None:
    """See that somebody takes it back, and says why.

    Raises:
        WrongUseError: no name or no reason.
    """
    check_named(by, "A recall")
    if not reason.strip():
        raise WrongUseError("A recall needs a reason that readers will see.", where="--reason")


def check_changed(unchanged: Collection[str], week: ReportingWeek, reason: str, *, mend: str) -> None:
    """See that what was taken back does not come back as it was, unless somebody says why.

    Args:
        unchanged: what would: units, or "the digest".
        week: the week.
        reason: why it may.
        mend: what may be mended before the week is made again, as an order.

    Raises:
        BriefError: it would, and nobody says why.
    """
    if unchanged and not reason:
        raise BriefError(
            "This was taken back, and nothing changed since.",
            where=f"{week}: {', '.join(unchanged)}",
            next_step=(
                f"{mend} and make the week again "
                f"(`fi-workbench weekly --week {week} --repin`). If it was right as it was, say why with --reason."
            ),
        )


def check_not_held(workspace: Path, week: ReportingWeek) -> None:
    """See that the week did not fail its checks.

    Raises:
        BriefError: it did, and is held.
    """
    held = read_json(built_folder(workspace, week, "") / HELD)
    if held:
        raise BriefError(
            "This week failed its checks and is held: " + "; ".join(held["reasons"]) + ".",
            where=str(week),
            next_step="Mend what failed and build the briefs again.",
        )


def checked_counts(lake: Lake, week: ReportingWeek, run: str) -> pl.DataFrame | None:
    """Our counts beside the council's own, where somebody compared them; every difference has its reason.

    Returns:
        Contract `count_reconciliation`, or None where nobody compared.

    Raises:
        BriefError: a count differs and nobody said why.
    """
    counts = last_reconciliation(lake.decisions(RECONCILIATION), week=week, run=run)
    unexplained = 0 if counts is None else counts.filter(pl.col("state") == "no_reason").height
    if unexplained:
        raise BriefError(
            "Counts differ from the council's own, and nobody said why.",
            where=str(week),
            how_many=f"{unexplained} counts",
            next_step="Find the reasons and run `fi-workbench review reconcile` again.",
        )
    return counts


def settings_of_week(lake: Lake, week: ReportingWeek) -> Settings:
    """The settings that a week was made with.

    Raises:
        BriefError: it has not been made.
    """
    run = lake.current_run(str(week))
    if run is None:
        raise BriefError("This week has not been made.", where=str(week))
    return settings_of(run)


def guard_of_week(workspace: Path, lake: Lake, week: ReportingWeek, settings: Settings) -> Guard:
    """What looks for anybody who was known when a week was made.

    Raises:
        BriefError: it has not been made.
    """
    run = lake.current_run(str(week))
    if run is None:
        raise BriefError("This week has not been made.", where=str(week))
    return make_guard(lake, contracts_of(workspace), run.pin, settings)
