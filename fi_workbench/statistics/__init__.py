"""Statistics that every room may use: intervals for shares, control limits for counts and levels, demand ahead."""
