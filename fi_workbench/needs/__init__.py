"""What families need: one row per family and need, with its evidence, sources, as-of and coverage dates."""

from fi_workbench.needs.profile import READS, WRITES, Needs, profile
from fi_workbench.needs.quarter import QUARTER_AGO, a_quarter_ago

__all__ = ["QUARTER_AGO", "READS", "WRITES", "Needs", "a_quarter_ago", "profile"]
