"""Things to register: experiences, checkpoints that cost nothing, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from components.contracts import EVENT_COLUMNS, Clock, Experience, Gate, GateStatus, Verdict
from components.registry.registration import Registration
from components.storage import building, digest_text, publish
from components.workspace import Workspace

AddVersion = Callable[..., tuple[str, str]]
NOW = datetime(2027, 5, 3, 14, 0, tzinfo=UTC)
VERDICTS = {
    "pass": Verdict("pass", (Gate("past cases", "pass", "No worse on 400 past cases.", 0.01, -0.004, 0.024, 0.02, 400),)),
    "inconclusive": Verdict(
        "inconclusive", (Gate("past cases", "inconclusive", "Too uncertain.", -0.01, -0.03, 0.01, 0.02, 40),)
    ),
    "fail": Verdict("fail", (Gate("past cases", "fail", "Worse on 400 past cases.", -0.2, -0.25, -0.15, 0.02, 400),)),
}


def minute(n: float) -> Clock:
    """A clock that stands `n` minutes after NOW."""
    return lambda: NOW + timedelta(minutes=n)


def make_experience(workspace: Workspace, name: str, rows: dict[str, list[tuple[str, str]]] | None = None) -> Experience:
    """An experience with a few events, published."""
    rows = rows or {part: [(f"{name} {part} {n}", "ab"[n % 2]) for n in range(4)] for part in ("train", "heldout", "unlabelled")}
    with building(workspace.experiences) as scratch:
        for part in ("train", "heldout", "unlabelled"):
            events = [
                {**dict.fromkeys(EVENT_COLUMNS), "text": text, "label": label, "digest": digest_text(text), "task": name}
                for text, label in rows.get(part, [])
            ]
            schema = pa.schema([(column, pa.bool_() if column == "consent" else pa.string()) for column in EVENT_COLUMNS])
            parquet.write_table(pa.Table.from_pylist(events, schema=schema), scratch / f"{part}.parquet")
        labels = sorted({label for events in rows.values() for _, label in events})
        fields = {
            "kind": "experience",
            "name": name,
            "labels": labels,
            "counts": {p: len(r) for p, r in rows.items()},
            "after": None,
        }
        return workspace.experience(publish(scratch, workspace.experiences, fields))


def make_checkpoint(workspace: Workspace, experience: Experience, parent: str | None = None, rows: int = 3) -> Path:
    """A checkpoint that nobody can load, but whose digests, lineage and memory are real."""
    with building(workspace.checkpoints) as scratch:
        (scratch / "head.safetensors").write_bytes(experience.digest.encode())
        parquet.write_table(pa.table({"text": [f"{experience.name} {n}" for n in range(rows)]}), scratch / "memory.parquet")
        fields = {
            "kind": "checkpoint", "parent": parent, "experience": experience.digest, "experiences": [experience.digest],
            "recipe": {"regime": {"kind": "lora"}, "head": {"kind": "analytic"}, "rehearsal": {"kind": "buffer"}},
            "base": {"name": "minilm", "digest": "a" * 64, "kind": "encoder"}, "labels": ["a", "b"], "seen": {}, "code": "0.1.0",
            "seed": 0,
        }  # fmt: skip
        return workspace.checkpoint(publish(scratch, workspace.checkpoints, fields))


def registration(
    checkpoint: Path, experience: Experience, gate: GateStatus = "pass", judged_against: str | None = None, **changes: Any
) -> Registration:
    """What is known of a checkpoint of this experience when it becomes a version."""
    known = Registration(
        checkpoint=checkpoint,
        parent_version=None,
        experience=experience,
        params={"regime": {"kind": "lora", "rank": 8}, "regularizers": [], "base": "minilm"},
        metrics={"accuracy": 0.8, "accuracy on (a)?": 0.5},
        verdict=VERDICTS[gate],
        evaluation_summary={"suites": {"past": {"n": 400}}},
        matrix=[[0.9, None], [0.8, 0.9]],
        names=["one", "two"],
        cost={"learn": 12.5, "training": {"seconds": 11.0, "peak_bytes": 2**30}},
        validation={"success": True, "statistics": {"rows": 12}},
        judged_against=judged_against,
        cycle=f"cycle {experience.name}",
    )
    return replace(known, **changes)
