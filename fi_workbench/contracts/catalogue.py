"""Every contract known: the shipped ones and a workspace's own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fi_workbench.contracts.reading import load_contract
from fi_workbench.contracts.table import Contract, Table
from fi_workbench.errors import ContractError
from fi_workbench.resources import shipped

__all__ = ["Catalogue", "all_contracts", "contracts_of", "load_contract"]

OWN_CONTRACTS = "data_contracts"
"""In a workspace: the contracts of its own sources."""


@dataclass(frozen=True)
class Catalogue:
    """All contracts by source and by table.

    Attributes:
        contracts: every contract in the order of its id.
        tables: every table by name, sources' and derived.
        sources: the contracts of sources by the name of their folder under `extracts/`.
    """

    contracts: tuple[Contract, ...]
    tables: Mapping[str, Table]
    sources: Mapping[str, Contract]

    def table(self, name: str) -> Table:
        """A table by name.

        Raises:
            ContractError: no contract has it.
        """
        try:
            return self.tables[name]
        except KeyError:
            raise ContractError(
                f"No contract describes a table {name}.", next_step=_nearest(name, self.tables)
            ) from None

    def source(self, name: str) -> Contract:
        """The contract of a source by its folder's name.

        Raises:
            ContractError: no contract has it.
        """
        try:
            return self.sources[name]
        except KeyError:
            raise ContractError(
                f"No contract describes a source {name}.", next_step=_nearest(name, self.sources)
            ) from None


def all_contracts(*, extra: Iterable[Path] = ()) -> Catalogue:
    """Read every shipped contract, and those of the extra folders, again only where a file changed.

    Args:
        extra: folders with contracts of a workspace's own sources.

    Raises:
        ContractError: a contract that cannot be used; two that describe one table, source or id; a foreign key to
            a table or column that no contract has.
    """
    folders = (shipped("data_contracts"), *(Path(folder) for folder in extra))
    paths = sorted(path for folder in folders for path in folder.rglob("*.odcs.yaml"))
    stats = [path.stat() for path in paths]
    files = tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in zip(paths, stats, strict=True))
    if files not in _read:
        _read[files] = make_catalogue(load_contract(path) for path in paths)
    return _read[files]


def contracts_of(workspace: Path) -> Catalogue:
    """Every contract that a workspace goes by: the shipped ones, and its own where it has any.

    Args:
        workspace: the workspace's folder.

    Raises:
        ContractError: as `all_contracts`.
    """
    own = workspace / OWN_CONTRACTS
    return all_contracts(extra=[own]) if own.is_dir() else all_contracts()


Files = tuple[tuple[Path, int, int], ...]

_read: dict[Files, Catalogue] = {}
"""What was read, for as long as no file changes, so that a notebook sees a contract that was just written."""


def catalogues_read() -> dict[Files, Catalogue]:
    """What this process has read, for handing it to another with `remember_catalogues`."""
    return dict(_read)


def remember_catalogues(read: Mapping[Files, Catalogue]) -> None:
    """Take over what another process has read; a file that changed since is read again."""
    _read.update(read)


def make_catalogue(contracts: Iterable[Contract]) -> Catalogue:
    """Put contracts together and check that they fit; see `all_contracts`."""
    ordered = tuple(sorted(contracts, key=lambda contract: contract.id))
    tables: dict[str, Table] = {}
    sources: dict[str, Contract] = {}
    seen: set[str] = set()
    for contract in ordered:
        if contract.id in seen:
            raise ContractError(f"Two contracts have the id {contract.id}.", next_step="Give one of them another id.")
        seen.add(contract.id)
        if contract.is_source:
            if contract.source in sources:
                raise ContractError(
                    f"Two contracts describe the source {contract.source}.",
                    where=f"{sources[contract.source].id} and {contract.id}",
                )
            sources[contract.source] = contract
        for table in contract.tables.values():
            if table.name in tables:
                raise ContractError(
                    f"Two contracts describe the table {table.name}.",
                    where=f"{tables[table.name].contract_id} and {contract.id}",
                )
            tables[table.name] = table
    for table in tables.values():
        _check_foreign_keys(table, tables)
    return Catalogue(ordered, tables, dict(sorted(sources.items())))


def _check_foreign_keys(table: Table, tables: Mapping[str, Table]) -> None:
    for rule in table.rules:
        if not rule.table:
            continue
        where = f"{table.contract_id}, table {table.name}, rule {rule.name}"
        if rule.table not in tables:
            raise ContractError(
                f"A foreign key points to the table {rule.table}, which no contract describes.",
                where=where,
                next_step=_nearest(rule.table, tables),
            )
        target = tables[rule.table]
        for mine, theirs in zip(rule.columns, rule.others, strict=True):
            if theirs not in target.columns:
                raise ContractError(
                    f"A foreign key points to {rule.table}.{theirs}, which is not one of its columns.",
                    where=where,
                    next_step=_nearest(theirs, target.columns),
                )
            if table.columns[mine].dtype != target.columns[theirs].dtype:
                raise ContractError("A foreign key joins columns of different types.", where=where)
        if table.source and target.source != table.source:
            raise ContractError(
                "A foreign key reaches a table of another source; sources arrive on different days, so only tables "
                "that are delivered together can be checked against each other.",
                where=where,
                next_step="Describe the tie in words; people are tied across sources by the identity room.",
            )


def _nearest(name: str, names: Iterable[str]) -> str:
    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
