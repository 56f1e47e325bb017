"""Decisions on links: a partner's record is tied to a person by hand, or a wrong link is undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from fi_workbench import identity
from fi_workbench.briefs.guarding import make_guard
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.week import settings_of
from fi_workbench.errors import WorkbenchError, WrongUseError
from fi_workbench.weekly.pinning import latest_run
from fi_workbench.weekly.workspace import Workspace

KIND = "link"
"""Kind of decision. Subject: the source and the partner person's pseudonym, with a colon between."""


def decide_link(
    workspace: Workspace,
    action: Literal["link", "unlink"],
    source: str,
    partner_person: str,
    person: str | None = None,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> int:
    """Write down that a partner's record is a person's, or that its link is wrong, from today on.

    Args:
        workspace: an open workspace.
        action: `link`, or `unlink`.
        source: whose record.
        partner_person: its pseudonym, from `person_links` of the latest week made.
        person: the person's pseudonym, from `people` of that week; for `link` alone.
        by: who decides.
        reason: why, without anybody's details.
        at: now.

    Returns:
        The decision's number.

    Raises:
        WrongUseError: no name or reason, or a source or pseudonym that does not exist.
        WorkbenchError: no week has been made, so nobody is known.
        DisclosureError: the reason holds somebody; nothing was kept.
    """
    check_named(by, "A decision on a link")
    if not reason.strip():
        raise WrongUseError("A decision on a link needs a reason.", where="--reason")
    sources = sorted(identity.partners_of(workspace.catalogue))
    if source not in sources:
        raise WrongUseError(
            "No source of this name has people to link.", where=source, next_step=f"Sources: {', '.join(sources)}."
        )
    latest = latest_run(workspace)
    if latest is None:
        raise WorkbenchError(
            "No week has been made, so nobody is known yet.", next_step="Run `fi-workbench weekly` first."
        )
    week, run = latest
    links = workspace.lake.read_week_table(week, "person_links", run.run_id)
    own = set(links.filter(links["source"] == source)["partner_person"])
    _see(partner_person, own, what="partner person", column=f"partner_person of person_links, source {source}")
    if person is not None:
        people = set(workspace.lake.read_week_table(week, "people", run.run_id)["person_id"])
        _see(person, people, what="person", column="person_id of people")
    guard = make_guard(workspace.lake, workspace.catalogue, run.pin, settings_of(run))
    guard.check_said(reason, what="A reason", where="--reason", dates={at.date()}, also=[by])
    decision = {
        "action": action,
        "source": source,
        "partner_person": partner_person,
        "person_id": person,
        "from": at.date().isoformat(),
    }
    return workspace.lake.decide(KIND, f"{source}:{partner_person}", decision, by=by, reason=reason, at=at)


def _see(pseudonym: str, known: Collection[str], *, what: str, column: str) -> None:
    if pseudonym not in known:
        raise WrongUseError(
            f"The latest week made has no {what} of this pseudonym.",
            where=f"the {what} given",
            next_step=f"Take it from the column {column}.",
        )
