"""Split bytes into lines, and detect what can be wrong with the bytes of a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

BLOCK = 4 << 20
#: A chunk ends at this many bytes even if it has few rows; only the beginning of a longer line is kept.
CHUNK_BYTES = 32 << 20


class Bytes(Protocol):
    """The content of a file: `read` gives some of it, nothing at its end; `tell` says how much of the file that took."""

    def read(self, size: int, /) -> bytes: ...
    def tell(self) -> int: ...


def split_lines(file: Bytes, end: bytes = b"\n") -> Iterator[tuple[bytes, int]]:
    """Each line without its line end, and the bytes read so far; a line never takes more than about CHUNK_BYTES of memory."""
    rest, done = b"", 0
    while block := file.read(BLOCK):
        done = file.tell()
        if len(rest) >= CHUNK_BYTES and end not in block:
            continue  # the rest of a line that is too long anyway
        *lines, rest = (rest + block).split(end)
        rest = rest[:CHUNK_BYTES]
        for line in lines:
            yield line, done
    if rest:
        yield rest, done


def line_end(head: bytes, quoted: bool = False) -> bytes:
    """What ends the lines of a file that begins like this: a newline, or a lone carriage return (old Macs).

    quoted: a line end between double quotes is part of a cell.
    """
    within = False
    for found in re.finditer(rb'"|\r?\n|\r', head):
        if found[0] == b'"':
            within = quoted and not within
        elif not within:
            return b"\r" if found[0] == b"\r" else b"\n"
    return b"\n"


def printable(line: bytes) -> str:
    """A line as text, its undecodable bytes backslash-escaped."""
    return line.rstrip(b"\r").decode("utf-8", "backslashreplace")


def broken(line: bytes) -> str | None:
    """What is wrong with the bytes of a line, whatever its format."""
    if not line.strip():
        return "empty_line"
    if b"\0" in line:
        return "nul_byte"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_encoding"
    return None
