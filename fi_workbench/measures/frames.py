"""The columns that measures read, table by table, and nothing else of what they are given."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from fi_workbench.errors import ContractError

_S, _D, _I, _B = pl.String(), pl.Date(), pl.Int64(), pl.Boolean()

_CIN = {"la_child_id": _S, "cin_referral_date": _D, "row_id": _S, "as_of": _D}
_OWN = {"row_id": _S, "as_of": _D}

USED: Mapping[str, Mapping[str, pl.DataType]] = {
    "source_freshness": {
        "source": _S,
        "name": _S,
        "loaded": _B,
        "as_of": _D,
        "coverage_from": _D,
        "coverage_to": _D,
        "state": _S,
        "n_quarantined": _I,
    },
    "people": {"person_id": _S, "case_reference": _S, "birth_date": _D, "death_date": _D, "restricted": _B},
    "family_members": {"family_id": _S, "person_id": _S, "role": _S, "valid_from": _D, "valid_to": _D},
    "partner_people": {"source": _S, "row_id": _S, "person_id": _S},
    "link_summary": {"source": _S, "n_people": _I, "n_linked": _I, "n_ambiguous": _I, "n_unlinked": _I},
    "episodes": {
        "person_id": _S,
        "kind": _S,
        "start": _D,
        "end": _D,
        "detail": _S,
        "end_detail": _S,
        "row_id": _S,
        "as_of": _D,
    },
    "child_status": {
        "person_id": _S,
        "family_id": _S,
        "status": _S,
        "since": _D,
        "age": _I,
        "unit": _S,
        "worker_id": _S,
        "case_reference": _S,
        "allocated_since": _D,
    },
    "family_status": {"family_id": _S, "status": _S, "since": _D, "unit": _S},
    "status_history": {
        "person_id": _S,
        "family_id": _S,
        "from_date": _D,
        "to_date": _D,
        "status": _S,
        "unit": _S,
    },
    "need_profiles": {"family_id": _S, "need": _S, "state": _S, "sources": pl.List(_S), "as_of": _D},
    "needs_quarter_ago": {"family_id": _S, "need": _S},
    "segment_memberships": {"family_id": _S, "segment": _S, "clear": _B},
    "intervention_spells": {"person_id": _S, "intervention_id": _S, "end": _D, "completion": _S},
    "visits": {**_OWN, "child_id": _S, "visit_rule": _S, "visit_date": _D, "recorded_on": _D, "seen": _B},
    "meetings": {**_OWN, "child_id": _S, "meeting_type": _S, "due_date": _D, "held_date": _D, "recorded_on": _D},
    "supervision": {**_OWN, "worker_id": _S, "due_date": _D, "held_date": _D},
    "allocations": {**_OWN, "child_id": _S, "worker_id": _S, "role": _S, "start_date": _D, "end_date": _D},
    "case_referrals": {
        **_OWN,
        "child_id": _S,
        "referral_date": _D,
        "referral_source": _S,
        "decision_date": _D,
    },
    "missing_episodes": {
        "row_id": _S,
        "reported_on": _D,
        "found_on": _D,
        "return_interview_offered": _B,
        "return_interview_on": _D,
    },
    "annex_a_care_leavers": {"child_unique_id": _S, "pathway_plan_review_date": _D, "as_of": _D},
    "roster": {
        "worker_id": _S,
        "unit": _S,
        "role": _S,
        "fte": pl.Float64(),
        "start_date": _D,
        "end_date": _D,
        "surname": _S,
        "row_id": _S,
    },
    "worker_leave": {"worker_id": _S, "first_day": _D, "last_day": _D},
    "cin_assessments": {
        **_CIN,
        "assessment_actual_start_date": _D,
        "assessment_authorisation_date": _D,
    },
    "cin_assessment_factors": {"la_child_id": _S, "cin_referral_date": _D, "assessment_actual_start_date": _D},
    "cin_section47": {**_CIN, "s47_actual_start_date": _D, "date_of_initial_cpc": _D, "icpc_not_required": _B},
    "cin_protection_plans": {"row_id": _S, "number_of_previous_cpp": _I},
    "cin_protection_plan_reviews": {**_CIN, "cpp_review_date": _D},
    "cin_pre_proceedings": {"la_child_id": _S, "court_app_date": _D},
    "ssda903_episodes": {
        **_OWN,
        "child": _S,
        "decom": _D,
        "rne": _S,
        "ls": _S,
        "place": _S,
        "place_provider": _S,
        "urn": _S,
        "dec": _D,
        "rec": _S,
    },
    "ssda903_reviews": {**_OWN, "child": _S, "review": _D},
    "ssda903_uasc": {"child": _S},
    "ssda903_oc2": {
        "child": _S,
        "sdq_score": _I,
        "immunisations": _B,
        "teeth_check": _B,
        "health_assessment": _B,
        "as_of": _D,
    },
    "ssda903_oc3": {"child": _S, "dob": _D, "in_touch": _S, "as_of": _D},
    "ssda903_missing": {**_OWN, "child": _S, "mis_start": _D},
    "police_notifications": {**_OWN, "incident_date": _D, "incident_type": _S},
    "school_attendance": {
        **_OWN,
        "week_start": _D,
        "sessions_possible": _I,
        "sessions_authorised_absence": _I,
        "sessions_unauthorised_absence": _I,
    },
    "school_exclusions": {**_OWN, "start_date": _D},
    "housing": {**_OWN, "start_date": _D},
    "health_visiting": {**_OWN, "contact_date": _D},
    "adult_services": {**_OWN, "referral_date": _D},
    "early_help": {**_OWN, "start_date": _D, "end_date": _D, "lead_practitioner_role": _S},
    "youth_justice": {**_OWN, "outcome_date": _D},
}
"""Table, column and type. Who holds whom is decided once, in `child_status`; `allocations` tells of changes alone."""

READS: tuple[str, ...] = tuple(USED)


def empty(table: str) -> pl.DataFrame:
    """A frame of the columns read from a table, without rows."""
    return pl.DataFrame(schema=dict(USED[table]))


def chosen(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Take the columns that measures read.

    Args:
        frames: every table of `READS`, with at least the columns of its contract.

    Returns:
        The same tables with only the columns of `USED`, in that order.

    Raises:
        ContractError: a table or column is missing, or one is given that is not read; says which.
    """
    problems = [f"table {name} is missing" for name in USED if name not in frames]
    problems += [f"table {name} is not read" for name in frames if name not in USED]
    for name, frame in frames.items():
        problems += [f"{name}.{column} is missing" for column in USED.get(name, {}) if column not in frame.columns]
    if problems:
        raise ContractError(
            "Measures were given other tables than they read: " + "; ".join(problems) + ".",
            where="measures.READS",
            how_many=f"{len(problems)} differences",
            next_step="Pass every table of READS under its own name.",
        )
    return {name: frames[name].select(pl.col(c).cast(t) for c, t in columns.items()) for name, columns in USED.items()}
