"""Replies to a brief as they come: a list of codes and answers (CSV), or the subjects of exported mail.

Of mail only the subject is read, and the message's own number to know it again. Who wrote it is never looked at.
"""

from __future__ import annotations

import email.header
import email.policy
import hashlib
import mailbox
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from fi_workbench.errors import WrongUseError
from fi_workbench.learning.typed_lists import read_list

ANSWERS = {"useful": "Useful", "wrong": "Wrong", "acted_on": "Acted on"}
"""Answer to its words on the button."""

SUBJECT = "Brief feedback"
"""How the subject of a reply by mail begins; the code and the answer follow, and nothing else."""

LARGEST_BYTES = 50_000_000
COLUMNS = ("code", "answer")
OPTIONAL = "reply"


@dataclass(frozen=True)
class Reply:
    """One record of a file of replies, before anything is judged.

    Attributes:
        record: its number in the file, from 1.
        code: what stands where the code should be.
        answer: what stands where the answer should be.
        beyond: anything else that was written.
        known_by: what tells this reply from an equal one: the form's number, or a hash of the message's own number.
        wrong_shape: why it is no reply at all; empty where it may be one.
    """

    record: int
    code: str
    answer: str
    beyond: str = ""
    known_by: str = ""
    wrong_shape: str = ""

    @property
    def text(self) -> str:
        """Everything that was written."""
        return " ".join(part for part in (self.code, self.answer, self.beyond) if part)


def read_replies(path: Path) -> list[Reply]:
    """Read a file of replies.

    Args:
        path: a `.csv` with the columns `code` and `answer`, and `reply` (the number of the form) where several people
            may say the same; or exported mail as `.mbox` or `.eml`.

    Returns:
        GRAIN one reply per record of the file, in its order; a record that is no reply is among them.

    Raises:
        WrongUseError: the file is not there, is of another kind, too large, has not the columns needed, or a line that
            cannot be read.
    """
    if not path.is_file():
        raise WrongUseError("There is no such file of replies.", where=path.name, next_step="Check its name.")
    if path.stat().st_size > LARGEST_BYTES:
        raise WrongUseError(
            "The file of replies is too large.",
            where=path.name,
            how_many=f"{path.stat().st_size:,} bytes; at most {LARGEST_BYTES:,}",
            next_step="Export only the folder that the replies are in.",
        )
    kind = path.suffix.lower()
    if kind == ".csv":
        return _of_table(path)
    if kind == ".eml":
        return [_of_headers(1, path.read_bytes())]
    if kind == ".mbox":
        box = mailbox.mbox(path, create=False)
        try:
            return [_of_headers(number, box.get_bytes(key)) for number, key in enumerate(box.keys(), start=1)]
        finally:
            box.close()
    raise WrongUseError(
        "Replies are read from a CSV file, an .mbox or an .eml.",
        where=path.name,
        next_step="Export the mailbox as .mbox, or type codes and answers into a CSV file.",
    )


def _of_table(path: Path) -> list[Reply]:
    heading, rows = read_list(path, what="file of replies")
    missing = [name for name in COLUMNS if heading.count(name) != 1]
    if missing or heading.count(OPTIONAL) > 1:
        raise WrongUseError(
            "The file of replies needs each of these columns once: code, answer.",
            where=path.name,
            how_many=f"{len(missing)} missing or twice",
            next_step="Write code,answer in the first line, and reply where forms are numbered.",
        )
    return [_of_row(number, heading, cells) for number, (_, cells) in enumerate(rows, start=1)]


def _of_row(number: int, heading: list[str], cells: list[str]) -> Reply:
    named = dict(zip(heading, cells, strict=False))
    used = {*COLUMNS, OPTIONAL}
    beyond = [cell for place, cell in enumerate(cells) if place >= len(heading) or heading[place] not in used]
    return Reply(
        number,
        named.get("code", ""),
        named.get("answer", ""),
        beyond=" ".join(cell for cell in beyond if cell),
        known_by=named.get(OPTIONAL, ""),
    )


def _of_headers(number: int, content: bytes) -> Reply:
    headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(content)
    subject = _plain(headers.get("Subject"))
    told = _plain(headers.get("Message-ID")) or "\x1f".join((subject, _plain(headers.get("Date"))))
    known_by = hashlib.sha256(told.encode()).hexdigest()[:16]
    words = subject.split()
    while words and words[0].casefold() in {"re:", "fw:", "fwd:"}:
        words = words[1:]
    begins = SUBJECT.casefold().split()
    if [word.casefold() for word in words[: len(begins)]] != begins:
        return Reply(number, "", "", subject, known_by, wrong_shape=f'the subject does not begin with "{SUBJECT}"')
    rest = words[len(begins) :]
    n_words = 2 if [word.casefold() for word in rest[1:3]] == ["acted", "on"] else 1
    return Reply(
        number,
        rest[0] if rest else "",
        " ".join(rest[1 : 1 + n_words]),
        beyond=" ".join(rest[1 + n_words :]),
        known_by=known_by,
    )


def _plain(value: object) -> str:
    """A header's text, whatever it was encoded with, on one line."""
    if value is None:
        return ""
    parts: Iterable[tuple[bytes | str, str | None]] = email.header.decode_header(str(value))
    read = []
    for part, charset in parts:
        if isinstance(part, str):
            read.append(part)
            continue
        try:
            read.append(part.decode(charset or "ascii", errors="replace"))
        except LookupError:
            read.append(part.decode("ascii", errors="replace"))
    return " ".join("".join(read).split())
