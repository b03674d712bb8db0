"""Training rows of past experiences that are still in the workspace and may be trained on again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.learning.rows import answerable, targets
from components.memory.rows import as_rows, one_of
from components.memory.store import Memory

if TYPE_CHECKING:
    from components.contracts import Experience
    from components.learning.run import Past


def archived(
    past: Past, present: Experience, labels: Collection[str], known: Collection[str], most: int, writes: bool
) -> pa.Table:
    """At most `most` rows, in the order of their digests: a fixed random draw from all of them, the same on every machine.

    Rows are left out if they are held out in any of these experiences, lack consent (`consent: false`; if `past.consented`, all
    but `true`), are expired, have no target among `labels`, or have a digest in `known` (new rows and memory rows) or of an
    earlier row. An experience whose texts were removed after learning has none. Learning reads no clock: the time is that of the
    newest event of the present experience. If that is not known, every row with an expiry counts as expired.
    """
    there = [experience for experience in past.archive if experience.has("train")]
    tables = [as_rows(experience.table("train"), experience.digest) for experience in there]
    rows = pa.concat_tables(tables) if tables else as_rows(present.table("train"), None).slice(0, 0)
    heldout = {digest for experience in (*past.archive, present) for digest in experience.table("heldout")["digest"].to_pylist()}
    barred = one_of(rows["digest"], {*heldout, *known}) | ~np.asarray(
        pc.fill_null(rows["consent"], not past.consented).to_numpy()
    )
    now = newest(present)
    barred |= (
        np.asarray(rows["expires"].is_valid())
        if now is None
        else replace(Memory.empty(1, "reservoir", 0), rows=rows).expired(now)
    )
    rows = rows.filter(pa.array(~barred & np.asarray(answerable(rows))))
    rows = rows.filter(pa.array(one_of(pa.chunked_array([targets(rows, writes)], pa.string()), labels)))
    order: dict[str, int] = {}
    for i, digest in enumerate(rows["digest"].to_pylist()):
        order.setdefault(digest, i)
    return rows.take(pa.array([order[digest] for digest in sorted(order)[:most]], pa.int64()))


def newest(experience: Experience) -> datetime | None:
    """The time of its newest training event; None if no event has one. A time without zone counts as UTC."""
    moments = [datetime.fromisoformat(text) for text in experience.table("train")["timestamp"].to_pylist() if text]
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments), default=None)
