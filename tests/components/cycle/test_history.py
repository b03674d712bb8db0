"""What cycles add up to, read from their records: lineage, stream, matrix, entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.cycle.history import (
    answered,
    candidate_matrix,
    entry,
    finished_cycles,
    lineage,
    matrix,
    stream_of,
    summarise,
)
from components.cycle.outputs import Basis, Chosen, Concluded, Learned, Opened
from components.cycle.records import Records
from components.storage import building, publish, write_json
from components.workspace import Workspace
from tests.components.cycle.conftest import Line
from tests.components.evaluation.conftest import Keywords

pytestmark = pytest.mark.unit


def learn(workspace: Workspace, cycle: str, parent: str | None) -> str:
    """A finished cycle's records, and its checkpoint."""
    with building(workspace.checkpoints) as scratch:
        made = publish(scratch, workspace.checkpoints, {"kind": "checkpoint", "parent": parent, "name": cycle})
    records = Records(workspace)
    records.open(cycle, Opened(cycle, (), Basis(parent, parent, None), records.next_sequence()))
    records.keep(cycle, "learn", "", {}, Learned(made))
    records.keep(cycle, "promote", "", {}, Concluded("promoted", "1", made))
    return made


def test_only_the_cycles_of_its_ancestors_oldest_first(workspace: Workspace) -> None:
    one = learn(workspace, "one", None)
    refused = learn(workspace, "refused", one)
    two = learn(workspace, "two", one)
    assert lineage(workspace, None) == []
    assert lineage(workspace, two) == ["one", "two"]
    assert lineage(workspace, refused) == ["one", "refused"]


def test_a_stream_goes_back_by_what_each_cycle_says_it_follows(line: Line) -> None:
    line.cycle("one")
    line.cycle("beside")
    line.cycle("two", "one", "one")
    assert stream_of("two", line.workspace) == ["one", "two"]
    assert finished_cycles(line.workspace) == ["one", "beside", "two"]


def test_the_matrix_has_what_served_after_each_cycle_and_what_came_before_above_its_diagonal(line: Line) -> None:
    line.cycle("one")
    line.cycle("two", "one", "one")
    assert matrix(["one", "two"], line.workspace) == [[0.75, 0.25], [0.5, 0.75]]
    line.cycle("three", "two", "two", outcome="rejected")
    assert matrix(["one", "two", "three"], line.workspace)[2] == [None, None, 0.25], "the champion serves on; it was asked this"
    assert matrix(["one", "two", "three"], line.workspace, candidate="three")[2] == [0.5, 0.5, 0.75]
    assert candidate_matrix("three", line.workspace) == ([[0.75, 0.25, None], [0.5, 0.75, 0.25], [0.5, 0.5, 0.75]],
                                                         ["one", "two", "three"])  # fmt: skip


def test_an_entry_is_made_of_records_alone(line: Line) -> None:
    line.cycle("one")
    write_json(line.records.folder("one").cost("learn"), {"seconds": 1.5})
    assert entry("one", line.workspace) == {
        "cycle": "one", "name": "one", "experience": line.experiences["one"], "checkpoint": line.checkpoints["one"],
        "version": "7", "verdict": "promoted", "reasons": [], "seconds": 1.5, "steps": {"learn": 1.5},
    }  # fmt: skip
    line.records.keep("one", "learn", "", {}, Learned(line.checkpoints["one"], Chosen("growth", ("it is new",))))
    assert entry("one", line.workspace)["recipe"] == {"chosen": "growth", "reasons": ["it is new"]}
    summary = summarise(["one"], line.workspace)
    assert (summary["accuracy"], summary["matrix"], [each["cycle"] for each in summary["experiences"]]) == (
        0.75,
        [[0.75]],
        ["one"],
    )


def test_what_was_not_learned_is_asked_of_what_serves_at_the_end(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """`two` was refused: its experience counts with what the champion answers, and not as if there had been none."""
    line.cycle("one")
    line.cycle("two", "one", "one", outcome="rejected")
    asked: list[str] = []

    def load(checkpoint: Path, features: Path | None = None) -> Any:
        asked.append(checkpoint.name)
        return Keywords({"heldout 1": "b", "heldout 2": "a"})

    monkeypatch.setattr("components.learning.shared_bases.load", load)
    assert answered([0.75, None], ["one", "two"], line.workspace) == [0.75, 0.5]
    assert asked == [line.checkpoints["one"]]
    assert answered([0.75, 0.25], ["one", "two"], line.workspace) == [0.75, 0.25]
    assert len(asked) == 1


def test_where_nothing_serves_everything_counts_as_wrong(line: Line) -> None:
    line.cycle("one", outcome="rejected")
    assert answered([None], ["one"], line.workspace) == [0.0]
