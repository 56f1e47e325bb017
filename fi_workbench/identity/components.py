"""Who hangs together with whom, once all ties between pairs are drawn."""

from __future__ import annotations

import numpy as np
import polars as pl
import scipy  # its parts open on first use


def components(nodes: pl.Series, ties: pl.DataFrame) -> pl.DataFrame:
    """Number the groups of nodes that ties connect; a node without a tie is a group of its own.

    Args:
        nodes: distinct text.
        ties: `first` and `second`; a tie to something that is not a node is left out.

    Returns:
        One row per node, sorted: `node`, `component` (a whole number that means nothing from one call to the next).

    Example:
        >>> ties = pl.DataFrame({"first": ["a"], "second": ["c"]})
        >>> components(pl.Series(["a", "b", "c"]), ties)["component"].to_list()
        [0, 1, 0]
    """
    table = pl.DataFrame({"node": nodes.sort()}).with_row_index("number")
    drawn = (
        ties.select("first", "second")
        .join(table.select(pl.col("node").alias("first"), pl.col("number").alias("from")), on="first")
        .join(table.select(pl.col("node").alias("second"), pl.col("number").alias("to")), on="second")
    )
    size = table.height
    graph = scipy.sparse.coo_matrix(
        (np.ones(drawn.height, dtype=np.int8), (drawn["from"].to_numpy(), drawn["to"].to_numpy())), shape=(size, size)
    )
    if not size:
        return pl.DataFrame(schema={"node": pl.String, "component": pl.Int32})
    _, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return table.select("node").with_columns(component=pl.Series(labels, dtype=pl.Int32))


def star(members: pl.DataFrame, by: str, node: str) -> pl.DataFrame:
    """Tie every member of a group to the group's first, which connects them all with few ties.

    Returns:
        `first`, `second` and the other columns of the members; a group of one has no tie.
    """
    return (
        members.sort(by, node)
        .with_columns(first=pl.col(node).first().over(by))
        .filter(pl.col("first") != pl.col(node))
        .rename({node: "second"})
    )
