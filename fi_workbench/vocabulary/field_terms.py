"""Terms that readers of a brief know, as `data_contracts/field_terms.yaml` lists them, each with its reason."""

from __future__ import annotations

from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fi_workbench.errors import ContractError
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
    try:
        read = Terms.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError):
        raise ContractError(
            "The list of the field's terms cannot be used.",
            where=source.name,
            next_step="Each entry has a term and why no plainer word will do.",
        ) from None
    return frozenset(each.term.lower() for each in read.terms)
