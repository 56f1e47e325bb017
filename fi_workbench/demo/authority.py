"""Make a synthetic authority: simulate its patches one after another and write them as they are done."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fi_workbench.contracts import all_contracts
from fi_workbench.demo import beginnings, census_xml, dirt, truth
from fi_workbench.demo.annex_lists import AnnexA
from fi_workbench.demo.care_csv import CareFiles, returns
from fi_workbench.demo.lists import HEADERS, INCREMENTS, Lists, listed_families
from fi_workbench.demo.margins import NEWCASTLE_CHILDREN, NEWCASTLE_FAMILIES
from fi_workbench.demo.partner_base import Link, Partner
from fi_workbench.demo.partner_people import AdultServices, EarlyHelp, Police, YouthJustice
from fi_workbench.demo.partner_services import Attendance, Exclusions, HealthVisiting, Housing
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.process import Process
from fi_workbench.demo.standard_dataset import StandardDataset
from fi_workbench.demo.tables import LAGS, FullTable, IncrementTable, Table
from fi_workbench.demo.world import World
from fi_workbench.errors import WrongUseError
from fi_workbench.progress import SILENT, Reporter, track
from fi_workbench.pseudonyms import write_key
from fi_workbench.resources import shipped
from fi_workbench.settings import FILE_NAME

AUTHORITY_CODE = "000"
"""A number that no authority has."""

AUTHORITY_NAME = "Synthetic Borough (nobody's data)"
KEY_FILE = "pseudonym.key"
PATCH_FAMILIES = 400
WARM_UP_DAYS = 730
DEFAULT_END = date(2026, 11, 22)

PARTNERS: tuple[type[Partner], ...] = (
    Police, Attendance, Exclusions, Housing, HealthVisiting, AdultServices, EarlyHelp, YouthJustice,
)  # fmt: skip
PARTNER_INCREMENTS = ("police_notifications", "school_attendance", "school_exclusions", "health_visiting")


@dataclass(frozen=True)
class DemoReport:
    """What was made.

    Attributes:
        workspace: where the extracts are.
        truth: where the truth is.
        families: true families, all that services dealt with since the warm-up.
        people: people in them.
        rows: rows of each tabular source over all its files; children over all files of the census.
        dirty: rows spoilt on purpose.
    """

    workspace: str
    truth: str
    families: int
    people: int
    rows: dict[str, int]
    dirty: int


def patch_plan(families: int, world: World) -> list[tuple[int, int]]:
    """Each patch as (unit, families): a unit's share of the families in patches of some 400."""
    plan: list[tuple[int, int]] = []
    for unit, share in enumerate(world.unit_shares()):
        of_unit = max(1, round(families * share))
        patches = max(1, round(of_unit / PATCH_FAMILIES))
        plan.extend((unit, (of_unit + n) // patches) for n in range(patches))
    return plan


def make_authority(
    workspace: Path,
    truth_folder: Path,
    *,
    families: int = 1600,
    seed: int = 1,
    weeks: int = 156,
    end: date = DEFAULT_END,
    weekly_deliveries: int = 6,
    world: World | None = None,
    reporter: Reporter = SILENT,
) -> DemoReport:
    """Write a workspace of synthetic extracts, and their truth in a folder apart.

    Args:
        workspace: where `workbench.toml`, the key and `extracts/` go.
        truth_folder: where the truth goes; not inside the workspace, because no loader may ever meet it.
        families: families open at a point in time; 1,600 is the size of Newcastle.
        seed: same seed, same bytes.
        weeks: weeks of history, 8 or more.
        end: the last day, a Sunday.
        weekly_deliveries: how many of the last weeks have a delivery of their own.
        world: what is true; the usual world where not given.
        reporter: told of each patch.

    Raises:
        WrongUseError: the truth lies inside the workspace, the last day is no Sunday, or numbers that cannot be.
    """
    world = world or World()
    _check(workspace, truth_folder, families, weeks, end, weekly_deliveries)
    last = end.toordinal()
    first = last - 7 * weeks + 1
    sundays = [last - 7 * n for n in range(weekly_deliveries - 1, -1, -1)]
    span = Span(first - WARM_UP_DAYS, first, last, tuple(sundays))
    extracts = workspace / "extracts"
    extracts.mkdir(parents=True, exist_ok=True)
    plan = patch_plan(families, world)
    _settings(workspace, families, end)
    write_key(workspace / KEY_FILE, seed=f"synthetic {seed}")
    years = [year for year in range(date.fromordinal(first).year, end.year + 1) if _complete(year, first, last)]
    censuses = [census_xml.annual(year) for year in years] + [census_xml.in_year(day) for day in sundays]
    totals = {"families": 0, "people": 0}
    children_written = [0] * len(censuses)
    with ExitStack() as stack:
        tables = _open_tables(stack, extracts, sundays)
        full = {name: FullTable(t) for name, t in tables.items() if len(t.cut_offs) == weekly_deliveries}
        increments = {name: IncrementTable(t) for name, t in tables.items() if name not in full}
        xml = census_xml.open_files(extracts / "cin_census", censuses, AUTHORITY_CODE)
        for file in xml:
            stack.enter_context(file)
        forms = _other_forms(stack, extracts, years, last)
        answers = truth.Truth(truth_folder)
        for index, (unit, size) in enumerate(track(plan, "Living through the weeks, patch by patch", reporter)):
            patch = Patch(index=index, unit=unit, families=size, seed=seed, world=world, span=span)
            process = Process(patch)
            beginnings.stock(process)
            process.run()
            Lists(process, full, increments).write()
            links: list[Link] = []
            listed = listed_families(patch)
            known = [family for family in patch.families if family in listed]
            for number, partner in enumerate(PARTNERS):
                table = full.get(partner.source) or increments[partner.source]
                partner(patch, known, table, links, number).write()
            written = census_xml.write_patch(patch, censuses, xml)
            children_written = [a + b for a, b in zip(children_written, written, strict=True)]
            for form in forms:
                form.write(patch)
            answers.write(patch, links)
            for one in full.values():
                one.flush()
            for other in increments.values():
                other.flush()
            totals["families"] += len(patch.families)
            totals["people"] += len(patch.people)
        for file in xml:
            file.write(census_xml.FOOTER)
        forms[1].finish(extracts / "annex_a" / f"annex_a_{end.isoformat()}.xlsx")
    spoilt = _spoil(extracts, tables, increments, censuses[-1], children_written[-1], seed)
    dirt.write_manifest(truth_folder, spoilt)
    answers.finish(world, seed=seed, families=families, weeks=weeks, end=end)
    rows = {name: sum(table.rows) for name, table in sorted(tables.items())} | {"cin_census": sum(children_written)}
    return DemoReport(str(workspace), str(truth_folder), totals["families"], totals["people"], rows, len(spoilt))


def _other_forms(
    stack: ExitStack, extracts: Path, years: list[int], last: int
) -> tuple[CareFiles, AnnexA, StandardDataset]:
    """The writers of SSDA903, of Annex A and of the standard dataset."""
    annex = extracts / "annex_a"
    annex.mkdir(parents=True, exist_ok=True)
    return (
        CareFiles(stack, extracts / "ssda903", returns(years, last)),
        AnnexA(stack, annex, all_contracts().source("annex_a"), last),
        StandardDataset(stack, extracts / "ssd" / date.fromordinal(last).isoformat(), last),
    )


def _spoil(
    extracts: Path,
    tables: dict[str, Table],
    increments: dict[str, IncrementTable],
    census: census_xml.Census,
    children: int,
    seed: int,
) -> list[dirt.Spoilt]:
    """Spoil the newest file of each list (the oldest of increments, which is the largest), and the newest census."""
    chosen = {name: 0 if name in increments else -1 for name in tables}
    files = {name: (table.paths[chosen[name]], table.rows[chosen[name]]) for name, table in tables.items()}
    spoilt = dirt.spoil(extracts, files, all_contracts(), seed=seed)
    return spoilt + dirt.spoil_census(extracts, extracts / "cin_census" / census.name, children=children)


def _complete(year: int, first: int, last: int) -> bool:
    return date(year - 1, 4, 1).toordinal() >= first and date(year, 6, 26).toordinal() <= last


def _open_tables(stack: ExitStack, extracts: Path, sundays: list[int]) -> dict[str, Table]:
    tables = {}
    headers = HEADERS | {partner.source: partner.header for partner in PARTNERS}
    for name, header in headers.items():
        lag = LAGS.get(name, 0)
        cut_offs = [day - lag for day in sundays]
        if name in INCREMENTS or name in PARTNER_INCREMENTS:
            cut_offs = [cut_offs[0] - 7, *cut_offs]
        tables[name] = Table(stack, extracts, name, header, cut_offs)
    return tables


def _settings(workspace: Path, families: int, end: date) -> None:
    text = (shipped("templates") / "workspace" / FILE_NAME).read_text(encoding="utf-8")
    children = round(NEWCASTLE_CHILDREN * families / NEWCASTLE_FAMILIES)
    text = text.replace("child_population = 60086", f"child_population = {children}")
    text = text.replace("synthetic_until = 2026-11-22", f"synthetic_until = {end.isoformat()}")
    (workspace / FILE_NAME).write_text(text, encoding="utf-8", newline="\n")
    # A grouping whose approval is marked synthetic: an unattended run never approves one.
    shutil.copytree(shipped("templates") / "workspace" / "models", workspace / "models", dirs_exist_ok=True)


def _check(workspace: Path, truth_folder: Path, families: int, weeks: int, end: date, deliveries: int) -> None:
    inside = workspace.resolve()
    if truth_folder.resolve().is_relative_to(inside):
        raise WrongUseError(
            "The truth may not lie inside the workspace, where a loader could meet it.",
            where="truth folder",
            next_step="Name a folder beside the workspace.",
        )
    if end.isoweekday() != 7:
        raise WrongUseError("The last day of a history is a Sunday.", where="end", next_step="Give a Sunday.")
    if families < 1 or weeks < 8 or not 1 <= deliveries <= weeks - 2:
        raise WrongUseError(
            "A synthetic authority needs at least 1 family, 8 weeks and 1 delivery, and more weeks than deliveries.",
            where="families, weeks, weekly_deliveries",
        )
