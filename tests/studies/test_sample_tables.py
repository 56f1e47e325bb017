"""Tables that nobody sends to an authority, each taken as the feed of a new partner by a drafted contract alone."""

from __future__ import annotations

from pathlib import Path

from tests.back.test_sample_files import compare
from tests.sample_files import OTHERS


def test_every_other_table_is_accounted_for_as_recorded(samples: Path) -> None:
    """About half a minute; recorded in tests/back/sample_files.md."""
    compare(samples, OTHERS)
