"""The reader of Parquet files: turns rows into the same records that JSON holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from components.contracts import FIELDS
from components.errors import UnreadableFileError
from components.ingestion.bytes_to_lines import CHUNK_BYTES
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.mapping import Mapped
from components.ingestion.parquet_limits import Budget, check_size, row_bytes
from components.ingestion.parquet_schema import Classes, check_columns, class_names
from components.ingestion.parquet_values import Unreadable, values_of
from components.ingestion.propose import Values, values_in
from components.ingestion.rules import MAX_LINE

#: Rows and bytes that are turned into Python's values at once
_ROWS, _BYTES = 1024, 8 << 20


def read_parquet(path: Path, chunk_rows: int, columns: Mapped) -> Iterator[Chunk]:
    """Rows are numbered from 1. Numbers of classes become the names that the file gives them."""
    try:
        with _opened(path) as file:
            check_columns(file.schema_arrow, path, columns, lambda: _sample(file))
            yield from _chunks(file, path, chunk_rows, class_names(file.schema_arrow, columns))
    except UnicodeDecodeError as error:  # those in values are faults
        raise UnreadableFileError(
            f"{path} has a column whose name is not UTF-8", "Write the file again with other names."
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(
            f"{path} cannot be read as Parquet ({(str(error).splitlines() or ['it says nothing'])[0]})",
            "Write the file again; it may be cut short.",
        ) from error


def decoded(event: Event) -> Event | str:
    """The event with text in place of bytes and null in place of what is no number, or the code of what is wrong with it."""
    for name, value in event.items():
        if type(value) is float and not math.isfinite(value):
            event[name] = None
        elif isinstance(value, bytes):
            try:
                event[name] = value.decode() if name in FIELDS else str(value)
            except UnicodeDecodeError:
                return "invalid_encoding"
    return event


@contextmanager
def _opened(path: Path) -> Iterator[parquet.ParquetFile]:
    """The file, once what it says of itself is in proportion. Strings are read as dictionaries: one that repeats is read once."""
    metadata = parquet.read_metadata(path)
    check_size(metadata, path)
    leaves = map(metadata.schema.column, range(metadata.num_columns))
    strings = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    with parquet.ParquetFile(path, read_dictionary=strings, pre_buffer=False, buffer_size=1 << 20) as file:
        yield file


def _chunks(file: parquet.ParquetFile, path: Path, chunk_rows: int, classes: Classes) -> Iterator[Chunk]:
    chunk, size, row, budget = Chunk(), 0, 0, Budget(path)
    for batch in _batches(file, min(_ROWS, chunk_rows)):
        sizes = np.sum([row_bytes(column) for column in batch.columns], axis=0)
        budget.spend(int(sizes.sum()))
        start = 0
        while start < len(batch):
            within = int(np.searchsorted(np.cumsum(sizes[start:]), _BYTES, side="right"))
            stop = min(start + max(1, within), len(batch), start + chunk_rows - len(chunk))
            _append(chunk, batch.slice(start, stop - start), sizes[start:stop], row + 1, classes)
            size += int(sizes[start:stop].sum())
            row, start = row + stop - start, stop
            if len(chunk) >= chunk_rows or size >= CHUNK_BYTES:
                chunk.done = path.stat().st_size * row // file.metadata.num_rows
                yield chunk
                chunk, size = Chunk(), 0
    chunk.done = path.stat().st_size
    yield chunk


def _batches(file: parquet.ParquetFile, rows: int) -> Iterator[pa.RecordBatch]:
    """At most so many rows at a time. Row groups are read one by one: each has dictionaries of its own."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=rows, row_groups=[group], use_threads=False)


def _append(chunk: Chunk, rows: pa.RecordBatch, sizes: Any, first: int, classes: Classes) -> None:
    """Add rows to a chunk, numbered from `first`. Rows that are too large are not looked into."""
    large = sizes > MAX_LINE
    for n in np.flatnonzero(large).tolist():
        chunk.faults.append(Fault(first + n, "line_too_long", f"<a row of about {sizes[n]:,} bytes>"))
    good = rows.filter(pa.array(~large)) if large.any() else rows
    table = {name: values_of(column) for name, column in zip(good.schema.names, good.columns, strict=True)}
    for name, names in classes.items():
        table[name] = [_named(value, names) for value in table.get(name, [])]
    for n, values in zip((first + np.flatnonzero(~large)).tolist(), zip(*table.values(), strict=True), strict=True):
        bad = [value for value in values if isinstance(value, Unreadable)]
        if bad:
            shown = (value.shown if isinstance(value, Unreadable) else repr(value) for value in values)
            raw = ", ".join(f"{name!r}: {value}" for name, value in zip(table, shown, strict=True))
            chunk.faults.append(Fault(n, bad[0].code, f"{{{raw}}}"))
            continue
        chunk.rows.append(n)
        record = zip(table, values, strict=True)
        chunk.events.append({name: value for name, value in record if value is not None or name in FIELDS})


def _named(number: Any, names: Sequence[str]) -> Any:
    """The name of a class; -1 stands for none. What is no number stays."""
    if type(number) is not int or number == -1:
        return None if number == -1 else number
    return names[number] if 0 <= number < len(names) else Unreadable("unknown_class", str(number))


def _sample(file: parquet.ParquetFile) -> Values:
    """Some values of each column."""
    batch = next(_batches(file, 50), None)
    if batch is None or sum(int(row_bytes(column).sum()) for column in batch.columns) > _BYTES:
        return {name: [] for name in file.schema_arrow.names}
    columns = {name: values_of(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    return values_in({name: values[n] for name, values in columns.items()} for n in range(len(batch)))
