"""What monitoring reads from the records of cycles."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience
from components.evaluation.result import Evaluation, case_table
from components.monitoring.gather import known_events, new_events, past_cases
from components.storage import building, publish, write_json
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def experience(workspace: Workspace, name: str) -> Experience:
    with building(workspace.experiences) as scratch:
        for part, label in (("train", name), ("heldout", name), ("unlabelled", None)):
            rows = {column: pa.array([None], pa.string()) for column in EVENT_COLUMNS}
            rows |= {"text": pa.array([f"{part} of {name}"]), "label": pa.array([label], pa.string())}
            parquet.write_table(pa.table(rows), scratch / f"{part}.parquet")
        return workspace.experience(publish(scratch, workspace.experiences, {"kind": "experience", "name": name}))


def checkpoint(workspace: Workspace, parent: str | None, learned: str, memory: list[str] | None) -> Path:
    with building(workspace.checkpoints) as scratch:
        if memory is not None:
            parquet.write_table(pa.table({"text": memory, "label": memory, "more": memory}), scratch / "memory.parquet")
        return workspace.checkpoint(publish(scratch, workspace.checkpoints, {"parent": parent, "experience": learned}))


def cycle(workspace: Workspace, name: str, learned: Experience, made: str, answers: list[tuple[str | None, str, bool]]) -> None:
    folder = workspace.cycles / name
    write_json(folder / "cycle.json", {"name": name})
    for step, outputs in {"ingest": {"experience": learned.digest}, "learn": {"checkpoint": made}, "promote": {}}.items():
        write_json(folder / step / "record.json", {"outputs": outputs})
    rows: list[dict[str, Any]] = [
        {"kind": "regression", "experience": e, "case": c, "candidate_correct": right, "candidate_confidence": 0.9,
         "candidate_margin": 0.8 if right else -0.8, "champion_correct": not right}
        for e, c, right in answers
    ]  # fmt: skip
    Evaluation(case_table([*rows, {**rows[0], "kind": "behaviour"}]), {}).save(folder / "evaluate")


def test_each_past_experience_by_its_own_cycle(workspace: Workspace) -> None:
    a, b, c = (experience(workspace, name) for name in "abc")
    first = checkpoint(workspace, None, a.digest, None)
    second = checkpoint(workspace, first.name, b.digest, None)
    poisoned = checkpoint(workspace, first.name, b.digest, ["x"])
    cycle(workspace, "one", a, first.name, [(a.digest, "a1", True), (a.digest, "a2", True)])
    cycle(workspace, "refused", a, poisoned.name, [(a.digest, "a1", False)])
    cycle(workspace, "two", b, second.name, [(a.digest, "a1", False), (b.digest, "b1", True), (None, "by hand", False)])
    cycle(workspace, "three", c, "f" * 64, [(a.digest, "a1", False), (b.digest, "b1", True), (c.digest, "c1", True)])
    reference, current = past_cases(workspace, "three", [a, b], second)
    read = [list(zip(*table.select(["case", "correct"]).to_pydict().values(), strict=True)) for table in (reference, current)]
    assert read == [[("a1", 1.0), ("a2", 1.0), ("b1", 1.0)], [("a1", 0.0), ("b1", 1.0)]]
    assert current["margin"].to_pylist() == pytest.approx([-0.8, 0.8])


def test_the_first_cycle(workspace: Workspace) -> None:
    a = experience(workspace, "a")
    cycle(workspace, "one", a, "f" * 64, [(a.digest, "a1", True)])
    reference, current = past_cases(workspace, "one", [], None)
    assert (reference.num_rows, current.num_rows) == (0, 0)
    assert known_events([], None)[0].num_rows == 0
    assert new_events(a).to_pydict() == {"text": ["train of a", "unlabelled of a"], "label": ["a", None]}


def test_a_champion_without_texts_is_known_by_its_held_out_cases(workspace: Workspace) -> None:
    a = experience(workspace, "a")
    with_memory, without = (checkpoint(workspace, None, a.digest, memory) for memory in (["kept"], None))
    assert known_events([a], with_memory)[0].to_pydict() == {"text": ["kept"], "label": ["kept"]}
    table, what = known_events([a], without)
    assert (table["text"].to_pylist(), what) == (["heldout of a"], "past held-out cases")
