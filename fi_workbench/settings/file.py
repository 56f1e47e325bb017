"""The settings file of a workspace, `workbench.toml`: read and checked before anything starts.

A key that does not exist is refused, with the nearest valid name.
"""

from __future__ import annotations

import difflib
import tomllib
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fi_workbench.errors import SettingsError
from fi_workbench.settings.model import Settings

FILE_NAME = "workbench.toml"


def read_settings(workspace: Path) -> Settings:
    """Read and check a workspace's settings.

    Raises:
        SettingsError: no workspace there, not TOML, or keys or values that cannot be.
    """
    path = workspace / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            f"There is no {FILE_NAME} here, so this is not a workspace.",
            where=str(workspace),
            next_step="Make one with `fi-workbench init FOLDER`, or name yours with --workspace or FI_WORKSPACE.",
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not readable as TOML: {error}.", where=str(path)) from None
    return parse_settings(data, where=str(path))


def parse_settings(data: dict[str, Any], *, where: str = FILE_NAME) -> Settings:
    """Check settings that were read from somewhere.

    Raises:
        SettingsError: keys or values that cannot be, each with what would be valid.
    """
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problems = [_explain(problem) for problem in error.errors(include_input=False, include_url=False)]
        raise SettingsError(
            "The settings cannot be used: " + "; ".join(problems) + ".",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step="Correct the file; `fi-workbench doctor` checks it again.",
        ) from None


def _explain(problem: Any) -> str:
    location = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{location or 'settings'}: {problem['msg'].removeprefix('Value error, ')}"
    names = _valid_names(problem["loc"][:-1])
    near = difflib.get_close_matches(str(problem["loc"][-1]), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"valid names: {', '.join(names)}"
    return f"{location} is not a setting; {hint}"


def _valid_names(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return sorted(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if typing.get_origin(annotation) is None:
        return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)
