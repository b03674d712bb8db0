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
from components.ingestion.parquet_limits import Budget, check_pages, check_size, row_bytes
from components.ingestion.parquet_schema import Classes, check_columns, class_names
from components.ingestion.parquet_values import Unreadable, values_of
from components.ingestion.propose import Values, values_in
from components.ingestion.rules import MAX_LINE

#: Bytes that are turned into Python's values at once, and the fewest and the most rows
_BYTES, _FEWEST, _MOST = 8 << 20, 64, 8192


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
    """The event with text in place of bytes, or the code of what is wrong with it."""
    if bytes not in map(type, event.values()):
        return event
    for name, value in event.items():
        if isinstance(value, bytes):
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
    check_pages(metadata, path)
    leaves = map(metadata.schema.column, range(metadata.num_columns))
    strings = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    with parquet.ParquetFile(path, read_dictionary=strings, pre_buffer=False, buffer_size=1 << 20) as file:
        yield file


def _chunks(file: parquet.ParquetFile, path: Path, chunk_rows: int, classes: Classes) -> Iterator[Chunk]:
    chunk, size, row, budget = Chunk(), 0, 0, Budget(path)
    for batch in _batches(file):
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


def _batches(file: parquet.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Rows, as many at a time as take a few MB. Row groups are read one by one: each has dictionaries of its own."""
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        rows = _BYTES * group.num_rows // max(group.total_byte_size, 1)
        yield from file.iter_batches(batch_size=min(max(rows, _FEWEST), _MOST), row_groups=[number], use_threads=False)


def _append(chunk: Chunk, rows: pa.RecordBatch, sizes: Any, first: int, classes: Classes) -> None:
    """Add rows to a chunk, numbered from `first`. Rows that are too large are not looked into."""
    large = sizes > MAX_LINE
    for n in np.flatnonzero(large).tolist():
        chunk.faults.append(Fault(first + n, "line_too_long", f"<a row of about {sizes[n]:,} bytes>"))
    good = rows.filter(pa.array(~large)) if large.any() else rows
    table = {name: values_of(column) for name, column in zip(good.schema.names, good.columns, strict=True)}
    for name, names in classes.items():
        table[name] = [_named(value, names) for value in table.get(name, [])]
    numbers = (first + np.flatnonzero(~large)).tolist()
    kept = [name in FIELDS for name in table]
    unreadable = any(Unreadable in map(type, values) for values in table.values())
    for n, values in zip(numbers, zip(*table.values(), strict=True), strict=True):
        if unreadable and Unreadable in map(type, values):
            chunk.faults.append(_fault(n, dict(zip(table, values, strict=True))))
        else:
            chunk.rows.append(n)
            record = zip(table, values, kept, strict=True)
            chunk.events.append({name: _number(value) for name, value, keep in record if keep or value is not None})


def _number(value: Any) -> Any:
    """A value, null in place of what is no number."""
    return None if type(value) is float and not math.isfinite(value) else value


def _fault(row: int, record: Event) -> Fault:
    """A row with values that cannot be read, shown as no JSON."""
    codes = [value.code for value in record.values() if isinstance(value, Unreadable)]
    shown = (f"{name!r}: {value.shown if isinstance(value, Unreadable) else repr(value)}" for name, value in record.items())
    return Fault(row, codes[0], f"{{{', '.join(shown)}}}")


def _named(number: Any, names: Sequence[str]) -> Any:
    """The name of a class; -1 stands for none. What is no number stays."""
    if type(number) is not int or number == -1:
        return None if number == -1 else number
    return names[number] if 0 <= number < len(names) else Unreadable("unknown_class", str(number))


def _sample(file: parquet.ParquetFile) -> Values:
    """Some values of each column."""
    batch = next((batch.slice(0, 50) for batch in _batches(file)), None)
    if batch is None or sum(int(row_bytes(column).sum()) for column in batch.columns) > _BYTES:
        return {name: [] for name in file.schema_arrow.names}
    columns = {name: values_of(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    return values_in({name: values[n] for name, values in columns.items()} for n in range(len(batch)))
