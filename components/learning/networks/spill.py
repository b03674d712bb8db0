"""Arrays of one run on disk: what would fill the memory waits in a file that has no name and goes with the process."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from components.storage import make_folder

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]


@dataclass
class Spill:
    """At most `room` bytes of float32 arrays by name. The first ones stay: an epoch uses every row equally often."""

    room: int
    folder: Path | None = None  # where the file is made; None: the system's folder for temporary files
    used: int = 0
    _places: dict[bytes, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    _file: IO[bytes] | None = None

    def get(self, name: bytes) -> Floats | None:
        """The array of this name, if it is here."""
        if self._file is None or name not in self._places:
            return None
        start, shape = self._places[name]
        out = np.empty(shape, np.float32)
        for begin, view in _pieces(out):
            if os.preadv(self._file.fileno(), [view], start + begin) != len(view):
                raise OSError(f"the temporary file of a run lost bytes at {start + begin}")
        return out

    def put(self, name: bytes, array: Floats) -> bool:
        """Keep an array if there is room; whether it was kept. A disk that is full ends the room: arrays are computed again."""
        if self.used + array.nbytes > self.room:
            return False
        array = np.ascontiguousarray(array, np.float32)
        try:
            if self._file is None:
                if self.folder is not None:
                    make_folder(self.folder)
                self._file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115  (closed with the run)
            for begin, view in _pieces(array):
                while view:  # a signal may cut a write short
                    done = os.pwrite(self._file.fileno(), view, self.used + begin)
                    begin, view = begin + done, view[done:]
        except OSError as error:
            log.warning("States are computed again when they are needed: they cannot be kept on disk: %s", error)
            self.room = self.used
            return False
        self._places[name] = (self.used, array.shape)
        self.used += array.nbytes
        return True


def _pieces(array: Floats) -> Iterator[tuple[int, memoryview]]:
    """The bytes of an array in pieces that one system call takes, with where each begins."""
    view = memoryview(array.reshape(-1)).cast("B")  # type: ignore[arg-type]
    for begin in range(0, len(view), 1 << 30):
        yield begin, view[begin : begin + (1 << 30)]
