"""Codes are stable and survive paper; replies are read, and each record ends in one place."""

from __future__ import annotations

import mailbox
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fi_workbench.errors import WrongUseError
from fi_workbench.learning.codes import ALPHABET, finding_code, finding_key, read_code
from fi_workbench.learning.judging import FREE_TEXT, MAIL_ADDRESS, NO_ANSWER, NO_CODE, Judged, judge
from fi_workbench.learning.replies import Reply, read_replies

CODE = finding_code(unit="unit_tyne", week="2026-W47", section="actions", finding="visit_due")
OTHER = finding_code(unit="unit_tyne", week="2026-W47", section="actions", finding="visit_unseen")
NOT_SHOWN = finding_code(unit="unit_tyne", week="2020-W01", section="actions", finding="visit_due")


def holds(text: str) -> Iterable[str]:
    return ["a surname"] if "quillfeather" in text.casefold() else []


def judged(path: Path, before: Iterable[tuple[str, str, str]] = ()) -> Judged:
    return judge(read_replies(path), codes={CODE, OTHER}, before=set(before), holds=holds)


def table(folder: Path, *lines: str) -> Path:
    path = folder / "replies.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_code_hangs_on_unit_week_section_and_finding_alone() -> None:
    same = {"unit": "unit_tyne", "week": "2026-W47", "section": "actions", "finding": "visit_due"}
    assert finding_code(**same) == CODE
    for name in same:
        assert finding_code(**{**same, name: "x"}) != CODE


def test_a_finding_without_a_key_is_known_by_its_words_not_its_numbers() -> None:
    first = finding_key("", "Due by 27 November 2026: visits for 3 children in 1,204 families.")
    assert first == finding_key("", "Due by 4 December 2026: visits for 12 children in 2 families.")
    assert not any(letter.isdigit() for letter in first)
    assert finding_key("visit_due", "Anything") == "visit_due"


def test_codes_of_many_units_and_weeks_are_distinct() -> None:
    made = {
        finding_code(unit=f"unit_{unit}", week=f"2026-W{week:02d}", section="actions", finding=str(n))
        for unit in range(20)
        for week in range(1, 53)
        for n in range(20)
    }
    assert len(made) == 20 * 52 * 20


def test_a_code_is_read_as_people_type_it() -> None:
    typed = CODE.replace("0", "o").replace("1", "l").lower()
    assert read_code(CODE) == read_code(f"{CODE[:4]}-{CODE[4:]}") == read_code(f" {typed[:3]} {typed[3:]} ") == CODE
    assert read_code("Q74HFOV3") == "Q74HF0V3"
    assert read_code("") is read_code("Q74H") is read_code("Q74HF0V3-99") is None


