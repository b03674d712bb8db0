"""learn: from which checkpoint, and what its record says of a chosen recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.contracts import Experience
from components.cycle.outputs import Chosen, Learned
from components.cycle.steps.learn import LEARN, gather, run
from components.storage import building, publish, read_json
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def test_it_learns_from_the_parent_which_need_not_be_the_champion(two: Line) -> None:
    opened = two.records.opened("two")
    assert gather(two.known("two")).parent == two.checkpoints["one"]
    two.records.open("two", replace(opened, basis=replace(opened.basis, parent="another")))
    inputs = gather(two.known("two", "seed=5", "learning.head.width=30"))
    assert (inputs.parent, inputs.experience, inputs.seed) == ("another", two.experiences["two"], 5)
    assert inputs.settings["head"]["width"] == 30
    assert inputs.methods == {}


def test_the_gates_settings_are_no_part_of_its_key(two: Line) -> None:
    one, other = gather(two.known("two")), gather(two.known("two", "gates.mode=report", "rollout.approval=always"))
    assert LEARN.key(one) == LEARN.key(other) != LEARN.key(gather(two.known("two", "seed=1")))


@pytest.mark.parametrize("chosen", [None, {"chosen": "growth", "reasons": ["it is new"]}])
def test_the_record_says_what_was_chosen_and_why(two: Line, chosen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from components.contracts import Cost
    from components.learning import learn as learning

    def learn(experience: Experience, parent: Any, settings: Any, **named: Any) -> Any:
        with building(two.workspace.checkpoints) as scratch:
            (scratch / "head.safetensors").write_text("weights")
            fields = {"kind": "checkpoint", "notes": {"recipe": chosen} if chosen else {}}
            digest = publish(scratch, two.workspace.checkpoints, fields)
        return learning.Learned(digest, Cost(1.5, 1000))

    monkeypatch.setattr(learning, "learn", learn)
    inputs = gather(two.known("two"))
    made = run(inputs, two.bench("two", inputs))
    assert made == Learned(made.checkpoint, Chosen("growth", ("it is new",)) if chosen else None)
    folder = two.records.folder("two")
    assert (folder.checkpoint / "head.safetensors").read_text() == "weights"
    assert read_json(folder.training)["seconds"] == 1.5
    assert all(path.exists() for path in LEARN.made(two.workspace, folder, made))
