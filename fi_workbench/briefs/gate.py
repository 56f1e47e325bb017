"""The last gate of a brief, on finished bytes and without a browser: nothing that fails here can be released.

The page's own rules are in `checks`; people are looked for by `guarding`. Here: the notebook ran for what it was asked,
the paper is a tagged PDF that runs and asks nothing, and no file holds a secret.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from fi_workbench.briefs.parameters import INJECTED, TAG, tags_of
from fi_workbench.errors import BriefError, DisclosureError, WorkbenchError
from fi_workbench.pseudonyms import read_key

LARGEST_PAPER = 1_000_000

_NEEDED = {
    "no tags": re.compile(rb"/StructTreeRoot\b"),
    "no mark that it is tagged": re.compile(rb"/Marked\s+true"),
    "no language": re.compile(rb"/Type\s*/Catalog\b(?:(?!endobj).)*?/Lang\s*\(", re.DOTALL),
    "no statement of PDF/UA": re.compile(rb"pdfuaid:part\b"),
}
_BARRED = {
    "a script": re.compile(rb"/JavaScript\b|/JS\b"),
    "a request to somewhere else": re.compile(rb"/URI\b|/SubmitForm\b|/GoToR\b|/Launch\b"),
    "a file inside": re.compile(rb"/EmbeddedFile\b"),
    "a lock": re.compile(rb"/Encrypt\b"),
}
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SECRETS: dict[str, tuple[tuple[bytes, ...], re.Pattern[bytes]]] = {
    "a private key": ((b"private key-----",), re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    "a password in an address": (
        (b"://",),
        re.compile(rb"(?i)\b[a-z][a-z0-9+]{1,20}://[^\s/:@\"'<>]{1,80}:[^\s/@\"'<>]{1,80}@"),
    ),
    "a password": (
        (b"password", b"passwd", b"pwd", b"secret", b"apikey", b"api_key", b"api-key", b"token"),
        re.compile(
            rb"(?i)\b(?:password|passwd|pwd|secret|api[_-]?key|token)\b[\"']?\s*[=:]\s*[\"']?"
            rb"(?=[^\s\"'<>,;]*\d)[^\s\"'<>,;]{6,}"
        ),
    ),
    "a token": (
        (b"bearer", b"eyj"),
        re.compile(rb"\bBearer\s+[A-Za-z0-9._~+/-]{16,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."),
    ),
}
"""What a secret looks like, after small letters one of which is in every such: they are looked for more quickly."""


def check_request(notebook: Mapping[str, Any], asked: Mapping[str, Any], unit: str) -> None:
    """See that a notebook ran with the parameters that it was asked for, and with no others.

    Raises:
        BriefError: papermill's record of them differs, or their cell is not where it overrides the defaults.
    """
    recorded = notebook.get("metadata", {}).get("papermill", {}).get("parameters", {})
    cells = notebook["cells"]
    declared = [place for place, cell in enumerate(cells) if TAG in tags_of(cell)]
    injected = [place for place, cell in enumerate(cells) if INJECTED in tags_of(cell)]
    follows = len(declared) == len(injected) == 1 and injected[0] == declared[0] + 1
    if dict(recorded) != dict(asked) or not follows:
        raise BriefError("The notebook did not run with what it was asked for.", where=unit)


def paper_faults(paper: bytes) -> list[str]:
    """List what is wrong with a PDF; nothing when it may go on.

    Typst refuses to write a PDF/UA that breaks the rules it knows, so this sees that it was asked to, and that nothing
    was put in afterwards.
    """
    if not paper.startswith(b"%PDF-"):
        return ["no PDF"]
    seen = b"\n".join([paper, *_opened(paper)])
    found = [what for what, pattern in _NEEDED.items() if not pattern.search(seen)]
    found += [what for what, pattern in _BARRED.items() if pattern.search(seen)]
    found += [f"more than {LARGEST_PAPER // 1000} kB"] if len(paper) > LARGEST_PAPER else []
    return found


def _opened(paper: bytes) -> Iterator[bytes]:
    """The compressed parts of a PDF that open."""
    for packed in _STREAM.findall(paper):
        try:
            yield zlib.decompressobj().decompress(packed, 5_000_000)
        except zlib.error:
            continue


def check_paper(paper: bytes, name: str) -> None:
    """Let a PDF pass, or refuse it.

    Raises:
        BriefError: it is not tagged, or holds something that runs or asks.
    """
    wrong = paper_faults(paper)
    if wrong:
        raise BriefError(
            "The paper is not fit to be read by everyone, offline: it has " + ", ".join(wrong) + ".", where=name
        )


def secrets_of(workspace: Path, key_file: str = "pseudonym.key") -> tuple[bytes, ...]:
    """The workspace's own secret, in the forms in which it could be written; none where it has no key."""
    try:
        secret = read_key(workspace / key_file).secret
    except WorkbenchError:
        return ()
    return (
        secret,
        secret.hex().encode(),
        base64.b64encode(secret).rstrip(b"="),
        base64.urlsafe_b64encode(secret).rstrip(b"="),
    )


def check_secrets(files: Mapping[str, bytes], known: Collection[bytes] = ()) -> None:
    """Let files pass, or refuse them; PDFs are looked at opened.

    Args:
        files: contents by name.
        known: secrets of this workspace.

    Raises:
        DisclosureError: one holds a secret, or what looks like one; the message does not repeat it.
    """
    for name, content in files.items():
        seen = b"\n".join([content, *_opened(content)]) if content.startswith(b"%PDF-") else content
        small = seen.lower()
        found = [
            what
            for what, (parts, pattern) in _SECRETS.items()
            if any(part in small for part in parts) and pattern.search(seen)
        ]
        found += ["the workspace's key"] if any(secret in seen for secret in known) else []
        if found:
            raise DisclosureError(
                f"A file holds what looks like {found[0]}.",
                where=name,
                next_step="It was not written. Find the words in the notebook or the settings and take them out.",
            )
