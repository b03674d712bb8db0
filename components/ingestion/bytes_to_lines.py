"""Split bytes into lines, and detect what can be wrong with the bytes of a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 4 << 20
#: A chunk ends at this many bytes even if it has few rows; only the beginning of a longer line is kept.
CHUNK_BYTES = 32 << 20
BOM = b"\xef\xbb\xbf"


def split_lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each line without its line end, and the bytes read so far; a line never takes more than about CHUNK_BYTES of memory."""
    rest, done = b"", 0
    while block := file.read(BLOCK):
        if done == 0:
            block = block.removeprefix(BOM)
        done = file.tell()
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[:CHUNK_BYTES]
        for line in lines:
            yield line, done
    if rest:
        yield rest, done


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
