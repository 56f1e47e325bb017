"""What shipped contracts say is kept beside them, and is never out of date."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.contracts import all_contracts, kept, load_contract
from fi_workbench.resources import shipped


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "shipped", lambda _: tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return tmp_path / "a.odcs.yaml"


class Reader:
    """Reads, and counts how often."""

    def __init__(self, says: Any = None) -> None:
        self.says, self.asked = says, 0

    def __call__(self, text: str) -> Any:
        self.asked += 1
        return {"text": text} if self.says is None else self.says


def test_a_text_is_read_once_until_it_changes(contract: Path) -> None:
    read = Reader()
    for text in ("one", "one", "two", "two"):
        assert kept.load(text, contract, read) == {"text": text}
    assert read.asked == 2
    assert [path.name for path in contract.parent.rglob("*") if path.is_file()] == ["a.odcs.yaml.json"]


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", '{"of": 1}', "\udcff"])
def test_what_was_kept_and_cannot_be_read_is_read_anew(contract: Path, broken: str) -> None:
    kept.load("one", contract, Reader())
    (place,) = contract.parent.rglob("*.json")
    place.write_bytes(broken.encode("utf-8", errors="surrogateescape"))
    read = Reader()
    assert kept.load("one", contract, read) == kept.load("one", contract, read) == {"text": "one"}
    assert read.asked == 1


def test_a_folder_that_cannot_be_written_to_costs_time_only(contract: Path) -> None:
    (contract.parent / "__pycache__").write_text("a file where a folder would be", encoding="utf-8")
    read = Reader()
    assert kept.load("one", contract, read) == kept.load("one", contract, read) == {"text": "one"}
    assert read.asked == 2


def test_nothing_is_kept_of_what_is_not_shipped_nor_where_python_keeps_nothing(
    contract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.load("one", None, Reader())
    kept.load("one", contract.parent.parent / "own.odcs.yaml", Reader())
    kept.load("one", contract, Reader({1: "a key that JSON would make text"}))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept.load("one", contract, Reader())
    assert not list(contract.parent.rglob("*.json"))


def test_every_shipped_contract_says_the_same_when_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    paths = sorted(shipped("data_contracts").rglob("*.odcs.yaml"))
    first = [load_contract(path) for path in paths]
    assert len(list(tmp_path.rglob("*.odcs.yaml.json"))) == len(paths) == len(all_contracts().contracts)
    assert all(json.loads(place.read_text(encoding="utf-8"))["says"] for place in tmp_path.rglob("*.json"))
    assert [load_contract(path) for path in paths] == first
