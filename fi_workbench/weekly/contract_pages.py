"""The contracts of sources as pages for partners: self-contained files that can be mailed and printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.rendering import page
from fi_workbench.contracts import Contract, all_contracts, contracts_of
from fi_workbench.display.contract_holds import contract_holds
from fi_workbench.display.contract_page import contract_text, contracts_list
from fi_workbench.settings import FILE_NAME, read_settings

INDEX = "index.html"
LARGEST_BYTES = 400_000
"""The standard dataset has seventy tables with their codes; a page of a brief is far smaller."""


def write_contract_pages(to: Path, *, source: str | None = None, workspace: Path | None = None) -> list[Path]:
    """Write the page of one source, or of every source with an index.

    Args:
        to: the folder; pages of the same name are replaced, other files in it stay.
        source: only this one; None is all.
        workspace: whose own contracts are shown too, and whose name stands on the pages; None where there is none.

    Returns:
        The files written, the index first.

    Raises:
        ContractError: there is no such source.
        SettingsError: the workspace's settings cannot be used.
        BriefError: a page is not fit to be read by everyone.
    """
    here = workspace is not None and (workspace / FILE_NAME).is_file()
    settings = read_settings(workspace) if here and workspace is not None else None
    catalogue = contracts_of(workspace) if here and workspace is not None else all_contracts()
    chosen = [catalogue.source(source)] if source else sorted(catalogue.sources.values(), key=lambda one: one.name)
    authority = settings.authority.name if settings else ""
    contact = settings.briefs.contact if settings else ""
    files = {f"{one.source}.html": contract_page(one, authority=authority, contact=contact) for one in chosen}
    if source is None:
        files = {INDEX: _index(chosen, authority), **files}
    write_files(to, files)
    return [to / name for name in files]


def contract_page(contract: Contract, *, authority: str = "", contact: str = "") -> bytes:
    """A source's contract as one HTML file.

    Raises:
        BriefError: the page is not fit to be read by everyone.
    """
    return page(
        "contract.html.j2",
        f"contract of {contract.source}",
        largest=LARGEST_BYTES,
        text=contract_text(contract),
        authority=authority,
        contact=contact,
        holds=contract_holds(contract),
    )


def _index(contracts: Sequence[Contract], authority: str) -> bytes:
    links = [f"{one.source}.html" for one in contracts]
    return page("contracts.html.j2", "contracts", authority=authority, listed=contracts_list(contracts), links=links)
