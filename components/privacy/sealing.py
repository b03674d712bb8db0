"""Encryption at rest with a key of the user's: Fernet (AES-128-CBC with HMAC-SHA256), block by block, so that files may be large.

A sealed file is lines of Fernet tokens; opened one after the other, they are the file. The key is a file that holds 32 bytes in
base64, as `perdure quarantine key` writes it. Without it nothing can be read, and nobody can make it again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import IntegrityError, UsageError
from components.storage import atomic_path

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SUFFIX = ".sealed"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Seal:
    """A key, ready to use. `source`: where it came from."""

    source: Path
    _key: bytes = field(repr=False)

    def block(self, content: bytes) -> bytes:
        """One line of a sealed file."""
        return self._fernet().encrypt(content) + b"\n"

    def opened(self, path: Path) -> Iterator[bytes]:
        """The content of a sealed file, block by block. Raises IntegrityError if this is not its key, or if it was changed."""
        from cryptography.fernet import InvalidToken

        fernet = self._fernet()
        with open(path, "rb") as file:
            for line in file:
                try:
                    yield fernet.decrypt(line.strip())
                except InvalidToken as error:
                    raise IntegrityError(
                        f"{path} cannot be opened with the key {self.source}: it was sealed with another one, or was changed",
                        "Name the key that it was sealed with in `quarantine.key`, or restore the file from a backup.",
                    ) from error

    def digest(self, path: Path) -> str:
        """A keyed digest of what is in a sealed file: the same content has the same, and nobody else can guess at it."""
        digest = hmac.new(self._key, digestmod=hashlib.sha256)
        for content in self.opened(path):
            digest.update(content)
        return digest.hexdigest()

    def close(self, path: Path) -> Path:
        """Replace a file by a sealed one beside it, NAME.sealed; returns that."""
        target = path.with_name(path.name + SUFFIX)
        with atomic_path(target) as temporary, open(path, "rb") as plain, open(temporary, "wb") as sealed:
            while content := plain.read(_BLOCK):
                sealed.write(self.block(content))
        path.unlink()
        return target

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(self._key)


def seal_of(key: Path | None) -> Seal | None:
    """The seal with the key in a file; None without one. Raises UsageError for a file that is missing or holds no key."""
    if key is None:
        return None
    way_out = "Put the key there, or make one with `perdure quarantine key FILE` and name it in `quarantine.key`."
    try:
        text = key.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise UsageError(f"`quarantine.key` names {key}, and there is no such file", way_out) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The key {key} of the quarantine cannot be read: {error}", way_out) from error
    try:
        raw = base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise UsageError(f"{key} holds no key: it must be 32 bytes in base64", way_out)
    return Seal(key, base64.urlsafe_b64encode(raw))


def make_key(path: Path) -> None:
    """Write a new key into a file that is not there yet. Raises UsageError if it is."""
    if path.exists():
        raise UsageError(f"{path} is there already", "Nothing was changed: what was sealed with it could never be opened again.")
    with atomic_path(path) as temporary:
        temporary.write_bytes(base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
