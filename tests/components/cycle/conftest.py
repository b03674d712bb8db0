"""Cycles made by hand: artefacts that cost nothing, and records written as the steps write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from components.contracts import Outcome
from components.cycle.outputs import (
    Basis,
    Concluded,
    Evaluated,
    Ingested,
    Judged,
    Learned,
    Opened,
    Registered,
    RolledOut,
)
from components.cycle.records import Records
from components.cycle.step import Known, Workbench, names_in, told
from components.evaluation.result import Evaluation, case_table
from components.registry.registry import Registry
from components.settings import Settings, load_settings
from components.storage import digest_file, write_json
from components.workspace import Workspace
from tests.components.registry.making import make_checkpoint, make_experience

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
PASSED = Judged("pass", "enforce", (), (), {"behaviour.greets": "1" * 64})


@dataclass
class Line:
    """Cycles of one workspace; each name stands for its cycle, its experience and its file of events."""

    workspace: Workspace
    experiences: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)

    @property
    def records(self) -> Records:
        return Records(self.workspace)

    def open(self, name: str, follows: str | None = None, champion: str | None = None, watched: bool = True) -> None:
        """A cycle that has opened. champion: the name of the cycle whose checkpoint it continues from."""
        events = self.workspace.root / f"{name}.jsonl"
        events.parent.mkdir(parents=True, exist_ok=True)
        events.write_text(f'{{"text": "{name}", "label": "a"}}\n')
        before = self.checkpoints[champion] if champion else None
        basis = Basis(before, before, follows, watched)
        self.records.open(name, Opened(name, (str(events),), basis, self.records.next_sequence()))

    def ingest(self, name: str) -> None:
        """And has ingested."""
        experience = make_experience(self.workspace, name)
        self.experiences[name] = experience.digest
        write_json(self.records.folder(name).validation, {"rows": 4})
        self.records.keep(name, "ingest", "", {"previous": None}, Ingested(experience.digest, 4, 4))

    def learn(self, name: str) -> None:
        """And has learned, from its champion."""
        champion = self.records.opened(name).basis.champion
        experience = self.workspace.experience(self.experiences[name])
        checkpoint = make_checkpoint(self.workspace, experience, champion)
        self.checkpoints[name] = checkpoint.name
        self.records.keep(name, "learn", "", {}, Learned(checkpoint.name))

    def evaluate(self, name: str, candidate: float = 0.75, champion: float | None = None) -> None:
        """And was evaluated: this accuracy of the candidate, and of the champion, on its own experience."""
        folder, experience = self.records.folder(name), self.experiences[name]
        evaluation = Evaluation(case_table([{"case": f"case of {name}", "candidate_correct": True}]), {"of": name, "cost": {}})
        evaluation.save(folder.evaluation)
        scores: dict[str, Any] = {"candidate": {experience: {"accuracy": candidate, "n": 4}}, "champion": {}}
        for past in self.workspace_past(name):
            scores["candidate"][past] = {"accuracy": candidate - 0.25, "n": 4}
        if champion is not None:
            scores["champion"] = {experience: {"accuracy": champion, "n": 4}}
        write_json(folder.scores, scores)
        self.records.keep(name, "evaluate", "", {}, Evaluated(digest_file(folder.cases), evaluation.digest))

    def workspace_past(self, name: str) -> list[str]:
        """Experiences of the cycles before it."""
        return [digest for other, digest in self.experiences.items() if other != name]

    def decide(self, name: str, outcome: Outcome = "promoted", judged: Judged = PASSED, traffic: str = "promoted") -> None:
        """And came to its decision."""
        self.records.keep(name, "judge", "", {}, judged)
        self.records.keep(name, "register", "", {}, Registered("7"))
        self.records.keep(name, "rollout", "", {}, RolledOut(traffic))  # type: ignore[arg-type]
        champion = self.checkpoints[name] if outcome == "promoted" else self.records.opened(name).basis.champion
        self.records.keep(name, "promote", "", {}, Concluded(outcome, "7", champion, ()))

    def cycle(self, name: str, follows: str | None = None, champion: str | None = None, outcome: Outcome = "promoted") -> None:
        """A whole cycle but for monitoring."""
        self.open(name, follows, champion)
        self.ingest(name)
        self.learn(name)
        self.evaluate(name, champion=0.25 if champion else None)
        self.decide(name, outcome)

    def known(self, name: str, *settings: str) -> Known:
        """What the `gather` of a step may read."""
        return Known(self.records, self.settings(*settings), name)

    @staticmethod
    def settings(*overrides: str) -> Settings:
        return load_settings(None, list(overrides))

    def bench(self, name: str, inputs: Any) -> Workbench:
        """The workbench that the engine would hand to `run`."""
        return Workbench(self.workspace, name, NOW, None, names_in(told(inputs)))


@pytest.fixture
def line(workspace: Workspace) -> Line:
    return Line(workspace)


@pytest.fixture
def two(line: Line) -> Line:
    """`one` was promoted; `two` continues from it and has been evaluated."""
    line.cycle("one")
    line.open("two", "one", "one")
    line.ingest("two")
    line.learn("two")
    line.evaluate("two", champion=0.25)
    return line


@pytest.fixture
def serves(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """serves(checkpoint, rolled_back=[...]): what the registry answers, without MLflow."""

    def serve(checkpoint: str | None, rolled_back: tuple[str, ...] = ()) -> None:
        monkeypatch.setattr(Registry, "__init__", lambda self, workspace: None)
        monkeypatch.setattr(Registry, "champion_checkpoint", lambda self: checkpoint)
        monkeypatch.setattr(Registry, "version_of", lambda self, digest: f"version of {digest}")
        monkeypatch.setattr(
            Registry, "tags", lambda self, version: {"outcome": "rolled_back"} if version.split()[-1] in rolled_back else {}
        )

    return serve
