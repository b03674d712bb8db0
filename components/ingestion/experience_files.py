"""Second pass: write the spool as the parts of an experience, in row groups of a fixed size: equal rows give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.ingestion.heldout import PARTS
from components.ingestion.intake import EVENTS, SPOOLED

_GROUP = 50_000


def write_parts(spool: Path, sides: NDArray[np.int8], folder: Path, provenance: bool) -> list[str]:
    """Write PART.parquet for each part; `sides` is (rows of the spool,). Returns the labels of labelled rows, sorted.

    provenance: whether a row that goes to one of them says who gave its label; else the files have no such column.
    """
    labels: set[str] = set()
    schema = SPOOLED if provenance else EVENTS
    for part, side in PARTS.items():
        with parquet.ParquetWriter(folder / f"{part}.parquet", schema, compression="zstd") as writer:
            for group in _groups(chosen_rows(spool, sides == side)):
                labels.update(pc.unique(group["label"]).drop_null().to_pylist())
                writer.write_table(group.select(schema.names), row_group_size=_GROUP)
    return sorted(labels)


def chosen_rows(spool: Path, chosen: NDArray[np.bool_]) -> Iterator[pa.Table]:
    """The chosen rows of the spool, in order, one batch at a time."""
    if not chosen.any():
        return
    begin = 0
    with pa.OSFile(str(spool)) as file, pa.ipc.open_file(file) as reader:
        for i in range(reader.num_record_batches):
            batch = reader.get_batch(i)
            mask = chosen[begin : begin + len(batch)]
            begin += len(batch)
            if mask.any():
                yield pa.Table.from_batches([batch]).filter(pa.array(mask))


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of _GROUP rows, the last one shorter."""
    rest = SPOOLED.empty_table()
    for table in tables:
        rest = pa.concat_tables([rest, table])
        while len(rest) >= _GROUP:
            yield rest.slice(0, _GROUP).combine_chunks()
            rest = rest.slice(_GROUP)
    if len(rest):
        yield rest.combine_chunks()
