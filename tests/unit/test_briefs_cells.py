"""Cells without a kernel: each shell is fresh, also where another ran in the process before it."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from fi_workbench.briefs.cells import Cells, Transformers


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


WRITTEN = (
    "1", "x = 1\n", "x;", "a = 1\nb = 2", "await x", "brief.heading()", "ls", "exit", "f(1)  # ls",
    "\n\nx", "  x = 1\n  y = 2", "\t1", '"""\n%%time\n"""', "s = '!ls ?'", "if x:\n    pass\n",
    "%time f()", "%%bash\nls", "!ls", "files = !ls", "t = %who_ls", "x?", "??x", ">>> x = 1", "In [3]: x", "x = 1\nIn [4]: y",
    "x = 1\n... y", "x = 1\n   ...: y", "x = (\n>>> y)", "/f 1", ",f a", "x = 1\n>>> y",
    "'''\n...: x\n'''", "'''\n>>> x\n'''", "f('''\nIn [5]: x\n''')",
    "1 +", "", "\n", "x\r\ny", "x\x0c", "\x00", "lambda: (yield)", "print('ü')",
)  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_what_is_python_already_becomes_what_ipython_makes_of_it(written: str) -> None:
    assert Transformers().transform_cell(written) == TransformerManager().transform_cell(written)
