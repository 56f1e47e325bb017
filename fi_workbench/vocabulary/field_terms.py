"""Terms that readers of a brief know, as `data_contracts/field_terms.yaml` lists them, each with its reason."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fi_workbench.errors import ContractError
from fi_workbench.keeping import kept
from fi_workbench.resources import shipped


class Term(BaseModel):
    """One term of the field and why no plainer word will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    term: str = Field(min_length=3)
    why: str = Field(min_length=10)


class Terms(BaseModel):
    """The whole list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    terms: tuple[Term, ...] = Field(min_length=1)


@cache
def field_terms() -> frozenset[str]:
    """The terms, in lower case.

    Raises:
        ContractError: the file is not such a list.
    """
    source = shipped("data_contracts") / "field_terms.yaml"
    text = source.read_text(encoding="utf-8")
    try:
        read = Terms.model_validate(kept(text, source, lambda: _from_yaml(text)))
    except ValueError:  # pydantic's is one
        raise ContractError(
            "The list of the field's terms cannot be used.",
            where=source.name,
            next_step="Each entry has a term and why no plainer word will do.",
        ) from None
    return frozenset(each.term.lower() for each in read.terms)


def _from_yaml(text: str) -> Any:
    """What a text says.

    Raises:
        ValueError: it is not YAML.
    """
    import yaml  # noqa: PLC0415 - takes longer to import than what is kept to read

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError from error
