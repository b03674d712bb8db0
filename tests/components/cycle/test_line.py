"""The line end to end in one process: real encoder, real MLflow, a real gateway process, small experiences."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

from components.catalog.streams import get_stream
from components.control import actions as moves
from components.control.authority import consult, serving
from components.control.reconcile import reconcile
from components.cycle.history import summarise
from components.cycle.plan import Planned
from components.cycle.records import Records
from components.cycle.run import open_cycle, run_planned, run_step
from components.cycle.step import Known, Workbench, names_in, told
from components.cycle.steps import STEPS
from components.errors import IntegrityError, UnavailableError
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from components.settings import Settings, load_settings
from components.storage import digest_file, digest_json, read_json, read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
FROZEN = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=40", "ingestion.pii=off"]
REPORT = load_settings(None, [*FROZEN, "gates.mode=report"])


class Line:
    """Small experiences out of trec in one workspace; `run` walks a cycle."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root / "workspace")
        self.files = root

    def file(self, name: str, coarse: str, rows: slice, shuffle: bool = False) -> Path:
        path = next(part.path for part in get_stream("trec").experiences if part.name == coarse)
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[rows]]
        if shuffle:
            order = np.random.default_rng(0).permutation(len(events))
            events = [{**event, "label": events[i]["label"]} for event, i in zip(events, order, strict=True)]
        target = self.files / f"{name}.jsonl"
        target.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        return target

    def run(self, name: str, events: Path, settings: Settings = REPORT, after: str | None = None, day: int = 0) -> dict[str, Any]:
        return run_planned(Planned(name, name, (events,), after), self.workspace, settings, now=lambda: NOW + timedelta(days=day))

    @property
    def champion(self) -> str | None:
        statement = serving(self.workspace)
        return statement.checkpoint if statement else None


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    line = Line(tmp_path_factory.mktemp("line"))
    for day, coarse in enumerate(("loc", "num")):
        entry = line.run(coarse, line.file(coarse, coarse, slice(0, 100)), day=day)
        assert entry["verdict"] == "promoted", entry["reasons"]
    return line


def rows_of(line: Line, experience: str) -> int:
    memory = parquet.read_table(line.workspace.checkpoint(str(line.champion)) / "memory.parquet")
    return memory.column("experience").to_pylist().count(experience)


def test_what_scripts_read(line: Line) -> None:
    summary = summarise(["loc", "num"], line.workspace)
    assert set(summary) >= {"accuracy", "forgetting", "backward_transfer", "forward_transfer", "matrix", "experiences"}
    assert [len(row) for row in summary["matrix"]] == [2, 2]
    assert summary["matrix"][1][1] > 0.5
    first, second = summary["experiences"]
    assert set(first) >= {"name", "experience", "checkpoint", "version", "verdict", "reasons", "seconds"}
    manifest = read_manifest(line.workspace.checkpoint(second["checkpoint"]))
    assert manifest["parent"] == first["checkpoint"]
    assert manifest["experiences"] == [first["experience"], second["experience"]]
    assert (line.champion, Registry(line.workspace).aliases()["previous"]) == (second["checkpoint"], first["version"])


def test_a_finished_cycle_is_not_done_again(line: Line) -> None:
    records = {path: path.stat().st_mtime_ns for path in line.workspace.cycles.rglob("*.json") if path.name != "cycle.json"}
    entry = line.run("num", line.files / "num.jsonl", day=9)
    assert entry["verdict"] == "promoted"
    assert records == {path: path.stat().st_mtime_ns for path in records}


def test_a_step_opens_nothing_but_what_its_inputs_name(line: Line, tmp_path: Path) -> None:
    """Every step of `num` runs again in a copy from which all that it did not declare is gone, and makes the same."""
    for step in STEPS:
        copy = Workspace(tmp_path / step.name)
        shutil.copytree(line.workspace.root, copy.root, ignore=shutil.ignore_patterns("cache", "scratch", ".*"))
        records = Records(copy)
        inputs = step.gather(Known(records, REPORT, "num"))
        recorded = records.read(step.record, "num", step.name)
        declared = names_in(told(inputs))
        learned = {digest for name in declared for digest in experiences_of(copy, name)}
        for store, kept in ((copy.checkpoints, declared), (copy.experiences, declared | learned)):
            for artefact in store.iterdir():
                if artefact.name not in kept and artefact.is_dir():
                    shutil.rmtree(artefact)
        for path in [path for path in copy.cycles.rglob("*") if path.is_file()]:
            if path.name in ("record.json", "cycle.json", "cost.json", "training.json") or not declares(declared, path):
                path.unlink()
        made = step.run(inputs, Workbench(copy, "num", lambda: NOW, None, declared))
        differing = {name for name, value in vars(recorded).items() if getattr(made, name) != value}
        assert differing <= {"summary"}, step.name  # the evaluation's summary holds seconds


def declares(declared: frozenset[str], path: Path) -> bool:
    """Whether a file is named by its digest; an evaluation's summary is, without what a clock measured."""
    if path.name == "summary.json" and path.parent.name == "evaluate":
        return digest_json({name: part for name, part in read_json(path).items() if name != "cost"}) in declared
    return digest_file(path) in declared


