"""`learning.texts: never`: after a whole cycle no file of the workspace holds a training text, whatever was killed on the way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.cycle.outputs import Monitored
from components.cycle.plan import Planned
from components.cycle.records import Records
from components.cycle.run import open_cycle, refuse_unusable, run_planned, run_step
from components.cycle.steps import STEPS
from components.cycle.texts import go, must_go
from components.errors import RefusedError, UsageError
from components.ingestion.removal import have_texts
from components.settings import load_settings
from components.storage import link_tree, read_json
from components.workspace import Workspace
from tests.components.cycle.conftest import NOW, Line
from tests.components.cycle.test_line import FROZEN
from tests.components.cycle.test_line import Line as RealLine

unit, integration = pytest.mark.unit, pytest.mark.integration
NEVER = load_settings(None, [*FROZEN[:2], "ingestion.pii=off", "gates.mode=report", "learning.texts=never",
                             "learning.rehearsal={kind: none}"])  # fmt: skip


def ended(line: Line, name: str) -> None:
    line.cycle(name)
    line.records.keep(name, "monitor", "", {}, Monitored("skipped"))


@unit
def test_texts_go_when_the_cycle_has_come_to_its_end(line: Line) -> None:
    line.cycle("one")
    assert not must_go("one", line.records, NEVER), "monitoring still reads them"
    line.records.keep("one", "monitor", "", {}, Monitored("skipped"))
    assert must_go("one", line.records, NEVER)
    assert not must_go("one", line.records, line.settings()), "texts: keep"
    experience = line.workspace.experience(line.experiences["one"])
    link_tree(experience.path, line.records.folder("one").experience)
    go("one", line.records, NOW)
    assert not have_texts(experience)
    assert not (line.records.folder("one").experience / "train.parquet").exists()
    assert "cycle one" in read_json(experience.removed)["reason"]
    assert not must_go("one", line.records, NEVER), "done"


@unit
def test_they_stay_while_another_attempt_is_at_work_on_them(line: Line) -> None:
    ended(line, "one")
    line.open("one.2")
    line.records.keep("one.2", "ingest", "", {"previous": None}, line.records.ingested("one"))
    assert not must_go("one", line.records, NEVER)


@unit
def test_dvc_would_keep_a_copy(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.open("one")
    planned = Planned("one", "one", (line.workspace.root / "one.jsonl",))
    refuse_unusable(planned, NEVER)
    monkeypatch.setenv("DVC_STAGE", "ingest@one")
    with pytest.raises(UsageError, match="DVC keeps a copy"):
        refuse_unusable(planned, NEVER)
    refuse_unusable(planned, line.settings())


def holding(workspace: Workspace, texts: set[str]) -> list[str]:
    """Files in which one of the texts is found: in their bytes, or in any column of a parquet file."""
    sought = {text.encode() for text in texts}

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from strings(inner)

    found = []
    for path in (path for path in workspace.root.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        if whole[:4] == b"PAR1":
            whole += "\0".join(strings(parquet.read_table(path).to_pylist())).encode()
        elif whole[:6] == b"ARROW1":
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                whole += "\0".join(strings(reader.read_all().to_pylist())).encode()
        found += [str(path.relative_to(workspace.root))] if any(text in whole for text in sought) else []
    return found


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[RealLine, set[str], set[str]]:
    """A line that learned one experience, by steps that were each killed after it was done; its training and held-out texts."""
    line = RealLine(tmp_path_factory.mktemp("never"))
    events, texts = line.file("loc", "loc", slice(0, 100)), {}
    planned = Planned("loc", "loc", (events,))
    open_cycle(line.workspace, planned, lambda: NOW)
    for number, step in enumerate(STEPS):
        for earlier in STEPS[: number + 1]:  # another driver takes over after every step
            run_step(earlier.name, "loc", line.workspace, NEVER, now=lambda: NOW)
        if step.name == "learn":
            assert not list((line.workspace.root / "cache").rglob("*.safetensors")), "a text can be guessed from activations"
        if step.name == "ingest":
            experience = line.workspace.experience(Records(line.workspace).ingested("loc").experience)
            texts = {part: set(experience.table(part)["text"].to_pylist()) for part in ("train", "heldout")}
            assert holding(line.workspace, texts["train"]), "they are there at first"
    return line, texts["train"], texts["heldout"]


@integration
def test_after_a_cycle_no_file_holds_a_training_text(learned: tuple[RealLine, set[str], set[str]]) -> None:
    line, train, heldout = learned
    assert len(train) > 50
    assert holding(line.workspace, train) == []
    assert holding(line.workspace, heldout), "the gates need these cases"


@integration
def test_a_cycle_that_was_killed_before_they_went_is_completed(
    learned: tuple[RealLine, set[str], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, train, _ = learned
    entry = line.run("loc", line.files / "loc.jsonl", NEVER)
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(line.workspace.root, copy.root)
    experience = copy.experience(entry["experience"])
    kept = parquet.read_table(experience.path / "heldout.parquet")
    text = sorted(train)[0]
    planted = pa.Table.from_pylist([{**kept.to_pylist()[0], "text": text}], schema=kept.schema)
    parquet.write_table(planted, experience.path / "train.parquet")  # as if the kill came in between
    assert holding(copy, {text})
    planned = Planned("loc", "loc", (line.files / "loc.jsonl",))
    assert run_planned(planned, copy, NEVER, now=lambda: NOW)["checkpoint"] == entry["checkpoint"]
    assert not holding(copy, {text})


@integration
def test_what_needs_the_texts_says_what_to_do(learned: tuple[RealLine, set[str], set[str]]) -> None:
    line, train, _ = learned
    experience = line.workspace.experience(Records(line.workspace).ingested("loc").experience)
    with pytest.raises(RefusedError, match="removed after they were learned"):
        experience.table("train")
    again = Planned("loc.2", "loc", (line.files / "loc.jsonl",))
    entry = run_planned(again, line.workspace, NEVER, now=lambda: NOW)
    assert entry["experience"] == experience.digest, "the file of events fills the same experience again"
    assert holding(line.workspace, train) == []
