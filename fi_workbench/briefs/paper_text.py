"""What a PDF says, read out of its own bytes: the text that is drawn, the words of pictures, titles, descriptions.

It reads the papers that Typst sets (one object after another, fonts that say which letters their glyphs are) in a few
milliseconds, which a general reader of PDFs does not. Whatever it cannot read it refuses: a paper that cannot be
searched does not leave.

Source:
    ISO 32000-1, 7.3.4 (strings), 9.4 (text objects) and 9.10.3 (ToUnicode CMaps).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping

from fi_workbench.errors import DisclosureError

PDF = b"%PDF-"
"""How every PDF begins."""

LARGEST_PART = 20_000_000
_WIDEST = 1.3
"""No letter is followed by the next one of its word so many times its size away."""
_USUAL = 0.75
"""Only wide letters are followed by the next one of their word so far away; two labels may stand as near."""

_OBJECT = re.compile(rb"(?:^|[\r\n])(\d+) 0 obj\b(.*?)\bendobj\b", re.DOTALL)
_STREAM = re.compile(rb"\bstream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
_NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+) 0 R")
_UNICODE = re.compile(rb"/ToUnicode\s+(\d+) 0 R")
_RESOURCES = re.compile(rb"/Resources\s+(\d+) 0 R")
_CONTENTS = re.compile(rb"/Contents\s*(?:\[([^\]]*)\]|(\d+) 0 R)")
_SHAPES = re.compile(rb"/FontFile[23]?\s+(\d+) 0 R")
"""The shapes of letters: bytes in which anything can stand by chance."""
_SHOWS = re.compile(rb"\bT[jJ]\b")
_REFERENCE = re.compile(rb"(\d+) 0 R")
_MAPPED = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_LETTERS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_LITERAL = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)"
_RUN = re.compile(rb" ([\d.-]+) ([\d.-]+) cm\b[^()\n]*\nBT\b(.*?)\nET\b", re.DOTALL)
_RUNS = re.compile(rb"BT\b(?<!\wBT)")
_SHOWN = re.compile(rb"/([^\s/<>\[\]()]+)\s+([\d.+-]+)\s+Tf\b|(" + _LITERAL + rb"|<[0-9A-Fa-f\s]*>)", re.DOTALL)
"""A font with its size, or a string."""
_MARKED = re.compile(rb"<<(?:[^<>()]|" + _LITERAL + rb"|<[0-9A-Fa-f\s]*>)*>>", re.DOTALL)
"""What is said of a stretch of text: its language, or words that stand for it."""
_STRING = re.compile(_LITERAL + rb"|(?<!<)<[0-9A-Fa-f\s]+>(?!>)", re.DOTALL)
_OF_NOBODY = re.compile(
    rb'\bxmlns:\w+="http://[\w.]+/[\w./#-]*"|<xmpMM:(?:Instance|Document)ID>[A-Za-z0-9+/=]{24}</xmpMM:\w+>'
)
"""Names of what the facts of a PDF are written in, one of which holds a day on which somebody is born in every
authority, and its numbers: letters at random, some of which are somebody's name."""
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_ESCAPES |= {f"{code:0{n}o}".encode(): bytes([code & 255]) for n in (1, 2, 3) for code in range(8**n)}


def paper_text(paper: bytes, name: str) -> str:
    """All that a PDF says: line by line what is drawn, then every string and description in it.

    Args:
        paper: the PDF.
        name: how messages call it.

    Raises:
        DisclosureError: a part of it cannot be read, so nobody could search it.
    """
    objects = {int(match[1]): match[2] for match in _OBJECT.finditer(paper)}
    opened = {number: _opened(body, name) for number, body in objects.items() if b"stream" in body}
    fonts = {number: body for number, body in objects.items() if b"/ToUnicode" in body}
    letters = {
        number: _letters(opened[int(found[1])]) for number, body in fonts.items() if (found := _UNICODE.search(body))
    }
    said: list[str] = []
    drawn: set[int] = set()
    for body in objects.values():
        for content, resources in _contents(body, objects, opened):
            drawn.add(content)
            named = {key: letters.get(int(font), {}) for key, font in _named_fonts(resources)}
            said.extend(_drawn(opened[content], named, name))
    shapes = {int(number) for body in objects.values() for number in _SHAPES.findall(body)}
    unread = [number for number, content in opened.items() if number not in drawn | shapes and _SHOWS.search(content)]
    if unread or b"/ObjStm" in paper or not any(line.strip() for line in said):
        raise _unreadable(name)
    for number, body in objects.items():
        said += [_plain(string) for string in _STRING.findall(_STREAM.sub(b"", body) if number in opened else body)]
        if b"/Metadata" in body and number in opened:
            said.append(_OF_NOBODY.sub(b"", opened[number]).decode("utf-8", errors="replace"))
    return "\n".join(said)


