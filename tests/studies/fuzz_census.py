"""Fuzz the reader of the children in need census, guided by coverage. Not part of the test run.

In an environment of its own (atheris has wheels for Linux): `pip install atheris -e .`, then

    python tests/studies/fuzz_census.py CORPUS -max_total_time=300

Stops at the first crash and keeps its input as `crash-...`; `python tests/studies/fuzz_census.py crash-...` runs it
again. Results are in fuzz_readers.md.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fi_workbench.loaders"]):
    from fi_workbench.loaders import cin_census

from fuzzing import AS_OF, SETTINGS, corpus, law

from fi_workbench.contracts import all_contracts

STRETCH = 1500
"""Bytes of a part: about one child."""
CONTRACT = all_contracts().source("cin_census")
TAGS = sorted({table.physical_name for table in CONTRACT.tables.values()}
              | {column.physical_name for table in CONTRACT.tables.values() for column in table.columns.values()}
              | {"Message", "Header", "Children", "Reviews", "GenderCurrent", "Disabilities", "ChildIdentifiers"})  # fmt: skip
VALUES = ["2026-03-31", "31/03/2026", "2026-02-30", "1", "0", "true", "false", "N1", "1A", "RC7", "M", "9", "&#x1F;",
          "&amp;", "&none;", "<![CDATA[N1]]>", "<!-- c -->", "<?p?>", " ", "\u00a0", "N1\n", "9999-12-31"]  # fmt: skip
HEAD = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate>"
    "</CollectionDetails><Source><LEA>201</LEA></Source></Header>"
)
CHILD = (
    "<Child><ChildIdentifiers><LAchildID>C1</LAchildID><UPN>A123456789012</UPN><PersonBirthDate>2015-04-05"
    "</PersonBirthDate><Sex>F</Sex></ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities>"
    "<Disability>MOB</Disability></Disabilities></ChildCharacteristics><CINdetails><CINreferralDate>2025-05-01"
    "</CINreferralDate><ReferralSource>1A</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode><Assessments>"
    "<AssessmentActualStartDate>2025-05-02</AssessmentActualStartDate><FactorsIdentifiedAtAssessment>"
    "<AssessmentFactors>2B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments><CINPlanDates>"
    "<CINPlanStartDate>2025-06-01</CINPlanStartDate></CINPlanDates><Section47><S47ActualStartDate>2025-06-02"
    "</S47ActualStartDate></Section47><ReferralNFA>0</ReferralNFA><ChildProtectionPlans><CPPstartDate>2025-07-01"
    "</CPPstartDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><Reviews><CPPreviewDate>2025-09-01"
    "</CPPreviewDate></Reviews></ChildProtectionPlans></CINdetails></Child>"
)
SEEDS = [
    f'<?xml version="1.0" encoding="utf-8"?>\n<Message>{HEAD}<Children>{CHILD}{CHILD.replace("C1", "C2")}</Children></Message>',
    f"<Message>\n{HEAD}\n<Children>\n{CHILD}\n</Children>\n</Message>\n",
    f"<Message><Children>{CHILD.replace('Sex>', 'GenderCurrent>').replace('>F<', '>2<')}</Children>{HEAD}</Message>",
    "<Message/>",
]
_ELEMENT = re.compile(r"<(\w+)>[^<]*(?:<(?!/?\1>)[^<]*)*</\1>")


def spoilt(data: bytes, size: int, seed: int) -> bytes:
    """Change the census as a census: elements dropped, doubled, moved, renamed, given other values; or any bytes."""
    chance = random.Random(seed)
    text = data.decode("utf-8", "replace")
    found = list(_ELEMENT.finditer(text))
    if not found or chance.random() < 0.3:
        return atheris.Mutate(data, size)
    one = chance.choice(found)
    element, tag = one[0], one[1]
    other = chance.choice(found)[0]
    changed = {
        "drop": lambda: "",
        "double": lambda: element * 2,
        "move": lambda: other,
        "inside": lambda: element.replace("</", other + "</", 1),
        "rename": lambda: element.replace(tag, chance.choice(TAGS)),
        "case": lambda: element.replace(tag, tag.swapcase()),
        "value": lambda: f"<{tag}>{chance.choice(VALUES)}</{tag}>",
        "space": lambda: element.replace(">", ">\n  "),
        "attribute": lambda: element.replace(f"<{tag}", f'<{tag} xmlns="urn:x" a="1"', 1),
        "prefix": lambda: element.replace(f"<{tag}", f"<x:{tag}", 1),
        "cut": lambda: element[: chance.randrange(len(element) + 1)],
        "many": lambda: element * 300 if len(element) < 200 else element,
    }[chance.choice(["drop", "double", "move", "inside", "rename", "case", "value", "value", "space", "attribute",
                     "prefix", "cut", "many"])]()  # fmt: skip
    whole = text[: one.start()] + changed + text[one.end() :]
    if chance.random() < 0.03:
        return whole.encode(chance.choice(["utf-16", "utf-16-le", "cp1252", "utf-8-sig"]), "replace")[:size]
    return whole.encode("utf-8", "replace")[:size]


def one_input(data: bytes) -> None:
    """One file, from its bytes to rows that add up, in one part and in many."""
    PLACE.write_bytes(data)
    whole = law(lambda: cin_census.read([PLACE], CONTRACT, SETTINGS, as_of=AS_OF), CONTRACT, data)
    in_parts = law(lambda: cin_census.read([PLACE], CONTRACT, SETTINGS, as_of=AS_OF, stretch=STRETCH), CONTRACT, data)
    assert whole == in_parts, "read in parts, a file has other records than read whole"


if __name__ == "__main__":
    memory = Path("/dev/shm")  # noqa: S108 - no disk is to be worn out by a fuzzer
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        PLACE = Path(folder) / "census.xml"
        again = len(sys.argv) > 1 and Path(sys.argv[1]).is_file()
        seeds = [] if again else [str(corpus("fuzz_corpus_census", (seed.encode() for seed in SEEDS)))]
        atheris.Setup([sys.argv[0], *seeds, *sys.argv[1:], "-max_len=20000", "-timeout=20", "-rss_limit_mb=3000"],
                      one_input, custom_mutator=spoilt)  # fmt: skip
        atheris.Fuzz()
