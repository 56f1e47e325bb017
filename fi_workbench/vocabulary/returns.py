"""The code lists of the statutory returns in one place, and the items that both returns share.

Years are collection years: "2026" is the collection of 1 April 2025 to 31 March 2026.
"""

from __future__ import annotations

from fi_workbench.vocabulary.cin_census import (
    ASSESSMENT_FACTORS,
    CATEGORY_OF_ABUSE,
    DISABILITY,
    REASON_FOR_CLOSURE,
    REFERRAL_SOURCE,
)
from fi_workbench.vocabulary.codes import Code, CodeList
from fi_workbench.vocabulary.persons import (
    ETHNICITY,
    PRIMARY_NEED,
    SEX,
    SEX_FIRST_YEAR,
    SEX_FROM_NUMBER,
    UPN_UNKNOWN,
)
from fi_workbench.vocabulary.ssda903 import (
    ACCOMMODATION,
    ACTIVITY,
    ADOPTERS_LEGAL_STATUS,
    ADOPTERS_SEX,
    ADOPTION_CEASED,
    IN_TOUCH,
    LEGAL_STATUS,
    MISSING,
    MODULE_FIRST_YEAR,
    PLACEMENT,
    PLACEMENT_CHANGE,
    PLACEMENT_PROVIDER,
    PREVIOUS_PERMANENCE,
    PRIMARY_NEED_LOOKED_AFTER,
    REASON_EPISODE_CEASED,
    REASON_NEW_EPISODE,
    REVIEW_PARTICIPATION,
    SDQ_REASON,
    WORKER_CHANGE,
)

__all__ = [
    "ACCOMMODATION",
    "ACTIVITY",
    "ADOPTERS_LEGAL_STATUS",
    "ADOPTERS_SEX",
    "ADOPTION_CEASED",
    "ASSESSMENT_FACTORS",
    "CATEGORY_OF_ABUSE",
    "CODE_LISTS",
    "DISABILITY",
    "ETHNICITY",
    "IN_TOUCH",
    "LEGAL_STATUS",
    "MISSING",
    "MODULE_FIRST_YEAR",
    "PLACEMENT",
    "PLACEMENT_CHANGE",
    "PLACEMENT_PROVIDER",
    "PREVIOUS_PERMANENCE",
    "PRIMARY_NEED",
    "PRIMARY_NEED_LOOKED_AFTER",
    "REASON_EPISODE_CEASED",
    "REASON_FOR_CLOSURE",
    "REASON_NEW_EPISODE",
    "REFERRAL_SOURCE",
    "REVIEW_PARTICIPATION",
    "SDQ_REASON",
    "SEX",
    "SEX_FIRST_YEAR",
    "SEX_FROM_NUMBER",
    "UPN_UNKNOWN",
    "WORKER_CHANGE",
    "Code",
    "CodeList",
]

CODE_LISTS: dict[str, dict[str, CodeList]] = {
    "cin_children": {"sex": SEX, "ethnicity": ETHNICITY, "upn_unknown": UPN_UNKNOWN},
    "cin_disabilities": {"disability": DISABILITY},
    "cin_episodes": {
        "referral_source": REFERRAL_SOURCE,
        "primary_need_code": PRIMARY_NEED,
        "reason_for_closure": REASON_FOR_CLOSURE,
    },
    "cin_assessment_factors": {"factor": ASSESSMENT_FACTORS},
    "cin_protection_plans": {
        "initial_category_of_abuse": CATEGORY_OF_ABUSE,
        "latest_category_of_abuse": CATEGORY_OF_ABUSE,
    },
    "ssda903_header": {"sex": SEX, "ethnic": ETHNICITY},
    "ssda903_episodes": {
        "rne": REASON_NEW_EPISODE,
        "ls": LEGAL_STATUS,
        "cin": PRIMARY_NEED_LOOKED_AFTER,
        "place": PLACEMENT,
        "place_provider": PLACEMENT_PROVIDER,
        "rec": REASON_EPISODE_CEASED,
        "reason_place_change": PLACEMENT_CHANGE,
    },
    "ssda903_reviews": {"review_code": REVIEW_PARTICIPATION},
    "ssda903_uasc": {"sex": SEX},
    "ssda903_oc2": {"sdq_reason": SDQ_REASON},
    "ssda903_oc3": {"in_touch": IN_TOUCH, "activ": ACTIVITY, "accom": ACCOMMODATION},
    "ssda903_ad1": {"sex_adoptr": ADOPTERS_SEX, "ls_adoptr": ADOPTERS_LEGAL_STATUS},
    "ssda903_placed_for_adoption": {"reason_placed_ceased": ADOPTION_CEASED},
    "ssda903_previous_permanence": {"prev_perm": PREVIOUS_PERMANENCE},
    "ssda903_missing": {"missing": MISSING},
    "ssda903_sw_episodes": {"sw_reason": WORKER_CHANGE},
}
"""Which list each coded column of a return takes its values from: table, then column."""
