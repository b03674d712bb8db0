"""A registry in a temporary workspace on real MLflow, and versions in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from components.contracts import GateStatus
from components.control.register import register
from components.registry.registry import Registry
from components.workspace import Workspace
from tests.components.registry.making import AddVersion, make_checkpoint, make_experience, minute, registration


@pytest.fixture
def registry(migrated: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Registry:
    for name in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL", "PERDURE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    workspace.root.mkdir(parents=True)
    shutil.copy(migrated, workspace.root / "mlflow.db")
    return Registry(workspace)


@pytest.fixture
def add_version(registry: Registry) -> AddVersion:
    """add_version(name, gate=..., against=..., parent=...) -> (version, checkpoint): one more registered version."""

    def add(
        name: str,
        gate: GateStatus = "pass",
        against: str | None = None,
        parent: str | None = None,
        rows: dict[str, list[tuple[str, str]]] | None = None,
        **changes: Any,
    ) -> tuple[str, str]:
        experience = make_experience(registry.workspace, name, rows)
        checkpoint = make_checkpoint(registry.workspace, experience, parent or against)
        return register(registry, registration(checkpoint, experience, gate, against, **changes), minute(0)), checkpoint.name

    return add
