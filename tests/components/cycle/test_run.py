"""Opening, running and walking cycles, with steps that cost nothing in place of the real ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from components.cycle import run as engine
from components.cycle.outputs import Learned, Monitored
from components.cycle.plan import Planned
from components.cycle.records import STEPS
from components.cycle.run import due, open_cycle, refuse_unusable, run_step, walk
from components.cycle.step import Step
from components.errors import UsageError
from tests.components.cycle.conftest import NOW, Line

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Seen:
    seed: int


@pytest.fixture
def counted(line: Line, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """`learn` stands for every step: it depends on the seed and makes a file. Grows when it runs."""
    ran: list[int] = []

    def run(inputs: Seen, bench: Any) -> Learned:
        ran.append(inputs.seed)
        (bench.workspace.root / "made").touch()
        return Learned(f"checkpoint {inputs.seed}")

    made: Callable[..., list[Path]] = lambda workspace, folder, outputs: [workspace.root / "made"]  # noqa: E731
    step = Step("learn", lambda known: Seen(known.settings.seed), run, Learned, made)
    monkeypatch.setattr(engine, "STEPS", (step,))
    line.open("one")
    return ran


def test_a_step_runs_again_when_its_key_changed_or_what_it_made_is_gone(line: Line, counted: list[int]) -> None:
    def go(seed: int) -> object:
        return run_step("learn", "one", line.workspace, line.settings(f"seed={seed}"), now=lambda: NOW)

    assert go(1) == go(1) == Learned("checkpoint 1")
    assert counted == [1]
    assert go(2) == Learned("checkpoint 2")
    (line.workspace.root / "made").unlink()
    go(2)
    assert counted == [1, 2, 2]
    assert line.records.raw("one", "learn") == {
        "key": engine.STEPS[0].key(Seen(2)), "inputs": {"seed": 2}, "outputs": {"checkpoint": "checkpoint 2"},
    }  # fmt: skip
    assert set(line.records.seconds("one")) == {"learn"}


def test_a_step_that_is_killed_leaves_no_record(line: Line, counted: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(inputs: Seen, bench: Any) -> Learned:
        raise KeyboardInterrupt

    whole = engine.STEPS
    monkeypatch.setattr(engine, "STEPS", (replace(whole[0], run=killed),))
    with pytest.raises(KeyboardInterrupt):
        run_step("learn", "one", line.workspace, line.settings(), now=lambda: NOW)
    assert not line.records.done("one", "learn")
    monkeypatch.setattr(engine, "STEPS", whole)
    run_step("learn", "one", line.workspace, line.settings(), now=lambda: NOW)
    assert line.records.done("one", "learn")


def test_an_unknown_step_is_answered_with_the_nearest(line: Line) -> None:
    line.open("one")
    with pytest.raises(UsageError, match="lern") as caught:
        run_step("lern", "one", line.workspace, line.settings(), now=lambda: NOW)
    assert "learn" in (caught.value.hint or "")


def test_all_steps_are_due_until_the_decision_and_then_what_is_missing(line: Line) -> None:
    line.open("one")
    line.ingest("one")
    assert tuple(due("one", line.workspace)) == STEPS
    line.learn("one")
    line.evaluate("one")
    line.decide("one")
    assert list(due("one", line.workspace)) == ["monitor"]
    line.records.folder("one").record("judge").unlink()
    assert list(due("one", line.workspace)) == ["monitor"], "what the decision stands on is not made again"
    line.records.keep("one", "monitor", "", {}, Monitored("kept"))
    assert list(due("one", line.workspace)) == []


def test_a_walk_does_the_due_steps_in_order_each_with_its_own_progress(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.cycle("one")
    line.records.folder("one").record("promote").unlink()
    done: list[str] = []

    @contextmanager
    def meanwhile(step: str, workspace: Any, base: str, progress: Any) -> Any:
        done.append(f"begin {step}")
        yield f"progress of {step}"
        done.append(f"end {step}")

    def do(step: str, progress: Any) -> None:
        assert progress == f"progress of {step}"
        done.append(step)
        if step == "promote":
            line.decide("one")

    monkeypatch.setattr(engine, "meanwhile", meanwhile)
    found = walk("one", line.workspace, line.settings(), do)
    assert done == [each for step in STEPS for each in (f"begin {step}", step, f"end {step}")]
    assert (found["verdict"], found["checkpoint"]) == ("promoted", line.checkpoints["one"])


def test_a_cycle_that_opens_again_continues_from_what_serves_then(line: Line, serves: Callable[..., str]) -> None:
    """Also when it has learned: it learns again from what serves, and is judged against that."""
    planned = Planned("one", "one", (line.workspace.root / "one.jsonl",))
    line.workspace.root.mkdir(parents=True)
    planned.events[0].write_text("{}")
    serves("champion")
    open_cycle(line.workspace, planned, lambda: NOW)
    first = line.records.opened("one")
    assert first.basis.champion == "champion"
    line.open("two")
    open_cycle(line.workspace, planned, lambda: NOW)
    assert line.records.opened("one") == first
    for learned in (False, True):
        if learned:
            line.records.keep("one", "learn", "", {}, Learned("c"))
        serves(f"next {learned}")
        open_cycle(line.workspace, planned, lambda: NOW)
        again = line.records.opened("one")
        assert (again.basis.champion, again.sequence) == (f"next {learned}", 1), "its basis is of now, its place stays"
    open_cycle(line.workspace, replace(planned, name="renamed"), lambda: NOW)
    assert line.records.opened("one") == replace(again, name="renamed")


def test_a_cycle_killed_between_its_decision_and_the_record_keeps_its_basis(line: Line, serves: Callable[..., str]) -> None:
    planned = Planned("one", "one", (line.workspace.root / "one.jsonl",))
    line.workspace.root.mkdir(parents=True)
    planned.events[0].write_text("{}")
    serves("champion")
    open_cycle(line.workspace, planned, lambda: NOW)
    before = line.records.opened("one")
    serves("learned by it", "one")
    open_cycle(line.workspace, planned, lambda: NOW)
    assert line.records.opened("one") == before


def test_a_decision_stands_for_every_step_and_for_opening_again(line: Line, counted: list[int]) -> None:
    line.cycle("one")
    before = line.records.opened("one")
    stands = run_step("learn", "one", line.workspace, line.settings("seed=7"), now=lambda: NOW)
    assert (counted, stands) == ([], line.records.learned("one"))
    open_cycle(line.workspace, Planned("one", "renamed", (line.workspace.root / "other.jsonl",)), lambda: NOW)
    assert line.records.opened("one") == before


def test_what_cannot_be_run_is_refused_before_anything_is_written(line: Line, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        refuse_unusable(Planned("one", "one", (tmp_path / "nowhere.jsonl",)), line.settings())
    (tmp_path / "e.jsonl").touch()
    with pytest.raises(UsageError, match=r"learning\.routing"):
        refuse_unusable(Planned("one", "one", (tmp_path / "e.jsonl",)), line.settings("learning.routing.kind=proteus"))
    with pytest.raises(UsageError, match="nowhere"):
        refuse_unusable(Planned("one", "one", (tmp_path / "e.jsonl",)), line.settings("gates.suites=[nowhere]"))
    assert not line.workspace.root.exists()
