"""A bounded cache on disk of what an encoder made of texts: pooled features. Each text is encoded only once.

    <root>/<encoder digest>/<digest of its keys>.safetensors      keys (n, 32), sums (n,), rows (n, width) float32

or, if a text has several rows (one per token: `frozen_prefix.py`), lengths (n,) and rows (sum of lengths, width).

A row's key is the SHA-256 of its token ids, which are all that the encoder reads of a text. The encoder digest covers everything
that turns ids into features (`encoder_digest`), so a frozen adapter has the same digest from checkpoint to checkpoint. Shards
never change. Several processes may read, write and trim at once. A row with a wrong checksum counts as missing. Deleting the
folder costs only time. The cache answers exactly as the encoder would, because features are made row by row (`row_by_row.py`).
The gateway and latency measurements do not use it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import mmap
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from components.errors import PerdureError
from components.storage import atomic_path, digest_json

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
#: The files of a checkpoint's weights: its adapter or its moved weights. No other file affects features.
WEIGHT_FILES = ("adapter/", "weights.safetensors")
#: The small shards of an encoder are merged when there are more than this many
MOST_SHARDS = 32
SMALL = 1 << 26
STALE_SECONDS = 3600.0  # a temporary file this much older than the newest shard was left by a process that died


def encoder_digest(base: str, files: Mapping[str, str], pooling: str, layers: int, arithmetic: str) -> str:
    """The digest of an encoder. files: a checkpoint's, with their SHA-256 (only weights count); arithmetic: what computes it."""
    weights = {name: digest for name, digest in files.items() if name.startswith(WEIGHT_FILES)}
    return digest_json({"base": base, "weights": weights, "pooling": pooling, "layers": layers, "arithmetic": arithmetic})


def key(ids: NDArray[np.int64]) -> bytes:
    """SHA-256 of a text's token ids."""
    return hashlib.sha256(np.ascontiguousarray(ids, dtype="<i8").tobytes()).digest()


@dataclass(frozen=True)
class ActivationStore:
    """root: `Workspace.features`; limit: bytes of all shards together, the least recently used go first. 0: keeps nothing."""

    root: Path
    limit: int = 1 << 30

    def fetch(
        self, encoder: str, ids: Sequence[NDArray[np.int64]], width: int, make: Callable[[NDArray[np.int64]], Floats]
    ) -> Floats:
        """(n, width) features of these texts, in order. `make` computes the distinct missing ones, which are then stored."""
        keys = [key(one) for one in ids]
        first: dict[bytes, int] = {}
        for row, name in enumerate(keys):
            first.setdefault(name, row)
        rows = self.read(encoder, list(first), width) if self.limit else {}
        missing = [name for name in first if name not in rows]
        if missing:
            made = make(np.array([first[name] for name in missing], dtype=np.int64))
            self.write(encoder, missing, made)
            rows |= dict(zip(missing, made))
        return np.stack([rows[name] for name in keys]) if keys else np.zeros((0, width), np.float32)

    def read(self, encoder: str, keys: Sequence[bytes], width: int) -> dict[bytes, Floats]:
        """The stored rows of these keys. Reads into memory only these rows and the keys of each shard."""
        wanted = set(keys)
        heads = np.unique(np.frombuffer(b"".join(keys), "<u8")[::4]) if keys else np.zeros(0, "<u8")
        stored: dict[bytes, Floats] = {}
        for path in _shards(self.root / encoder):
            if len(stored) == len(wanted):
                break
            used = False
            with _tolerant(path):
                names, sums, rows, starts = _open(path)
                if rows.shape[1] != width:
                    continue
                for place in np.flatnonzero(np.isin(names.reshape(-1).view("<u8")[::4], heads)):
                    name = names[place].tobytes()
                    if name in wanted and name not in stored:
                        row = _row(rows, starts, int(place))
                        if zlib.crc32(name + row.tobytes()) == sums[place]:
                            stored[name], used = row, True
            if used:
                with suppress(OSError):
                    os.utime(path)
        return stored

    def write(self, encoder: str, keys: Sequence[bytes], rows: Floats | Sequence[Floats]) -> None:
        """Store these rows: (n, width), or (length, width) per key. A failure (no space, no permission) is only logged."""
        if not len(keys) or sum(row.nbytes for row in rows) > self.limit:
            return
        folder = self.root / encoder
        with _tolerant(folder):
            _save(folder, list(keys), rows)
            self._merge(folder)
            self._trim()

    def _merge(self, folder: Path) -> None:
        """Merge many small shards into one, so that reading does not slow down over the years."""
        small = [path for path in _shards(folder) if path.stat().st_size < SMALL]
        if len(small) <= MOST_SHARDS:
            return
        merged: dict[bytes, Floats] = {}
        read, size = [], 0
        for path in small:
            if size > SMALL:
                break
            with _tolerant(path):
                names, sums, rows, starts = _open(path)
                whole = [(name.tobytes(), _row(rows, starts, i), sums[i]) for i, name in enumerate(names)]
                merged |= {name: row for name, row, check in whole if zlib.crc32(name + row.tobytes()) == check}
                size += path.stat().st_size
            read.append(path)  # a damaged shard is removed as well
        if len({(row.ndim, row.shape[-1]) for row in merged.values()}) == 1:
            kept = _save(folder, list(merged), list(merged.values()))
            for path in read:
                if path != kept:
                    path.unlink(missing_ok=True)

    def _trim(self) -> None:
        """Remove the least recently used shards until the rest fits, and temporary files that no process writes any more."""
        ages = []
        for path in self.root.glob("*/*"):
            with suppress(FileNotFoundError):
                stat = path.stat()
                ages.append((stat.st_mtime, stat.st_size, path))
        ages.sort(reverse=True)
        total = 0
        for moment, size, path in ages:
            left_over = path.name.startswith(".") and moment < ages[0][0] - STALE_SECONDS
            total += size
            if left_over or total > self.limit:
                path.unlink(missing_ok=True)
                with suppress(OSError):  # not empty yet
                    path.parent.rmdir()


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.safetensors")) if folder.is_dir() else []


