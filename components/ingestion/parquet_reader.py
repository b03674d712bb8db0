"""The Parquet reader: turns rows into the same events that JSONL holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from components.errors import UsageError
from components.ingestion.chunk import FIELDS, Chunk, Event, Fault


def read_parquet(path: Path, chunk_rows: int) -> Iterator[Chunk]:
    """A Parquet file with a column `text`; rows are numbered from 1. Date and time columns become ISO 8601 strings."""
    try:
        with parquet.ParquetFile(path) as file:
            if "text" not in file.schema_arrow.names:
                names = ", ".join(repr(name) for name in file.schema_arrow.names[:12])
                raise UsageError(
                    f"{path} has no column `text`: it has {names}", "Rename the column that holds the text to `text`."
                )
            row, size = 0, path.stat().st_size
            for batch in file.iter_batches(batch_size=chunk_rows):
                chunk = _batch(batch, row + 1)
                row += len(chunk)
                chunk.done = size * row // file.metadata.num_rows
                yield chunk
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise UsageError(
            f"{path} cannot be read as Parquet ({str(error).splitlines()[0]})", "Write the file again; it may be cut short."
        ) from error


def _batch(batch: pa.RecordBatch, first: int) -> Chunk:
    """A record batch as a chunk; rows with undecodable strings become faults."""
    chunk = Chunk()
    try:
        events = batch.to_pylist()
    except UnicodeDecodeError:
        events = [_decoded(batch.slice(i, 1)) for i in range(len(batch))]
    dates = [name for name in ("timestamp", "expires") if name in batch.schema.names]
    for row, event in enumerate(events, start=first):
        if isinstance(event, str):
            chunk.faults.append(Fault(row, "invalid_encoding", event))
            continue
        for name in dates:
            isoformat: Callable[[], str] | None = getattr(event[name], "isoformat", None)
            if isoformat:
                event[name] = isoformat()
        chunk.rows.append(row)
        chunk.events.append({name: value for name, value in event.items() if value is not None or name in FIELDS})
    return chunk


def _decoded(row: pa.RecordBatch) -> Event | str:
    """One row as an event, or as escaped text when one of its strings is not UTF-8."""
    try:
        return dict(row.to_pylist()[0])
    except UnicodeDecodeError:
        columns = [column.cast(pa.binary()) if pa.types.is_string(column.type) else column for column in row.columns]
        return str({name: column.to_pylist()[0] for name, column in zip(row.schema.names, columns, strict=True)})
