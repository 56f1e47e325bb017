"""What families need: one row per family and need, with its evidence, sources, as-of and coverage dates."""

from fi_workbench.needs.profile import READS, WRITES, Needs, profile

__all__ = ["READS", "WRITES", "Needs", "profile"]
