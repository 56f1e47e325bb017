"""The ways in which a file can hold a word: as it stands, behind markup, escaped, spaced out, or in base64."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

DEEPEST = 4
"""Encodings inside encodings are opened so many times."""

_TAG = re.compile(r"<[^<>]*>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|code|em|i|mark|s|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>]*>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*("[^"<]*"|'[^'<]*')""")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HASH = re.compile(r"sha256-(?<!\wsha256-)[A-Za-z0-9+/]{43}=")
"""What a page's policy lets through, told by its hash: letters at random, some of which are somebody's name."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_SPACED = re.compile(r"(?<![^\s\"'>(])[^\s<>](?:[ \u00a0][^\s<>]){5,}(?![^\s\"'<.,;)])")
_GEOMETRY = re.compile(r"[\sMLHVCSQTAZmlhvcsqtaze0-9.,+%()-]*|(?:(?:translate|rotate|scale|matrix)\([^()]*\)\s*)+")
_DRAWN = frozenset(
    (
        *("d", "points", "transform", "viewbox", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx"),
        *("ry", "width", "height", "offset", "font-size", "opacity", "stroke-width", "stroke-dasharray", "style"),
        *("stroke-opacity", "fill-opacity", "stroke-miterlimit"),
    )
)


def views(text: str, depth: int = 0) -> Iterator[str]:
    """Give every text that can be read out of a text, itself first.

    Numbers that only draw an SVG are left out, since their digits name nobody; text drawn in it is kept.
    """
    opened = _HASH.sub("", text) if "sha256-" in text else text
    if "&" in opened:
        opened = html.unescape(opened)
    if "%" in opened:
        opened = unquote(opened, errors="replace")
    if "\\u" in opened:
        opened = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), opened)
    opened = opened.replace("<!--", " ").replace("-->", " ").replace("<![CDATA[", " ").replace("]]>", " ")
    if "<" in opened and ">" in opened:
        yield _TAG.sub("\n", opened)
        yield _TAG.sub("\n", _INLINE.sub("", opened))
        yield "\n".join(_inside_tags(opened))
    else:
        yield opened
    close = [run for line in opened.split("\n") for run in _closed_up(line)]
    if close:
        yield "\n".join(close)
    if depth < DEEPEST:
        for hidden in _decoded(opened):
            yield from views(hidden, depth + 1)


def _inside_tags(text: str) -> Iterator[str]:
    for tag in _TAG.findall(text):
        yield _ATTRIBUTE.sub(_without_drawing, tag)


def _without_drawing(attribute: re.Match[str]) -> str:
    name, value = attribute[1].lower(), attribute[2][1:-1]
    drawn = name in _DRAWN and _GEOMETRY.fullmatch(value)
    return "" if drawn or value.startswith("data:") else attribute[0]


@lru_cache(maxsize=1 << 14)
def _closed_up(line: str) -> tuple[str, ...]:
    """Words of a line that are spaced out, letter by letter, without the spaces."""
    return tuple(re.sub(r"\s", "", run) for run in _SPACED.findall(line))


def _decoded(text: str) -> Iterator[str]:
    return (hidden for run in _BASE64.findall(text) if (hidden := _hidden(run)))


@lru_cache(maxsize=1 << 16)
def _hidden(run: str) -> str:
    """What a run of letters says as base64; empty where that cannot be read."""
    stripped = run.rstrip("=")
    if len(stripped) % 4 == 1:
        return ""
    padded = stripped.replace("-", "+").replace("_", "/") + "=" * (-len(stripped) % 4)
    try:
        decoded = base64.b64decode(padded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded if decoded.isprintable() or _reads(decoded) else ""


def _reads(text: str) -> bool:
    return all(character.isprintable() or character in "\n\r\t" for character in text)
