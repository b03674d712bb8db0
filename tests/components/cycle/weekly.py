"""A real line over the files of tests/cases/25-approve-then-append: encoder, MLflow and gateway as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from components.control import actions
from components.control.authority import serving
from components.cycle.labels import asked
from components.cycle.plan import Planned, acting, attempt
from components.cycle.records import Records
from components.cycle.run import run_planned
from components.learning.shared_bases import load_predictor
from components.registry.registry import Registry
from components.settings import Settings, load_settings
from components.storage import read_manifest
from components.workspace import Workspace

CASES = Path(__file__).parents[2] / "cases"
WEEKLY = CASES / "25-approve-then-append" / "stream"
NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
FROZEN = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=40", "ingestion.pii=off"]
TEXTS = ["The invoice of my sister was taken twice.", "The courier is late again.", "I forgot my password."]
Shared = Callable[[str, Callable[[Path], object]], Path]


class Weekly:
    """A line in a workspace; `act` renames and merges classes."""

    def __init__(self, workspace: Workspace, *settings: str) -> None:
        self.workspace = workspace
        self.settings: Settings = load_settings(None, [*FROZEN, *settings])
        self.on_step: Callable[[str], None] | None = None

    def run(self, file: Path, again: bool = False) -> dict[str, Any]:
        planned = Planned(file.stem, file.stem, (file,))
        return self.walk(attempt(planned, self.records, again=True) if again else planned)

    def act(self, *names: str) -> dict[str, Any]:
        """act(OLD…, NEW) as the commands run it."""
        planned = acting(asked(names[:-1], names[-1], reason="the shop says so", by="claimed by ada"))
        return self.walk(attempt(planned, self.records, again=True))

    def walk(self, planned: Planned) -> dict[str, Any]:
        return dict(run_planned(planned, self.workspace, self.settings, now=lambda: NOW, on_step=self.on_step))

    def rollback(self) -> None:
        actions.rollback(Registry(self.workspace), actor="ada", reason="a drill", now=lambda: NOW)

    @property
    def records(self) -> Records:
        return Records(self.workspace)

    @property
    def champion(self) -> str:
        statement = serving(self.workspace)
        assert statement
        return statement.checkpoint

    def labels(self) -> list[str]:
        return list(read_manifest(self.workspace.checkpoint(self.champion))["labels"])

    def answers(self, checkpoint: str) -> np.ndarray:
        return np.asarray(load_predictor(self.workspace.checkpoint(checkpoint)).predict(TEXTS).probabilities)


def learned(shared: Shared, root: Path) -> Workspace:
    """A copy of a workspace in which a.jsonl (billing, login) and b.jsonl (refund, shipping) were learned."""

    def make(folder: Path) -> None:
        line = Weekly(Workspace(folder / "workspace"))
        for name in "ab":
            entry = line.run(WEEKLY / f"{name}.jsonl")
            assert entry["verdict"] == "promoted", entry["reasons"]

    made = shared("weekly-line", make) / "workspace"
    shutil.copytree(made, root / "workspace", ignore=shutil.ignore_patterns("scratch"))
    return Workspace(root / "workspace")
