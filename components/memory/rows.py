"""The rows of a memory: their columns, and the numpy views of them that decisions are made on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.memory.policies import Ints
from components.provenance import PROVENANCE

_NAMES = ("text", "label", "completion", "task", "digest", "experience", "subject", "consent", "expires", "priority")
#: A memory row. `experience` is the digest of the experience it came with, `digest` identifies the text, `expires` is ISO 8601.
ROWS = pa.schema([(name, pa.bool_() if name == "consent" else pa.string()) for name in _NAMES])
#: Columns that a rehearsal method may add to a row; only then are they in the file. `logits`: scores when the row came, one for
#: each label known then. `latent`: activations of `shape` (float16 or 32, little endian). `surprise`: the loss when it came.
EXTRA = pa.schema(
    {"logits": pa.list_(pa.float32()), "latent": pa.large_binary(), "shape": pa.list_(pa.int32()), "surprise": pa.float32()}
)
#: A memory row, with what is in the file only if a row has it: EXTRA, and who gave the label.
COLUMNS = pa.schema([*ROWS, *EXTRA, pa.field(PROVENANCE, pa.string())])
OPTIONAL = tuple(name for name in COLUMNS.names if name not in ROWS.names)


def as_rows(table: pa.Table, experience: str | None) -> pa.Table:
    """The table in the schema COLUMNS: missing columns null, others left out, `experience` (if given) filled in."""
    columns = []
    for wanted in COLUMNS:
        if wanted.name == "experience" and experience is not None:
            columns.append(pa.repeat(pa.scalar(experience, wanted.type), len(table)))
        elif wanted.name in table.column_names:
            columns.append(table[wanted.name].cast(wanted.type))
        else:
            columns.append(pa.nulls(len(table), wanted.type))
    return pa.table(columns, schema=COLUMNS)


def is_safety(rows: pa.Table) -> NDArray[np.bool_]:
    """(rows,) which rows belong in the protected lane."""
    return np.asarray(pc.fill_null(pc.equal(rows["priority"], "safety"), False).to_numpy())


def class_names(rows: pa.Table) -> pa.ChunkedArray:
    """(rows,) what a policy balances over: the label, else the task, else ''."""
    return pc.coalesce(rows["label"], rows["task"], "")


def encode(columns: Sequence[pa.ChunkedArray], known: Collection[str] = ()) -> tuple[list[str], Ints]:
    """Sorted distinct names of the columns put together (with those already known), and the (n,) index of each among them."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    here = encoded.dictionary.to_pylist()
    labels = sorted({*known, *here})
    position = {label: i for i, label in enumerate(labels)}
    return labels, np.array([position[name] for name in here], dtype=np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]


def one_of(column: pa.ChunkedArray, values: Collection[str]) -> NDArray[np.bool_]:
    """(rows,) where the column holds one of the values; null never does."""
    return np.asarray(pc.is_in(column, value_set=pa.array(sorted(values), pa.string())).to_numpy())
