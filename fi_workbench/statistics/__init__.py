"""Statistics that every room may use: intervals for shares, and control limits for counts and levels."""
