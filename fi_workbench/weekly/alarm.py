"""What is said when a source broke its contract, so that nothing that comes after loading was begun."""

from __future__ import annotations

from collections.abc import Sequence

from fi_workbench.errors import SourceAlarmError
from fi_workbench.loaders import Receipt


def stopped(alarms: Sequence[Receipt], told: str) -> SourceAlarmError:
    """The error that stops a week before its first stage.

    Args:
        alarms: the deliveries that were held or refused for it, at least one.
        told: where the data quality report is.

    Returns:
        Which sources, why, and both ways on: take what they sent, or make the week without it.
    """
    sources = sorted({receipt.source for receipt in alarms})
    reasons = " ".join(f"{receipt.source}: {receipt.message}" for receipt in alarms)
    return SourceAlarmError(
        f"A source changed what it sends in a way that breaks its contract. No stage of the week was run. {reasons}",
        where=", ".join(name for receipt in alarms for name in receipt.files),
        how_many=f"{len(alarms)} {'delivery' if len(alarms) == 1 else 'deliveries'} of {', '.join(sources)}",
        next_step="Ask the sender; then load again, or make the week from what was known before with "
        f"`fi-workbench weekly --go-on`. {told}".strip(),
    )