def _save(folder: Path, keys: list[bytes], rows: Floats | Sequence[Floats]) -> Path:
    rows = [np.ascontiguousarray(row, dtype=np.float32) for row in rows]
    sums = np.array([zlib.crc32(row.data, zlib.crc32(name)) for name, row in zip(keys, rows)], dtype=np.uint32)
    names = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 32)
    tensors = {"keys": names, "rows": np.stack(rows) if rows[0].ndim == 1 else np.concatenate(rows), "sums": sums}
    if rows[0].ndim > 1:
        tensors["lengths"] = np.array([len(row) for row in rows], dtype=np.int64)
    path = folder / f"{hashlib.sha256(names.tobytes()).hexdigest()[:32]}.safetensors"
    with atomic_path(path) as temporary:
        save_file(tensors, temporary)
    return path


def _open(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint32], Floats, NDArray[np.int64] | None]:
    """(keys, sums, rows, starts) of a shard: rows are mapped, the rest is read. starts: where a key's rows begin; None: one each.

    Raises ValueError or a similar error if the shard is damaged.
    """
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(mapped[:8], "little")
    if length > 1 << 16:
        raise ValueError("a shard does not begin like this")
    header = json.loads(mapped[8 : 8 + length])

    def part(name: str, kind: str) -> NDArray[Any]:
        entry = header[name]
        shape = tuple(entry["shape"])
        return np.frombuffer(mapped, kind, math.prod(shape), 8 + length + entry["data_offsets"][0]).reshape(shape)

    starts = np.concatenate([[0], np.cumsum(part("lengths", "<i8"))]) if "lengths" in header else None
    return np.array(part("keys", "u1")), np.array(part("sums", "<u4")), part("rows", "<f4"), starts


def _row(rows: Floats, starts: NDArray[np.int64] | None, place: int) -> Floats:
    """A copy of the rows of the key at this place. Damaged lengths give a wrong piece, which the checksum detects."""
    return np.array(rows[place] if starts is None else rows[starts[place] : starts[place + 1]])


@dataclass(frozen=True)
class FeatureCache:
    """A store, with the digest of the encoder whose features are looked up."""

    store: ActivationStore
    encoder: str


@dataclass
class _tolerant:  # noqa: N801  (reads like contextlib.suppress)
    """Ignores a damaged, missing or unwritable file: it is only a cache."""

    path: Path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, FileNotFoundError):
            return True
        if isinstance(error, (OSError, ValueError, KeyError, TypeError, IndexError, PerdureError)):
            log.warning("A file of the feature cache is ignored: %s: %s", self.path, error)
            return True
        return False
