"""Events and spells of the children in need census, and referrals of the case management system."""

from __future__ import annotations

import polars as pl

from fi_workbench.caseload.spells import ABSENT, CASE_CLOSED, end_by, spell

_CASE = ("la_child_id", "cin_referral_date")


def cases(cin_episodes: pl.DataFrame) -> pl.DataFrame:
    """List the episodes of need with the day each closed.

    A census of a later date that no longer lists an open episode has closed it: the day is then the last on which it
    was listed as open.

    Args:
        cin_episodes: contract `cin_episodes`: one row per episode, the latest known version of each.

    Returns:
        One row per episode: the columns of the contract, `closed_on`, `closed_how`.
    """
    gone = pl.col("as_of") < _latest(cin_episodes)
    return cin_episodes.with_columns(
        closed_on=pl.when(pl.col("cin_closure_date").is_not_null())
        .then("cin_closure_date")
        .when(gone)
        .then(pl.max_horizontal("as_of", "cin_referral_date")),
        closed_how=pl.when(pl.col("cin_closure_date").is_not_null())
        .then("reason_for_closure")
        .when(gone)
        .then(pl.lit(ABSENT)),
    )


def _latest(frame: pl.DataFrame) -> pl.Expr:
    return pl.lit(frame["as_of"].max(), dtype=pl.Date)


def referrals(known_cases: pl.DataFrame, case_referrals: pl.DataFrame) -> pl.DataFrame:
    """Referrals of both sources, once for each child and day; the census, which is richer, is believed first.

    A referral that led to no further action is there twice: as a referral, and as `contact_nfa`. One that the case
    management system received after the latest census opens a child in need spell until a census tells more.

    Args:
        known_cases: as `cases`.
        case_referrals: contract `case_referrals`.

    Returns:
        One row per child, kind and source row, in the shape of `spells.SPELL`.
    """
    nfa = pl.col("nfa")
    both = pl.concat(
        [
            known_cases.select(
                "la_child_id", "cin_referral_date", "referral_source",
                nfa=pl.col("referral_nfa").fill_null(value=False), source_table=pl.lit("cin_episodes"),
                row_id="row_id", as_of="as_of",
            ),
            case_referrals.select(
                pl.col("child_id").alias("la_child_id"), pl.col("referral_date").alias("cin_referral_date"),
                "referral_source", nfa="no_further_action", source_table=pl.lit("case_referrals"), row_id="row_id",
                as_of="as_of",
            ).join(known_cases, on=_CASE, how="anti"),
        ]
    )  # fmt: skip
    parts = []
    for table in ("cin_episodes", "case_referrals"):
        rows = both.filter(pl.col("source_table") == table)
        shape = {"child": "la_child_id", "start": "cin_referral_date", "source_table": table}
        how = pl.when(nfa).then(pl.lit("no_further_action"))
        parts.append(
            spell(rows, kind="referral", end="cin_referral_date", detail="referral_source", end_detail=how, **shape)
        )
        parts.append(
            spell(rows.filter(nfa), kind="contact_nfa", end="cin_referral_date", detail="referral_source", **shape)
        )
    newer = both.filter(
        pl.col("source_table") == "case_referrals", ~nfa, pl.col("cin_referral_date") > _latest(known_cases)
    )
    parts.append(
        spell(
            newer, kind="child_in_need", child="la_child_id", start="cin_referral_date", source_table="case_referrals"
        )
    )
    return pl.concat(parts)


def census_spells(
    known_cases: pl.DataFrame,
    *,
    cin_assessments: pl.DataFrame,
    cin_plans: pl.DataFrame,
    cin_section47: pl.DataFrame,
    cin_protection_plans: pl.DataFrame,
    cin_pre_proceedings: pl.DataFrame,
) -> pl.DataFrame:
    """Spells and conferences of the census. Nothing outlives the episode of need that it belongs to.

    Args:
        known_cases: as `cases`.
        cin_assessments: contract `cin_assessments`, from start to authorisation.
        cin_plans: contract `cin_plans`.
        cin_section47: contract `cin_section47`; it ends with the conference, where there was one.
        cin_protection_plans: contract `cin_protection_plans`.
        cin_pre_proceedings: contract `cin_pre_proceedings`.

    Returns:
        One row per spell or conference, in the shape of `spells.SPELL`.
    """
    need = spell(
        known_cases.filter(~pl.col("referral_nfa").fill_null(value=False)),
        kind="child_in_need",
        child="la_child_id",
        start="cin_referral_date",
        end="closed_on",
        detail="primary_need_code",
        end_detail="closed_how",
        source_table="cin_episodes",
    )
    within = known_cases.select(*_CASE, "closed_on")
    latest = _latest(known_cases)
    parts = [need, _conferences(known_cases, cin_section47)]
    category = pl.coalesce("latest_category_of_abuse", "initial_category_of_abuse")
    stepped = pl.min_horizontal("step_decision_date", "court_app_date")
    for frame, table, kind, start, end, detail, end_detail in (
        (cin_assessments, "cin_assessments", "assessment", "assessment_actual_start_date",
         pl.col("assessment_authorisation_date"), None, None),
        (cin_plans, "cin_plans", "child_in_need_plan", "cin_plan_start_date", pl.col("cin_plan_end_date"), None, None),
        (cin_section47, "cin_section47", "section47", "s47_actual_start_date", pl.col("date_of_initial_cpc"),
         None, pl.when(pl.col("date_of_initial_cpc").is_not_null()).then(pl.lit("initial_conference"))),
        (cin_protection_plans, "cin_protection_plans", "child_protection_plan", "cpp_start_date",
         pl.col("cpp_end_date"), category, None),
        (cin_pre_proceedings, "cin_pre_proceedings", "pre_proceedings", "pp_start_date", stepped, None,
         pl.col("pp_outcome")),
    ):  # fmt: skip
        rows = frame.join(within, on=_CASE, how="left")
        made = spell(
            rows, kind=kind, child="la_child_id", start=start, end=end, detail=detail, end_detail=end_detail,
            source_table=table,
        ).with_columns(rows["closed_on"])  # fmt: skip
        if kind != "section47":  # a census lists the enquiries of its own year only, so absence says nothing
            made = end_by(made, pl.when(pl.col("as_of") < latest, pl.col("end").is_null()).then("as_of"), ABSENT)
        parts.append(end_by(made, "closed_on", CASE_CLOSED).drop("closed_on"))
    return pl.concat(parts)


def _conferences(known_cases: pl.DataFrame, cin_section47: pl.DataFrame) -> pl.DataFrame:
    """Initial conferences after a section 47 enquiry, and those of children who moved in with a plan."""
    parts = []
    for frame, table, origin in (
        (cin_section47, "cin_section47", "section47"),
        (known_cases, "cin_episodes", "transfer_in"),
    ):
        parts.append(
            spell(
                frame.drop_nulls("date_of_initial_cpc"),
                kind="initial_conference",
                child="la_child_id",
                start="date_of_initial_cpc",
                end="date_of_initial_cpc",
                detail=pl.lit(origin),
                source_table=table,
            )
        )
    return pl.concat(parts)
