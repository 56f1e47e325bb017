"""Every contract passes the published schema of the Open Data Contract Standard v3.2, and reads alike in other tools."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from fi_workbench.contracts.plain_yaml import PlainLoader
from fi_workbench.loaders.contract_draft import contract_text
from fi_workbench.loaders.proposing import propose
from fi_workbench.resources import shipped

PATHS = sorted(shipped("data_contracts").rglob("*.odcs.yaml"))


@cache
def validator() -> Any:
    """The schema as `open-data-contract-standard` publishes it."""
    pytest.importorskip("open_data_contract_standard", reason="the standard's schema is not installed (extra: dev)")
    from jsonschema.validators import validator_for

    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    assert "v3.2.0" in schema["properties"]["apiVersion"]["enum"]
    return validator_for(schema)(schema)


def faults(text: str) -> list[str]:
    contract = json.loads(json.dumps(yaml.load(text, yaml.CSafeLoader), default=str))
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(contract)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_a_contract_passes_the_schema_of_the_standard(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_other_tools_read_the_same_values(path: Path) -> None:
    """NO is a code here and false in most readers of YAML: such words are quoted in every shipped contract."""
    text = path.read_text(encoding="utf-8")
    assert yaml.load(text, yaml.CSafeLoader) == yaml.load(text, PlainLoader)  # noqa: S506 - a SafeLoader made stricter


def test_a_drafted_contract_passes_it_too(tmp_path: Path) -> None:
    feed = tmp_path / "boats.csv"
    feed.write_text(
        "licence,first_name,surname,dob,moored\n"
        + "".join(f"{n},A,B,2015-03-{n % 28 + 1:02d},{'yn'[n % 2]}\n" for n in range(40))
    )
    assert faults(contract_text(propose(feed), "boats", feed.name)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("classification: internal", "clasification: internal"),
        ("logicalType: date", "logicalType: datum"),
        ("apiVersion: v3.2.0", "apiVersion: v9"),
    ],
)
def test_the_schema_finds_what_is_wrong(right: str, wrong: str) -> None:
    text = next(path for path in PATHS if path.name.startswith("police")).read_text(encoding="utf-8")
    assert right in text
    assert faults(text.replace(right, wrong, 1))
