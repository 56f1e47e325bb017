"""Which replies count: each is accepted, a duplicate, about an unknown code, or kept apart with every reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from fi_workbench.learning.codes import read_code
from fi_workbench.learning.replies import ANSWERS, Reply

FREE_TEXT = "it says more than a code and an answer"
NO_CODE = "it has no code, or one that was mistyped"
NO_ANSWER = "its answer is not useful, wrong or acted on"
MAIL_ADDRESS = "it holds an e-mail address"
LONGEST_NUMBER = 12

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_FORM_NUMBER = re.compile(rf"[0-9]{{1,{LONGEST_NUMBER}}}")
_MESSAGE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Accepted:
    """One reply that counts."""

    code: str
    answer: str
    known_by: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What two replies share that are the same reply."""
        return (self.known_by, self.code, self.answer)


@dataclass(frozen=True)
class Judged:
    """What became of every record of a file.

    Attributes:
        accepted: replies that count.
        duplicates: records that say again what was accepted before.
        unknown: records whose code no released brief has.
        kept_apart: number of the record and every reason.
    """

    accepted: tuple[Accepted, ...] = ()
    duplicates: int = 0
    unknown: tuple[int, ...] = ()
    kept_apart: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many records there were: nothing is lost."""
        return len(self.accepted) + self.duplicates + len(self.unknown) + len(self.kept_apart)


def judge(
    replies: Iterable[Reply],
    *,
    codes: Collection[str],
    before: Collection[tuple[str, str, str]],
    holds: Callable[[str], Iterable[str]],
) -> Judged:
    """Judge each record of a file of replies.

    A reply is known again by its form's number or its message. Where it has neither, a second one with the same code
    and answer counts as the same: a list that grows from week to week is not counted twice.

    Args:
        replies: the records.
        codes: the codes of released briefs.
        before: what was accepted from earlier files, as `Accepted.identity`.
        holds: kinds of identifiers that a text holds (such as "a surname"), never their values.

    Returns:
        Every record once.
    """
    seen = set(before)
    accepted: list[Accepted] = []
    unknown: list[int] = []
    apart: dict[int, tuple[str, ...]] = {}
    duplicates = 0
    for reply in replies:
        code, answer = read_code(reply.code), _answer(reply.answer)
        reasons = _reasons(reply, code, answer, holds)
        if reasons or code is None or answer is None:
            apart[reply.record] = reasons
            continue
        one = Accepted(code, answer, reply.known_by)
        if code not in codes:
            unknown.append(reply.record)
        elif one.identity in seen:
            duplicates += 1
        else:
            seen.add(one.identity)
            accepted.append(one)
    return Judged(tuple(accepted), duplicates, tuple(unknown), apart)


def _answer(text: str) -> str | None:
    found = re.sub(r"[\s_-]+", "_", text.strip().casefold())
    return found if found in ANSWERS else None


def _reasons(
    reply: Reply, code: str | None, answer: str | None, holds: Callable[[str], Iterable[str]]
) -> tuple[str, ...]:
    """Every reason why a record may not count. The number of a form is a number, or it may be a name."""
    numbered = not reply.known_by or _FORM_NUMBER.fullmatch(reply.known_by) or _MESSAGE.fullmatch(reply.known_by)
    written = reply.text if numbered else f"{reply.text} {reply.known_by}"
    found = [reply.wrong_shape] if reply.wrong_shape else []
    if not reply.wrong_shape:
        found += [NO_CODE] if code is None else []
        found += [NO_ANSWER] if answer is None else []
        found += [FREE_TEXT] if reply.beyond or not numbered else []
    if found:  # a code and an answer alone are symbols of ours: what else was written is looked through
        found += [MAIL_ADDRESS] if _MAIL.search(written) else []
        found += [f"it holds {kind}" for kind in holds(written)]
    return tuple(dict.fromkeys(found))
