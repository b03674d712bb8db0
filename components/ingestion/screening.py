"""Comparing rows with each other: contradictory labels, exact copies, near copies. On numbers only; the texts stay on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.ingestion.folded import keys as folded_keys
from components.ingestion.near import Words, mix, near_duplicates, signatures
from components.ingestion.variants import flooded, holes
from components.provenance import PROVENANCE, PROVENANCES, SENT_BY

Ints = NDArray[np.int64]
KEEP = ""


@dataclass(frozen=True)
class Keys:
    """What is remembered of n accepted rows.

    `text`: (n,) 16-byte digests. `target`: (n,) 64-bit hash of label or completion, 0 for none. `labelled`: has a label.
    `side`: what the event asked for (1 test, 0 train, -1 nothing). `stratum`: what the held-out share is cut by.
    `folded`: (n,) 64-bit hash of the folded text. `task`: of the task, 0 for none. `provenance`: who gave its label (1 + its
    place in PROVENANCES, 0 for unknown). `subject`, `sender`: 64-bit hashes of the person and of the sending token, 0 for none.
    `file`, `row`: where it was. `signature`, `numbers`: for near duplicates, else empty. `holes`: (n,) lists of keys of variants
    (variants.py).
    """

    text: pa.Array
    target: Words
    labelled: NDArray[np.bool_]
    side: NDArray[np.int8]
    stratum: Words
    provenance: NDArray[np.int8]
    subject: Words
    sender: Words
    folded: Words
    task: Words
    file: NDArray[np.int32]
    row: Ints
    signature: NDArray[np.uint8]
    numbers: Words
    holes: pa.ListArray


def make_keys(values: pa.Table, digests: Sequence[str], file: int, rows: Ints, near: bool) -> Keys:
    """Keys of a chunk of accepted rows."""
    n, texts = len(values), values["text"].to_pylist()
    label, completion = values["label"].combine_chunks(), values["completion"].combine_chunks()
    labelled = np.asarray(pc.is_valid(label))
    labels, completions = _hashes(label, b"label\0"), _hashes(completion, b"completion\0")
    tasks = _hashes(values["task"].combine_chunks(), b"task\0")
    wanted = pc.if_else(pc.equal(values["split"], "test"), 1, 0)
    near = near and bool(labelled.any())
    signature, numbers = (
        signatures(values["text"].combine_chunks()) if near else (np.zeros((n, 64), np.uint8), np.zeros(n, np.uint64))
    )
    return Keys(
        text=pa.array([bytes.fromhex(digest) for digest in digests], pa.binary(16)),
        target=np.where(labelled, labels, completions),
        labelled=labelled,
        side=np.asarray(pc.fill_null(wanted, -1).to_numpy()).astype(np.int8),
        stratum=np.where(labelled, labels, tasks),
        provenance=_places(values[PROVENANCE].combine_chunks(), PROVENANCES),
        subject=_hashes(values["subject"].combine_chunks(), b"subject\0"),
        sender=_hashes(_senders(values), b"sender\0"),
        folded=folded_keys(texts),
        task=tasks,
        file=np.full(n, file, np.int32),
        row=rows,
        signature=signature,
        numbers=numbers,
        holes=holes(texts if near else [""] * n),
    )


def _senders(values: pa.Table) -> pa.Array:
    """The token by which each event came through a gateway, which says so in the metadata; null for others."""
    metadata = values["metadata"].combine_chunks()
    through = pc.and_(pc.is_valid(values[PROVENANCE].combine_chunks()), pc.match_substring(metadata, f'"{SENT_BY}"'))
    senders: list[str | None] = [None] * len(values)
    for n in np.flatnonzero(np.asarray(through)):
        name = orjson.loads(metadata[int(n)].as_py()).get(SENT_BY)
        senders[n] = name if isinstance(name, str) else None
    return pa.array(senders, pa.string())


def _places(column: pa.Array, names: Sequence[str]) -> NDArray[np.int8]:
    """(n,) 1 + the index of each string among these, 0 for null."""
    found = pc.index_in(column, value_set=pa.array(names, pa.string()))
    return np.asarray(pc.fill_null(pc.add(found, 1), 0)).astype(np.int8)


def _hashes(column: pa.Array, salt: bytes) -> Words:
    """(n,) a 64-bit hash of each string, 0 for null; the same in every process."""
    encoded = column.dictionary_encode()
    known = [hashlib.sha256(salt + value.encode()).digest()[:8] for value in encoded.dictionary.to_pylist()]
    table = np.concatenate([np.frombuffer(b"".join(known), np.uint64) | np.uint64(1), np.zeros(1, np.uint64)])
    return np.asarray(table[np.asarray(pc.fill_null(encoded.indices, len(known)))])


def join_keys(parts: Sequence[Keys]) -> Keys:
    """The keys of all chunks, in order."""
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Keys.__annotations__
        if name not in ("text", "holes")
    }
    lists = {name: pa.concat_arrays([getattr(part, name) for part in parts]) for name in ("text", "holes")}
    return Keys(**lists, **joined)


def screen(
    keys: Keys, near: bool, contradicted: NDArray[np.bool_] | None = None, most: int | None = None
) -> tuple[NDArray[np.object_], Ints]:
    """(n,) why each row is left out (a reason code; KEEP: it stays), and (n,) the row that it repeats (-1: none).

    contradicted: (n,) rows whose text the past taught otherwise; None: no row's. most: variants of one text that stay.
    """
    n = len(keys.target)
    reason, repeats = np.full(n, KEEP, object), np.full(n, -1, np.int64)
    text = np.asarray(keys.text.dictionary_encode().indices).astype(np.int64)

    if contradicted is not None:
        reason[contradicted] = "contradicts_past"
    for alike in (text, keys.folded.view(np.int64)):
        bad = _texts_with_two_labels(alike[keys.labelled], keys.target[keys.labelled])
        reason[keys.labelled & np.isin(alike, bad)] = "contradictory_label"

    has_target = keys.target != 0
    left = np.flatnonzero(reason == KEEP)
    first = _first_of_equal(text[left], keys.target[left])
    copies = left[first] != left
    reason[left[copies]], repeats[left[copies]] = "duplicate_exact", left[first][copies]

    targeted = np.flatnonzero((reason == KEEP) & has_target)
    bare = np.flatnonzero((reason == KEEP) & ~has_target)
    known, where = np.unique(text[targeted], return_index=True)
    place = np.searchsorted(known, text[bare])
    hit = place < len(known)
    hit[hit] = known[place[hit]] == text[bare[hit]]
    reason[bare[hit]], repeats[bare[hit]] = "duplicate_labelled", targeted[where[place[hit]]]

    if near:
        left = np.flatnonzero((reason == KEEP) & keys.labelled & (keys.numbers != 0))
        parent = near_duplicates(keys.signature[left], mix(keys.numbers[left] ^ keys.target[left]) | np.uint64(1))
        copies = parent >= 0
        reason[left[copies]], repeats[left[copies]] = "duplicate_near", left[parent[copies]]
    if most is not None:
        left = np.flatnonzero((reason == KEEP) & keys.labelled)
        reason[left[flooded(keys.holes.take(pa.array(left)), most)]] = "flood"
    return reason, repeats


def _texts_with_two_labels(text: Ints, label: Words) -> Ints:
    order = np.lexsort((label, text))
    t, c = text[order], label[order]
    return np.unique(t[1:][(t[1:] == t[:-1]) & (c[1:] != c[:-1])])


def _first_of_equal(text: Ints, target: Words) -> Ints:
    """(n,) position of the first row with the same text and target."""
    order = np.lexsort((target, text))  # stable: the first row of a run comes first
    t, g = text[order], target[order]
    starts = np.r_[True, (t[1:] != t[:-1]) | (g[1:] != g[:-1])][: len(t)]
    first = np.empty(len(t), np.int64)
    first[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(t)), 0))]
    return first
