"""The synthetic authority: extracts in the real formats, and its truth kept apart.

A simulation of families' lives and of the service process, week by week: contact, referral, assessment, enquiry,
conference, plans, care, closure, and round again, held by workers who can only hold so many. Nobody in it exists.
"""

from fi_workbench.demo.authority import AUTHORITY_CODE, DemoReport, make_authority
from fi_workbench.demo.dirt_cases import write_dirty_files
from fi_workbench.demo.margins import margins_table
from fi_workbench.demo.planting import Planted, plant_identifiers
from fi_workbench.demo.world import World

__all__ = [
    "AUTHORITY_CODE",
    "DemoReport",
    "Planted",
    "World",
    "make_authority",
    "margins_table",
    "plant_identifiers",
    "write_dirty_files",
]
