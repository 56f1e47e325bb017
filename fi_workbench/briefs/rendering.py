"""Pages of a brief: one file each, with everything inside it, the same bytes for the same brief."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from fi_workbench.briefs.checks import LARGEST_BYTES, check_page
from fi_workbench.briefs.model import Brief
from fi_workbench.display import templates
from fi_workbench.resources import shipped


def brief_page(brief: Brief, *, banner: str = "") -> bytes:
    """A brief as one HTML file, checked.

    Args:
        brief: the brief.
        banner: a warning across its top, for the last good brief of a week that was held.

    Raises:
        BriefError: the page is not fit to be read.
    """
    return page("unit_brief.html.j2", f"{brief.head.unit}/unit_brief.html", brief=brief, banner=banner)


def notice_page(*, title: str, authority: str, texts: Sequence[str], links: Sequence[Mapping[str, str]] = ()) -> bytes:
    """A page that says why there is no brief here.

    Raises:
        BriefError: the page is not fit to be read.
    """
    return page("notice.html.j2", "notice", title=title, authority=authority, texts=texts, links=links)


def page(template: str, name: str, *, largest: int = LARGEST_BYTES, **values: Any) -> bytes:
    """Fill a template, with its style inside and nothing let in from outside, and check the result.

    Args:
        template: its file.
        name: how messages call the page.
        largest: how many bytes the page may have; more than a phone loads gladly only for pages that are looked up.
        **values: what the template shows.

    Raises:
        BriefError: the page is not fit to be read.
    """
    style, digest = _style()
    text = templates().get_template(template).render(style=style, style_hash=digest, **values)
    made = text.encode()
    check_page(made, name, largest=largest)
    return made


def warm_pages() -> None:
    """Compile the templates of a brief beforehand, in a process that fills them later."""
    for name in ("layout", "parts", "unit_brief"):
        templates().get_template(f"{name}.html.j2")


@cache
def _style() -> tuple[str, str]:
    style = (shipped("templates") / "brief" / "style.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return style, digest
