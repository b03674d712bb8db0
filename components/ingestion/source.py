"""A file as bytes: unpacked if it is packed by gzip, as UTF-8 whatever its encoding is, and never far more than it is on disk."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from components.errors import UnreadableFileError

GZIP = b"\x1f\x8b"
#: What a file may hold, in bytes: ALLOWANCE and EXPANSION times its size. Text shrinks to a tenth, hardly ever to a hundredth.
ALLOWANCE, EXPANSION = 64 << 20, 250
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLOCK = 1 << 20


class Source:
    """The content of a file. `encoding`: of the content; `read` and `peek` give UTF-8."""

    def __init__(self, file: BinaryIO, path: Path, encoding: str | None) -> None:
        self._file, self._path = file, path
        self.packed = file.read(2) == GZIP
        file.seek(0)
        self._content = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if self.packed else file
        self._left = ALLOWANCE + EXPANSION * path.stat().st_size
        self._waiting = self._unpack(_BLOCK)
        mark, self.encoding = next(((mark, name) for mark, name in BOMS if self._waiting.startswith(mark)), (b"", encoding))
        self._waiting = self._waiting[len(mark) :]
        self._decoder = None
        if self.encoding not in (None, "utf-8"):
            self._decoder = codecs.getincrementaldecoder(str(self.encoding))(BROKEN)
            self._waiting = self._as_utf8(self._waiting, final=not self._waiting)

    def read(self, size: int, /) -> bytes:
        """The next bytes, about `size` of them; empty at the end."""
        if self._waiting:
            given, self._waiting = self._waiting[:size], self._waiting[size:]
            return given
        while block := self._unpack(size):
            if given := self._as_utf8(block):
                return given
        return self._as_utf8(b"", final=True)

    def peek(self, size: int) -> bytes:
        """The next bytes, up to `size`; they are read again."""
        while len(self._waiting) < size:
            before, self._waiting = self._waiting, b""
            more = self.read(_BLOCK)
            self._waiting = before + more
            if not more:
                break
        return self._waiting[:size]

    def skip(self, size: int) -> None:
        """Pass over the next bytes, which were peeked at."""
        self._waiting = self._waiting[size:]

    def tell(self) -> int:
        """How much of the file on disk is read."""
        return self._file.tell()

    def _unpack(self, size: int) -> bytes:
        try:
            block = self._content.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UnreadableFileError(
                f"{self._path} is compressed by gzip, and cut short or damaged ({error})", "Copy or export it again."
            ) from error
        self._left -= len(block)
        if self._left < 0:
            raise UnreadableFileError(
                f"{self._path} unpacks to more than {EXPANSION} times its size, which no text does",
                "Unpack it (gunzip) and look at what it holds.",
            )
        return block

    def _as_utf8(self, block: bytes, final: bool = False) -> bytes:
        if self._decoder is None:
            return block
        return self._decoder.decode(block, final).encode("utf-8", "surrogatepass")


@contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """The content of a file. `encoding`: what it is in unless it begins with a byte order mark; None: its bytes as they are."""
    with open(path, "rb") as file:
        yield Source(file, path, encoding)


def _mark_broken(error: UnicodeError) -> tuple[str, int]:
    """A lone surrogate for a stretch of broken bytes: it is invalid as UTF-8, so its row is found and its neighbours are read."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udc80", error.end


BROKEN = "perdure.broken"
codecs.register_error(BROKEN, _mark_broken)