def test_no_code_can_be_a_name_or_be_read_as_two_words() -> None:
    assert not set("AEIOUYL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 29
    assert CODE.isalnum()


@given(st.integers(0, 6), st.text(max_size=12))
def test_exchanged_neighbours_are_noticed(place: int, finding: str) -> None:
    code = finding_code(unit="u", week="2026-W47", section="s", finding=finding)
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (read_code(typed) is None) == (typed != code)


@given(st.integers(0, 7), st.sampled_from(ALPHABET), st.text(max_size=12))
def test_one_wrong_symbol_is_noticed(place: int, symbol: str, finding: str) -> None:
    plain = finding_code(unit="u", week="2026-W47", section="s", finding=finding)
    typed = plain[:place] + symbol + plain[place + 1 :]
    assert (read_code(typed) is None) == (typed != plain)


def test_every_record_of_a_list_ends_in_one_place(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "code,answer,note",
        f"{CODE},useful,",
        f"{CODE.lower()},Acted on,",
        f"{CODE},useful,",
        f"{OTHER},wrong,",
        f"{NOT_SHOWN},useful,",
        f"{CODE},wrong,The Quillfeather visit was done",
        f"{CODE},brilliant,",
        "Q74HF0V4,useful,",
        f"{CODE},useful,ask a@b.org",
    )
    found = judged(path)
    assert [(one.code, one.answer) for one in found.accepted] == [
        (CODE, "useful"),
        (CODE, "acted_on"),
        (OTHER, "wrong"),
    ]
    assert (found.duplicates, found.unknown) == (1, (5,))
    assert found.kept_apart == {
        6: (FREE_TEXT, "it holds a surname"),
        7: (NO_ANSWER,),
        8: (NO_CODE,),
        9: (FREE_TEXT, MAIL_ADDRESS),
    }
    assert found.n == 9


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_list_is_read_as_excel_saves_it(tmp_path: Path, separator: str) -> None:
    path = table(tmp_path, f"Code{separator}Answer", f"{CODE}{separator}useful", separator)
    assert [(one.code, one.answer) for one in judged(path).accepted] == [(CODE, "useful")]


@pytest.mark.parametrize("cell", ["x" * 140_000, "useful\nanother"])
def test_a_quotation_mark_that_is_not_closed_is_told_by_its_line(tmp_path: Path, cell: str) -> None:
    path = table(tmp_path, "code,answer", "", f"{CODE},useful", f'{CODE},"{cell}', f"{OTHER},wrong")
    with pytest.raises(WrongUseError, match="quotation mark") as refused:
        read_replies(path)
    assert refused.value.where == "replies.csv, line 4"


def test_numbered_forms_let_several_people_say_the_same_once_each(tmp_path: Path) -> None:
    path = table(tmp_path, "reply,code,answer", f"1,{CODE},useful", f"2,{CODE},useful", f"2,{CODE},useful")
    found = judged(path)
    assert (len(found.accepted), found.duplicates) == (2, 1)
    again = judged(path, [one.identity for one in found.accepted])
    assert (len(again.accepted), again.duplicates) == (0, 3)


def test_a_name_in_the_place_of_a_number_is_kept_apart(tmp_path: Path) -> None:
    found = judged(table(tmp_path, "reply,code,answer", f"Quillfeather,{CODE},useful"))
    assert found.kept_apart == {1: (FREE_TEXT, "it holds a surname")}


def message(subject: str, number: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "worker@town.example", "briefs@town.example", subject
    made["Message-ID"] = f"<{number}@town.example>"
    made.set_content("Sent from my phone\nAurelia Quillfeather was seen.")
    return made


def test_of_mail_only_the_subject_is_read(tmp_path: Path) -> None:
    path = tmp_path / "replies.mbox"
    box = mailbox.mbox(path)
    for number, subject in enumerate(
        [
            f"Brief feedback {CODE} useful",
            f"RE: Brief feedback {CODE} acted on",
            f"Brief feedback {CODE} useful",
            f"Brief feedback {OTHER} wrong Quillfeather moved",
            "Lunch?",
            "",
        ]
    ):
        box.add(message(subject, str(number)))
    box.add(message(f"Brief feedback {CODE} useful", "0"))  # the same message, exported twice
    box.close()
    found = judged(path)
    assert [(one.code, one.answer) for one in found.accepted] == [
        (CODE, "useful"),
        (CODE, "acted_on"),
        (CODE, "useful"),
    ]
    assert found.duplicates == 1
    assert found.kept_apart[4] == (FREE_TEXT, "it holds a surname")
    assert found.kept_apart[5] == ('the subject does not begin with "Brief feedback"',)
    assert sorted(found.kept_apart) == [4, 5, 6]
    assert "town.example" not in repr(found)


def test_one_message_and_its_encoded_subject(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(f"Subject: =?utf-8?q?Brief_feedback_{CODE}_wrong?=\r\nMessage-ID: <a>\r\n\r\nx".encode())
    (one,) = judged(path).accepted
    assert (one.code, one.answer) == (CODE, "wrong")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("replies.xlsx", b"PK", "read from a CSV file"),
        ("replies.csv", b"code,reply\n1,2\n", "needs each of these columns"),
        ("replies.csv", b"code,answer\n\xff,useful\n", "not UTF-8"),
        ("", b"", "no such file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / (name or "nothing.csv")
    if name:
        path.write_bytes(content)
    with pytest.raises(WrongUseError, match=words):
        read_replies(path)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([CODE, OTHER, NOT_SHOWN, "", "Quillfeather", "Q74HF0V4"]),
            st.sampled_from(["useful", "Wrong", "acted on", "", "brilliant"]),
            st.sampled_from(["", "1", "2", "a@b.org"]),
            st.sampled_from(["", "was seen"]),
        )
    )
)
def test_whatever_is_sent_every_record_ends_in_one_place_and_counts_once(
    sent: list[tuple[str, str, str, str]],
) -> None:
    replies = [Reply(n, code, answer, beyond, by) for n, (code, answer, by, beyond) in enumerate(sent, start=1)]
    found = judge(replies, codes={CODE, OTHER}, before=(), holds=holds)
    assert found.n == len(sent)
    assert all(found.kept_apart.values())
    again = judge(replies, codes={CODE, OTHER}, before={one.identity for one in found.accepted}, holds=holds)
    assert again.accepted == ()
    assert again.duplicates == found.duplicates + len(found.accepted)
    assert again.n == len(sent)
