"""Fuzz the reader of the return on looked after children, guided by coverage: XML and workbooks. Not part of the test run.

In an environment of its own (atheris has wheels for Linux): `pip install atheris -e .`, then

    python tests/studies/fuzz_return.py CORPUS -max_total_time=300

Stops at the first crash and keeps its input as `crash-...`; `python tests/studies/fuzz_return.py crash-...` runs it
again. Bytes that begin as an archive are read as a workbook, others as XML.
"""

from __future__ import annotations

import atexit
import random
import re
import sys
import tempfile
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fi_workbench.loaders", "zipfile"]):
    from fi_workbench.loaders import ssda903

from fuzzing import AS_OF, SETTINGS, corpus, in_archive, law, outcomes

from fi_workbench.contracts import all_contracts
from fi_workbench.demo.spreadsheet import ErrorCell, Formula, Sheet, workbook
from fi_workbench.loaders.ssda903_xml import BLOCKS, HEADINGS

CONTRACT = all_contracts().source("ssda903")
HEADS = {name: [c.physical_name for c in table.columns.values()] for name, table in CONTRACT.tables.items()}
TAGS = sorted(
    {*BLOCKS, *HEADINGS, "EXPSSDA903", "CHILD", "HEADER", "UASC", "X", *(h for head in HEADS.values() for h in head)}
)
VALUES = ["31/03/2026", "2026-03-31", "30/02/2026", "1", "0", "M", "H5", "X1", "zz/zz/2019", "&#x1F;", "&amp;", "&none;",
          "<![CDATA[N1]]>", "<!-- c -->", "<?p?>", " ", "\u00a0"]  # fmt: skip
CHILD = (
    "<CHILD><HEADER><CHILDID>C1</CHILDID><SEX>1</SEX><DOB>12/06/2010</DOB><UASC>1</UASC><DUC>12/06/2028</DUC><IN_TOUCH/>"
    "<AREVIEW><REVIEW>12/06/2025</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW><W><SW_ID>SW1</SW_ID></W></HEADER>"
    "<EPISODE><DECOM>12/06/2025</DECOM><PL>U6</PL></EPISODE></CHILD>"
)
SEEDS = [
    f"<?xml version='1.0' encoding='utf-8'?>\n<EXPSSDA903>{CHILD}{CHILD.replace('C1', 'C2')}</EXPSSDA903>".encode(),
    b"<EXPSSDA903/>",
    workbook([Sheet(name, [head, ["1" for _ in head]]) for name, head in HEADS.items()]),
    workbook([Sheet("a", [["title"], None, HEADS["ssda903_episodes"], ["C1", date(2025, 6, 12), ErrorCell(), 1.5]]),
              Sheet("b", [["x"]], hidden=True), Sheet("header", [["y", Formula("TODAY()")]])]),
]  # fmt: skip
_ELEMENT = re.compile(r"<(\w+)>[^<]*(?:<(?!/?\1>)[^<]*)*</\1>")


def spoilt(data: bytes, size: int, seed: int) -> bytes:
    """Change a workbook inside its archive, and XML as a return: elements dropped, doubled, moved, renamed; or any bytes."""
    if data.startswith(b"PK"):
        return in_archive(data, size, seed, atheris.Mutate)
    chance = random.Random(seed)
    text = data.decode("utf-8", "replace")
    found = list(_ELEMENT.finditer(text))
    if not found or chance.random() < 0.3:
        return atheris.Mutate(data, size)
    one, other = chance.choice(found), chance.choice(found)[0]
    element, tag = one[0], one[1]
    changed = chance.choice([
        "", element * 2, other, element.replace("</", other + "</", 1), element.replace(tag, chance.choice(TAGS)),
        f"<{tag}>{chance.choice(VALUES)}</{tag}>", element.replace(">", ">\n "), f"<{tag}/>", f"<X>{element}</X>",
        element[: chance.randrange(len(element) + 1)], element * 200 if len(element) < 200 else element,
    ])  # fmt: skip
    return (text[: one.start()] + changed + text[one.end() :]).encode("utf-8", "replace")[:size]


def one_input(data: bytes) -> None:
    """One file, from its bytes to rows that add up."""
    path = BOOK if data.startswith(b"PK") else XML
    path.write_bytes(data)
    law(lambda: ssda903.read([path], CONTRACT, SETTINGS, as_of=AS_OF), CONTRACT, data)


if __name__ == "__main__":
    memory = Path("/dev/shm")  # noqa: S108 - no disk is to be worn out by a fuzzer
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        BOOK, XML = Path(folder) / "return.xlsx", Path(folder) / "return.xml"
        again = len(sys.argv) > 1 and Path(sys.argv[1]).is_file()
        seeds = [] if again else [str(corpus("fuzz_corpus_return", SEEDS))]
        atheris.Setup([sys.argv[0], *seeds, *sys.argv[1:], "-max_len=60000", "-timeout=20", "-rss_limit_mb=3000"],
                      one_input, custom_mutator=spoilt)  # fmt: skip
        atexit.register(lambda: sys.stdout.write(f"{outcomes}\n"))
        atheris.Fuzz()
