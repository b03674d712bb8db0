"""Digests and atomic writes: every artefact is written to a temporary name, fsynced and renamed.

Invariants: a reader never sees half an artefact; a directory artefact is named by the SHA-256 of its manifest and its
manifest names every file in it with its SHA-256; publishing twice is harmless; what is written is for its owner alone (files
0600, folders 0700), whatever the umask.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from components.errors import IntegrityError, UnavailableError

MANIFEST = "manifest.json"
MANIFEST_BYTES = 64 * 2**20
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks, so that equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_json(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in chunks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_text(text: str) -> str:
    """Identity of a text: 32 hex digits of SHA-256 over its NFC form, case-folded, with blanks collapsed."""
    normal = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone. One that is there stays as it is."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(FOLDER_MODE, exist_ok=True)
        os.chmod(each, FOLDER_MODE)


def make_private(path: Path) -> None:
    """A file, or a folder with all in it, for its owner alone. What belongs to another user stays as it is."""
    if path.is_symlink():
        return
    with suppress(PermissionError):
        os.chmod(path, FOLDER_MODE if path.is_dir() else FILE_MODE)
    for inner in path.iterdir() if path.is_dir() else ():
        make_private(inner)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary file next to `path`: renamed to it when the block succeeds, removed when it fails."""
    make_folder(path.parent)
    handle, name = _alive(lambda: tempfile.mkstemp(dir=path.parent, prefix=f"{_WRITING}{path.name[:30]}."))
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, FILE_MODE)
        _fsync(temporary)
        os.replace(temporary, path)
        _fsync(path.parent)
    except OSError as error:
        raise _explain(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock of a file (created if missing) and keep it for the block. It ends with the process, even by a kill."""
    make_folder(path.parent)
    with open(path, "a", opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)


def touch(path: Path) -> None:
    """Make an empty file for its owner alone, unless it is there."""
    make_folder(path.parent)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON atomically, keys sorted."""
    write_text(path, json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises IntegrityError naming the file if it is not JSON, or nested too deep."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{path} is not valid JSON ({error})", "Restore the file from a backup.") from error


@contextmanager
def building(store: Path) -> Iterator[Path]:
    """A scratch directory inside `store` for an unfinished artefact; removed unless it is published."""
    make_folder(store)

    def make() -> tuple[int, str]:
        name = tempfile.mkdtemp(dir=store, prefix=_BUILDING)
        return os.open(name, os.O_RDONLY), name

    handle, name = _alive(make)
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)
        os.close(handle)


def sweep(*folders: Path) -> None:
    """Remove what killed processes left half written in these folders. What a living process is writing is locked, and stays."""
    leftovers = [path for folder in folders for start in (_BUILDING, _WRITING) for path in folder.glob(f"{start}*")]
    for path in leftovers:
        with suppress(FileNotFoundError, BlockingIOError), _locked_alone(path):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


@contextmanager
def _locked_alone(path: Path) -> Iterator[None]:
    """Lock a file or folder for the block. Raises BlockingIOError when another process has it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


#: How the names of what is half written begin
_BUILDING, _WRITING = ".building-", ".writing-"


def _alive(make: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Make something temporary (its handle, its path) and lock it, so that `sweep` leaves it alone; again if it was faster."""
    while True:
        handle, name = make()
        fcntl.flock(handle, fcntl.LOCK_SH)
        if os.path.lexists(name):
            return handle, name
        os.close(handle)


def publish(scratch: Path, store: Path, fields: Mapping[str, Any]) -> str:
    """Name a directory by its content: write its manifest (`fields` + every file's SHA-256) and move it to store/DIGEST.

    Returns the digest. Publishing the same content again leaves the first copy in place.
    """
    files = {
        str(path.relative_to(scratch)): digest_file(path)
        for path in sorted(scratch.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    manifest = {**fields, "files": files}
    digest = digest_json(manifest)
    target = store / digest
    if target.exists():
        return digest
    try:
        (scratch / MANIFEST).write_text(canonical_json(manifest), encoding="utf-8")
        make_private(scratch)
        for path in scratch.rglob("*"):
            _fsync(path)
        os.rename(scratch, target)
        _fsync(store)
    except OSError as error:
        if target.exists():  # another process published the same content first
            return digest
        raise _explain(error, target) from error
    return digest


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a published directory, checked against the directory's name. Raises IntegrityError."""
    path = directory / MANIFEST
    if not path.is_file():
        raise IntegrityError(
            f"{directory} has no {MANIFEST}", "The artefact is missing or incomplete; run the step that makes it again."
        )
    if path.stat().st_size > MANIFEST_BYTES:
        raise IntegrityError(f"{path} has more than {MANIFEST_BYTES:,} bytes: it is no manifest", "Remove the directory.")
    manifest: dict[str, Any] = read_json(path)
    try:
        digest, files = digest_json(manifest), manifest["files"]
        whole = isinstance(files, dict) and all(isinstance(mark, str) and _inside(name) for name, mark in files.items())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise IntegrityError(f"{path} is no manifest ({type(error).__name__}: {error})", "Restore it from a backup.") from error
    if not whole:
        raise IntegrityError(
            f"{path} is no manifest: it names files outside its directory, or no digests", "Remove the directory."
        )
    if len(directory.name) == 64 and digest != directory.name:
        raise IntegrityError(
            f"{path} was changed: its digest is {digest[:12]}, its name says {directory.name[:12]}",
            "Restore the artefact from a backup or from MLflow, or roll back to another checkpoint.",
        )
    return manifest


def _inside(name: str) -> bool:
    """Whether a name of a manifest stays in its directory."""
    return not (name.startswith("/") or "\0" in name or "\\" in name or {"", ".", ".."} & set(name.split("/")))


def verify(directory: Path) -> dict[str, Any]:
    """Check every file of a published directory against its manifest; returns the manifest.

    Raises IntegrityError: for a file that is missing or was changed, that the manifest does not name, or that is a link.
    """
    manifest = read_manifest(directory)
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_symlink():
            raise IntegrityError(f"{path} is a symbolic link", "Put the file itself there, or restore it from a backup.")
        if not path.is_dir() and name != MANIFEST and name not in manifest["files"]:
            raise IntegrityError(f"{path} is not named by the manifest: it does not belong there", "Remove the file.")
    for name, expected in manifest["files"].items():
        check_file(directory / name, expected)
    return manifest


def check_file(path: Path, expected: str) -> Path:
    """The path of a file, if its SHA-256 is the expected one. Raises IntegrityError."""
    if not path.is_file():
        raise IntegrityError(f"{path} is missing", "Restore the artefact from a backup or from MLflow.")
    if digest_file(path) != expected:
        raise IntegrityError(
            f"{path} does not match its digest: the file was changed or damaged",
            "Restore the artefact from a backup or from MLflow, or roll back to another checkpoint.",
        )
    return path


def link_tree(source: Path, target: Path) -> None:
    """Put a copy of a directory at `target`, with hard links if the file system allows them; replaces what was there."""
    with building(target.parent) as scratch:
        copy = scratch / "copy"
        shutil.copytree(source, copy, copy_function=_link_or_copy)
        if target.exists():
            os.rename(target, scratch / "old")
        os.rename(copy, target)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(error: OSError, path: Path) -> UnavailableError:
    if error.errno == 28:  # ENOSPC
        return UnavailableError(
            f"No space left on the disk while writing {path}", "Free some space and run the command again; nothing was lost."
        )
    return UnavailableError(
        f"Could not write {path}: {error.strerror or error}", "Check the path and its permissions, then run the command again."
    )
