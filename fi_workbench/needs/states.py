"""Three states of a need: present, assessed and not found, or unknown. A missing record is never a "no"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.needs import words
from fi_workbench.needs.assessments import assessed_families, finished_assessments, named_needs
from fi_workbench.needs.endings import TOLD_DAYS, endings
from fi_workbench.needs.facts import found
from fi_workbench.needs.partners import attendance, steady_tenancies
from fi_workbench.vocabulary.needs import ASSESSED_ABSENT, CIN_CENSUS, NEEDS, PRESENT, UNKNOWN, Need

PIECE = pl.Schema(
    {
        "family_id": pl.String(),
        "need": pl.String(),
        "source": pl.String(),
        "n": pl.Int64(),
        "first": pl.Date(),
        "last": pl.Date(),
        "as_of": pl.Date(),
        "text": pl.String(),
        "until": pl.Date(),
        "going_on": pl.Boolean(),
    }
)
"""One row per family, need and kind of evidence; `until` and `going_on` as `facts.FOUND`."""


class Findings:
    """What every source says about the needs of each family in scope on a date.

    Args:
        frames: source tables by name, `partner_people` and `source_freshness`.
        members: as `members.current_members`.
        since: the day before the look-back begins.
        as_at: the last day that counts.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame], *, members: pl.DataFrame, since: date, as_at: date) -> None:
        self._frames = frames
        self._members = members
        self._since = since
        self._as_at = as_at

    def present(self, finished: pl.DataFrame, school: pl.DataFrame) -> pl.DataFrame:
        """All evidence that families have a need: one row per family, need and kind, in the order of the words."""
        pieces = [
            _dated(named_needs(finished, self._frames["cin_assessment_factors"]).with_columns(text=words.named())),
            _piece(
                school.filter(pl.col("n_absent") > 0).with_columns(n=pl.col("n_absent")),
                need="school_absence",
                source="school_attendance",
                text=words.missed_school(),
            ),
        ]
        for need in NEEDS:
            for fact in need.facts:
                rows = found(
                    fact,
                    self._frames,
                    partner_people=self._frames["partner_people"],
                    members=self._members,
                    since=self._since,
                    as_at=self._as_at,
                )
                text = words.counted(fact.one, fact.many)
                pieces.append(_piece(rows, need=need.code, source=fact.source, text=text))
        return pl.concat([piece.select(PIECE.names()).cast(PIECE) for piece in pieces])

    def not_found(self, finished: pl.DataFrame, school: pl.DataFrame) -> pl.DataFrame:
        """Needs that were looked for and not found: one row per family and need, whatever other evidence says."""
        n_children = self._members.group_by("family_id").agg(n_children=pl.col("is_child").sum().cast(pl.Int64))
        assessed = assessed_families(finished).join(n_children, on="family_id")
        steady = steady_tenancies(
            housing=self._frames["housing"],
            partner_people=self._frames["partner_people"],
            members=self._members,
            source_freshness=self._frames["source_freshness"],
            since=self._since,
            as_at=self._as_at,
        )
        attending = school.filter("all_attend").with_columns(n=pl.col("n_linked"))
        pieces = []
        for need in NEEDS:
            if need.absence == "assessment":
                pieces.append(_piece(assessed, need=need.code, source=CIN_CENSUS, text=words.not_named()))
            elif need.absence == "tenancy":
                pieces.append(_piece(steady, need=need.code, source="housing", text=words.steady_tenancy()))
            else:
                text = words.attended_school()
                pieces.append(_piece(attending, need=need.code, source="school_attendance", text=text))
        return pl.concat([piece.select(PIECE.names()).cast(PIECE) for piece in pieces])

    def states(self) -> pl.DataFrame:
        """Weigh the evidence: present beats assessed and not found, which beats unknown.

        Returns:
            One row per family and need: `family_id`, `need`, `state`, `n_evidence`, `first_date`, `last_date`,
            `sources`, `evidence`, `as_of` (null where unknown), `ended_on` (as `endings.ENDINGS`, else null).
        """
        every = self._finished(self._since - timedelta(days=TOLD_DAYS))
        finished = every.filter(pl.col("finished") > self._since)
        school = attendance(
            school_attendance=self._frames["school_attendance"],
            partner_people=self._frames["partner_people"],
            members=self._members,
            source_freshness=self._frames["source_freshness"],
            as_at=self._as_at,
        )
        evidence = self.present(finished, school)
        present = _together(evidence, PRESENT)
        absent = _together(self.not_found(finished, school), ASSESSED_ABSENT).join(
            present, on=["family_id", "need"], how="anti"
        )
        known = pl.concat([present, absent])
        unknown = self._unknown(school).join(known, on=["family_id", "need"], how="anti")
        ended = endings(
            evidence,
            self._before(every, school),
            every,
            lookback_days=(self._as_at - self._since).days,
            as_at=self._as_at,
        )
        return (
            pl.concat([known, unknown.select(known.columns)])
            .join(ended, on=["family_id", "need"], how="left")
            .sort("family_id", "need")
        )

    def _finished(self, since: date) -> pl.DataFrame:
        return finished_assessments(
            cin_assessments=self._frames["cin_assessments"],
            cin_assessment_factors=self._frames["cin_assessment_factors"],
            members=self._members,
            since=since,
            as_at=self._as_at,
        )

    def _before(self, every: pl.DataFrame, school: pl.DataFrame) -> pl.DataFrame:
        """Evidence of the year before the look-back, as `PIECE`."""
        since = self._since - timedelta(days=TOLD_DAYS)
        then = Findings(self._frames, members=self._members, since=since, as_at=self._since)
        return then.present(every.filter(pl.col("finished") <= self._since), school.clear())

    def _unknown(self, school: pl.DataFrame) -> pl.DataFrame:
        """Every family and need as it would be if nothing were known, with what was searched."""
        searched = [
            {"need": need.code, "sources": sources, "searched": self._searched(need, sources)}
            for need in NEEDS
            for sources in [self._loaded(need)]
        ]
        schema = pl.Schema({"need": pl.String(), "sources": pl.List(pl.String()), "searched": pl.String()})
        by_school = (pl.col("need") == "school_absence") & pl.col("sources").list.contains("school_attendance")
        evidence = pl.when(by_school).then(words.not_linked()).otherwise(pl.col("searched"))
        return (
            self._members.select("family_id")
            .unique()
            .join(pl.DataFrame(searched, schema=schema), how="cross")
            .join(school.select("family_id", "n_school_age", "n_linked"), on="family_id", how="left")
            .select(
                "family_id",
                "need",
                state=pl.lit(UNKNOWN),
                n_evidence=pl.lit(0, pl.Int64),
                first_date=pl.lit(None, pl.Date),
                last_date=pl.lit(None, pl.Date),
                sources="sources",
                evidence=words.capitalised(evidence),
                as_of=pl.lit(None, pl.Date),
            )
        )

    def _loaded(self, need: Need) -> list[str]:
        wanted = {fact.source for fact in need.facts} | ({CIN_CENSUS} if need.factors else set())
        if need.absence == "attendance":
            wanted.add("school_attendance")
        freshness = self._frames["source_freshness"]
        return sorted(freshness.filter(pl.col("loaded"), pl.col("source").is_in(sorted(wanted)))["source"].to_list())

    def _searched(self, need: Need, loaded: list[str]) -> str:
        since = self._since.strftime(words.MONTH)
        said = []
        if need.factors and CIN_CENSUS in loaded:
            said.append(f"no assessment with recorded factors finished since {since}")
        names = dict(self._frames["source_freshness"].select("source", "name").iter_rows())
        others = [names[source] for source in loaded if source != CIN_CENSUS]
        if others:
            said.append(f"no record found in {' or '.join(others)} since {since}")
        if not said:
            return "not known: no source that could tell has been loaded"
        return "not known: " + "; ".join(said)


def _piece(rows: pl.DataFrame, *, need: str, source: str, text: pl.Expr) -> pl.DataFrame:
    told = rows.with_columns(need=pl.lit(need), source=pl.lit(source)).with_columns(text=text)
    return told if "until" in rows.columns else _dated(told)


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    """Evidence of days, which does not go on."""
    return rows.with_columns(until=pl.col("last"), going_on=pl.lit(value=False))


def _together(pieces: pl.DataFrame, state: str) -> pl.DataFrame:
    return pieces.group_by("family_id", "need", maintain_order=True).agg(
        state=pl.lit(state).first(),
        n_evidence=pl.col("n").sum(),
        first_date=pl.col("first").min(),
        last_date=pl.col("last").max(),
        sources=pl.col("source").unique().sort(),
        evidence=words.capitalised(pl.col("text").str.join("; ")),
        as_of=pl.col("as_of").min(),
    )
