"""What a candidate grouping would do: who would move and why, whom it misses, how groups of people fare, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fi_workbench.disclosure import Released
from fi_workbench.display.grouping import percent
from fi_workbench.display.laying_out import section_of, table_of
from fi_workbench.display.model import Section, Table
from fi_workbench.display.prose import counted, of, sentence
from fi_workbench.display.released import Row, label, rows_of

_STAY = frozenset({"none", "kept"})
_ORDER = ("segments", "share", "likelihood", "unclear", "no_segment", "not_grouped")
_ON_FAIRNESS = (
    "Nobody is grouped by these characteristics; they are looked at here and nowhere else. A difference is a question "
    "to ask, and no proof of unfairness. A family counts in each group that one of its children is in."
)
_ON_SHARES = "Interval: 95%. All: the share among all families whose group was looked at."
_ON_DRIFT = (
    "Limits depend on the number of families. Each look is an alarm in about 1 of 100 weeks in which nothing has "
    "changed."
)


def moves(segments: Released, units: Released, names: Mapping[str, str], *, since: str, no_allocation: str) -> Section:
    """Families that would change segment, by what moves them, and what that means for units.

    Args:
        segments: `review_moves`.
        units: `review_units`.
        names: names of units by code.
        since: the first week made with the grouping in use; empty where there is none before this week.
        no_allocation: why none could be proposed with the candidate; empty where one could.
    """
    rows, held = rows_of(segments, "review_moves"), rows_of(units, "review_units")
    total = sum(row["n_families"] for row in rows)
    if any(row["cause"] == "new" for row in rows):
        lead = f"There was no grouping before: all {counted(total, 'family')} would be grouped for the first time."
    else:
        by = {
            cause: sum(row["n_families"] for row in rows if row["cause"] == cause)
            for cause in ("needs", "refit", "both")
        }
        lead = (
            f"{of(by['refit'] + by['both'], total)} families would be in another segment because the grouping changes."
        )
        if since:
            lead += f" {of(by['needs'], total)} are in another one since {since} only because their own needs changed."
        else:
            lead += " No earlier week was made with the grouping in use, so moves by needs alone are not known."
    kept = sum(row["n_families"] for row in rows if row["cause"] == "kept")
    if kept:
        lead += (
            f" {of(kept, total)} keep their segment although another now fits a little better, but not clearly "
            "(`segmentation.keep_odds`)."
        )
    if no_allocation:
        lead += f" With the candidate: {sentence(no_allocation)}"
    told = [row for row in rows if row["cause"] not in _STAY]
    tables = []
    if told:
        tables.append(
            table_of(
                "Families that would change segment",
                ("From", "To", "What moves them", "Families"),
                [
                    (
                        _segment(row["from_segment"]),
                        _segment(row["to_segment"]),
                        label(segments, "cause", row["cause"]),
                        f"{row['n_families']:,}",
                    )
                    for row in sorted(told, key=lambda row: -row["n_families"])
                ],
                text={1, 2},
            )
        )
    tables += _units(held, names)
    note = "A proposal moves nobody: a family moves when a person says so."
    return section_of("moves", (segments, units), lead=lead, tables=tuple(tables), notes=(note,))


def _units(rows: Sequence[Row], names: Mapping[str, str]) -> list[Table]:
    def told(columns: Sequence[str]) -> list[tuple[str, ...]]:
        return [
            (
                names.get(row["unit"], "No unit" if row["unit"] == "none" else row["unit"]),
                *("–" if row[column] is None else f"{row[column]:,}" for column in columns),
            )
            for row in rows
        ]

    return [
        table_of(
            "Open families by unit: held now, and as each grouping proposes",
            ("Unit", "Held", "In use", "Candidate"),
            told(("held", "proposed_in_use", "proposed_candidate")),
        ),
        table_of(
            "Families that would leave their unit, as each grouping proposes",
            ("Unit", "In use", "Candidate"),
            told(("move_in_use", "move_candidate")),
        ),
    ]


def _segment(code: str) -> str:
    return "not grouped" if code == "none" else code


def unplaced(released: Released) -> Section:
    """Open families that a person has to place, counted by why."""
    rows = {row["kind"]: row for row in rows_of(released, "review_unplaced")}
    n_open = next(iter(rows.values()))["n_open"]
    listed = rows["no_segment"]["n_families"] + rows["two_equally"]["n_families"]
    lead = (
        f"{of(listed, n_open)} open families would go to a manager with both cases made, "
        "because they fit no segment or two equally."
    )
    order = ("no_segment", "two_equally", "little_known", "nothing_known")
    table = table_of(
        "Open families that no segment settles",
        ("Why", "Families"),
        [(label(released, "kind", kind), of(rows[kind]["n_families"], n_open)) for kind in order],
        notes=(
            "Families of whose needs too little is known are not on a manager's list: what is missing is a record.",
        ),
    )
    return section_of("unplaced", (released,), lead=lead, tables=(table,))


def fairness(released: Released, names: Mapping[str, str]) -> Section:
    """How groups of people fare: what differs, then everything.

    Args:
        released: `segment_fairness`.
        names: names of segments by code.
    """
    rows = rows_of(released, "segment_fairness")
    told = [row for row in rows if row["n"] is not None]
    differ = sorted((row for row in told if row["differs"]), key=lambda row: (row["measure"], row["segment"]))
    known = {row["characteristic"] for row in rows if row["group"] != "not recorded"}
    silent = [
        label(released, "characteristic", name).lower()
        for name in dict.fromkeys(row["characteristic"] for row in rows)
        if name not in known
    ]
    lead = (
        f"{of(len(differ), len(told))} shares differ from those of all families. By chance alone "
        f"about {round(len(told) / 20)} would."
    )
    few = counted(len(rows) - len(told), "share")
    notes = [_ON_FAIRNESS, f"Nothing is said of {few} of groups with fewer than 10 families."]
    notes += [f"Not recorded for any family: {', '.join(silent)}."] if silent else []
    tables = [
        _shares("Shares that differ from those of all families", released, differ, names),
        _shares("Every share that was looked at", released, told, names, folded=True),
    ]
    return section_of(
        "fairness", (released,), lead=lead, tables=tuple(table for table in tables if table.rows), notes=tuple(notes)
    )


def _shares(
    caption: str, released: Released, rows: Sequence[Row], names: Mapping[str, str], *, folded: bool = False
) -> Table:
    return table_of(
        caption,
        ("What, of whom", "Families", "Share", "Interval", "All"),
        [
            (
                f"{_what(released, row, names)}. {_of_whom(released, row)}",
                of(row["k"], row["n"]),
                percent(row["share"]),
                f"{percent(row['low'])} to {percent(row['high'])}",
                percent(row["overall"]),
            )
            for row in rows
        ],
        notes=(_ON_SHARES,),
        folded=folded,
    )


def _what(released: Released, row: Row, names: Mapping[str, str]) -> str:
    if row["measure"] == "in_segment":
        return f"In {names.get(row['segment'], row['segment'])}"
    return label(released, "measure", row["measure"])


def _of_whom(released: Released, row: Row) -> str:
    return f"{label(released, 'characteristic', row['characteristic'])}: {row['group']}"


def drift(released: Released) -> Section:
    """Whether families that come now are like those that came before the grouping in use was made."""
    rows = sorted(rows_of(released, "segment_drift"), key=lambda row: (_ORDER.index(row["measure"]), row["segment"]))
    if not rows:
        return section_of("drift", (released,), lead="There is no grouping in use that could have grown old.")
    changed = [row for row in rows if row["verdict"] == "changed"]
    looked = [row for row in rows if row["verdict"] in {"changed", "as_expected"}]
    n = max(row["n_families"] for row in rows)
    if not n:
        lead = "Nobody has come since the grouping in use was made, so nothing can be told yet."
    elif not looked:
        lead = (
            f"Nothing can be told yet of the {counted(n, 'family')} that came in the last "
            f"{counted(rows[0]['weeks'], 'week')}: too few, or nobody to compare them with."
        )
    else:
        said = f"{of(len(changed), len(looked))} looks say that something changed." if changed else "nothing changed."
        came = f"{counted(n, 'family')} came in the last {counted(rows[0]['weeks'], 'week')}."
        lead = f"{came} As far as can be told, {said}"
    table = table_of(
        "Newcomers beside those before the fit of the grouping in use",
        ("What", "Families", "Now", "Before", "Limits", "Verdict"),
        [
            (
                f"Share of {row['segment']}"
                if row["measure"] == "share"
                else label(released, "measure", row["measure"]),
                f"{row['n_families']:,}",
                _value(row, "value"),
                _value(row, "expected"),
                "–" if row["low"] is None else f"{percent(row['low'])} to {percent(row['high'])}",
                label(released, "verdict", row["verdict"]),
            )
            for row in rows
        ],
        text={5},
        notes=(_ON_DRIFT,),
    )
    return section_of("drift", (released,), lead=lead, tables=(table,))


def _value(row: Row, column: str) -> str:
    if row[column] is None:
        return "–"
    return percent(row[column]) if row["k"] is not None else f"{row[column]:.2f}"
