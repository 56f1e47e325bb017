"""A partner's record is tied to a person by hand, or its link undone: of records and people that there are."""

from __future__ import annotations

from pathlib import Path

from fi_workbench import weekly
from tests.functional.conftest import WEEK, Run

SOURCE = "police_notifications"


def test_only_known_records_and_people_are_linked_by_a_name_and_a_reason(week_made: Path, run: Run) -> None:
    lake = weekly.open_workspace(week_made).lake
    current = lake.current_run(WEEK)
    assert current is not None
    links = lake.read_week_table(WEEK, "person_links", current.run_id)
    record = links.filter(links["source"] == SOURCE)["partner_person"][0]
    people = lake.read_week_table(WEEK, "people", current.run_id)
    person = people["person_id"][0]
    listed = lake.read("case_people", current.pin).select("forename", "surname").drop_nulls()
    named = listed.filter(listed["surname"].str.len_chars() > 3).row(0, named=True)
    where = ["--workspace", str(week_made)]
    told = ["--by", "Marian Halcombe", "--reason", "another person of the same name"]
    name = f"{named['forename']} {named['surname']}"

    wrong: list[tuple[list[str], str]] = [
        (["unlink", "nowhere", record, *told], "No source of this name"),
        (["unlink", SOURCE, "nobody", *told], "no partner person of this pseudonym"),
        (["link-person", SOURCE, record, "nobody", *told], "no person of this pseudonym"),
        (["unlink", SOURCE, record, "--by", " ", "--reason", "wrong"], "needs a person's name"),
        (["unlink", SOURCE, record, "--by", "Marian Halcombe", "--reason", " "], "needs a reason"),
        (["unlink", SOURCE, record, "--by", "Marian Halcombe", "--reason", f"it is {name}"], "A reason holds"),
    ]
    for command, words in wrong:
        refused = run([*command, *where])
        assert refused.code in {1, 2}, command[:2]
        assert words in refused.err
        assert named["surname"] not in refused.err
    assert lake.decisions("link").is_empty()

    assert run(["unlink", SOURCE, record, *told, *where]).code == 0
    assert run(["link-person", SOURCE, record, person, *told, *where]).code == 0
    assert lake.decisions("link")["subject"].to_list() == [f"{SOURCE}:{record}"] * 2


def test_nobody_is_linked_before_a_week_is_made(week_loaded: Path, run: Run) -> None:
    told = ["--by", "Marian Halcombe", "--reason", "wrong", "--workspace", str(week_loaded)]
    refused = run(["unlink", SOURCE, "x", *told])
    assert (refused.code, "No week has been made" in refused.err) == (1, True)
