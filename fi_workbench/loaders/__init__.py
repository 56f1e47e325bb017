"""Readers of extracts, and the loading of what is new."""
