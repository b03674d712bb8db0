"""What the past was taught: the folded forms of every experience's texts with their labels, and rows that say otherwise.

Each experience has an index in `workspace/folded`, beside the experience and not part of it: a file of numbers, mapped and
searched in place, so that a batch against a thousand experiences reads a few pages of each. It is written with the experience,
made again of its texts where it is missing, and holds no text: plain 64-bit hashes, which tell nobody more than the digests that
the experience holds anyway (a key would have to be kept for ever, and would protect what is known already).
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.contracts import Experience
from components.errors import IntegrityError
from components.ingestion.folded import keys as folded_keys
from components.ingestion.near import Words
from components.storage import atomic_path
from components.workspace import Workspace

Ints = NDArray[np.int64]
MOST = 0.8  # of a label's rows that come again under one other label: then it seems to have a new name
FEWEST = 5  # of its rows, without which nothing is said of a new name
NAMED = 5  # pairs of labels that are named


@dataclass(frozen=True)
class Taught:
    """(n,) for each row that contradicts the past: which of the experiences taught it otherwise (-1: none), and as what."""

    place: Ints
    label: NDArray[np.object_]

    @property
    def contradicted(self) -> NDArray[np.bool_]:
        """(n,) whether the row says otherwise."""
        return self.place >= 0


def index_file(workspace: Workspace, digest: str) -> Path:
    """Where the index of an experience is."""
    return workspace.folded / f"{digest}.npy"


def write_index(path: Path, folded: Words, target: Words, task: Words) -> None:
    """Write the index of n labelled rows: (n, 3) numbers, sorted by the first."""
    order = np.lexsort((task, target, folded))
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.save(file, np.stack([folded, target, task], axis=1)[order])


def taught_otherwise(
    folded: Words,
    target: Words,
    task: Words,
    learned: Sequence[str],
    workspace: Workspace,
    *,
    keep: bool = True,
    names: Mapping[str, str] | None = None,
) -> Taught:
    """What the experiences `learned`, oldest first, say of n labelled rows. The newest that knows a text decides.

    Rows of two tasks that are both named are not compared. keep: write an index that is missing. names: what labels that were
    given up are called now.
    """
    moved = {label_hash(old): new for old, new in (names or {}).items()}
    n = len(folded)
    place, label, open_rows = np.full(n, -1, np.int64), np.full(n, "", object), np.arange(n)
    for number in range(len(learned) - 1, -1, -1):
        if not len(open_rows):
            break
        index = _index(workspace.experience(learned[number]), workspace, keep)
        row, entry = _matches(np.asarray(index[:, 0]), folded[open_rows])
        row = open_rows[row]
        comparable = (index[entry, 2] == task[row]) | (index[entry, 2] == 0) | (task[row] == 0)
        row, entry = row[comparable], entry[comparable]
        taught = _renamed(np.asarray(index[entry, 1]), moved)
        same = np.unique(row[taught == target[row]])
        other, first = np.unique(row, return_index=True)
        wrong = ~np.isin(other, same)
        if wrong.any():
            called = {**_names(workspace.experience(learned[number])), **{label_hash(new): new for new in moved.values()}}
            place[other[wrong]] = number
            label[other[wrong]] = [called.get(int(each), "?") for each in taught[first[wrong]]]
        open_rows = np.setdiff1d(open_rows, other)
    return Taught(place, label)


def label_hash(label: str) -> int:
    """The 64-bit hash of a label; never 0."""
    return int.from_bytes(hashlib.sha256(b"label\0" + label.encode()).digest()[:8], "little") | 1


def matter(was: Sequence[str], comes: Sequence[str], rows: Mapping[str, int], known: Collection[str] = ()) -> list[str]:
    """What rows that come under another label have in common, and the act that helps.

    was, comes: labels of n contradicting rows, before and now. rows: of each label in the new file. known: labels of the past.
    """
    pairs, again, moved = Counter(zip(was, comes, strict=True)), Counter(was), dict[str, list[str]]()
    said = [f"learned as {old!r} and now {new!r}: {n:,}" for (old, new), n in pairs.most_common(NAMED)]
    if len(pairs) > NAMED:
        said.append(f"and {len(pairs) - NAMED} more pairs of labels")
    for (old, new), n in pairs.most_common():
        if n >= max(FEWEST, MOST * (again[old] + rows.get(old, 0))):
            moved.setdefault(new, []).append(old)
    for new, given_up in moved.items():
        names = shlex.join([*sorted(given_up), new])
        if len(given_up) > 1 or new in known:
            act, told = f"perdure labels merge {names}", f"{', '.join(map(repr, sorted(given_up)))} belong to {new!r}"
        else:
            act, told = f"perdure labels rename {names}", f"{given_up[0]!r} is called {new!r}"
        said.append(f'if {told} now: `{act} --reason "..."`, and ingest the file again')
    return said


def _index(experience: Experience, workspace: Workspace, keep: bool) -> Words:
    """(n, 3) the index of an experience, mapped into memory."""
    path = index_file(workspace, experience.digest)
    if not path.is_file():
        folded, target, task = _of_texts(experience)
        if not keep:
            return np.stack([folded, target, task], axis=1)[np.argsort(folded, kind="stable")]
        write_index(path, folded, target, task)
    try:
        index = np.load(path, mmap_mode="r" if path.stat().st_size > 128 else None)
        if index.dtype != np.uint64 or index.ndim != 2 or index.shape[1] != 3:
            raise ValueError("of another shape")
    except (ValueError, OSError, EOFError) as error:
        raise IntegrityError(f"{path} cannot be read ({error})", "Delete it: it is made again from the texts.") from error
    return np.asarray(index)


def _of_texts(experience: Experience) -> tuple[Words, Words, Words]:
    """The index of an experience that has none, of the texts that are still there."""
    texts, targets, tasks = list[str](), list[int](), list[int]()
    for part in ("train", "heldout"):
        if experience.has(part):
            for row in experience.table(part, ["text", "label", "task"]).to_pylist():
                if row["label"] is not None:
                    texts.append(row["text"])
                    targets.append(label_hash(row["label"]))
                    tasks.append(_task_hash(row["task"]))
    return folded_keys(texts), np.array(targets, np.uint64), np.array(tasks, np.uint64)


def _task_hash(task: str | None) -> int:
    return 0 if task is None else int.from_bytes(hashlib.sha256(b"task\0" + task.encode()).digest()[:8], "little") | 1


def _names(experience: Experience) -> dict[int, str]:
    return {label_hash(label): label for label in experience.manifest["labels"]}


def _renamed(targets: Words, moved: Mapping[int, str]) -> Words:
    """Hashes of labels, with those that were given up as the labels that they are now."""
    for old, new in moved.items():
        targets = np.where(targets == np.uint64(old), np.uint64(label_hash(new)), targets)
    return targets


def _matches(known: Words, wanted: Words) -> tuple[Ints, Ints]:
    """(row of `wanted`, row of `known`) of every pair that is equal. known: sorted."""
    left, right = np.searchsorted(known, wanted, "left"), np.searchsorted(known, wanted, "right")
    counts = right - left
    row = np.repeat(np.arange(len(wanted)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, np.repeat(left, counts) + within
