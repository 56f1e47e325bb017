"""From data to HTML: the templates of the brief, filled with everything escaped and nothing missing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fi_workbench.display.model import Section
from fi_workbench.display.pictures import picture
from fi_workbench.display.prose import day
from fi_workbench.resources import shipped

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates() -> Environment:
    """The templates of pages: every value is escaped, and one that is missing is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only who makes pages needs it

    loader = FileSystemLoader(shipped("templates") / "brief", encoding="utf-8")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters["day"] = day
    found.globals.update(picture=picture)
    return found


def section_html(section: Section) -> str:
    """A section as a piece of HTML, for the analyst's notebook."""
    style = (shipped("templates") / "brief" / "style.css").read_text(encoding="utf-8")
    return str(templates().get_template("fragment.html.j2").render(section=section, style=style))
