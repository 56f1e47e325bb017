"""Names for segments, suggested from the needs that are more common in them; a person confirms or changes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fi_workbench.segmentation.indicators import phrase_of
from fi_workbench.segmentation.patterns import Reals

LEAST_SHARE = 0.25
"""A need must be recorded for a quarter of a segment to name it."""
LEAST_LIFT = 1.2
"""And be so much more common than among all families."""
COMMON = 0.4
"""Where no need is more common, those recorded for so many name it."""
PLAIN = "Few needs recorded"


def joined(words: Sequence[str]) -> str:
    """Words as in a sentence.

    Example:
        >>> joined(["neglect", "going missing", "domestic abuse"])
        'neglect, going missing and domestic abuse'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def suggested_names(codes: Sequence[str], present: Reals, shares: Reals) -> list[str]:
    """Suggest a name for each segment.

    Args:
        codes: names of indicators.
        present: segment by indicator, the probability that it is present.
        shares: share of each segment.

    Returns:
        One name per segment: its two most telling needs, else its two most common; equal names get a number.
    """
    overall = np.maximum(shares @ present, 1e-9)
    names = []
    for row in present:
        lift = row / overall
        telling = row * np.log(np.maximum(lift, 1e-9))
        order = [int(i) for i in np.argsort(-telling, kind="stable") if row[i] >= LEAST_SHARE and lift[i] >= LEAST_LIFT]
        common = [int(i) for i in np.argsort(-row, kind="stable") if row[i] >= COMMON]
        phrases = [phrase_of(codes[i]) for i in (order or common)[:2]]
        text = joined(phrases)
        names.append(text[:1].upper() + text[1:] if text else PLAIN)
    return [f"{name} ({names[:i].count(name) + 1})" if names.count(name) > 1 else name for i, name in enumerate(names)]
