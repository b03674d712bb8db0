"""Which rows may be learned, and which of them are for validation."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.contracts import Experience, target_columns
from components.errors import UsageError

if TYPE_CHECKING:
    from components.learning.networks.tokens import Rows
    from components.workspace import Workspace


def held_out_digests(experience: Experience, parent: Mapping[str, Any] | None, workspace: Workspace) -> set[str]:
    """Digests of every held-out case of this experience and of those that the parent learned."""
    past = [workspace.experiences / digest for digest in (parent or {}).get("experiences", ())]
    every = [experience, *(Experience(path) for path in past if path.is_dir())]
    return {digest for one in every for digest in one.table("heldout", ["digest"])["digest"].to_pylist()}


def usable(experience: Experience, forbidden: Collection[str]) -> pa.Table:
    """The training rows with a target, without those whose text is held out anywhere. Raises UsageError if none is left."""
    table = experience.table("train")
    barred = pc.is_in(table["digest"], value_set=pa.array(sorted(forbidden), pa.string()))
    table = table.filter(pc.and_(pc.invert(barred), answerable(table)))
    if not len(table):
        raise UsageError(
            f"Experience {experience.name!r} has no labelled training rows", "Ingest events with a label or a completion."
        )
    return table


def target_column(table: pa.Table, writes: bool) -> pa.ChunkedArray:
    """What is to be answered, null where nothing is known (contracts.target_columns). writes: whether the model writes."""
    first, second = target_columns(writes)
    return pc.coalesce(table[first], table[second])


def targets(table: pa.Table, writes: bool) -> tuple[str, ...]:
    """The same, of rows that all have one."""
    return tuple(target_column(table, writes).to_pylist())


def answerable(table: pa.Table) -> pa.ChunkedArray:
    """Whether each row has a known answer."""
    return pc.is_valid(target_column(table, writes=False))


def arrival(timestamps: Sequence[str | None]) -> Rows:
    """Row numbers by time, ties in file order. A row without a time gets the time of the row before it in the file."""
    moments: list[datetime] = []
    for text in timestamps:
        moment = datetime.fromisoformat(text) if text else (moments[-1] if moments else datetime.min.replace(tzinfo=UTC))
        moments.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return np.array(sorted(range(len(moments)), key=moments.__getitem__), dtype=np.int64)


def validation_slice(digests: Sequence[str], labels: Sequence[str], share: float) -> tuple[Rows, Rows]:
    """(training, validation) row numbers. Validation: the `share` of each label (rounded down) with the lowest salted digests."""
    by_label: dict[str, list[tuple[str, int]]] = {}
    for row, (digest, label) in enumerate(zip(digests, labels)):
        by_label.setdefault(label, []).append((hashlib.sha256(f"validation {digest}".encode()).hexdigest(), row))
    watched = {row for rows in by_label.values() for _, row in sorted(rows)[: int(share * len(rows))]}
    everything = np.arange(len(digests), dtype=np.int64)
    chosen = np.array(sorted(watched), dtype=np.int64)
    return np.setdiff1d(everything, chosen), chosen
