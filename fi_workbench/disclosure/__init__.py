"""The gate: what an audience may have of a table, and the last look at every file before it may leave.

`release` is the only way from a table to a page. `scan` looks for anybody the authority knows in what is about to be
written. Both refuse rather than guess, and neither ever says a value.
"""

from fi_workbench.disclosure.gate import FAMILIES_FOR_INSIGHT, MAY_HOLD, release
from fi_workbench.disclosure.identifiers import IdentifierIndex, index_identifiers, is_personal
from fi_workbench.disclosure.profiles import PROFILES, Profile, every_week, profile_named
from fi_workbench.disclosure.published import SUPPRESSED
from fi_workbench.disclosure.released import Audience, Released
from fi_workbench.disclosure.scanning import WHERE_FROM, dates_in, found_in, scan

__all__ = [
    "FAMILIES_FOR_INSIGHT",
    "MAY_HOLD",
    "PROFILES",
    "SUPPRESSED",
    "WHERE_FROM",
    "Audience",
    "IdentifierIndex",
    "Profile",
    "Released",
    "dates_in",
    "every_week",
    "found_in",
    "index_identifiers",
    "is_personal",
    "profile_named",
    "release",
    "scan",
]
