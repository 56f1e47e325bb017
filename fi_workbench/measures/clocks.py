"""Every clock, defined once: what starts it, its limit, what stops it, who says so, and what it is never read from.

The day of the event is day 0. A visit is only ever read from a row of the visit list, never from a case note, a
meeting or an assessment. The census holds the start of a section 47 enquiry, not the strategy discussion that began
it, so that clock runs from a proxy and says so.

Source:
    Working Together to Safeguard Children; Care Planning, Placement and Case Review (England) Regulations 2010,
    regulations 28 and 33; Adoption Agencies Regulations 2005, regulation 36. Intervals that statute leaves to local
    procedure are settings, with who approved them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from fi_workbench.measures.clock import Clock, Limit
from fi_workbench.settings import Clocks

REFERRALS = ("case_referrals",)
VISITS, MEETINGS, SUPERVISION = ("visits",), ("meetings",), ("supervision",)
CENSUS, CARE, ROSTER = ("cin_census",), ("ssda903",), ("roster",)

_GUIDANCE = "Working Together to Safeguard Children"
_CARE = "Care Planning, Placement and Case Review (England) Regulations 2010"
_ADOPTION = "Adoption Agencies Regulations 2005"
_LOCAL = "Local procedure"
_NO_VISIT_FROM = "case notes, meetings, assessments or contacts by other agencies"
_FROM = date(2013, 4, 15)

CLOCKS: tuple[Clock, ...] = (
    Clock(
        "referral_decision",
        "Decision on a referral",
        "decision on a referral",
        "decision",
        "the day the referral was received",
        (Limit(1, "working days"),),
        "a manager decides what to do",
        "guidance",
        _GUIDANCE,
        (REFERRALS,),
        _FROM,
        never_from="the census, or a later assessment",
    ),
    Clock(
        "assessment_from_referral",
        "Assessment, counted from the referral",
        "end of an assessment",
        "assessment",
        "the referral",
        (Limit(45, "working days"),),
        "the assessment is authorised",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
        note=(
            "A second assessment in an episode counts from its own start: what asked for it is not recorded. "
            "So does one after a referral from before the census begins."
        ),
    ),
    Clock(
        "assessment_from_start",
        "Assessment, counted from its start",
        "end of an assessment",
        "assessment",
        "the start of the assessment",
        (Limit(45, "working days"),),
        "the assessment is authorised",
        "guidance",
        "DfE statistics, children in need census guide",
        (CENSUS,),
        _FROM,
        note="National figures count from the start of the assessment; guidance counts from the referral.",
    ),
    Clock(
        "section47_to_conference",
        "Section 47 enquiry to initial child protection conference",
        "initial child protection conference",
        "meeting",
        "the start of the section 47 enquiry",
        (Limit(15, "working days"),),
        "the initial conference is held",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
        note="The start of the enquiry stands in for the strategy discussion, which the census does not hold.",
    ),
    Clock(
        "child_protection_review",
        "Child protection review",
        "child protection review",
        "meeting",
        "the start of the plan",
        (Limit(3, "months"), Limit(6, "months")),
        "a review conference is held",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
        note="A plan starts on the day of the initial conference.",
        repeats=True,
    ),
    Clock(
        "core_group",
        "Core group",
        "core group",
        "meeting",
        "the start of the plan",
        (Limit(10, "working days"), Limit(6, "weeks", "core_group_weeks")),
        "a core group is held",
        "local",
        _LOCAL,
        (MEETINGS, CENSUS),
        None,
        repeats=True,
    ),
    Clock(
        "child_protection_visit",
        "Child protection visit",
        "child protection visit",
        "visit",
        "the start of the plan or the last visit",
        (Limit(10, "working days", "child_protection_visit_working_days"),),
        "a visit at which the child was seen",
        "local",
        _LOCAL,
        (VISITS, CENSUS),
        None,
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "child_in_need_visit",
        "Child in need visit",
        "child in need visit",
        "visit",
        "the start of the plan or the last visit",
        (Limit(20, "working days", "child_in_need_visit_working_days"),),
        "a visit at which the child was seen",
        "local",
        _LOCAL,
        (VISITS, CENSUS),
        None,
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "child_in_need_review",
        "Child in need review",
        "child in need review",
        "meeting",
        "the start of the plan or the last review",
        (Limit(13, "weeks", "child_in_need_review_weeks"),),
        "a review is held",
        "local",
        _LOCAL,
        (MEETINGS, CENSUS),
        None,
        repeats=True,
    ),
    Clock(
        "looked_after_visit",
        "Looked after visit",
        "looked after visit",
        "visit",
        "the start of the placement",
        (Limit(1, "weeks"), Limit(6, "weeks")),
        "a visit at which the child was seen",
        "regulation",
        f"{_CARE}, regulation 28",
        (VISITS, CARE),
        date(2011, 4, 1),
        never_from=_NO_VISIT_FROM,
        note=(
            "Adoption, an interim order at home and long-term fostering after a year have their own clocks. Short "
            "breaks have none here. That parents were not yet assessed, or a carer is one for the time being, is in no "
            "return."
        ),
        repeats=True,
    ),
    Clock(
        "long_term_visit",
        "Visit in long-term fostering, after a year",
        "visit in a long-term foster placement",
        "visit",
        "the last visit of the first year or the last visit after it",
        (Limit(3, "months"),),
        "a visit at which the child was seen",
        "regulation",
        f"{_CARE}, regulation 28",
        (VISITS, CARE),
        date(2011, 4, 1),
        never_from=_NO_VISIT_FROM,
        note="Since 2015 a child in long-term fostering may agree to fewer visits. No return holds that.",
        repeats=True,
    ),
    Clock(
        "looked_after_review",
        "Looked after review",
        "looked after review",
        "meeting",
        "the day the child became looked after",
        (Limit(20, "working days"), Limit(3, "months"), Limit(6, "months")),
        "a review is held",
        "regulation",
        f"{_CARE}, regulation 33",
        (("meetings", "ssda903"), CARE),
        date(2011, 4, 1),
        note="An adoption placement has its own reviews, and so has what follows one that ended.",
        repeats=True,
    ),
    Clock(
        "interim_order_home_visit",
        "Visit at home, interim care order",
        "visit at home under an interim care order",
        "visit",
        "the start of the placement or the last visit, until the first review",
        (Limit(1, "weeks"),),
        "a visit at which the child was seen",
        "regulation",
        f"{_CARE}, regulation 28",
        (VISITS, CARE),
        date(2011, 4, 1),
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "interim_order_home_later_visit",
        "Later visit at home, interim order",
        "later visit at home under an interim care order",
        "visit",
        "the first review or the last visit after it",
        (Limit(4, "weeks"),),
        "a visit at which the child was seen",
        "regulation",
        f"{_CARE}, regulation 28",
        (VISITS, CARE),
        date(2011, 4, 1),
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "adoption_visit",
        "Visit in an adoption placement",
        "visit in an adoption placement",
        "visit",
        "the start of the placement or the last visit, until the first review",
        (Limit(1, "weeks"),),
        "a visit at which the child was seen",
        "regulation",
        f"{_ADOPTION}, regulation 36",
        (VISITS, CARE),
        date(2005, 12, 30),
        never_from=_NO_VISIT_FROM,
        note="After the first review of an adoption placement the agency sets the visits, so none is counted.",
        repeats=True,
    ),
    Clock(
        "adoption_review",
        "Review of an adoption placement",
        "review of an adoption placement",
        "meeting",
        "the start of the placement",
        (Limit(4, "weeks"), Limit(3, "months"), Limit(6, "months")),
        "a review is held",
        "regulation",
        f"{_ADOPTION}, regulation 36",
        (("meetings", "ssda903"), CARE),
        date(2005, 12, 30),
        repeats=True,
    ),
    Clock(
        "review_after_adoption_placement",
        "Review after an adoption placement ended",
        "review after an adoption placement ended",
        "meeting",
        "the day the child came back",
        (Limit(6, "weeks"), Limit(6, "months")),
        "a review is held",
        "regulation",
        f"{_ADOPTION}, regulation 36",
        (("meetings", "ssda903"), CARE),
        date(2005, 12, 30),
        note="A first review sooner than 28 days after an adoption placement ended is too early, and counts as held.",
        repeats=True,
    ),
    Clock(
        "supervision",
        "Supervision",
        "supervision",
        "supervision",
        "the start in post or the last supervision",
        (Limit(20, "working days", "supervision_working_days"),),
        "supervision is held",
        "local",
        _LOCAL,
        (SUPERVISION, ROSTER),
        None,
        note="Informal and group supervision is not recorded. Never used for appraisal.",
        repeats=True,
    ),
)
"""The clocks with illustrative local intervals; `clocks_in_force` puts in those of the workspace."""


def clocks_in_force(settings: Clocks) -> Mapping[str, Clock]:
    """Take the clocks with the workspace's own intervals, by id.

    Example:
        >>> clocks_in_force(Clocks(core_group_weeks=4))["core_group"].rule
        'Within 10 working days from the start of the plan, then within 4 weeks.'
    """
    return {clock.id: _with(clock, settings) for clock in CLOCKS}


def _with(clock: Clock, settings: Clocks) -> Clock:
    limits = tuple(
        replace(limit, n=getattr(settings, limit.setting)) if limit.setting else limit for limit in clock.limits
    )
    local = clock.authority == "local"
    return replace(clock, limits=limits, approved_by=settings.approved_by if local else "")
