"""What the pages of a Parquet file say of themselves, read without unpacking them: their headers, in Thrift's compact protocol.

Arrow makes room for what a page header names, whatever the footer says, so the headers are added up before Arrow reads a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

#: Largest header of a page, as for Arrow, and how much of it is read at first
_LARGEST, _FIRST = 16 << 20, 512
#: Bytes that old writers leave out of a chunk's size (PARQUET-816)
_SLACK = 100
_DEEPEST, _LONGEST = 8, 10_000
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_WHOLE = (4, 5, 6)  # 16, 32 and 64 bits
#: The field of a page header that describes it, by its type: a page of data, a dictionary, a page of data of version 2
_OF_TYPE = {0: 5, 2: 7, 3: 8}
_DICTIONARY = 2


class BrokenPageError(ValueError):
    """A page whose header cannot be read."""


@dataclass(frozen=True)
class Page:
    """A page of a column chunk. unpacked: bytes that it says it unpacks to; values: how many it says it holds (0: none)."""

    dictionary: bool
    unpacked: int
    values: int


def pages(file: BinaryIO, begin: int, length: int, values: int) -> Iterator[Page]:
    """The pages of a column chunk of `length` bytes, until they hold as many values as the footer says.

    Raises BrokenPageError.
    """
    place, end = begin, begin + length
    while values > 0 and place < end:
        header, size = _header(file, place)
        kind, unpacked, packed = (_number(header, field) for field in (1, 2, 3))
        place += size + packed
        if packed < 0 or unpacked < 0 or place > end + _SLACK:
            raise BrokenPageError("a page that is larger than its column")
        about = header.get(_OF_TYPE.get(kind, 0), {})
        page = Page(kind == _DICTIONARY, unpacked, _number(about, 1) if isinstance(about, dict) and about else 0)
        if not page.dictionary:
            values -= page.values
        yield page


def _number(fields: Mapping[int, Any], field: int) -> int:
    value = fields.get(field)
    if type(value) is not int:
        raise BrokenPageError("a page header without its sizes")
    return value


def _header(file: BinaryIO, place: int) -> tuple[dict[int, Any], int]:
    """The fields of the header at a place of the file, and its length."""
    size = _FIRST
    while True:
        file.seek(place)
        block = file.read(size)
        try:
            return _struct(block, 0, 0)
        except IndexError:
            if len(block) < size or size >= _LARGEST:
                raise BrokenPageError("a page header that does not end") from None
            size *= 8


def _struct(block: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """Whole numbers and structs of a struct, by field, and where it ends. Raises IndexError beyond the block."""
    if depth > _DEEPEST:
        raise BrokenPageError("a page header that is nested too deep")
    fields: dict[int, Any] = {}
    field = 0
    while block[at]:
        step, kind = block[at] >> 4, block[at] & 15
        at += 1
        if step:
            field += step
        else:
            field, at = _zigzag(block, at)
        fields[field], at = _value(block, at, kind, depth)
    return fields, at + 1


def _value(block: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE):
        return None, at
    if kind in _WHOLE:
        return _zigzag(block, at)
    if kind == _STRUCT:
        return _struct(block, at, depth + 1)
    if kind in (_BYTE, _DOUBLE):
        return None, at + (1 if kind == _BYTE else 8)
    if kind == _BINARY:
        size, at = _varint(block, at)
        return None, at + size
    if kind in (_LIST, _SET):
        count, inner = block[at] >> 4, block[at] & 15
        at += 1
        if count == 15:
            count, at = _varint(block, at)
        if count > _LONGEST:
            raise BrokenPageError("a page header with a list that is too long")
        for _ in range(count):
            at = at + 1 if inner in (_TRUE, _FALSE) else _value(block, at, inner, depth + 1)[1]
        return None, at
    raise BrokenPageError("a page header with a field of no known type")


def _zigzag(block: bytes, at: int) -> tuple[int, int]:
    number, at = _varint(block, at)
    return (number >> 1) ^ -(number & 1), at


def _varint(block: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = block[at]
        at, number, shift = at + 1, number | (byte & 127) << shift, shift + 7
        if byte < 128:
            return number, at
        if shift > 63:
            raise BrokenPageError("a page header with a number that does not end")
