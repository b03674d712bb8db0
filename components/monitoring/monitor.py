"""What the cycle calls after a promotion or a refusal: forgetting and input drift, kept for `perdure ui`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from components.environment import prepare_process
from components.monitoring.forgetting import POOLED, forgetting
from components.monitoring.inputs import inputs
from components.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Monitoring:
    """`summary` is JSON-able and holds no text: {"forgetting", "inputs", "seconds"}; `snapshots`: kind -> JSON file."""

    summary: dict[str, Any]
    snapshots: Mapping[str, Path]


def monitor(
    workspace: Workspace,
    *,
    cycle: str,
    now: datetime,
    reference: pa.Table,
    current: pa.Table,
    events: pa.Table,
    memory: pa.Table,
    names: Mapping[str, str] | None = None,
    embeddings: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
) -> Monitoring:
    """Compare, summarize and keep both snapshots in workspace.evidently.

    reference, current: see `forgetting`. events: the new experience's rows; memory: the replay rows held before it; both
    with text and label; `embeddings` of the two, in that order. Nothing past, or no memory: that part is empty. Running
    it again for a cycle replaces its snapshots.
    """
    prepare_process()
    began = time.perf_counter()
    found = {
        "forgetting": forgetting(reference, current, now=now, names=names),
        "inputs": inputs(events, memory, now=now, embeddings=embeddings),
    }
    snapshots: dict[str, Path] = {}
    for kind, drift in found.items():
        if drift.snapshot is not None:
            from components.monitoring.dashboard import keep

            shown = list(found["forgetting"].summary["experiences"]) or [POOLED]
            snapshots[kind] = keep(drift.snapshot, workspace, cycle=cycle, experiences=shown)
    summary = {kind: drift.summary for kind, drift in found.items()}
    return Monitoring({**summary, "seconds": round(time.perf_counter() - began, 3)}, snapshots)
