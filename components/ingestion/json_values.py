"""Values out of JSON that is not one object per line: the elements of an array, or values one after the other.

A value is found by its brackets and quotes alone. So one that is not valid JSON, or nested too deeply, costs itself alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.ingestion.bytes_to_lines import BLOCK, CHUNK_BYTES, Bytes

#: A whole string, the beginning of one that ends in a later block, a bracket, a comma
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BLANK = b" \t\r\n,"


class Values:
    """The values of a file that stands at its first one, each with the bytes read so far; memory is bounded by CHUNK_BYTES.

    array: the file stands behind the opening bracket of an array. `whole`: after the last one, whether brackets and quotes came
    to an end. `tail`: what follows the array.
    """

    def __init__(self, file: Bytes, array: bool) -> None:
        self._file, self._array = file, array
        self.whole, self.tail = not array, b""

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        depth, in_string, before, rest, done = 0, False, b"", b"", self._file.tell()
        while block := self._file.read(BLOCK):
            done, data, place, start = self._file.tell(), rest + block, 0, 0
            while True:
                if in_string:
                    place = _match_end(data, place)
                    if place >= len(data) or data[place] != ord('"'):
                        break  # the string, or an escape in it, goes on in the next block
                    in_string, place = False, place + 1
                token = _TOKEN.search(data, place)
                if token is None:
                    place = len(data)
                    break
                place, kind = token.end(), token[0]
                value = None
                if kind == b'"':
                    in_string = True
                elif kind in (b"[", b"{"):
                    depth += 1
                elif kind == b"," and not depth:
                    value = data[start : token.start()]
                elif kind in (b"]", b"}") and depth:
                    depth -= 1
                    value = data[start:place] if not depth and not self._array else None
                elif kind in (b"]", b"}") and self._array:
                    if last := (before + data[start : token.start()]).strip(_BLANK):
                        yield last, done
                    self._finish(data[place:])
                    return
                if value is not None:
                    start = place
                    if whole := (before + value).strip(_BLANK):
                        yield whole, done
                    before = b""
            before = before if len(before) >= CHUNK_BYTES else (before + data[start:place])[:CHUNK_BYTES]
            rest = data[place:]
        last = (before + rest).strip(_BLANK)
        self.whole = not self._array and not depth and not in_string
        if last and self.whole:
            yield last, done

    def _finish(self, tail: bytes) -> None:
        """Keep the beginning of what follows the array, and read to the end."""
        self.whole = True
        while block := self._file.read(BLOCK):
            tail = tail if len(tail) >= CHUNK_BYTES else (tail + block)[:CHUNK_BYTES]
        self.tail = tail.strip()


def _match_end(data: bytes, place: int) -> int:
    found = _IN_STRING.match(data, place)
    return found.end() if found else place
