"""Cells without a kernel: each shell is fresh, also where another ran in the process before it."""

from __future__ import annotations

from fi_workbench.briefs.cells import Cells


def test_a_second_shell_knows_nothing_of_the_first_and_shows_what_it_is_asked_to() -> None:
    first = Cells()
    assert not first.run("left_behind = 1").failed
    second = Cells()
    ran = second.run("display('shown')\nleft_behind")
    assert ran.failed
    assert ran.count == 1
    assert [output["output_type"] for output in ran.outputs] == ["display_data", "error"]
    assert ran.outputs[0]["data"] == {"text/plain": "'shown'"}
    assert ran.outputs[1]["ename"] == "NameError"
