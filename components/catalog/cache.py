"""The cache: folders that are made once, checked by digest at every use, and made again when damaged.

A folder is built next to its final place and then renamed, so a killed fetch leaves nothing half made. One lock for the whole
cache keeps two processes from fetching the same thing twice.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from components.errors import IntegrityError, UnavailableError
from components.storage import MANIFEST, building, digest_file, locked, verify, write_json


def cache_root() -> Path:
    """$PERDURE_CACHE, else ~/.cache/perdure."""
    return Path(os.environ.get("PERDURE_CACHE") or Path.home() / ".cache" / "perdure")


def cached(kind: str, name: str, made_from: str, make: Callable[[Path], None]) -> Path:
    """The folder CACHE/kind/name, whole and unchanged; `make(scratch)` fills it when it is absent, damaged or outdated.

    `made_from` identifies the inputs: an entry made from other inputs is made again. Raises what `make` raises, and
    UnavailableError if the cache cannot be written.
    """
    folder = cache_root() / kind / name
    try:
        if _sound(folder, made_from):
            return folder
        with locked(cache_root() / ".lock"):
            if not _sound(folder, made_from):  # another process may have made it while we waited
                _make(folder, made_from, make)
    except OSError as error:
        raise UnavailableError(
            f"Could not write the cache folder {folder}: {error.strerror or error}",
            "Free some space, fix its permissions or set PERDURE_CACHE to another folder, then run the command again.",
        ) from error
    return folder


def read_entry(folder: Path) -> dict[str, Any]:
    """The manifest of a cache entry after checking every file against it (once per process). Raises IntegrityError."""
    marks = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")))
    return _verify_once(folder, marks)


@lru_cache(maxsize=64)
def _verify_once(folder: Path, marks: tuple[tuple[str, int, int], ...]) -> dict[str, Any]:
    return verify(folder)


def _sound(folder: Path, made_from: str) -> bool:
    if not folder.is_dir():
        return False
    try:
        return bool(read_entry(folder).get("made_from") == made_from)
    except IntegrityError:
        return False  # damaged: the caller makes it again


def _make(folder: Path, made_from: str, make: Callable[[Path], None]) -> None:
    for leftover in folder.parent.glob(".building-*"):  # of a killed process: we hold the lock, nobody else is building
        shutil.rmtree(leftover)
    with building(folder.parent) as scratch:
        fresh = scratch / "fresh"
        fresh.mkdir()
        make(fresh)
        files = {}
        for path in sorted(path for path in fresh.rglob("*") if path.is_file()):
            files[str(path.relative_to(fresh))] = digest_file(path)
        write_json(fresh / MANIFEST, {"made_from": made_from, "files": files})
        for path in (fresh, *fresh.rglob("*")):  # public, and of use to others on this machine
            os.chmod(path, 0o755 if path.is_dir() else 0o644)
        if folder.exists():
            os.rename(folder, scratch / "old")
        os.rename(fresh, folder)
