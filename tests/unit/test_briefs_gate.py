"""The last gate: what must not be released is refused, whatever made it."""

from __future__ import annotations

import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, brief_of_pieces

from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.due_lists import withheld
from fi_workbench.briefs.gate import check_request, check_secrets, paper_faults, secrets_of
from fi_workbench.briefs.paper import brief_paper
from fi_workbench.briefs.rendering import brief_page
from fi_workbench.errors import BriefError, DisclosureError
from fi_workbench.pseudonyms import write_key


@pytest.fixture(scope="module")
def paper() -> bytes:
    return brief_paper(brief_of_pieces())


def test_a_paper_is_tagged_as_another_reader_sees_it_too(paper: bytes) -> None:
    import io

    from pypdf import PdfReader

    assert paper_faults(paper) == []
    root = PdfReader(io.BytesIO(paper)).root_object
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert root["/StructTreeRoot"]["/Type"] == "/StructTreeRoot"
    assert root["/Lang"].startswith("en")
    assert "pdfuaid" in root["/Metadata"].get_data().decode()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"/StructTreeRoot", b"/NoTreeRootHere", "no tags"),
        (b"/Marked true", b"/Marked null", "no mark that it is tagged"),
        (b"/Lang", b"/Lanx", "no language"),
        (b"pdfuaid:part", b"pdfuaid:nart", "no statement of PDF/UA"),
        (b"%%EOF", b"<</S/JavaScript/JS(app.alert(1))>>\n%%EOF", "a script"),
        (b"%%EOF", b"<</S/URI/URI(http://x)>>\n%%EOF", "a request to somewhere else"),
        (b"%%EOF", b"<</Type/EmbeddedFile>>\n%%EOF", "a file inside"),
        (b"%%EOF", b"stream\n" + zlib.compress(b"<</S/Launch>>") + b"\nendstream\n%%EOF", "a request to somewhere else"),
    ],
)  # fmt: skip
def test_a_paper_that_was_tampered_with_is_refused(paper: bytes, old: bytes, new: bytes, fault: str) -> None:
    assert old in paper
    assert fault in paper_faults(paper.replace(old, new))
    assert paper_faults(b"<html>") == ["no PDF"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("</main>", "<img alt='x' src='chart.svg'></main>", "a picture that is not inside"),
        ("</main>", "<a href='javascript:alert(1)'>x</a></main>", "an address that runs a script"),
        ("<title>", "<meta http-equiv='refresh' content='0; url=x'><title>", "a jump to another page"),
        ("img-src data:", "img-src *", "a policy that lets something in from outside"),
        ("default-src 'none'", "default-src 'none'; script-src 'self'", "a policy that lets something in from outside"),
        ("</main>", "<h6>x</h6></main>", "a heading of level 6 after one of level 3"),
        ("<th scope=", "<th data-scope=", "a header cell without scope"),
        ("</main>", "<script>1</script></main>", "a <script>"),
        ("</main>", "<p onclick='x()'>x</p></main>", "an attribute that runs a script"),
        ("</main>", "<img alt='x' src='https://x/y.png'></main>", "a request to somewhere else"),
        (" alt=", " data-alt=", "a picture without alternative text"),
        ("</main>", "<p>" + "x" * 150_000 + "</p></main>", "more than 150 kB"),
        ('lang="en-GB"', "", "no language"),
    ],
)
def test_a_page_that_was_tampered_with_is_refused(old: str, new: str, fault: str) -> None:
    page = brief_page(brief_of_pieces()).decode()
    assert old in page
    assert faults(page.encode()) == []
    assert fault in faults(page.replace(old, new).encode())


def cell(*tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": "", "metadata": {"tags": list(tags)}}


ASKED = {"unit": "north", "week": "2026-W47"}
RAN = {
    "metadata": {"papermill": {"parameters": ASKED}},
    "cells": [cell("parameters"), cell("injected-parameters"), cell()],
}


def test_a_notebook_that_ran_for_what_it_was_asked_passes() -> None:
    check_request(RAN, ASKED, "north")


@pytest.mark.parametrize(
    "spoilt",
    [
        {**RAN, "metadata": {"papermill": {"parameters": {**ASKED, "unit": "south"}}}},
        {**RAN, "metadata": {"papermill": {"parameters": {**ASKED, "more": 1}}}},
        {**RAN, "metadata": {}},
        {**RAN, "cells": [cell("injected-parameters"), cell("parameters"), cell()]},
        {**RAN, "cells": [cell("parameters"), cell(), cell("injected-parameters")]},
        {**RAN, "cells": [cell("injected-parameters"), cell()]},
    ],
)
def test_one_that_ran_for_something_else_does_not(spoilt: dict[str, Any]) -> None:
    with pytest.raises(BriefError, match="did not run with what it was asked for"):
        check_request(spoilt, ASKED, "north")


@pytest.mark.parametrize(
    "text",
    [
        b"postgresql://reader:hunter22@db.example/cms",
        b"-----BEGIN RSA PRIVATE KEY-----",
        b"Password = hunter22",
        b'"api_key": "abcd1234"',
        b"Authorization: Bearer abcdefghijklmnop1234",
    ],
)
def test_what_looks_like_a_secret_is_refused_and_not_repeated(text: bytes) -> None:
    for content in (b"some words " + text, b"%PDF-1.7 stream\n" + zlib.compress(text) + b"\nendstream"):
        with pytest.raises(DisclosureError, match="looks like") as caught:
            check_secrets({"north/unit_brief": content})
        assert "hunter22" not in str(caught.value)
        assert "abcd" not in str(caught.value)


def test_the_workspaces_own_key_is_refused_in_every_form(tmp_path: Path) -> None:
    write_key(tmp_path / "pseudonym.key")
    forms = secrets_of(tmp_path)
    assert len(forms) == 4
    for form in forms:
        with pytest.raises(DisclosureError, match="the workspace's key"):
            check_secrets({"x": b"<p>" + form + b"</p>"}, forms)
    check_secrets({"x": b"Talk about the token economy, or a secret: shh. Contact: your analyst."}, forms)
    assert secrets_of(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("back", "is_withheld"),
    [(0, False), (3, False), (4, False), (5, True), (14, True)],  # W47 ends on Sunday 22 November 2026
)
def test_due_lists_are_withheld_after_three_working_days(back: int, is_withheld: bool) -> None:
    """Read on Monday 23 November: an extract of the 18th is three working days old, one of the 17th four."""
    rows = [
        {"source": "visits", "name": "Visits", "as_of": WEEK.sunday - timedelta(days=back)},
        {"source": "meetings", "name": "Meetings", "as_of": WEEK.sunday},
        {"source": "housing", "name": "Housing", "as_of": WEEK.sunday - timedelta(days=90)},
        {"source": "case_people", "name": "People", "as_of": None},
    ]
    told = withheld(pl.DataFrame(rows), WEEK, most=3)
    assert bool(told) is is_withheld
    if is_withheld:
        assert "list of visits goes up to" in told
