"""One entry of the ledger and what makes a chain of them valid. Pure.

hash = SHA-256 of the canonical JSON of all other fields, `previous` (the hash of the entry before) among them, so an
entry fixes everything before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from components.errors import IntegrityError
from components.storage import canonical_json, digest_json

#: What the first entry names as the hash before it.
GENESIS = "0" * 64
#: Kinds that say which version (their subject; "" for none) is champion from then on.
CHAMPION_KINDS = ("promoted", "rolled_back", "champion_moved", "continued")


@dataclass(frozen=True)
class Entry:
    """One decision about `subject` (a version number, or the digest of an artefact); `evidence` holds digests and numbers."""

    seq: int
    time: str
    actor: str
    kind: str
    subject: str
    evidence: Mapping[str, Any]
    reason: str
    key: str | None
    previous: str
    hash: str

    def row(self) -> dict[str, Any]:
        """The entry as a database row: evidence as canonical JSON."""
        return {**asdict(self), "evidence": canonical_json(self.evidence)}

    def to_json(self) -> str:
        """The entry as one JSON object."""
        return canonical_json(asdict(self))


def utc(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with microseconds: a fixed width, so that text order is time order."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def after(previous: str, moment: datetime) -> tuple[str, dict[str, str]]:
    """The time of an entry made at `moment` that follows one of time `previous`, and what its evidence says of the clock.

    A clock that went back is recorded and not obeyed: the times of a ledger never decrease.
    """
    here = utc(moment)
    if here > previous:
        return here, {}
    return utc(datetime.fromisoformat(previous) + timedelta(microseconds=1)), {"clock": here}


def seal(fields: Mapping[str, Any]) -> Entry:
    """An entry from all its fields but the hash."""
    return Entry(**fields, hash=digest_json(dict(fields)))


def from_row(row: Mapping[str, Any]) -> Entry:
    """An entry from a database row. Raises IntegrityError when the evidence is not the canonical JSON of an object."""
    try:
        evidence = json.loads(row["evidence"])
        whole = isinstance(evidence, dict) and canonical_json(evidence) == row["evidence"]
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise IntegrityError(
            f"Entry {row['seq']} of the ledger was changed", "`perdure audit verify` shows what else is damaged."
        )
    return Entry(**{**row, "evidence": evidence})


@dataclass(frozen=True)
class Finding:
    """Where a walk along the chain has got to: rows so far, the last hash, and a problem with this row if there is one."""

    count: int
    head: str
    problem: str | None


def walk(rows: Iterable[Mapping[str, Any]], seq: int = 0, head: str = GENESIS) -> Iterator[Finding]:
    """Check the rows that follow entry `seq` with the hash `head`: one or more findings for each, one row in memory at a time."""
    for count, row in enumerate(rows, start=1):
        here = row["seq"]
        if here <= 0:
            yield Finding(count, head, f"entry {here} was inserted before the first")
        elif here > seq + 1:
            gap = f"entry {seq + 1} is" if here == seq + 2 else f"entries {seq + 1} to {here - 1} are"
            yield Finding(count, head, f"{gap} missing: removed before entry {here}")
        if row["previous"] != head:
            yield Finding(
                count, head, f"entry {here} does not follow the one before it: one was replaced, moved, removed or inserted"
            )
        problem = None if unchanged(row) else f"entry {here} was changed: its content ({_content(row)}) does not match its hash"
        yield Finding(count, row["hash"], problem)
        seq, head = max(here, 0), row["hash"]


def _content(row: Mapping[str, Any]) -> str:
    """A short name of what a row holds, so that the problem is another one when it is changed again."""
    return hashlib.sha256(repr(sorted(row.items())).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def unchanged(row: Mapping[str, Any]) -> bool:
    """Whether a row's content matches its hash."""
    try:
        entry = from_row(row)
        fields = {name: value for name, value in vars(entry).items() if name != "hash"}
        return digest_json(fields) == entry.hash
    except (IntegrityError, TypeError):  # TypeError: a column holds bytes, which a ledger never writes
        return False
