"""Raw files and raw records without the people who were erased."""

from __future__ import annotations

import re
from collections.abc import Collection

from fi_workbench.store.parting import TELLING

_BEFORE = r"(?:^|[\s,;|\"'<>=])"
_AFTER = r"(?:$|[\s,;|\"'<>&])"
_JOINT = "[-_/:]"
"""What joins a reference to another number, as in that of a referral."""


def in_text(names: Collection[str]) -> str:
    """A pattern that finds any of the identifiers in raw text: a field or element of its own, or joined to a number."""
    escaped = "|".join(re.escape(name) for name in sorted(names))
    telling = "|".join(re.escape(name) for name in sorted(names) if len(name) >= TELLING)
    whole = f"{_BEFORE}(?:{escaped}){_AFTER}"
    joined = f"(?:{_BEFORE}|{_JOINT})(?:{telling}){_JOINT}|{_JOINT}(?:{telling}){_AFTER}"
    return f"{whole}|{joined}" if telling else whole


def names_any(content: bytes, names: Collection[str]) -> bool:
    r"""Whether a raw file of text names any of these people; of other kinds of file nobody can tell.

    Example:
        >>> names_any(b"child_id,seen\n1,true\n", {"1"}), names_any(b"child_id,seen\n11,true\n", {"1"})
        (True, False)
    """
    text = _text(content)
    return text is not None and re.search(in_text(names), text, re.MULTILINE) is not None


def without(content: bytes, names: Collection[str]) -> bytes | None:
    r"""A raw file without the records that name a person; None when it cannot be done surely.

    An XML file loses whole `Child` elements, delimited text loses whole records, quoted line breaks included. Other
    kinds of file, and files in which a name is left over, are not rewritten.

    Example:
        >>> without(b"child_id,seen\n1,true\n2,true\n", {"1"})
        b'child_id,seen\n2,true\n'
    """
    pattern = re.compile(in_text(names), re.MULTILINE)
    text = _text(content)
    if text is None:
        return None
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        left = re.sub(r"\s*<Child>.*?</Child>", lambda m: "" if pattern.search(m[0]) else m[0], text, flags=re.DOTALL)
    else:
        left = "".join(record for record in _records(text) if not pattern.search(record))
    return None if pattern.search(left) else left.encode(_codec(content))


def _codec(content: bytes) -> str:
    return "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "latin-1"


def _text(content: bytes) -> str | None:
    """A file as text; none where it is no text, such as a workbook."""
    codec = _codec(content)
    return None if codec == "latin-1" and b"\0" in content else content.decode(codec)


def _records(text: str) -> list[str]:
    """Lines, joined where a quoted field runs over the end of one."""
    records: list[str] = []
    open_quote = False
    for line in text.splitlines(keepends=True):
        if open_quote:
            records[-1] += line
        else:
            records.append(line)
        open_quote ^= line.count('"') % 2 == 1
    return records
