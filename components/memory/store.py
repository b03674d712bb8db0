"""The memory as a value: rows of past experiences with their provenance, and everything the next update depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.errors import IntegrityError, UsageError
from components.memory.policies import NEEDS, Ints, Lane, Placement, get_policy
from components.memory.rows import COLUMNS, OPTIONAL, as_rows, class_names, encode, is_safety, one_of
from components.relabelling import Names, now_called, renamed
from components.storage import atomic_path

#: The protected lane holds at most this share of the capacity (rounded up); normal rows use the rest.
SAFETY_SHARE = 0.2

FILE = "memory.parquet"


@dataclass(frozen=True)
class Memory:
    """Replay memory. rows: pyarrow.Table of COLUMNS, the normal lane first; seen: rows offered per class (normal lane)."""

    capacity: int
    policy: str
    rows: pa.Table
    seen: Mapping[str, int]
    seen_safety: int
    generator: Mapping[str, Any]  # state of the numpy PCG64 generator
    state: Mapping[str, Any] = field(default_factory=dict)  # of the policy

    @classmethod
    def empty(cls, capacity: int, policy: str, seed: int) -> Memory:
        """A memory that has seen nothing. Raises UsageError for an unknown policy or a capacity below 1."""
        get_policy(policy)
        if capacity < 1:
            raise UsageError(f"learning.rehearsal.capacity is {capacity}", "Give at least 1 row, or rehearsal kind 'none'.")
        return cls(capacity, policy, COLUMNS.empty_table(), {}, 0, np.random.Generator(np.random.PCG64(seed)).bit_generator.state)

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def safety(self) -> NDArray[np.bool_]:
        """(rows,) which rows are in the protected lane."""
        return is_safety(self.rows)

    @cached_property
    def classes(self) -> tuple[list[str], Ints]:
        """Class names (sorted) and the (rows,) class of each row: its label, else its task, else ''."""
        return encode([class_names(self.rows)])

    def add(
        self,
        table: pa.Table,
        *,
        experience: str | None = None,
        forbidden: Collection[str] = (),
        signals: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> Memory:
        """The memory after these training rows were offered, in order; this one does not change.

        table: of COLUMNS, missing ones are null; `experience` fills the column of that name.
        forbidden: digests that must not come in (held-out cases). Raises IntegrityError if one is offered.
        signals: what the policy needs (policies.NEEDS) of the stored rows, then of those offered, (len(self) + n, ...) each.
        Without rows to offer it needs none. Raises UsageError if one is missing.
        """
        rows = as_rows(table, experience)
        _refuse(rows, forbidden)
        missing = sorted(set(NEEDS.get(self.policy, ())) - set(signals or {}))
        if missing and len(rows):
            raise UsageError(
                f"The buffer policy {self.policy!r} needs {' and '.join(missing)} of every row", "Use class_balanced."
            )
        rng = np.random.Generator(np.random.PCG64(0))
        rng.bit_generator.state = dict(self.generator)
        protected = is_safety(rows)
        safety = self._protect(rows, np.flatnonzero(protected), rng)
        stored, offered = np.flatnonzero(~self.safety), np.flatnonzero(~protected)
        labels, classes = encode([class_names(self.rows), class_names(rows)], known=self.seen)
        old, new = classes[stored], classes[len(self) + offered]
        seen = np.array([self.seen.get(label, 0) for label in labels], dtype=np.int64)
        places = np.concatenate([stored, len(self) + offered])
        known = {name: values[places] for name, values in (signals or {}).items()}
        lane = Lane(self.capacity - len(safety), tuple(labels), old, seen, self.state, known)
        placed = get_policy(self.policy)(lane, new, rng)
        counts = seen + np.bincount(new, minlength=len(labels))
        return replace(
            self,
            rows=pa.concat_tables([_placed(self.rows, stored, rows, offered, placed), safety]).combine_chunks(),
            seen={label: n for label, n in zip(labels, counts.tolist()) if n},
            seen_safety=self.seen_safety + len(rows) - len(offered),
            generator=rng.bit_generator.state,
            state=placed.state,
        )

    def _protect(self, rows: pa.Table, offered: Ints, rng: np.random.Generator) -> pa.Table:
        """The protected lane's rows after these were offered: a separate reservoir, bounded by SAFETY_SHARE."""
        stored = np.flatnonzero(self.safety)
        lane = Lane(ceil(SAFETY_SHARE * self.capacity), ("",), np.zeros_like(stored), np.array([self.seen_safety]))
        placed = get_policy("reservoir")(lane, np.zeros_like(offered), rng)
        return _placed(self.rows, stored, rows, offered, placed)

    def sample(self, n: int, rng: np.random.Generator, sampling: Literal["uniform", "balanced"] = "uniform") -> NDArray[np.int64]:
        """(n,) row indices; uniform: over rows, distinct while n allows; balanced: a class first, then a row of it."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        if sampling == "uniform":
            return rng.choice(len(self), n, replace=n > len(self))
        _, classes = self.classes
        order = np.argsort(classes, kind="stable")
        counts = np.bincount(classes)
        drawn = rng.choice(np.flatnonzero(counts), n)
        return order[(np.cumsum(counts) - counts)[drawn] + rng.integers(0, counts[drawn])]

    def resize(self, capacity: int) -> Memory:
        """The memory with another capacity: the policy drops rows, or leaves room that new rows fill at the present rate."""
        return self if capacity == self.capacity else replace(self, capacity=capacity).add(COLUMNS.empty_table())

    def expired(self, now: datetime) -> NDArray[np.bool_]:
        """(rows,) which rows are past their expiry at `now` (aware). A time without zone counts as UTC."""
        due = {text: _moment(text) <= now for text in self.rows["expires"].unique().to_pylist() if text}
        return np.array([due.get(text, False) for text in self.rows["expires"].to_pylist()], dtype=bool)

    def drop(self, digests: Collection[str] = (), *, subjects: Collection[str] = (), now: datetime | None = None) -> Memory:
        """The memory without the rows of these digests, of these subjects, and (given `now`) the expired ones.

        subjects: as they are stored; `components.privacy.pseudonyms.known_as` says under which names a person may be.

        Seen-counts fall by the share of each class that is dropped: the remaining rows represent a population that much smaller.
        """
        gone = one_of(self.rows["digest"], digests) | one_of(self.rows["subject"], subjects)
        if now is not None:
            gone |= self.expired(now)
        if not gone.any():
            return self
        labels, classes = self.classes
        seen = dict(self.seen)
        normal = ~self.safety
        stored, lost = (np.bincount(classes[mask], minlength=len(labels)) for mask in (normal, normal & gone))
        for label, m, d in zip(labels, stored.tolist(), lost.tolist()):
            if d:
                seen[label] = _scaled(seen[label], m - d, m)
        safety = _scaled(self.seen_safety, int((self.safety & ~gone).sum()), int(self.safety.sum()))
        return replace(self, rows=self.rows.filter(pa.array(~gone)).combine_chunks(), seen=seen, seen_safety=safety)

    def relabelled(self, labels: Sequence[str], names: Names) -> Memory:
        """The memory after classes got other names. labels: the old names, in the order of the columns of stored scores.

        Of classes that become one, counts are added, and stored scores are those of either: log(exp a + exp b).
        """
        seen: dict[str, int] = {}
        for label, n in self.seen.items():
            seen[names.get(label, label)] = seen.get(names.get(label, label), 0) + n
        rows, after = renamed(self.rows, names), now_called(labels, names)
        if len(after) < len(labels) and rows["logits"].null_count < len(rows):
            places = np.array([after.index(names.get(label, label)) for label in labels])
            scores = [None if own is None else _merged(own, places) for own in rows["logits"].to_pylist()]
            place = rows.schema.get_field_index("logits")
            rows = rows.set_column(place, rows.schema.field(place), pa.array(scores, rows.schema.field(place).type))
        return replace(self, rows=rows.combine_chunks(), seen=dict(sorted(seen.items())))

    def save(self, folder: Path) -> dict[str, Any]:
        """Write memory.parquet into `folder` (equal memories give equal bytes); returns the fields for the manifest."""
        unused = [name for name in OPTIONAL if self.rows[name].null_count == len(self)]
        with atomic_path(folder / FILE) as temporary:
            parquet.write_table(self.rows.drop_columns(unused), temporary, compression="zstd", write_statistics=False)
        return {
            "capacity": self.capacity,
            "policy": self.policy,
            "rows": len(self),
            "seen": dict(self.seen),
            "seen_safety": self.seen_safety,
            "state": dict(self.state),
            "generator": dict(self.generator),
        }

    @classmethod
    def load(cls, folder: Path, fields: Mapping[str, Any]) -> Memory:
        """The memory that `save` wrote. Raises IntegrityError when rows and fields do not belong together."""
        rows = as_rows(parquet.read_table(folder / FILE), None).combine_chunks()
        if len(rows) != fields["rows"]:
            raise IntegrityError(
                f"{folder / FILE} holds {len(rows)} rows, its manifest says {fields['rows']}",
                "Restore the checkpoint from a backup or from MLflow, or roll back to another.",
            )
        kept = {key: fields[key] for key in ("capacity", "policy", "seen", "seen_safety", "state", "generator")}
        return cls(rows=rows, **kept)


def _merged(scores: Sequence[float], places: Ints) -> NDArray[np.float32]:
    """Scores of the first columns, put together by the column that each becomes part of."""
    own = places[: len(scores)]
    whole = np.full(own.max(initial=-1) + 1, -np.inf)
    np.logaddexp.at(whole, own, np.asarray(scores, np.float64))
    return whole.astype(np.float32)


def _placed(rows: pa.Table, stored: Ints, new: pa.Table, offered: Ints, placed: Placement) -> pa.Table:
    """The rows that a lane's slots hold: those that stay, in their order, then the new ones; or in the policy's order.

    stored, offered: where the lane's rows are in `rows`, and the offered ones in `new`. Rows are copied: nothing else is kept
    alive.
    """
    slots = np.sort(placed.slots)
    stay, come = stored[slots[slots < len(stored)]], offered[slots[slots >= len(stored)] - len(stored)]
    table = pa.concat_tables([rows.take(pa.array(stay)), new.take(pa.array(come))])
    if placed.ordered:
        table = table.take(pa.array(np.searchsorted(slots, placed.slots)))
    return table.combine_chunks()


def _refuse(rows: pa.Table, forbidden: Collection[str]) -> None:
    count = int(one_of(rows["digest"], forbidden).sum()) if len(forbidden) else 0
    if count:
        raise IntegrityError(
            f"{count} held-out rows of {len(rows)} were offered to the memory",
            "Ingest the file again after the experiences before it, so that its held-out cases are known.",
        )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _scaled(count: int, part: int, whole: int) -> int:
    return round(count * part / whole) if whole else count
