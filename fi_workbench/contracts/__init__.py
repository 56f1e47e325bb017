"""Data contracts: what each table holds, read from YAML, and the checks that follow from it.

`validate` raises on a frame of ours that breaks its contract; `check` parts the text rows of a source into accepted,
quarantined and duplicate rows with every reason. They are two functions because they are two promises.
"""

from fi_workbench.contracts.catalogue import OWN_CONTRACTS, Catalogue, all_contracts, contracts_of, load_contract
from fi_workbench.contracts.checking import check
from fi_workbench.contracts.limits import Limits
from fi_workbench.contracts.outcome import Checked, Finding
from fi_workbench.contracts.parsing import BLANKS
from fi_workbench.contracts.promises import Promise, promises
from fi_workbench.contracts.sample import sample
from fi_workbench.contracts.table import CLASSIFICATIONS, Cadence, Column, Contract, Table
from fi_workbench.contracts.validating import empty, validate

__all__ = [
    "BLANKS",
    "CLASSIFICATIONS",
    "OWN_CONTRACTS",
    "Cadence",
    "Catalogue",
    "Checked",
    "Column",
    "Contract",
    "Finding",
    "Limits",
    "Promise",
    "Table",
    "all_contracts",
    "check",
    "contracts_of",
    "empty",
    "load_contract",
    "promises",
    "sample",
    "validate",
]
