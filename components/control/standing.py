"""Where things stand, by the ledger: what serves, what a rollback goes back to, what is under way, what waits for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.control.authority import consult
from components.governance.rules import obstacle
from components.governance.state import LedgerState
from components.workspace import Workspace


def standing(workspace: Workspace) -> dict[str, Any]:
    """The status that scripts read. Asks the ledger and the disk, not MLflow."""
    state = consult(workspace).state
    serves = state.serving
    return {
        "champion": {
            "version": serves.version if serves else None,
            "checkpoint": serves.checkpoint if serves else None,
            "since": serves.since if serves else None,
        },
        "previous": _named(state, state.previous.version if state.previous else None),
        "candidate": _named(state, state.candidate),
        "canary": None,
        "waiting": state.waiting,
        "stale": {version: why for version in state.waiting if (why := obstacle(version, state))},
        "memory": _memory(workspace.checkpoints / serves.checkpoint) if serves else {"rows": 0, "bytes": 0},
    }


def _named(state: LedgerState, version: str | None) -> dict[str, str] | None:
    known = state.versions.get(version) if version else None
    return {"version": version, "checkpoint": known.checkpoint} if version and known else None


def _memory(checkpoint: Path) -> dict[str, int]:
    """Rows and bytes of the replay memory of a checkpoint."""
    path = checkpoint / "memory.parquet"
    if not path.is_file():
        return {"rows": 0, "bytes": 0}
    import pyarrow.parquet as parquet

    return {"rows": int(parquet.read_metadata(path).num_rows), "bytes": path.stat().st_size}
