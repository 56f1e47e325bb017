"""The synthetic authority: extracts in the real formats, and its truth kept apart."""
