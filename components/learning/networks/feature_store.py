"""A bounded cache on disk of what an encoder made of texts: pooled features, each text encoded once, ever.

    <root>/<encoder digest>/<digest of its keys>.safetensors      keys (n, 32), sums (n,), rows (n, width) float32

or, where a text has several rows (one a token: `frozen_prefix.py`), lengths (n,) and rows (sum of lengths, width).

A row's key is the SHA-256 of its token ids: all that the encoder reads of a text. The encoder digest names what turns ids into
features (`encoder_digest`), so that a frozen adapter has the same one from checkpoint to checkpoint. Shards never change. Several
processes may read, write and trim at once. A row whose checksum is wrong counts as missing. Deleting the folder loses only time.
It answers exactly as the encoder would: features are made row by row (`row_by_row.py`). Gateway and latency do without it.
"""

from __future__ import annotations

import hashlib
import json
import logging
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
#: What a checkpoint's weights are in: its adapter or its moved weights. Nothing else of it turns ids into features.
WEIGHT_FILES = ("adapter/", "weights.safetensors")
#: Shards of an encoder are put together when there are more than this many, as long as they are small
MOST_SHARDS = 32
SMALL = 1 << 26
STALE_SECONDS = 3600.0  # a temporary file this much older than the newest shard was left by a process that died


def encoder_digest(base: str, files: Mapping[str, str], pooling: str, layers: int, arithmetic: str) -> str:
    """Names an encoder. files: a checkpoint's, with their SHA-256 (those of the weights count); arithmetic: what computes it."""
    weights = {name: digest for name, digest in files.items() if name.startswith(WEIGHT_FILES)}
    return digest_json({"base": base, "weights": weights, "pooling": pooling, "layers": layers, "arithmetic": arithmetic})


def key(ids: NDArray[np.int64]) -> bytes:
    """SHA-256 of a text's token ids."""
    return hashlib.sha256(np.ascontiguousarray(ids, dtype="<i8").tobytes()).digest()


@dataclass(frozen=True)
class ActivationStore:
    """root: `Workspace.features`; limit: bytes of all shards together, those longest unused go first. 0: nothing is kept."""

    root: Path
    limit: int = 1 << 30

    def fetch(
        self, encoder: str, ids: Sequence[NDArray[np.int64]], width: int, make: Callable[[NDArray[np.int64]], Floats]
    ) -> Floats:
        """(n, width) features of these texts, in order; `make` is asked for the distinct ones not here, and they are kept."""
        keys = [key(one) for one in ids]
        first: dict[bytes, int] = {}
        for row, name in enumerate(keys):
            first.setdefault(name, row)
        found = self.read(encoder, list(first), width) if self.limit else {}
        missing = [name for name in first if name not in found]
        if missing:
            made = make(np.array([first[name] for name in missing], dtype=np.int64))
            self.write(encoder, missing, made)
            found |= dict(zip(missing, made))
        return np.stack([found[name] for name in keys]) if keys else np.zeros((0, width), np.float32)

    def read(self, encoder: str, keys: Sequence[bytes], width: int) -> dict[bytes, Floats]:
        """What is here of these keys. Only the rows asked for are read into memory, and the keys of each shard."""
        wanted = set(keys)
        heads = np.unique(np.frombuffer(b"".join(keys), "<u8")[::4]) if keys else np.zeros(0, "<u8")
        found: dict[bytes, Floats] = {}
        for path in _shards(self.root / encoder):
            if len(found) == len(wanted):
                break
            used = False
            with _tolerant(path):
                names, sums, rows, starts = _open(path)
                if rows.shape[1] != width:
                    continue
                for place in np.flatnonzero(np.isin(names.reshape(-1).view("<u8")[::4], heads)):
                    name = names[place].tobytes()
                    if name in wanted and name not in found:
                        row = _row(rows, starts, int(place))
                        if zlib.crc32(name + row.tobytes()) == sums[place]:
                            found[name], used = row, True
            if used:
                with suppress(OSError):
                    os.utime(path)
        return found

    def write(self, encoder: str, keys: Sequence[bytes], rows: Floats | Sequence[Floats]) -> None:
        """Keep these rows: (n, width), or of each key (length, width). Failing to (no space, no permission) is only logged."""
        if not len(keys) or sum(row.nbytes for row in rows) > self.limit:
            return
        folder = self.root / encoder
        with _tolerant(folder):
            _save(folder, list(keys), rows)
            self._merge(folder)
            self._trim()

    def _merge(self, folder: Path) -> None:
        """Many small shards become one, so that reading does not slow down over the years."""
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
            read.append(path)  # a damaged one goes as well
        if len({(row.ndim, row.shape[-1]) for row in merged.values()}) == 1:
            kept = _save(folder, list(merged), list(merged.values()))
            for path in read:
                if path != kept:
                    path.unlink(missing_ok=True)

    def _trim(self) -> None:
        """Shards longest unused go until the rest fits; so do temporary files that nobody writes any more."""
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
    """(keys, sums, rows, starts) of a shard: rows mapped, the others read; starts: where a key's rows begin, None: one row each.

    Raises ValueError or an error of its kind when damaged.
    """
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > 1 << 16:
            raise ValueError("no shard begins like this")
        header = json.loads(file.read(length))

    def part(name: str, kind: str) -> NDArray[Any]:
        at, entry = 8 + length, header[name]
        return np.memmap(path, kind, "r", at + entry["data_offsets"][0], tuple(entry["shape"]))

    starts = np.concatenate([[0], np.cumsum(part("lengths", "<i8"))]) if "lengths" in header else None
    return np.array(part("keys", "u1")), np.array(part("sums", "<u4")), part("rows", "<f4"), starts


def _row(rows: Floats, starts: NDArray[np.int64] | None, place: int) -> Floats:
    """A copy of what belongs to the key at this place. Damaged lengths give a wrong piece, which its checksum tells."""
    return np.array(rows[place] if starts is None else rows[starts[place] : starts[place + 1]])


@dataclass(frozen=True)
class FeatureCache:
    """A store, and the encoder whose features are meant."""

    store: ActivationStore
    encoder: str


@dataclass
class _tolerant:  # noqa: N801  (reads like contextlib.suppress)
    """Leaves a damaged, vanished or unwritable file aside: it is only a cache."""

    path: Path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, FileNotFoundError):
            return True
        if isinstance(error, (OSError, ValueError, KeyError, TypeError, IndexError, PerdureError)):
            log.warning("The cache of features is left aside: %s: %s", self.path, error)
            return True
        return False