def experiences_of(workspace: Workspace, digest: str) -> list[str]:
    """What a declared checkpoint says it learned, and what a declared experience came after: their digests fix it."""
    if len(digest) != 64:  # a name or a sentence
        return []
    checkpoint, found = workspace.checkpoints / digest, []
    if checkpoint.is_dir():
        return list(read_manifest(checkpoint)["experiences"])
    while digest and (workspace.experiences / digest).is_dir():
        found.append(digest)
        digest = read_manifest(workspace.experiences / digest)["after"]
    return found


def test_a_poisoned_experience_is_refused_and_leaves_no_trace(line: Line) -> None:
    champion = line.champion
    asked = load_settings(None, [*FROZEN, "gates.min_learned=0.5"])  # without a floor, it is for a person
    entry = line.run("poison", line.file("poison", "enty", slice(0, 150), shuffle=True), asked)
    assert entry["verdict"] == "rejected"
    assert entry["reasons"]
    assert line.champion == champion
    assert rows_of(line, entry["experience"]) == 0
    kinds = [found.kind for found in Ledger(line.workspace.ledger_url).log(limit=2)]
    assert "rejected" in kinds


def test_a_held_version_waits_for_a_person_and_is_then_promoted_and_rolled_back_whole(line: Line) -> None:
    champion = str(line.champion)
    wide = ["gates.margin=0.6", "gates.collapse_margin=0.9", "gates.new_label_margin=0.9", "gates.max_label_noise=0.9"]
    careful = load_settings(None, [*FROZEN, *wide, "rollout.approval=always"])  # twenty cases a task decide nothing narrower
    entry = line.run("held", line.file("held", "hum", slice(0, 100)), careful)
    assert entry["verdict"] == "held"
    assert line.champion == champion
    registry = Registry(line.workspace)
    assert consult(line.workspace).state.waiting == [entry["version"]]

    moves.ask(registry, entry["version"], "approved", actor="anna", reason="looks right", now=lambda: NOW)
    assert [action["action"] for action in reconcile(line.workspace, lambda: NOW).done] == ["promoted"]
    assert line.champion == entry["checkpoint"]
    assert rows_of(line, entry["experience"]) > 0
    assert reconcile(line.workspace, lambda: NOW).done == []

    moves.rollback(registry, actor="anna", reason="a drill", now=lambda: NOW + timedelta(days=3))
    assert line.champion == champion
    assert rows_of(line, entry["experience"]) == 0
    next_one = line.run("after-rollback", line.file("after-rollback", "abbr", slice(0, 80)), after="held", day=4)
    assert read_manifest(line.workspace.checkpoint(next_one["checkpoint"]))["parent"] == champion
    found = Ledger(line.workspace.ledger_url).verify(registry.noted_head())
    assert (found["valid"], found["problems"]) == (True, [])


def test_a_dead_registry_is_said_and_the_cycle_goes_on_later(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    file = line.file("dead", "desc", slice(0, 80))
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        with pytest.raises(UnavailableError, match="MLflow"):
            line.run("dead", file)
    entry = line.run("dead", file)
    assert entry["verdict"] == "promoted", entry["reasons"]


def test_a_damaged_champion_is_named_and_nothing_is_learned_from_it(line: Line) -> None:
    head = line.workspace.checkpoint(str(line.champion)) / "head.safetensors"
    good = head.read_bytes()
    head.unlink()  # a hard link: the copy elsewhere stays whole
    head.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    try:
        with pytest.raises(IntegrityError, match=r"head\.safetensors"):
            line.run("onto-damage", line.file("onto-damage", "enty", slice(200, 300)))
    finally:
        head.write_bytes(good)
    assert not (line.workspace.cycles / "onto-damage" / "learn").exists()


def test_a_changed_setting_runs_what_depends_on_it_and_nothing_before(line: Line) -> None:
    other = load_settings(None, [*FROZEN, "gates.mode=report", "learning.rehearsal.capacity=30"])
    planned = Planned("settings", "settings", (line.file("settings", "hum", slice(200, 300)),))
    open_cycle(line.workspace, planned, lambda: NOW)

    def times(settings: Settings) -> list[int]:
        for step in ("ingest", "learn"):
            run_step(step, "settings", line.workspace, settings, now=lambda: NOW)
        folder = Records(line.workspace).folder("settings")
        return [folder.record(step).stat().st_mtime_ns for step in ("ingest", "learn")]

    before, after = times(REPORT), times(other)
    assert (after[0], after[1] > before[1]) == (before[0], True)
    assert times(other) == after


def test_a_decision_stands_whoever_asks_for_a_step(line: Line) -> None:
    records, champion = Records(line.workspace), line.champion
    before = {path: path.read_bytes() for path in records.folder("num").path.rglob("*.json")}
    careful = load_settings(None, [*FROZEN, "rollout.approval=always", "seed=7"])
    for step in STEPS:
        run_step(step.name, "num", line.workspace, careful, now=lambda: NOW)
    assert before == {path: path.read_bytes() for path in records.folder("num").path.rglob("*.json")}
    assert line.champion == champion
