"""The shape of a contract file: the subset of the Open Data Contract Standard v3.2 that we read.

A key that this subset does not have is an error with the nearest valid name: a rule that is silently dropped
because its key was misspelt is worse than none.

Source:
    Open Data Contract Standard v3.2.0 (Bitol, Linux Foundation AI and Data), Apache 2.0.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fi_workbench.contracts.rules import Implementation


class Part(BaseModel):
    """A part of the file: frozen and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Description(Part):
    """What the data is for."""

    purpose: str
    usage: str = ""
    limitations: str = ""


class Member(Part):
    """A person or post of the owning team."""

    username: str
    name: str = ""
    role: str = ""
    description: str = ""


class Team(Part):
    """The owner."""

    name: str
    description: str = ""
    members: tuple[Member, ...] = ()


class ServiceLevel(Part):
    """A promise such as how often data is delivered."""

    property: str
    value: Any
    unit: str = ""
    element: str = ""
    driver: str = ""
    description: str = ""


class CustomProperty(Part):
    """A named value that the standard leaves to us."""

    property: str
    value: Any
    description: str = ""


class Code(Part):
    """An allowed code."""

    value: Any
    label: str = ""
    description: str = ""


class TypeOptions(Part):
    """What narrows a type."""

    format: str = ""
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    min_length: int | None = Field(default=None, alias="minLength", ge=0)
    max_length: int | None = Field(default=None, alias="maxLength", ge=0)
    pattern: str | None = None


class Items(Part):
    """What an array holds."""

    logical_type: Literal["string"] = Field(alias="logicalType")


class Synonym(Part):
    """Another heading of a column."""

    synonym: str
    id: str = ""
    description: str = ""
    locale: str = ""
    source: str = ""
    status: str = ""


class Relationship(Part):
    """A foreign key of one column, written `table.column`."""

    type: Literal["foreignKey"] = "foreignKey"
    to: str
    id: str = ""
    description: str = ""


class Property(Part):
    """A column."""

    id: str = ""
    name: str
    physical_name: str = Field(default="", alias="physicalName")
    physical_type: str = Field(default="", alias="physicalType")
    business_name: str = Field(default="", alias="businessName")
    description: str = ""
    logical_type: Literal["string", "date", "integer", "number", "boolean", "timestamp", "array"] = Field(
        alias="logicalType"
    )
    logical_type_options: TypeOptions = Field(default=TypeOptions(), alias="logicalTypeOptions")
    items: Items | None = None
    required: bool = False
    unique: bool = False
    primary_key: bool = Field(default=False, alias="primaryKey")
    primary_key_position: int | None = Field(default=None, alias="primaryKeyPosition", ge=1)
    classification: Literal["public", "aggregate", "internal", "pseudonym", "case_reference", "personal", "special"]
    critical_data_element: bool = Field(default=False, alias="criticalDataElement")
    deprecated: bool = False
    semantic_type: Literal["column", "measure", "dimension"] = Field(default="column", alias="semanticType")
    synonyms: tuple[Synonym, ...] = ()
    examples: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    enum: tuple[Code | bool | int | float | str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = Field(default=(), alias="customProperties")


class Quality(Part):
    """A rule of a table."""

    id: str = ""
    name: str
    description: str
    type: Literal["custom"]
    engine: Literal["fi-workbench"]
    severity: Literal["error", "warning"] = "error"
    dimension: str = ""
    business_impact: str = Field(default="", alias="businessImpact")
    tags: tuple[str, ...] = ()
    implementation: Implementation


class TableObject(Part):
    """A table."""

    id: str = ""
    name: str
    physical_name: str = Field(default="", alias="physicalName")
    physical_type: str = Field(default="", alias="physicalType")
    logical_type: Literal["object"] = Field(default="object", alias="logicalType")
    business_name: str = Field(default="", alias="businessName")
    description: str
    grain: str = Field(alias="dataGranularityDescription")
    tags: tuple[str, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = Field(default=(), alias="customProperties")
    properties: tuple[Property, ...] = Field(min_length=1)
    quality: tuple[Quality, ...] = ()


class Document(Part):
    """A contract file."""

    api_version: Literal["v3.2.0"] = Field(alias="apiVersion")
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    status: Literal["proposed", "draft", "active", "deprecated", "retired"]
    domain: str = ""
    tenant: str = ""
    data_product: str = Field(default="", alias="dataProduct")
    tags: tuple[str, ...] = ()
    description: Description
    team: Team
    service_levels: tuple[ServiceLevel, ...] = Field(default=(), alias="slaProperties")
    custom_properties: tuple[CustomProperty, ...] = Field(default=(), alias="customProperties")
    tables: tuple[TableObject, ...] = Field(alias="schema", min_length=1)