def _opened(body: bytes, name: str) -> bytes:
    found = _STREAM.search(body)
    if found is None:
        return b""
    if b"/Filter" not in body[: found.start()]:
        return found[1]
    try:
        return zlib.decompressobj().decompress(found[1], LARGEST_PART)
    except zlib.error:
        raise _unreadable(name) from None


def _contents(body: bytes, objects: Mapping[int, bytes], opened: Mapping[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """Each stream that a page draws, and the forms among them, with their resources."""
    own = _STREAM.sub(b"", body) if b"stream" in body else body
    shared = _RESOURCES.search(own)
    resources = objects.get(int(shared[1]), b"") if shared else own
    if found := _CONTENTS.search(own):
        for number in _REFERENCE.findall(found[1] or found[2] + b" 0 R"):
            if int(number) in opened:
                yield int(number), resources
    elif b"/Form" in own and b"stream" in body:
        number = next(number for number, one in objects.items() if one is body)
        yield number, resources


def _named_fonts(resources: bytes) -> list[tuple[bytes, bytes]]:
    return [pair for block in _FONTS.findall(resources) for pair in _NAMED.findall(block)]


def _letters(content: bytes) -> dict[int, str]:
    """Which letters the glyphs of a font are."""
    found = {}
    for block in _LETTERS.findall(content):
        for glyph, text in _MAPPED.findall(block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", errors="replace")
    for block in _RANGES.findall(content):
        for first, last, text in _RANGE.findall(block):
            begin = int(text, 16)
            for step, glyph in enumerate(range(int(first, 16), int(last, 16) + 1)):
                found[glyph] = chr(begin + step)
    return found


def _drawn(content: bytes, fonts: Mapping[bytes, Mapping[int, str]], name: str) -> Iterator[str]:
    """The text of a page, run by run. Letters of pictures, which are placed one by one, are put together again."""
    for marks in _MARKED.findall(content):
        yield from map(_plain, _STRING.findall(marks))
    runs = _RUN.findall(content)
    if len(runs) != len(_RUNS.findall(content)):
        raise _unreadable(name)
    known: dict[tuple[bytes, bytes], str] = {}  # letters of pictures come again and again
    placed: list[tuple[tuple[float, float], str, float]] = []
    for x, y, shown in runs:
        place, run, size, face = (float(x), float(y)), "", 0.0, b""
        for font, em, string in _SHOWN.findall(shown):
            if font:
                face, size = font, float(em)
                continue
            if (face, string) not in known:
                known[face, string] = _read(string, fonts.get(face, {}), name)
            run += known[face, string]
        placed.append((place, run, size))
    words = list(_joined(placed, _WIDEST))
    yield from words
    # A label that stands close to another is a word of its own, too, and is searched as both.
    known_words = set(words)
    yield from (word for word in _joined(placed, _USUAL) if word not in known_words)


def _joined(placed: Iterable[tuple[tuple[float, float], str, float]], most: float) -> Iterator[str]:
    """Runs of letters, with single letters put together that stand no more than so many sizes apart on a line."""
    word, after = "", (0.0, 0.0)
    for place, run, size in placed:
        if len(run) == 1 and place[1] == after[1] and 0 < place[0] - after[0] < most * size:
            word += run
        else:
            yield word
            word = run
        after = place
    yield word


def _read(string: bytes, letters: Mapping[int, str], name: str) -> str:
    """What a string of glyphs says, two bytes for each."""
    glyphs = _bytes(string)
    codes = glyphs[: len(glyphs) // 2 * 2].decode("utf-16-be", "surrogatepass")
    if not letters.keys() >= set(map(ord, codes)):
        raise _unreadable(name)
    return codes.translate(letters)


def _bytes(string: bytes) -> bytes:
    """The bytes of a string as it is written in a PDF."""
    if string.startswith(b"<"):
        digits = re.sub(rb"\s", b"", string[1:-1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    written = string[1:-1]
    if b"\\\\" not in written:  # so that every backslash begins something; most of them this
        written = written.replace(b"\\000", b"\0")
    return _ESCAPED.sub(lambda one: _ESCAPES.get(one[1], one[1]), written) if b"\\" in written else written


def _plain(string: bytes) -> str:
    read = _bytes(string)
    return (
        read[2:].decode("utf-16-be", errors="replace")
        if read.startswith(b"\xfe\xff")
        else read.decode("utf-8", errors="replace")
    )


def _unreadable(name: str) -> DisclosureError:
    return DisclosureError(
        "A paper has a part that cannot be read, so nobody can be looked for in it.",
        where=name,
        next_step="It was not written. Tell the workbench's maintainers which version of Typst set it.",
    )
