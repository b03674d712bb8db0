"""The chain of experiences: each names the one that it came after, and head.json names the last one ingested.

File times play no part: a workspace that was copied, touched or checked out again has the same head.
"""

from __future__ import annotations

from collections import Counter

from components.contracts import Experience
from components.errors import IntegrityError
from components.provenance import given_in
from components.relabelling import Names, now_called
from components.storage import read_json, read_manifest, write_json
from components.workspace import Workspace


def note_head(workspace: Workspace, experience: str) -> None:
    """Record which experience was ingested last."""
    write_json(workspace.head, {"experience": experience})


def latest(workspace: Workspace) -> str | None:
    """Digest of the experience that the next one comes after; None when there is none.

    It is the noted head, or what was published after it before a kill. If no head is noted (stores restored from elsewhere), it
    is the end of the longest chain; of two equally long chains, the one with the larger digest.
    """
    after = {path.name: read_manifest(path)["after"] for path in workspace.experiences.glob("*") if len(path.name) == 64}
    head = _noted(workspace)
    chains = {digest: _back(digest, after) for digest in after if digest not in after.values()}
    ends = [digest for digest, chain in chains.items() if head not in after or head in chain]
    return max(ends, key=lambda digest: (len(chains[digest]), digest), default=None)


def experiences_of(workspace: Workspace, last: str | None) -> tuple[str, ...]:
    """The experiences of a chain, oldest first. Raises UsageError if one of them is missing."""
    return tuple(experience.digest for experience in _chain(workspace, last))


def labels_of(workspace: Workspace, last: str | None, names: Names | None = None) -> set[str]:
    """The labels of a chain, under the names that they have now."""
    labels = {label for experience in _chain(workspace, last) for label in experience.manifest["labels"]}
    return set(now_called(labels, names or {}))


def provenance_before(workspace: Workspace, last: str | None) -> Counter[str]:
    """Rows with a target in a chain, by who gave their label; `unknown` where nobody said."""
    counts: Counter[str] = Counter()
    for experience in _chain(workspace, last):
        counts += given_in(experience.manifest)
    return counts


def _chain(workspace: Workspace, last: str | None) -> list[Experience]:
    """The experiences of a chain, oldest first; each manifest is read once. Raises UsageError if one of them is missing."""
    found: list[Experience] = []
    while last is not None:
        found.append(workspace.experience(last))
        last = found[-1].manifest["after"]
    return found[::-1]


def _back(digest: str | None, after: dict[str, str | None]) -> list[str]:
    """A chain from its end to its start, as far as it is present."""
    chain: list[str] = []
    while digest in after and digest not in chain:
        chain.append(digest)
        digest = after[digest]
    return chain


def _noted(workspace: Workspace) -> str | None:
    if not workspace.head.is_file():
        return None
    value = read_json(workspace.head)
    head = value.get("experience") if isinstance(value, dict) else None
    if not isinstance(head, str):
        raise IntegrityError(
            f"{workspace.head} does not name an experience",
            "Restore it from a backup, or delete it: the longest chain counts then.",
        )
    return head
