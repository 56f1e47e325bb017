"""What each field may be used for, as `data_contracts/field_use.yaml` says.

Protected characteristics and fields that stand in for them are for adjustment, where agreed, and audit; the reader
refuses a file that says otherwise.

Source:
    Equality Act 2010, sections 4 to 12 and 19 (protected characteristics, indirect discrimination).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fi_workbench.errors import ContractError, SegmentationError
from fi_workbench.resources import shipped

Use = Literal["indicator", "eligibility", "effect_modifier", "adjustment", "audit"]
DECIDING: tuple[Use, ...] = ("indicator", "eligibility", "effect_modifier")
"""Uses that change what is suggested for a family: never of a protected field."""


class FieldUse(BaseModel):
    """What one field may be used for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    field: str
    may_be: tuple[Use, ...]
    protected: bool = False
    why: str = ""

    @model_validator(mode="after")
    def _protected_fields_decide_nothing(self) -> Self:
        deciding = [use for use in self.may_be if use in DECIDING]
        if self.protected and deciding:
            message = f"{self.table}.{self.field} is protected and must not be used as {', '.join(deciding)}"
            raise ValueError(message)
        return self


class FieldUses(BaseModel):
    """The whole list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    uses: dict[Use, str]
    fields: tuple[FieldUse, ...] = Field(min_length=1)

    def allowed(self, use: Use, tables: Iterable[str]) -> frozenset[str]:
        """The fields of some tables that may be used so."""
        wanted = set(tables)
        return frozenset(each.field for each in self.fields if use in each.may_be and each.table in wanted)


def read_field_use(path: Path | None = None) -> FieldUses:
    """Read the list that ships with the package, or another.

    Raises:
        ContractError: the file is not such a list, or gives a protected field a use that decides something.
    """
    source = path or shipped("data_contracts") / "field_use.yaml"
    try:
        return FieldUses.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        problems = (
            [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
            if isinstance(error, ValidationError)
            else ["not readable as YAML"]
        )
        raise ContractError(
            "The list of what fields may be used for cannot be used: " + "; ".join(problems) + ".",
            where=source.name,
            how_many=f"{len(problems)} to mend",
            next_step="Correct the file.",
        ) from None


def check_indicators(names: Iterable[str], tables: Iterable[str], uses: FieldUses) -> None:
    """Refuse indicators that the list does not allow.

    Raises:
        SegmentationError: a field is not listed as an indicator.
    """
    wrong = sorted(set(names) - uses.allowed("indicator", tables))
    if wrong:
        raise SegmentationError(
            "Some fields must not be used to group families.",
            where=", ".join(wrong),
            how_many=f"{len(wrong)} of the indicators",
            next_step="Leave them out; data_contracts/field_use.yaml says what each field may be used for.",
        )
