"""Cycles made by hand: artefacts that cost nothing, and records written as the steps write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.contracts import Outcome
from components.control.authority import consult
from components.control.mirror import aliases_of, tags_of
from components.cycle.anchored import anchors_of, chain
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
from components.cycle.records import Records, plain
from components.cycle.step import Known, Workbench, names_in, told
from components.evaluation.result import Evaluation, case_table
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.governance.wishes import Observed
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

    def evaluate(self, name: str, candidate: float = 0.75, champion: float | None = None, anchored: bool = True) -> None:
        """And was evaluated: this accuracy of the candidate, and of the champion, on its own experience.

        anchored: false for a release that kept no anchors.
        """
        folder, experience = self.records.folder(name), self.experiences[name]
        row = {
            "suite": name,
            "kind": "regression",
            "experience": experience,
            "case": f"case of {name}",
            "candidate_correct": True,
        }
        evaluation = Evaluation(case_table([row]), {"of": name, "cost": {}})
        evaluation.save(folder.evaluation)
        before = chain(self.workspace, self.records.opened(name).basis.champion) if anchored else ()
        anchors_of(before, self.bench(name, list(before))).save(folder.anchors)
        evaluation.joint.save(folder.reference)
        scores: dict[str, Any] = {"candidate": {experience: {"accuracy": candidate, "n": 4}}, "champion": {}}
        for past in self.workspace_past(name):
            scores["candidate"][past] = {"accuracy": candidate - 0.25, "n": 4}
        if champion is not None:
            scores["champion"] = {experience: {"accuracy": champion, "n": 4}}
        write_json(folder.scores, scores)
        files = [digest_file(path) for path in (folder.anchors, folder.reference)] if anchored else []
        self.records.keep(name, "evaluate", "", {}, Evaluated(digest_file(folder.cases), evaluation.digest, *files))

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
        declared = names_in([plain(each) for each in inputs] if isinstance(inputs, list) else told(inputs))
        return Workbench(self.workspace, name, lambda: NOW, None, declared)


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


class Agreeing:
    """A registry that always shows what the ledger says, without MLflow."""

    model = "none"

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def observe(self, expected: object, start: int = 0, whole: bool = False) -> Observed:
        state = consult(self.workspace).state
        aliases = {alias: version for alias, version in aliases_of(state).items() if version}
        tags = {version: {name: value for name, value in tags_of(it).items() if value} for version, it in state.versions.items()}
        return Observed(aliases, state.shown, tags)

    def look(self, observed: Observed, versions: object) -> Observed:
        return self.observe(versions)

    def describe(self, version: str, page: str, stage: str) -> None: ...

    def fetch_checkpoint(self, version: str, digest: str) -> Path:
        return self.workspace.checkpoint(digest)

    def set_alias(self, alias: str, version: str | None) -> None: ...

    def tag(self, version: str, tags: Mapping[str, str | None], known: Mapping[str, str]) -> None: ...

    def note_head(self, head: str) -> None: ...


@pytest.fixture
def serves(line: Line, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """serves(checkpoint, cycle=...) -> its version: promoted after what served before (None: rolled back to nothing)."""
    monkeypatch.delenv("PERDURE_LEDGER_URL", raising=False)
    for module in ("components.cycle.basis", "components.cycle.steps.promote"):
        monkeypatch.setattr(f"{module}.Registry", Agreeing)

    def serve(checkpoint: str | None, cycle: str | None = None, rebuilt: bool = False) -> str:
        if checkpoint is None:
            return tell(line.workspace, "rolled_back", "").subject
        version = candidate(line.workspace, checkpoint, cycle, rebuilt=rebuilt)
        return tell(line.workspace, "promoted", version, {"checkpoint": checkpoint}).subject

    return serve


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """decided(line, version, outcome, cycle=...): the ledger knows a version of this cycle, and what became of it."""
    monkeypatch.delenv("PERDURE_LEDGER_URL", raising=False)

    def decide(line: Line, version: str, outcome: Outcome, cycle: str, content: str = "", by: str = "perdure") -> None:
        checkpoint = line.checkpoints.get(cycle, f"{int(version):064x}")
        state = consult(line.workspace).state
        base = state.serving.checkpoint if state.serving else None
        evidence = {"checkpoint": checkpoint, "gate": "pass", "parent": base, "judged_against": base, "cycle": cycle}
        tell(line.workspace, "registered", version, {**evidence, "content": content})
        tell(line.workspace, outcome, version, {"checkpoint": checkpoint}, by)

    return decide


def tell(
    workspace: Workspace, kind: str, subject: str, evidence: Mapping[str, Any] | None = None, actor: str = "perdure"
) -> Entry:
    """An entry of the ledger."""
    ledger = Ledger(workspace.ledger_url)
    return ledger.append(kind, actor=actor, subject=subject, evidence=evidence or {}, reason="told", now=lambda: NOW)


def candidate(workspace: Workspace, checkpoint: str, cycle: str | None = None, **changes: Any) -> str:
    """The number of a registered version, learned from what serves and judged against it."""
    state = consult(workspace).state
    base = state.serving.checkpoint if state.serving else None
    evidence = {"checkpoint": checkpoint, "gate": "pass", "parent": base, "judged_against": base, "cycle": cycle, **changes}
    return tell(workspace, "registered", str(len(state.versions) + 1), evidence).subject
