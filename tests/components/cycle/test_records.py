"""Records of cycles: typed both ways, old ones still read, and no order that a copy could change."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from components.contracts import Gate, Verdict
from components.cycle.history import finished_cycles, stream_of
from components.cycle.names import STEPS
from components.cycle.outputs import (
    Basis,
    Concluded,
    Evaluated,
    Ingested,
    Judged,
    Learned,
    Monitored,
    Opened,
    Registered,
    RolledOut,
)
from components.cycle.records import Records
from components.cycle.steps import STEPS as DECLARED
from components.errors import IntegrityError, UsageError
from components.storage import write_json
from components.workspace import Workspace

pytestmark = pytest.mark.unit

OUTPUTS = {
    "ingest": Ingested("e" * 64, 10, 8, 1, 1, {"no_text": 1}),
    "learn": Learned("c" * 64),
    "evaluate": Evaluated("d" * 64, "f" * 64),
    "judge": Judged("fail", "enforce", (Gate("g", "fail", "It fell.", -0.2, -0.3, -0.1, 0.05, 40),), ("It fell.",)),
    "register": Registered("7"),
    "rollout": RolledOut("rolled_back", "Worse.", -0.2, -0.3, -0.1),
    "promote": Concluded("rejected", "7", None, ("It fell.",)),
    "monitor": Monitored("kept", {"experiences": {}}, {"columns": {}}, {"inputs": "evidently/x.json"}),
}


def opened(name: str, number: int, follows: str | None = None) -> Opened:
    return Opened(name, (f"{name}.jsonl",), Basis("a" * 64, "b" * 64, follows), number)


def test_the_steps_are_those_that_are_named() -> None:
    assert tuple(step.name for step in DECLARED) == STEPS == tuple(OUTPUTS)


@pytest.mark.parametrize("step", STEPS)
def test_outputs_are_read_as_they_were_written(workspace: Workspace, step: str) -> None:
    records = Records(workspace)
    records.keep("one", step, "key", {"input": 1}, OUTPUTS[step])
    assert records.read(type(OUTPUTS[step]), "one", step) == OUTPUTS[step]
    assert records.raw("one", step) is not None
    assert next(each for each in DECLARED if each.name == step).record is type(OUTPUTS[step])


def test_what_a_cycle_stands_on_is_read_as_it_was_written(workspace: Workspace) -> None:
    records = Records(workspace)
    records.open("one", opened("one", 3, "zero"))
    assert records.opened("one") == opened("one", 3, "zero")
    assert records.next_sequence() == 4


def test_what_is_missing_or_damaged_names_the_file_and_the_way_out(workspace: Workspace) -> None:
    records = Records(workspace)
    with pytest.raises(UsageError, match="No cycle 'one'"):
        records.opened("one")
    with pytest.raises(UsageError, match="Step 'learn' of cycle 'one' has not run yet"):
        records.learned("one")
    path = records.folder("one").record("learn")
    records.keep("one", "learn", "", {}, Registered("7"))
    with pytest.raises(IntegrityError, match=r"learn/record\.json: checkpoint: "):
        records.learned("one")
    for damage, said in (("{", "not valid JSON"), ("[]", "JSON object"), ("{}", "seal"), (b"\xff\xfe", "not valid JSON")):
        path.write_bytes(damage.encode() if isinstance(damage, str) else damage)
        with pytest.raises(IntegrityError, match=rf"learn/record\.json.*{said}"):
            records.learned("one")


def test_cycles_stand_in_the_order_in_which_they_opened_whatever_the_files_say(workspace: Workspace, tmp_path: Path) -> None:
    records = Records(workspace)
    for number, name in enumerate(("b", "a", "c", "undecided"), start=1):
        records.open(name, opened(name, number, {"a": "b", "c": "a"}.get(name)))
        if name != "undecided":
            records.keep(name, "promote", "", {}, OUTPUTS["promote"])
    assert finished_cycles(workspace) == ["b", "a", "c"]
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(workspace.root, copy.root)
    for place in (workspace, copy):
        for age, path in enumerate(sorted(place.root.rglob("*"), reverse=True)):
            os.utime(path, (1e9 + age, 1e9 + age))
        assert finished_cycles(place) == ["b", "a", "c"]
        assert stream_of("c", place) == ["b", "a", "c"]


def test_a_workspace_of_the_first_weeks_is_still_read(workspace: Workspace) -> None:
    """cycle.json had no basis and no number: they are in the records of learn and promote."""
    for version, name in (("10", "first"), ("9", "zeroth")):
        folder = workspace.cycles / name
        write_json(folder / "cycle.json", {"name": name, "events": ["e.jsonl"], "after": "x", "learn_from": None})
        outputs = {"checkpoint": "c", "champion": "a", "serving": None}
        write_json(folder / "learn" / "record.json", {"key": "", "inputs": {"champion": "a", "parent": "b"}, "outputs": outputs})
        write_json(
            folder / "promote" / "record.json",
            {"key": "", "inputs": {}, "outputs": {"outcome": "promoted", "reasons": [], "version": version, "champion": "c"}},
        )
    records = Records(workspace)
    assert records.cycles() == ["zeroth", "first"]
    assert records.opened("first") == Opened("first", ("e.jsonl",), Basis("a", "b", "x"), 10)
    assert records.learned("first") == Learned("c")
    assert records.next_sequence() == 11


def test_a_verdict_comes_back_from_its_record_and_so_does_one_of_before_suites_were_listed(workspace: Workspace) -> None:
    records = Records(workspace)
    verdict = Verdict("pass", (Gate("learned", "pass", "Learned.", 0.9, 0.8, 0.95, 0.5, 40),), "report", {"safety.x": "1" * 64})
    records.keep("one", "judge", "", {}, Judged.of(verdict))
    assert records.judged("one").verdict == verdict
    old = {"status": "pass", "mode": "enforce", "gates": [], "reasons": []}
    write_json(records.folder("one").request, {"name": "one", "events": [], "after": None})
    write_json(records.folder("one").record("judge"), {"key": "", "inputs": {}, "outputs": old})
    assert (records.judged("one").verdict, records.judged("one").suites) == (Verdict("pass", ()), None)


def test_a_start_is_no_cycle(workspace: Workspace) -> None:
    records = Records(workspace)
    records.start("start")
    assert records.is_start("start")
    assert (records.exists("start"), records.is_start("one"), records.cycles()) == (False, False, [])


def test_records_hold_json_that_people_can_read(workspace: Workspace) -> None:
    records = Records(workspace)
    records.keep("one", "promote", "key", {"version": "7"}, OUTPUTS["promote"])
    written = json.loads(records.folder("one").record("promote").read_text())
    assert written == {
        "key": "key",
        "inputs": {"version": "7"},
        "outputs": {"outcome": "rejected", "version": "7", "champion": None, "reasons": ["It fell."]},
        "seal": written["seal"],
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_record_that_somebody_edited_is_not_acted_on(workspace: Workspace, step: str) -> None:
    records = Records(workspace)
    records.open("one", opened("one", 1))
    records.keep("one", step, "key", {"input": 1}, OUTPUTS[step])
    path = records.folder("one").record(step)
    written = json.loads(path.read_text())
    edits = [{"key": "other"}, {"inputs": {}}, {"outputs": {**written["outputs"], "status": "pass"}}, {"more": 1}, {"seal": None}]
    for edit in edits:
        write_json(path, {**written, **edit})
        with pytest.raises(IntegrityError, match=rf"{step}/record\.json was changed"):
            records.read(type(OUTPUTS[step]), "one", step)
    write_json(path, written)
    assert records.read(type(OUTPUTS[step]), "one", step) == OUTPUTS[step]


def test_an_edited_basis_is_not_acted_on(workspace: Workspace) -> None:
    records = Records(workspace)
    records.open("one", opened("one", 1))
    path = records.folder("one").request
    written = json.loads(path.read_text())
    write_json(path, {**written, "basis": {**written["basis"], "watched": False}})
    with pytest.raises(IntegrityError, match=r"cycle\.json was changed"):
        records.opened("one")


@pytest.mark.parametrize("cycle", ["", ".", "..", "../x", "a/b", "/abs", ".hidden", "a\nb", "x" * 121, "a\0"])
def test_an_id_names_a_folder_of_the_workspace_and_nothing_else(workspace: Workspace, cycle: str) -> None:
    with pytest.raises(UsageError, match="cannot be the id of a cycle"):
        Records(workspace).folder(cycle)
    for fine in ("demo-1-desc", "support.2026-11-ab12cd34", "größe 1", "_x"[1:]):
        assert Records(workspace).folder(fine).path.parent == workspace.cycles
