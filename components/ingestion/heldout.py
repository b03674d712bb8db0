"""The parts of an experience, and which texts are held out: those held out before, else as asked, else a share by digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.ingestion.near import Words
from components.storage import read_manifest
from components.workspace import Workspace

#: What later experiences need to know of this one, without reading its texts.
DIGESTS = "digests.parquet"
SCHEMA = pa.schema({"digest": pa.binary(16), "side": pa.int8(), "target": pa.uint64()})
#: The parts of an experience, and the number of each in `side`.
PARTS = {"train": 0, "heldout": 1, "unlabelled": 2}
#: A label with fewer rows than this has none held out.
SMALLEST_CUT = 5
_WINDOW = 1_000_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Past:
    """(n,) for each row: its text was held out before, was trained on before, came with this same target before."""

    heldout: Mask
    trained: Mask
    ingested: Mask


def look_back(text: pa.Array, target: Words, after: str | None, workspace: Workspace) -> Past:
    """What the chain that ends in experience `after` knows of n rows. Raises UsageError if one of the chain is missing."""
    n = len(text)
    past = Past(np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool))
    pairs = _pairs(text, target)
    for known in _windows(after, workspace):
        digest, side = known["digest"].combine_chunks(), known["side"].combine_chunks()
        for mask, part in ((past.heldout, "heldout"), (past.trained, "train")):
            mask |= np.asarray(pc.is_in(text, value_set=digest.filter(pc.equal(side, PARTS[part]))))
        past.ingested[:] |= np.isin(pairs, _pairs(digest, known["target"].combine_chunks().to_numpy()))
    return past


def _pairs(text: pa.Array, target: Words) -> Words:
    """(n,) one 64-bit key of text and target; two pairs collide with probability 2^-64."""
    beginning = np.frombuffer(text.buffers()[1], np.uint64)[2 * text.offset : 2 * (text.offset + len(text)) : 2]
    return np.asarray(beginning ^ (target * np.uint64(0x9E3779B97F4A7C15)))


def _windows(after: str | None, workspace: Workspace) -> Iterator[pa.Table]:
    """The digests of the chain, newest first, about _WINDOW rows at a time: memory does not grow with the chain."""
    waiting: list[pa.Table] = []
    while after is not None:
        path = workspace.experience(after).path
        waiting.append(parquet.read_table(path / DIGESTS))
        if sum(map(len, waiting)) >= _WINDOW:
            yield pa.concat_tables(waiting)
            waiting = []
        after = read_manifest(path)["after"]
    if waiting:
        yield pa.concat_tables(waiting)


def choose_heldout(text: pa.Array, stratum: Words, asked: NDArray[np.int8], before: Mask, trained: Mask, share: float) -> Mask:
    """(n,) which of n labelled rows are held out; rows of one text always go together.

    `asked`: 1 test, 0 train, -1 nothing; `before`: held out by the chain; `trained`: trained on by the chain.

    By precedence: held out before; trained on before; what an event asked for (test, if events of one text ask for both);
    else, per stratum, the texts of lowest digest, until the stratum has its share (at least one text of SMALLEST_CUT or more).
    """
    encoded = text.dictionary_encode()
    of = np.asarray(encoded.indices)
    m = len(encoded.dictionary)

    def any_of(rows: Mask) -> Mask:
        return np.bincount(of, rows, m) > 0

    _, first = np.unique(of, return_index=True)
    before, trained = any_of(before), any_of(trained)
    test, train = any_of(asked == 1), any_of(asked == 0)
    forced_in = before | (~trained & test)
    free = ~(before | trained | test | train)
    heldout = forced_in.copy()
    rank = np.asarray(pc.array_sort_indices(encoded.dictionary))
    kinds, kind = np.unique(stratum[first], return_inverse=True)
    total = np.bincount(kind, minlength=len(kinds))
    goal = np.where(total >= SMALLEST_CUT, np.maximum(1, np.rint(share * total)), 0)
    missing = np.maximum(0, goal - np.bincount(kind, forced_in, len(kinds)))
    order = rank[free[rank]]
    order = order[np.argsort(kind[order], kind="stable")]  # by stratum, then by digest
    starts = np.searchsorted(kind[order], np.arange(len(kinds)))
    place = np.arange(len(order)) - starts[kind[order]]
    heldout[order[place < missing[kind[order]]]] = True
    return np.asarray(heldout[of])


def write_digests(path: Path, text: pa.Array, side: NDArray[np.int8], target: Words) -> None:
    """Write DIGESTS for the rows of an experience, ordered by digest."""
    table = pa.table([text, pa.array(side), pa.array(target)], schema=SCHEMA)
    parquet.write_table(table.sort_by([("digest", "ascending"), ("target", "ascending")]), path)
