"""Subjects under pseudonyms: a keyed hash, so that nobody can tell who it is, and whoever has the key finds the rows of a
person.

The key is a file of the workspace (0600), made when the first subject comes. It never leaves the workspace: MLflow,
checkpoints and the ledger get pseudonyms only. The first part of a pseudonym says which key made it. A workspace that has
made pseudonyms and lost its key refuses to make another: rows under the old one could not be erased any more.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from components.errors import IntegrityError
from components.storage import locked, write_text
from components.unseen import without_unseen
from components.workspace import Workspace

_KEY = re.compile(r"[0-9a-f]{64}")


def pseudonym(workspace: Workspace, subject: str) -> str:
    """The name under which this workspace keeps a subject; a pseudonym of its own stays as it is. Raises IntegrityError."""
    return Pseudonyms(workspace).of(subject)


def known_as(workspace: Workspace, subject: str) -> frozenset[str]:
    """Every name under which rows of a subject may be stored: the pseudonym, and the subject itself in workspaces of before."""
    return frozenset({subject, pseudonym(workspace, subject)})


def plain(subject: str) -> str:
    """A subject as a person reads it: composed accents, nothing invisible, no blanks around it."""
    return unicodedata.normalize("NFC", without_unseen(subject)).strip()


@dataclass(frozen=True)
class Pseudonyms:
    """The pseudonyms of a workspace. Its key is read, or made, at the first one."""

    workspace: Workspace

    @cached_property
    def _key(self) -> bytes:
        return bytes.fromhex(_key_of(self.workspace))

    @cached_property
    def _mark(self) -> str:
        return _digest(self._key, "key", "")[:8]

    def of(self, subject: str) -> str:
        """`subject-KEY-HASH`. Blanks at the ends, what nobody sees, and the form of accents do not matter."""
        name = plain(subject)
        if name.startswith("subject-") and re.fullmatch(rf"subject-{self._mark}-[0-9a-f]{{32}}", name):
            return name
        return f"subject-{self._mark}-{_digest(self._key, 'subject', name)[:32]}"

    def tell_apart(self, kind: str, value: str) -> str:
        """A placeholder that is another one for another value: for labels, tasks and ids, which must stay distinct."""
        return f"<{kind} {_digest(self._key, kind, value)[:8]}>"


def _digest(key: bytes, what: str, value: str) -> str:
    return hmac.new(key, f"{what}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key_of(workspace: Workspace) -> str:
    """The key in hexadecimal digits, made if there never was one."""
    file, trace = workspace.pseudonym_key, workspace.pseudonym_key.with_suffix(".id")
    if not file.is_file():
        with locked(workspace.root / ".pseudonyms.lock"):
            if not file.exists():  # another process may have made it while we waited
                _refuse_lost(file, trace)
                key = secrets.token_hex(32)
                write_text(file, key + "\n")
                write_text(trace, _identity(key) + "\n")
    key = file.read_text(encoding="utf-8").strip()
    if not _KEY.fullmatch(key) or (trace.is_file() and trace.read_text(encoding="utf-8").strip() != _identity(key)):
        raise IntegrityError(
            f"{file} is not the key with which this workspace made its pseudonyms", "Restore the file from a backup."
        )
    if os.stat(file).st_mode & 0o077:
        os.chmod(file, 0o600)
    return key


def _refuse_lost(file: Path, trace: Path) -> None:
    if trace.exists():
        raise IntegrityError(
            f"{file} is lost: the subjects of this workspace were hashed with it, and could not be found again",
            f"Restore it from a backup. If nobody's rows will ever have to be found, delete {trace.name} beside it: a new key"
            f" is made.",
        )


def _identity(key: str) -> str:
    return hashlib.sha256(f"perdure pseudonyms {key}".encode()).hexdigest()[:16]
