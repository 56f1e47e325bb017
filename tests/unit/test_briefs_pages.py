"""Pages are one file that asks nothing of anybody, and readable by everyone; checked on the bytes."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of, brief_of_pieces

from fi_workbench.briefs.checks import LARGEST_BYTES, check_page, faults
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.rendering import brief_page, notice_page
from fi_workbench.display import Section
from fi_workbench.errors import BriefError

FULL = brief_of_pieces()


def test_a_page_passes_its_own_checks() -> None:
    page = brief_page(FULL)
    assert faults(page) == []
    assert len(page) < LARGEST_BYTES


def test_the_same_brief_is_the_same_bytes() -> None:
    assert brief_page(FULL) == brief_page(Brief.model_validate_json(FULL.model_dump_json()))


def test_everything_said_is_on_the_page() -> None:
    text = brief_page(FULL).decode()
    for said in (
        "Good to use.",
        "Due by Friday.",
        "Falls due",
        "Local.",
        "usually 3 to 12",
        "A note.",
        "What would we do?",
    ):
        assert said in text
    assert "Town &amp; Co" in text
    assert text.index("Good to use.") < text.index("What can we do?")


def test_pictures_are_inside_with_their_words() -> None:
    text = brief_page(FULL).decode()
    sources = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert len(sources) == 1
    assert all(base64.b64decode(source).startswith(b"<svg") for source in sources)
    assert 'alt="Bar chart of visits: 7 of 12 kept."' in text


def test_markup_in_a_value_is_shown_and_not_obeyed() -> None:
    page = brief_page(brief_of(Section(key="x", audience="unit", lead="<script>alert(1)</script>"), title="<h1>?"))
    assert b"<script>" not in page
    assert b"&lt;script&gt;" in page
    assert faults(page) == []


def test_the_policy_lets_in_only_this_style() -> None:
    import hashlib

    text = brief_page(FULL).decode()
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    policy = re.search(r"'sha256-([^']+)'", text)
    assert style is not None
    assert policy is not None
    assert policy[1] == base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()


def test_a_banner_stands_across_the_top() -> None:
    text = brief_page(FULL, banner="Not this week's brief.").decode()
    assert text.index("Not this week&#39;s brief.") < text.index("Good to use.")


def test_a_notice_is_a_page_too() -> None:
    page = notice_page(
        title="No brief", authority="Town", texts=["It failed."], links=[{"href": "a.html", "text": "A"}]
    )
    assert faults(page) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<main", "<script>1</script><main", "a <script>"),
        ('alt="Bar chart of visits: 7 of 12 kept."', 'alt=""', "alternative text"),
        ('lang="en-GB"', "", "no language"),
        ('scope="col"', "", "scope"),
        ("<caption>Counts</caption>", "", "caption"),
        ("<h2", "<h4", "level 4"),
        ("</main>", "<h1>Again</h1></main>", "2 main headings"),
        ("default-src 'none'", "default-src *", "Content-Security-Policy"),
        ("<main", '<img alt="x" src="https://example.org/x.png"><main', "somewhere else"),
        ("<main", '<main style="color:red"', "style within a tag"),
        ("<main", '<main onclick="x()"', "runs a script"),
        ("</main>", " " * LARGEST_BYTES + "</main>", "more than"),
        ("<main", "<iframe></iframe><main", "<iframe>"),
    ],
)
def test_each_fault_is_found(old: str, new: str, fault: str) -> None:
    page = brief_page(FULL).decode()
    assert old in page
    broken = page.replace(old, new).encode()
    with pytest.raises(BriefError) as caught:
        check_page(broken, "tyne/unit_brief.html")
    assert fault in str(caught.value)
