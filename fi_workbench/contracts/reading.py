"""From the text of a contract file to a `Contract`, refusing whatever cannot be meant."""

from __future__ import annotations

import difflib
import hashlib
import typing
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fi_workbench.contracts import kept, rules
from fi_workbench.contracts.compiling import compile_contract
from fi_workbench.contracts.document import Document
from fi_workbench.contracts.table import Contract
from fi_workbench.errors import ContractError


def load_contract(path: Path) -> Contract:
    """Read one contract file.

    Raises:
        ContractError: not readable, not the format, an unknown key (with the nearest valid one), or a rule, type or
            property that cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ContractError("This contract file cannot be read.", where=str(path)) from None
    return parse_contract(text, where=path.name, path=path)


def parse_contract(text: str, *, where: str, path: Path | None = None) -> Contract:
    """Read a contract from its text; see `load_contract`."""
    data = kept.load(text, path, partial(_from_yaml, where=where))
    if not isinstance(data, dict):
        raise ContractError("This contract is not a YAML mapping.", where=where)
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        problems = [_explain(problem, data) for problem in error.errors(include_url=False)]
        raise ContractError(
            "The contract breaks the contract language: " + "; ".join(problems) + ".",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step="Correct the file. The language is described in fi_workbench/contracts/rules.py.",
        ) from None
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
    return compile_contract(document, where=where, path=path, fingerprint=fingerprint)


def _from_yaml(text: str, *, where: str) -> Any:
    from fi_workbench.contracts.plain_yaml import read_yaml  # noqa: PLC0415 - see there

    return read_yaml(text, where=where)


def _explain(problem: Any, data: Any) -> str:
    place = _place(problem["loc"], data)
    kind = problem["type"]
    if kind == "union_tag_invalid":
        tag = str(problem["ctx"]["tag"])
        near = difflib.get_close_matches(tag, rules.VOCABULARY, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"the rules are {', '.join(rules.VOCABULARY)}"
        return f"{place}: there is no rule {tag}; {hint}"
    if kind == "union_tag_not_found":
        return f"{place}: the rule is not named; write `rule:` with one of {', '.join(rules.VOCABULARY)}"
    if kind != "extra_forbidden":
        return f"{place}: {str(problem['msg']).removeprefix('Value error, ')}"
    key = str(problem["loc"][-1])
    names = _valid_keys(problem["loc"][:-1])
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"valid keys: {', '.join(names)}"
    return f"{place} is not a key of the contract language; {hint}"


def _place(location: tuple[Any, ...], data: Any) -> str:
    """Where a problem is, by the names of tables and columns rather than their positions."""
    parts: list[str] = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        if isinstance(step, int) and isinstance(data, dict):
            name = data.get("name") or data.get("property") or data.get("value")
            parts.append(str(name) if name is not None else str(step))
        else:
            parts.append(str(step))
    return ".".join(parts) or "contract"


def _valid_keys(location: tuple[Any, ...]) -> list[str]:
    models: list[type[BaseModel]] = [Document]
    for step in location:
        if not isinstance(step, str):
            continue
        found = [model for parent in models for model in _models_at(parent, step)]
        chosen = [model for model in models if step in _rule_names(model)]
        models = found or chosen or models
    return sorted({info.alias or name for model in models for name, info in model.model_fields.items()})


def _models_at(model: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if key in {name, info.alias}:
            return _models_in(info.annotation)
    return []


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if typing.get_origin(annotation) is None:
        return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _rule_names(model: type[BaseModel]) -> tuple[str, ...]:
    info = model.model_fields.get("rule")
    return typing.get_args(info.annotation) if info else ()
