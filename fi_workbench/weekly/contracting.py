"""Describe a new partner: a draft of its contract from a sample, and what of a contract is still to settle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fi_workbench.contracts import OWN_CONTRACTS, all_contracts, contracts_of, load_contract
from fi_workbench.contracts.reading import parse_contract
from fi_workbench.errors import ContractError, WrongUseError
from fi_workbench.loaders.contract_draft import TODO, contract_text
from fi_workbench.loaders.proposing import propose, snake
from fi_workbench.settings import read_settings


@dataclass(frozen=True)
class Drafted:
    """A contract as it stands in its file.

    Attributes:
        todo: what a person must settle, each with its line.
    """

    source: str
    path: Path
    columns: int
    rules: int
    todo: tuple[str, ...]


def draft_contract(workspace: Path, sample: Path, *, source: str | None = None) -> Drafted:
    """Propose a contract from a sample file, into the workspace's own contracts; make the source's folder.

    Args:
        workspace: its folder.
        sample: a delimited file of the new partner.
        source: what the source is to be called; None takes the file's name without a date.

    Raises:
        SettingsError: it is not a workspace.
        WrongUseError: the name cannot be, or is taken; nothing is ever overwritten.
        RefusedFileError: the sample is not a table.
    """
    read_settings(workspace)
    stem = re.sub(r"[_ -]*[0-9]{4}-?[0-9]{2}-?[0-9]{2}$", "", sample.stem)
    name = source or snake(stem)
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        raise WrongUseError(
            "A source is named in small letters, digits and underscores, beginning with a letter.",
            where=name[:40],
            next_step="Give it a name with --source.",
        )
    catalogue = contracts_of(workspace)
    path = workspace / OWN_CONTRACTS / f"{name}.odcs.yaml"
    if path.exists() or name in catalogue.sources or name in catalogue.tables:
        raise WrongUseError(
            f"There is a contract for {name} already; nothing was written.",
            where=f"{OWN_CONTRACTS}/{path.name}",
            next_step="Change that one by hand, or give the new source another name with --source.",
        )
    text = contract_text(propose(sample), name, sample.name)
    parse_contract(text, where=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (workspace / "extracts" / name).mkdir(parents=True, exist_ok=True)
    return check_contract(path)


def check_contract(path: Path) -> Drafted:
    """Read a contract as a load would, beside the shipped ones, and list what is left to settle.

    Raises:
        ContractError: it breaks the contract language.
    """
    contract = load_contract(path)
    if not contract.is_source:
        raise ContractError("This contract describes no source, so nothing can be loaded by it.", where=path.name)
    taken = all_contracts().sources.get(contract.source)
    if taken is not None and taken.id != contract.id:
        raise ContractError(
            f"The source {contract.source} has a shipped contract already.", where=f"{taken.id} and {contract.id}"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    todo = tuple(
        f"line {at}: {line.split(TODO, 1)[1].lstrip(': ').rstrip(' }')}"
        for at, line in enumerate(lines, start=1)
        if f"{TODO} " in line or f"{TODO}:" in line
    )
    tables = contract.tables.values()
    n_columns, n_rules = sum(len(table.columns) for table in tables), sum(len(table.rules) for table in tables)
    return Drafted(contract.source, path, n_columns, n_rules, todo)
