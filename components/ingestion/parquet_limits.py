"""What a Parquet file may hold for its size: a few hundred bytes can stand for gigabytes, so it is asked before it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.errors import UnreadableFileError
from components.ingestion.parquet_pages import BrokenPageError, pages
from components.ingestion.rules import MAX_LINE
from components.ingestion.source import ALLOWANCE, EXPANSION

#: What every value, list and null takes in memory at least, in bytes
_LEAST = 16
_FEW_ROWS, _FEW_VALUES = 10_000, 1_000_000


def check_size(metadata: parquet.FileMetaData, path: Path) -> None:
    """Raise UnreadableFileError unless what the file says of itself is in proportion to its size."""
    size = path.stat().st_size
    if not 0 <= metadata.num_rows <= _FEW_ROWS + EXPANSION * size:
        raise _too_much(path, f"{metadata.num_rows:,} rows", size)
    for number in range(metadata.num_columns):
        column = metadata.schema.column(number)
        if column.physical_type == "FIXED_LEN_BYTE_ARRAY" and not 0 <= column.length <= MAX_LINE:
            raise _too_much(path, f"values of {column.length:,} bytes", size)
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for number in range(group.num_columns):
            chunk = group.column(number)
            packed, unpacked = chunk.total_compressed_size, chunk.total_uncompressed_size
            if not 0 <= packed <= size or not 0 <= unpacked <= ALLOWANCE + EXPANSION * packed:
                raise _too_much(path, f"{unpacked:,} bytes in {packed:,} bytes of column {number}", size)
            repeated = metadata.schema.column(number).max_repetition_level > 0
            if repeated and chunk.num_values > _FEW_VALUES + EXPANSION * packed:
                raise _too_much(path, f"{chunk.num_values:,} values in {packed:,} bytes of column {number}", size)


def check_pages(metadata: parquet.FileMetaData, path: Path) -> None:
    """Raise UnreadableFileError unless its pages are what the footer, which `check_size` has seen, says of them."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            together = 0
            for number in range(group.num_columns):
                chunk = group.column(number)
                together += _unpacked(file, chunk, path, number, size)
                if together > ALLOWANCE + EXPANSION * size:  # Arrow holds a page of every column at once
                    raise _too_much(path, f"{together:,} bytes in the pages of {number + 1} columns", size)


def _unpacked(file: BinaryIO, chunk: parquet.ColumnChunkMetaData, path: Path, number: int, size: int) -> int:
    """Bytes that the pages of a chunk unpack to, as their headers say."""
    begin, first = chunk.data_page_offset, chunk.dictionary_page_offset
    begin = first if first is not None and 0 < first < begin else begin
    unpacked = values = 0
    try:
        if begin < 0:
            raise BrokenPageError("a place before its start")
        for page in pages(file, begin, chunk.total_compressed_size, chunk.num_values):
            unpacked += page.unpacked
            values += 0 if page.dictionary else page.values
            if page.values < 0 or (page.dictionary and page.values > page.unpacked):
                raise _too_much(path, f"{page.values:,} values in a dictionary of {page.unpacked:,} bytes", size)
            if unpacked > ALLOWANCE + EXPANSION * chunk.total_compressed_size:
                raise _too_much(path, f"{unpacked:,} bytes in the pages of column {number}", size)
    except BrokenPageError as error:
        raise UnreadableFileError(
            f"{path} cannot be read as Parquet: column {number} has {error}", "Write the file again; it may be cut short."
        ) from error
    if values > chunk.num_values:
        raise _too_much(path, f"{values:,} values in column {number}, where it says {chunk.num_values:,}", size)
    return unpacked


class Budget:
    """How many bytes of values a file may still give."""

    def __init__(self, path: Path) -> None:
        self._path, self._size = path, path.stat().st_size
        self._left = ALLOWANCE + EXPANSION * self._size

    def spend(self, size: int) -> None:
        """Raises UnreadableFileError when the file gives more than is in proportion to its size."""
        self._left -= size
        if self._left < 0:
            raise _too_much(self._path, f"more than {EXPANSION} bytes for each byte of it", self._size)


def _too_much(path: Path, what: str, size: int) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} claims to hold {what}: too much for a file of {size:,} bytes", "Write the file again, without rows that repeat."
    )


def row_bytes(column: pa.Array) -> NDArray[np.int64]:
    """(n,) about how many bytes each value of a column takes, lists and objects with all that is in them."""
    kind, n = column.type, len(column)
    if isinstance(column, pa.ExtensionArray):
        return row_bytes(column.storage)
    if pa.types.is_dictionary(kind):
        sizes = np.append(row_bytes(column.dictionary), _LEAST)
        return sizes[_filled(column.indices, len(sizes) - 1)]
    if pa.types.is_struct(kind):
        return sum((row_bytes(child) for child in column.flatten()), np.full(n, _LEAST, np.int64))
    if pa.types.is_fixed_size_list(kind):
        inner = row_bytes(column.flatten())
        ends = np.cumsum(_filled(pc.list_value_length(column), 0))
        return _between(inner, np.append(0, ends)) + _LEAST
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):  # Arrow casts them wrongly
        ends = np.append(0, np.cumsum(row_bytes(column.values)))
        begin, length = _filled(column.offsets, 0), np.where(np.asarray(column.is_valid()), _filled(column.sizes, 0), 0)
        return ends[begin + length] - ends[begin] + _LEAST
    if pa.types.is_nested(kind):  # a list or a map
        lists = column.cast(_as_list(kind))
        ends = np.cumsum(_filled(pc.list_value_length(lists), 0))
        return _between(row_bytes(lists.flatten()), np.append(0, ends)) + _LEAST
    if _has_length(kind):
        return _filled(pc.binary_length(column.cast(_plain(kind))), 0) + _LEAST
    return np.full(n, _LEAST, np.int64)


def _between(sizes: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of the sizes between one end and the next."""
    return np.diff(np.append(0, np.cumsum(sizes))[ends])


def _filled(numbers: pa.Array, nothing: int) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(numbers.cast(pa.int64()), nothing))


def _as_list(kind: Any) -> Any:
    if pa.types.is_map(kind):
        return pa.list_(pa.struct([kind.key_field, kind.item_field]))
    return kind


def _has_length(kind: Any) -> bool:
    views = (pa.string_view(), pa.binary_view())
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or _is_large(kind) or kind in views)


def _is_large(kind: Any) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _plain(kind: Any) -> Any:
    return (
        pa.large_binary()
        if _is_large(kind)
        else pa.binary()
        if kind == pa.binary_view() or pa.types.is_binary(kind)
        else pa.string()
    )
