"""What is measured after a promotion: forgetting and input drift, kept for `perdure ui`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from components.environment import prepare_process
from components.monitoring.dashboard import keep
from components.monitoring.forgetting import POOLED, forgetting
from components.monitoring.inputs import Embed, inputs
from components.workspace import Workspace


def monitor(
    workspace: Workspace,
    *,
    cycle: str,
    now: datetime,
    reference: pa.Table,
    current: pa.Table,
    events: pa.Table,
    known: pa.Table,
    against: str,
    names: Mapping[str, str] | None = None,
    embed: Embed | None = None,
) -> dict[str, Any]:
    """Both comparisons, their snapshots kept in workspace.evidently: past cases with `forgetting`, new events with `inputs`.

    reference, current, names: see `forgetting`; events, known, embed: see `inputs`; against: what `known` is, for the page. With
    `embed` the events are compared in meaning too, which costs some seconds. `gather` makes the tables.

    Returns {"forgetting", "inputs", "snapshots": {kind: file, relative to the workspace}}: JSON-able, without any text. A part is
    empty if there is no past, or if there are too few texts. Running it again for a cycle replaces its snapshots.
    """
    prepare_process()
    drifts = {
        "forgetting": forgetting(reference, current, now=now, names=names),
        "inputs": inputs(events, known, now=now, embed=embed),
    }
    snapshots: dict[str, str] = {}
    for kind, drift in drifts.items():
        if drift.snapshot is not None:
            shown = list(drifts["forgetting"].summary["experiences"]) or [POOLED]
            path = keep(drift.snapshot, workspace, cycle=cycle, experiences=shown)
            snapshots[kind] = str(path.relative_to(workspace.root))
    return {
        "forgetting": drifts["forgetting"].summary,
        "inputs": {**drifts["inputs"].summary, "against": against},
        "snapshots": snapshots,
    }
