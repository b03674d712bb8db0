"""A vector index over rows (LanceDB, embedded), and the selection of its neighbours: no near duplicates, balanced classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.lazy import lazy

if TYPE_CHECKING:
    import lancedb
    import pyarrow as pa

    from components.learning.networks.tokens import Rows
else:
    lancedb, pa = lazy("lancedb"), lazy("pyarrow")

Vectors = NDArray[np.float32]

#: Neighbours asked for beyond k, so that ties at the edge are resolved by row number.
SLACK = 8


@dataclass(frozen=True)
class Index:
    """Exact search by cosine similarity, in this process's memory: nothing is written to disk or sent anywhere."""

    rows: Rows
    vectors: Vectors  # (rows, width), of length 1
    table: lancedb.table.Table

    @classmethod
    def build(cls, rows: Rows, vectors: Vectors) -> Index:
        """Index these rows; of rows with the same vector only the first."""
        unit = normalise(vectors)
        _, first = np.unique(unit, axis=0, return_index=True)
        kept = np.sort(first)
        rows, unit = rows[kept], np.ascontiguousarray(unit[kept])
        listed = pa.FixedSizeListArray.from_arrays(unit.ravel(), unit.shape[1])
        columns = pa.table({"place": pa.array(np.arange(len(rows))), "vector": listed})
        return cls(rows, unit, lancedb.connect("memory://").create_table("rows", columns))

    def nearest(self, queries: Vectors, k: int) -> tuple[Rows, NDArray[np.float64]]:
        """(n, k) places in `rows` and their cosines to the queries, nearest first, ties by place; k at most all rows."""
        k, asked = min(k, len(self.rows)), min(k + SLACK, len(self.rows))
        search = self.table.search(list(normalise(queries))) if len(queries) > 1 else self.table.search(normalise(queries)[0])
        neighbours = search.distance_type("dot").limit(asked).select(["place", "_distance"]).to_arrow()
        of = neighbours["query_index"].to_numpy() if len(queries) > 1 else np.zeros(len(neighbours), np.int32)
        place, distance = neighbours["place"].to_numpy(), neighbours["_distance"].to_numpy().astype(np.float64)
        order = np.lexsort((place, distance, of))
        shape = (len(queries), asked)
        return place[order].reshape(shape)[:, :k], 1 - distance[order].reshape(shape)[:, :k]


def normalise(vectors: Vectors) -> Vectors:
    """Each row with length 1 (zero stays zero)."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def distinct(vectors: Vectors, order: Rows, most: float) -> Rows:
    """The places of `order`, in order, without those whose cosine to a kept one is above `most`. vectors: of length 1."""
    close = vectors[order] @ vectors[order].T > most
    kept: list[int] = []
    gone = np.zeros(len(order), dtype=bool)
    for i in range(len(order)):
        if not gone[i]:
            kept.append(i)
            gone |= close[i]
    return order[kept]


def balanced(order: Rows, classes: Sequence[str], count: int) -> Rows:
    """`count` places of `order` with classes as equal as possible: the best of each class, then the second of each …"""
    taken: dict[str, int] = {}
    rank = []
    for name in classes:
        rank.append(taken.get(name, 0))
        taken[name] = rank[-1] + 1
    return order[np.argsort(rank, kind="stable")[:count]]
