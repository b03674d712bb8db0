"""What the cycle calls after a promotion: forgetting and input drift, kept for `perdure ui`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.contracts import Experience
from components.environment import prepare_process
from components.monitoring.forgetting import POOLED, forgetting
from components.monitoring.gather import known_events, new_events, past_cases
from components.monitoring.inputs import Embed, inputs
from components.workspace import Workspace


def monitor(
    workspace: Workspace,
    *,
    cycle: str,
    experience: Experience,
    past: Sequence[Experience],
    champion: Path | None,
    now: datetime,
    embed: Embed | None = None,
) -> dict[str, Any]:
    """Compare what the cycle's candidate, now champion, made of the `past` cases with what each one's own version did.

    champion: the checkpoint before it, whose memory the new events are compared with, also in meaning if `embed` (texts ->
    vectors, such as a predictor's `embed`) is given: that costs some seconds. Returns {"forgetting", "inputs",
    "snapshots": {kind: file, relative to the workspace}}: JSON-able, without any text.
    """
    reference, current = past_cases(workspace, cycle, past, champion)
    known, against = known_events(past, champion)
    names = {part.digest: part.name for part in past}
    found = watch(
        workspace, cycle=cycle, now=now, reference=reference, current=current, events=new_events(experience), known=known,
        names=names, embed=embed,
    )  # fmt: skip
    found["inputs"]["against"] = against
    return found


def watch(
    workspace: Workspace,
    *,
    cycle: str,
    now: datetime,
    reference: pa.Table,
    current: pa.Table,
    events: pa.Table,
    known: pa.Table,
    names: Mapping[str, str] | None = None,
    embed: Embed | None = None,
) -> dict[str, Any]:
    """Both comparisons (see `forgetting` and `inputs` for the tables), their snapshots kept in workspace.evidently.

    Nothing past, or too few texts: that part is empty. Running it again for a cycle replaces its snapshots.
    """
    prepare_process()
    found = {
        "forgetting": forgetting(reference, current, now=now, names=names),
        "inputs": inputs(events, known, now=now, embed=embed),
    }
    snapshots: dict[str, str] = {}
    for kind, drift in found.items():
        if drift.snapshot is not None:
            from components.monitoring.dashboard import keep

            shown = list(found["forgetting"].summary["experiences"]) or [POOLED]
            path = keep(drift.snapshot, workspace, cycle=cycle, experiences=shown)
            snapshots[kind] = str(path.relative_to(workspace.root))
    return {**{kind: drift.summary for kind, drift in found.items()}, "snapshots": snapshots}
