"""What people say back, and what comes of it: feedback, requests, decisions on findings, practice notes.

Everything here is read out of the lake's table of decisions, as known at a week's pin, and comes out as contracted
frames. Nothing says who answered, and no text comes in that was not looked through for people.
"""

from fi_workbench.learning.learn import KINDS, WRITES, Learning, learn

__all__ = ["KINDS", "WRITES", "Learning", "learn"]
