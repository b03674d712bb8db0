"""The tables that monitoring compares."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience
from components.evaluation.result import Evaluation, case_table
from components.monitoring.gather import known_events, new_events, past_cases
from components.storage import building, publish
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def experience(workspace: Workspace, name: str) -> Experience:
    with building(workspace.experiences) as scratch:
        for part, label in (("train", name), ("heldout", name), ("unlabelled", None)):
            rows = {column: pa.array([None], pa.string()) for column in EVENT_COLUMNS}
            rows |= {"text": pa.array([f"{part} of {name}"]), "label": pa.array([label], pa.string())}
            parquet.write_table(pa.table(rows), scratch / f"{part}.parquet")
        return workspace.experience(publish(scratch, workspace.experiences, {"kind": "experience", "name": name}))


def checkpoint(workspace: Workspace, learned: Experience, memory: list[str] | None) -> Path:
    with building(workspace.checkpoints) as scratch:
        if memory is not None:
            parquet.write_table(pa.table({"text": memory, "label": memory, "more": memory}), scratch / "memory.parquet")
        return workspace.checkpoint(publish(scratch, workspace.checkpoints, {"parent": None, "experience": learned.digest}))


def answered(folder: Path, answers: list[tuple[str | None, str, bool]]) -> Path:
    """cases.parquet of a cycle whose candidate got these cases right or wrong: (experience, case, right)."""
    rows: list[dict[str, Any]] = [
        {
            "kind": "regression",
            "experience": experience,
            "case": case,
            "candidate_correct": right,
            "candidate_confidence": 0.9,
            "candidate_margin": 0.8 if right else -0.8,
            "champion_correct": not right,
        }
        for experience, case, right in answers
    ]
    Evaluation(case_table([*rows, {**rows[0], "kind": "behaviour"}]), {}).save(folder)
    return folder / "cases.parquet"


def test_each_past_experience_by_its_own_cycle(workspace: Workspace, tmp_path: Path) -> None:
    a, b, c = (experience(workspace, name) for name in "abc")
    one = answered(tmp_path / "1", [(a.digest, "a1", True), (a.digest, "a2", True)])
    again = answered(tmp_path / "again", [(a.digest, "a1", False)])
    two = answered(tmp_path / "2", [(a.digest, "a1", False), (b.digest, "b1", True), (None, "by hand", False)])
    three = answered(tmp_path / "3", [(a.digest, "a1", False), (b.digest, "b1", True), (c.digest, "c1", True)])
    files = [(a.digest, one), ("e" * 64, tmp_path / "not asked for"), (a.digest, again), (b.digest, two)]
    reference, current = past_cases(files, three, [a, b])
    read = [list(zip(*table.select(["case", "correct"]).to_pydict().values(), strict=True)) for table in (reference, current)]
    assert read == [[("a1", 1.0), ("a2", 1.0), ("b1", 1.0)], [("a1", 0.0), ("b1", 1.0)]]
    assert current["margin"].to_pylist() == pytest.approx([-0.8, 0.8])


def test_what_was_learned_elsewhere_has_no_reference(workspace: Workspace, tmp_path: Path) -> None:
    a = experience(workspace, "a")
    reference, current = past_cases([], answered(tmp_path / "1", [(a.digest, "a1", True)]), [a])
    assert (reference.num_rows, current.num_rows) == (0, 1)


def test_the_first_cycle(workspace: Workspace, tmp_path: Path) -> None:
    a = experience(workspace, "a")
    reference, current = past_cases([], answered(tmp_path / "1", [(a.digest, "a1", True)]), [])
    assert (reference.num_rows, current.num_rows) == (0, 0)
    assert known_events([], None)[0].num_rows == 0
    assert new_events(a).to_pydict() == {"text": ["train of a", "unlabelled of a"], "label": ["a", None]}


def test_a_champion_without_texts_is_known_by_its_held_out_cases(workspace: Workspace) -> None:
    a = experience(workspace, "a")
    with_memory, without = (checkpoint(workspace, a, memory) for memory in (["kept"], None))
    assert known_events([a], with_memory)[0].to_pydict() == {"text": ["kept"], "label": ["kept"]}
    table, what = known_events([a], without)
    assert (table["text"].to_pylist(), what) == (["heldout of a"], "past held-out cases")
