"""Who may ask what: tokens with scopes, from a file or the environment. Kept as digests; never printed, never logged."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.errors import UsageError

VARIABLE, FILE_VARIABLE = "PERDURE_TOKENS", "PERDURE_TOKENS_FILE"
#: The scopes, and what each allows
SCOPES = {
    "predict": "POST /predict",
    "feedback": "POST /feedback",
    "label": "with feedback: its labels count as a person's, and it may send `priority: safety`",
    "admin": "GET /state, and what starts and stops models",
}
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{20,200}=*")  # what a Bearer token may be (RFC 6750), and long enough not to be guessed
_HINT = "An entry is SCOPE[,SCOPE…]:TOKEN, for example predict,feedback:$(openssl rand -hex 24); scopes: " + ", ".join(SCOPES)


@dataclass(frozen=True)
class Sender:
    """Who sends a request. name: stands for the token, in letters only, and is the same for as long as the token is."""

    name: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Tokens:
    """The scopes of each token, by the token's SHA-256."""

    _scopes: Mapping[bytes, frozenset[str]] = field(repr=False)

    @classmethod
    def of(cls, entries: Sequence[str], source: str) -> Tokens:
        """Parse `SCOPE[,SCOPE…]:TOKEN` entries. Raises UsageError naming the entry by its number, never the token."""
        found: dict[bytes, frozenset[str]] = {}
        for number, entry in enumerate(entries, start=1):
            names, separator, token = entry.partition(":")
            scopes = frozenset(names.split(","))
            if not separator or not scopes <= set(SCOPES):
                raise UsageError(f"{source}: entry {number} does not begin with scopes and a colon", _HINT)
            if not _TOKEN.fullmatch(token):
                raise UsageError(f"{source}: the token of entry {number} is shorter than 20 characters, or has odd ones", _HINT)
            if _digest(token) in found:
                raise UsageError(f"{source}: entry {number} repeats a token", "Name all scopes of a token in one entry.")
            found[_digest(token)] = scopes
        if not found:
            raise UsageError(f"{source} holds no token", _HINT)
        return cls(found)

    def sender(self, authorization: str) -> Sender | None:
        """Whose `Bearer TOKEN` it is; None for no token or an unknown one. Takes as long for every wrong token."""
        scheme, _, token = authorization.partition(" ")
        asked, found = _digest(token.strip()), None
        for digest, scopes in self._scopes.items():  # all of them: the time says nothing about which
            if hmac.compare_digest(digest, asked):
                found = Sender(_name(token.strip()), scopes)
        return found if scheme.lower() == "bearer" else None


def read_tokens(file: Path | None) -> Tokens | None:
    """The tokens of a file, else of PERDURE_TOKENS_FILE, else of PERDURE_TOKENS; None if there are none.

    Lines of a file that begin with # are comments. PERDURE_TOKENS is taken out of the environment: no child inherits it.
    Raises UsageError for a file that cannot be read and for entries that are none.
    """
    given = os.environ.pop(VARIABLE, None)
    named = file or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    if named is not None:
        try:
            lines = named.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The tokens in {named} cannot be read: {type(error).__name__}", _HINT) from error
        return Tokens.of([word for line in lines if not line.startswith("#") for word in line.split()], str(named))
    return Tokens.of(given.split(), VARIABLE) if given is not None else None


def its_own(token: str) -> Tokens:
    """The one token of a gateway that a process started for itself: it allows everything."""
    return Tokens({_digest(token): frozenset(SCOPES)})


def refuse_open(host: str, tokens: Tokens | None) -> None:
    """Raises UsageError for a gateway without tokens that more than this machine can reach."""
    if tokens is None and not _is_loopback(host):
        raise UsageError(
            f"A gateway on {host or 'every address'} can be reached from other machines, and needs tokens",
            f"Set {VARIABLE} or give --tokens FILE, or listen on 127.0.0.1. {_HINT}",
        )


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None) if host else []
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(str(each[4][0]).partition("%")[0]).is_loopback for each in found)


def _name(token: str) -> str:
    """Eight letters by which nobody can look for the token: not a part of the digest that tokens are compared by."""
    return "".join("abcdefghijklmnop"[byte % 16] for byte in _digest(f"name of {token}")[:8])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
