"""What a page must be before it may be released: checked on the finished bytes, without a browser.

Source:
    Web Content Accessibility Guidelines 2.2 (1.1.1, 1.3.1, 2.4.2, 3.1.1); Analysis Function, Making spreadsheets and
    tables accessible (captions and scopes).
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from fi_workbench.errors import BriefError

LARGEST_BYTES = 150_000

_OUTSIDE = re.compile(
    r"""(?:src|href|srcset|action|data|poster)\s*=\s*["']?\s*(?:https?:|//|ftp:)|@import|url\(\s*["']?(?!data:)""",
    re.IGNORECASE,
)
_LETS_IN = re.compile(r"https?:|\*|script-src|connect-src|frame-src|'self'|blob:", re.IGNORECASE)
_RUNS = re.compile(r"\s*(?:javascript|vbscript)\s*:|\s*data:text/html", re.IGNORECASE)
_BARRED = frozenset({"script", "iframe", "object", "embed", "form", "link", "base", "video", "audio", "foreignobject"})


class _Reader(HTMLParser):
    """Counts what a page holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.faults: list[str] = []
        self.heading = 0
        self.language = ""
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        given = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if tag in _BARRED:
            self.faults.append(f"a <{tag}>")
        if any(_RUNS.match(value) for value in given.values()):
            self.faults.append("an address that runs a script")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.faults.append("a jump to another page")
        if tag == "img" and not given.get("src", "").startswith("data:image/"):
            self.faults.append("a picture that is not inside")
        if any(name.startswith("on") for name in given):
            self.faults.append("an attribute that runs a script")
        if "style" in given:
            self.faults.append("a style within a tag, which the page's own policy refuses")
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "img" and not given.get("alt", "").strip():
            self.faults.append("a picture without alternative text")
        elif tag == "th" and given.get("scope") not in {"row", "col"}:
            self.faults.append("a header cell without scope")
        elif tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given.get("content", "")
        elif re.fullmatch(r"h[1-6]", tag):
            level = int(tag[1])
            if level > self.heading + 1:
                self.faults.append(f"a heading of level {level} after one of level {self.heading}")
            self.heading = level


def faults(page: bytes, *, largest: int = LARGEST_BYTES) -> list[str]:
    """List what is wrong with a page; nothing when it may go on.

    Args:
        page: the finished HTML.
        largest: how many bytes it may have.
    """
    text = page.decode("utf-8")
    reader = _Reader()
    reader.feed(text)
    found = list(dict.fromkeys(reader.faults))
    found += ["a request to somewhere else"] if _OUTSIDE.search(text) else []
    found += [] if "default-src 'none'" in reader.policy else ["no Content-Security-Policy that refuses everything"]
    found += ["a policy that lets any style in"] if "unsafe" in reader.policy else []
    found += ["a policy that lets something in from outside"] if _LETS_IN.search(reader.policy) else []
    found += [] if reader.language == "en-GB" else ["no language"]
    found += [] if reader.tags["h1"] == 1 else [f"{reader.tags['h1']} main headings"]
    found += [] if reader.tags["title"] else ["no title"]
    found += [] if reader.tags["main"] == 1 else ["no main part"]
    found += [] if reader.tags["caption"] == reader.tags["table"] else ["a table without caption"]
    found += [f"more than {largest // 1000} kB"] if len(page) > largest else []
    return found


def check_page(page: bytes, name: str, *, largest: int = LARGEST_BYTES) -> None:
    """Let a page pass, or refuse it.

    Raises:
        BriefError: it would ask for something outside, run something, or leave readers out.
    """
    wrong = faults(page, largest=largest)
    if wrong:
        raise BriefError(
            "A page is not fit to be read by everyone, offline: it has " + ", ".join(wrong) + ".", where=name
        )
