"""Files that other people made, read record by record as the standard library reads them."""

from __future__ import annotations

import csv
import io

import pytest

from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.records import split_lines, split_records

SMALL = 5_000_000


def test_every_sample_file_is_told_apart_as_the_standard_library_does(samples):
    paths = sorted(path for path in samples.rglob("*.csv") if path.stat().st_size < SMALL)
    if not paths:
        pytest.skip("there are no delimited samples here")
    for path in paths:
        text = decode(path.read_bytes(), path.name).text
        lines, _, _ = split_lines(text, path.name)
        found = split_records(lines, ",", path.name)
        expected = [row for row in csv.reader(io.StringIO("\n".join(lines), newline="")) if row]
        kept = found.filter(found["raw"] != "")
        assert kept["defect"].null_count() == kept.height, path.name
        assert kept["n_fields"].to_list() == [len(row) for row in expected], path.name
        assert found["raw"].str.count_matches("\n", literal=True).sum() + found.height == len(lines), path.name
