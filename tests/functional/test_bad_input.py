"""What bad input gets: a clear message, an exit code, no traceback, nothing lost."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fi_workbench.settings import read_settings
from fi_workbench.weekly import open_workspace

WEEK = "2026-W47"
VISITS = "child_id,visit_rule,due_date,visit_date,recorded_on,seen,seen_alone,worker_id"


@pytest.fixture
def empty(tmp_path: Path, run) -> Path:
    """A workspace without extracts."""
    folder = tmp_path / "workspace"
    assert run(["init", str(folder), "--name", "Anywhere", "--code", "000"]).code == 0
    return folder


def test_an_authoritys_name_is_kept_as_it_was_given(tmp_path: Path, run) -> None:
    name = 'Town "of" \\ {code} Testing'
    assert run(["init", str(tmp_path / "one"), "--name", name, "--code", "000"]).code == 0
    assert read_settings(tmp_path / "one").authority.name == name
    refused = run(["init", str(tmp_path / "two"), "--name", "Anywhere", "--code", "12"])
    assert (refused.code, (tmp_path / "two").exists()) == (2, False)
    assert "--code" in refused.err
    assert "file" not in refused.err


def test_an_executor_that_is_no_address_is_refused_before_any_work(empty: Path, run) -> None:
    refused = run(["weekly", "--workspace", str(empty), "--executor", "foo"])
    assert refused.code == 2
    assert "not the address of an executor" in refused.err
    assert "…" not in refused.err  # the sign of work


def put(workspace: Path, place: str, content: str | bytes) -> Path:
    path = workspace / "extracts" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def loaded(workspace: Path, run) -> tuple[int, dict[str, object], str]:
    done = run(["load", "--workspace", str(workspace), "--json"])
    assert "Traceback" not in done.err
    (receipt,) = done.facts["receipts"]
    return done.code, receipt, done.out


CIN = """<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>
<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails><Source><SourceLevel>L</SourceLevel><LEA>000</LEA>
<SoftwareCode>x</SoftwareCode><Release>1</Release><SerialNo>001</SerialNo><DateTime>2026-05-01T10:00:00</DateTime>
</Source></Header><Children><Child><ChildIdentifiers><LAchildID>C1</LAchildID>
<PersonBirthDate>2015-02-03</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
<CINdetails><CINreferralDate>2025-06-02</CINreferralDate><ReferralSource>6</ReferralSource>
<PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>0</ReferralNFA></CINdetails></Child></Children></Message>"""


@pytest.mark.parametrize(
    ("place", "content", "outcome", "message"),
    [
        ("cin_census/cut.xml", CIN[: len(CIN) // 2], "refused", "line"),
        ("cin_census/doctype.xml", '<!DOCTYPE x [<!ENTITY a "b">]>' + CIN, "refused", "DOCTYPE"),
        ("cin_census/root.xml", "<Census/>", "refused", "Message"),
        ("visits/visits_2026-11-22.csv", b"", "refused", "empty"),
        (
            "visits/visits_2026-11-22.csv",
            VISITS.replace("visit_date,", "") + "\nC1,child_protection,,2026-11-02,true,true,W1\n",
            "refused",
            "visit_date",
        ),
        (
            "housing/visits_2026-11-22.csv",
            VISITS + "\nC1,child_protection,,2026-11-02,2026-11-03,true,true,W1\n",
            "refused",
            "extracts/visits",
        ),
        (
            "visits/visits.csv",
            VISITS + "\nC1,child_protection,,2026-11-02,2026-11-03,true,true,W1\n",
            "held",
            "--as-of",
        ),
    ],
)
def test_files_that_are_refused_or_held(empty: Path, run, place: str, content: str, outcome: str, message: str) -> None:
    path = put(empty, place, content)
    code, receipt, out = loaded(empty, run)
    assert code == 3
    assert receipt["outcome"] == outcome
    assert message in out
    assert path.exists()
    assert open_workspace(empty).lake.ledger().is_empty()


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("C1,child_protection,,31/02/2026,2026-11-03,true,true,W1", "visit_date"),
        ("C1,child_protection,,2026-02-31,2026-11-03,true,true,W1", "visit_date"),
        ("C1,no_such_rule,,2026-11-02,2026-11-03,true,true,W1", "visit_rule"),
        (",child_protection,,2026-11-02,2026-11-03,true,true,W1", "child_id"),
        ("C1,child_protection,,2026-11-02,2026-11-03,false,true,W1", "seen_alone_needs_seen"),
        ("C1,child_protection", "fields_complete"),
    ],
)
def test_rows_that_break_a_rule_are_kept_whole_with_their_reasons(empty: Path, run, row: str, rule: str) -> None:
    good = "C2,child_protection,,2026-11-02,2026-11-03,true,true,W1"
    put(empty, "visits/visits_2026-11-22.csv", f"{VISITS}\n{good}\n{row}\n{good}\n")
    code, receipt, _ = loaded(empty, run)
    assert code == 3
    assert receipt["outcome"] == "loaded"
    quarantine = open_workspace(empty).lake.quarantine()
    assert quarantine.height == 1
    assert quarantine["line"].to_list() == [3]
    assert quarantine["raw"].to_list() == [row]
    assert any(rule in name for name in quarantine["rules"].to_list()[0])
    assert all(reason.strip() for reason in quarantine["reasons"].to_list()[0])


def test_a_week_without_data(made: Path, run) -> None:
    refused = run(["weekly", "--workspace", str(made), "--week", "2019-W10"])
    assert refused.code == 1
    assert "No extract tells anything about this week" in refused.err


def test_nothing_loaded_at_all(empty: Path, run) -> None:
    refused = run(["weekly", "--workspace", str(empty)])
    assert refused.code == 1
    assert "Nothing has been loaded yet" in refused.err


def test_an_unknown_unit_is_refused_before_anything_runs(week_made: Path, run) -> None:
    refused = run(["briefs", "--workspace", str(week_made), "--unit", "no_such_unit"])
    assert refused.code == 2
    assert "no_such_unit" in refused.err
    units = [unit.code for unit in open_workspace(week_made).settings.units]
    assert units[0] in refused.err


@pytest.mark.parametrize("week", ["2026-W54", "November", "2026-47"])
def test_a_week_that_is_none(made: Path, run, week: str) -> None:
    refused = run(["weekly", "--workspace", str(made), "--week", week])
    assert refused.code == 2
    assert "2026-W47" in refused.err


def test_a_folder_that_is_no_workspace(tmp_path: Path, run) -> None:
    refused = run(["weekly", "--workspace", str(tmp_path)])
    assert refused.code == 2
    assert "not a workspace" in refused.err


def test_a_misspelt_setting(week_made: Path, run) -> None:
    settings = week_made / "workbench.toml"
    settings.write_text(settings.read_text() + "\n[clokcs]\n")
    refused = run(["weekly", "--workspace", str(week_made)])
    assert refused.code == 2
    assert "did you mean clocks" in refused.err
    assert run(["doctor", "--workspace", str(week_made)]).code == 1


@pytest.mark.parametrize(
    ("refused", "said"), [(errno.ENOSPC, "disk is full"), (errno.EFBIG, "larger than files may be")]
)
def test_a_full_disk_is_said_and_what_stood_before_still_stands(week_made: Path, run, refused: int, said: str) -> None:
    # The lake's own tests fill a disk; here the operating system refuses every new file of a real command.
    before = open_workspace(week_made).lake.ledger()
    put(
        week_made,
        "visits/visits_2026-11-20.csv",
        VISITS + "\nC9,child_protection,,2026-11-02,2026-11-03,true,true,W1\n",
    )
    code = (
        "import errno, os, sys\n"
        "from fi_workbench.store import Lake\n"
        f"def full(self, draft): raise OSError({refused}, os.strerror({refused}))\n"
        "Lake.append_load = full\n"
        f"sys.argv = ['fi-workbench', 'load', '--workspace', {str(week_made)!r}]\n"
        "from fi_workbench.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in (done.stderr + done.stdout).lower()
    assert "Traceback" not in done.stderr
    assert open_workspace(week_made).lake.ledger().equals(before)
    assert run(["load", "--workspace", str(week_made)]).code in {0, 3}
    assert open_workspace(week_made).lake.ledger().height == before.height + 1


def test_a_demo_never_overwrites(made: Path, run) -> None:
    refused = run(["demo", str(made)])
    assert refused.code == 2
    assert "not empty" in refused.err
    assert run(["demo", str(made), "--if-absent"]).code == 0


def test_release_and_recall_ask_for_a_name(week_made: Path, run) -> None:
    assert run(["release", "--workspace", str(week_made)]).code == 2
    assert run(["release", "--workspace", str(week_made), "--by", " "]).code == 2
    assert not (week_made / "briefs").exists()


def test_a_missing_key_fails_closed(week_made: Path, run) -> None:
    (week_made / "pseudonym.key").unlink()
    refused = run(["weekly", "--workspace", str(week_made), "--again"])
    assert refused.code == 2
    assert "no pseudonym key" in refused.err


def test_a_copy_of_the_lake_elsewhere_is_read_the_same(week_made: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "moved"
    shutil.move(week_made, elsewhere)
    lake = open_workspace(elsewhere).lake
    assert lake.read_week_table(WEEK, "family_status").height > 0
