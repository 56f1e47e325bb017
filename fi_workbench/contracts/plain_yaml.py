"""YAML without its surprises. Imported only where a contract's text is not kept as JSON, since few commands need it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from fi_workbench.errors import ContractError


class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C: eight times as fast
    """NO is a code and not false, 2026-03-31 is text, and a key twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that appears twice: the second would silently replace the first."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            message = f"the key {', '.join(twice)} appears twice"
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(text: str, *, where: str) -> Any:
    """What a contract's text says.

    Raises:
        ContractError: it is not YAML, or has a key twice.
    """
    try:
        return yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a SafeLoader made stricter
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise ContractError(f"This contract is not readable as YAML: {problem}.", where=f"{where}{line}") from None
