"""From an executed notebook to a brief: its questions in its order, with the answers that its cells carried.

The notebook decides the order and the words around the figures. Its code, its printed text and its errors never come
along: only what `display` made and the gate released.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.parameters import INJECTED, source_of, tags_of
from fi_workbench.briefs.wording import check_words
from fi_workbench.display import MIME, Head, MadeFrom, Section, Shown
from fi_workbench.errors import BriefError, DisclosureError

ERROR_TAGS = ("papermill-error-cell-tag",)
FOLDED, NOT_PRINTED = "folded", "not-printed"
"""Tags of the cell that asks a question: opened on a screen only when asked for; left off paper."""

ANALYST = "analyst"
"""Whose pages may be harder to read than a brief."""

_SHOWN: TypeAdapter[Shown] = TypeAdapter(Shown)
_MARKUP = re.compile(r"[`*_<>\[\]]|^\s*(?:[-+]|\d+\.)\s", re.MULTILINE)


@dataclass
class _Draft:
    head: Head | None = None
    trust: Section | None = None
    made_from: MadeFrom | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)


def assemble(notebook: Mapping[str, Any], *, unit: str, week: str, audience: str = "unit") -> Brief:
    """Make a brief of an executed notebook.

    Args:
        notebook: its JSON.
        unit: the unit asked for; every piece must be of it.
        week: the week asked for.
        audience: the audience asked for.

    Raises:
        BriefError: an error cell, a missing heading, line of trust or record of what it was made from, markup that a
            brief does not have, words that are not plain enough, or a brief about another unit or week than was asked
            for.
        DisclosureError: a piece was released for another audience or unit.
    """
    draft = _Draft()
    for cell in notebook["cells"]:
        if any(tag in tags_of(cell) for tag in ERROR_TAGS):
            raise BriefError("The notebook ended in an error, so it is no brief.", where=unit)
        if cell.get("cell_type") == "markdown":
            _read_words(source_of(cell), draft, tags_of(cell))
        elif cell.get("cell_type") == "code" and INJECTED not in tags_of(cell):
            for piece in _pieces(cell):
                _place(piece, draft, audience, unit)
    missing = [name for name in ("head", "trust", "made_from") if getattr(draft, name) is None]
    if missing or not draft.parts:
        raise BriefError(
            "The notebook did not show everything that a brief needs.",
            where=", ".join(missing or ["a question"]),
            next_step="Show heading(), trust() and made_from(), and at least one question with its answer.",
        )
    assert draft.head is not None  # noqa: S101 - said above, for the type checker
    assert draft.trust is not None  # noqa: S101
    assert draft.made_from is not None  # noqa: S101
    if (draft.head.unit, draft.head.week, draft.head.audience) != (unit, week, audience):
        raise BriefError(
            "The notebook made a brief about something else than it was asked for.", where=f"{unit}, {week}, {audience}"
        )
    parts = tuple(Part.model_validate(part) for part in draft.parts)
    brief = Brief(head=draft.head, trust=draft.trust, parts=parts, made_from=draft.made_from)
    if audience != ANALYST:
        check_words(brief)
    return brief


def _pieces(cell: Mapping[str, Any]) -> list[Section | Head | MadeFrom]:
    found = []
    for output in cell.get("outputs", ()):
        carried = output.get("data", {}).get(MIME)
        if carried is None:
            continue
        try:
            found.append(_SHOWN.validate_json(carried))
        except ValidationError:
            raise BriefError("A piece of the brief is not in the shape that this version knows.", where=MIME) from None
    return found


def _place(piece: Section | Head | MadeFrom, draft: _Draft, audience: str, unit: str) -> None:
    if isinstance(piece, Head):
        draft.head = piece
        return
    if isinstance(piece, MadeFrom):
        draft.made_from = piece
        return
    if piece.audience != audience or piece.unit not in {"", unit}:
        raise DisclosureError(
            "A piece of the brief was released for another audience or unit.",
            where=f"section {piece.key}, audience {audience}",
        )
    if piece.key == "trust" and draft.trust is None:
        draft.trust = piece
    elif draft.parts:
        draft.parts[-1]["sections"].append(piece)
    else:
        raise BriefError("An answer stands before the first question.", where=f"section {piece.key}")


def _read_words(source: str, draft: _Draft, tags: Collection[str]) -> None:
    for block in re.split(r"\n\s*\n", source.strip()):
        text = " ".join(block.split())
        if text.startswith("## "):
            part = {"title": text[3:].strip(), "reading": [], "sections": []}
            draft.parts.append({**part, "folded": FOLDED in tags, "printed": NOT_PRINTED not in tags})
        elif text.startswith("# ") or not text:
            continue
        elif draft.parts:
            if _MARKUP.search(block) or text.startswith("#"):
                raise BriefError(
                    "The words of a brief are plain paragraphs.",
                    where=draft.parts[-1]["title"],
                    next_step="Take out lists, links, emphasis, code and HTML.",
                )
            draft.parts[-1]["reading"].append(text)
