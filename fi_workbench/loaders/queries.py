"""Queries that a workspace keeps in files: read whole, and refused unless they only read.

A query is run by an account that should be able to read and nothing else; that is for the database's owner to see
to. This check is the second lock: it is made on the text, before any connection is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fi_workbench.errors import RefusedFileError

_APART = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')|(?P<name>"[^"]*"|\[[^\]]*\]|`[^`]*`)""", re.DOTALL
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_CHANGES = frozenset({
    "alter", "analyze", "attach", "backup", "begin", "bulk", "call", "checkpoint", "cluster", "comment",
    "commit", "copy", "create", "deallocate", "declare", "delete", "deny", "detach", "do", "drop", "exec",
    "execute", "grant", "insert", "into", "kill", "listen", "load", "lock", "merge", "notify", "openquery",
    "openrowset", "prepare", "reindex", "restore", "revoke", "rollback", "savepoint", "set", "shutdown",
    "truncate", "unlisten", "update", "use", "vacuum", "waitfor",
})  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A query that only reads.

    Attributes:
        name: its file, as settings name it.
        fingerprint: of its text, for the record of a load.
    """

    name: str
    text: str
    fingerprint: str


def read_query(workspace: Path, name: str) -> Query:
    """Read a query's file.

    Args:
        workspace: the folder that it must lie in.
        name: its path in the workspace, as settings have it.

    Raises:
        RefusedFileError: not in the workspace, not there, not text, or not one SELECT that changes nothing.
    """
    path = (workspace / name).resolve()
    if not path.is_relative_to(workspace.resolve()) or path.suffix.lower() != ".sql":
        raise RefusedFileError(
            "A query must be a .sql file inside the workspace.", where=name, next_step="Copy it there."
        )
    try:
        text = path.read_text(encoding="utf-8-sig").strip().removesuffix(";").strip()
    except (OSError, UnicodeDecodeError):
        raise RefusedFileError(
            "The query's file is not there, or is not UTF-8 text.",
            where=name,
            next_step="Correct the path in workbench.toml, or save the file as UTF-8.",
        ) from None
    if reason := why_not(text):
        raise RefusedFileError(
            f"The query does more than read: {reason}. It was not run.",
            where=name,
            next_step="Write one SELECT (or WITH … SELECT); quote a column that is named like such a word.",
        )
    return Query(name, text, sha256(text.encode()).hexdigest()[:12])


def why_not(text: str) -> str | None:
    """Say why a text is not one query that only reads; None when it is.

    Example:
        >>> why_not("select 1 as n")
        >>> why_not("delete from visits")
        'it begins with DELETE, not with SELECT or WITH'
    """
    bare = _APART.sub(lambda found: " " if found["comment"] else " x ", text)
    if "'" in bare or '"' in bare or "/*" in bare or "$$" in bare or re.search(r"\$[A-Za-z_]\w*\$", bare):
        return "a quotation or comment in it is not closed, or is quoted by dollar signs"
    words = [word.lower() for word in _WORD.findall(bare)]
    if not words:
        return "it is empty"
    if words[0] not in {"select", "with"}:
        return f"it begins with {words[0].upper()[:20]}, not with SELECT or WITH"
    if ";" in bare:
        return "it holds more than one statement"
    changing = sorted(set(words) & _CHANGES)
    return f"it holds {', '.join(word.upper() for word in changing)}" if changing else None
