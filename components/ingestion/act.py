"""An act on the names of classes as an experience: it has no rows, and its manifest says what was renamed, by whom and why."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from components.ingestion.chain import note_head
from components.ingestion.heldout import DIGESTS, PARTS, write_digests
from components.ingestion.intake import EVENTS
from components.relabelling import Relabelling
from components.storage import building, publish, read_manifest
from components.workspace import Workspace


def publish_act(name: str, act: Relabelling, workspace: Workspace, after: str | None) -> str:
    """Publish an act as the experience that follows `after`; returns its digest. Twice in a row it is the same experience."""
    own = {"name": name, "relabels": dict(act.names), "reason": act.reason, "by": act.by}
    if after is not None:
        before = read_manifest(workspace.experience(after).path)
        if {field: before.get(field) for field in own} == own:
            return after
    with building(workspace.experiences) as folder:
        for part in PARTS:
            parquet.write_table(EVENTS.empty_table(), folder / f"{part}.parquet", compression="zstd")
        write_digests(folder / DIGESTS, pa.array([], pa.binary(16)), np.zeros(0, np.int8), np.zeros(0, np.uint64))
        fields = {"kind": "experience", **own, "labels": [], "counts": dict.fromkeys(PARTS, 0), "after": after}
        digest = publish(folder, workspace.experiences, fields)
    note_head(workspace, digest)
    return digest
