"""From the inbox to cycles, with a cycle that costs nothing in place of the real one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from components.cycle.inbox import WorkedOff, work_off
from components.cycle.plan import Planned
from components.errors import StoppedError, UnavailableError, UnreadableFileError, UsageError
from components.ingestion.batches import taken
from components.ingestion.ingest import Ingested, TooFewRowsError
from components.learning.trainer import DivergedError
from components.settings import load_settings
from components.workspace import Workspace

pytestmark = pytest.mark.unit

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
SETTINGS = load_settings(None, ["inbox.min_rows=3", "ingestion.min_rows=2", "learning.regime={kind: head}", "inbox.tasks=apart"])
Cycle = Callable[[Planned], Any]


def drop(space: Workspace, name: str, rows: int, **more: str) -> None:
    space.inbox.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": f"{name} {n}", "label": "a", **more}) + "\n" for n in range(rows)]
    path = space.inbox / f"{name}.jsonl"
    path.write_text("".join(lines))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def go(space: Workspace, cycle: Cycle, *, early: bool = False) -> tuple[WorkedOff, list[str]]:
    ran: list[str] = []

    def run(planned: Planned) -> Any:
        ran.append(planned.name)
        with space.lock():
            return cycle(planned)

    return work_off(space, SETTINGS, NOW, run, space.lock, everything=early), ran


def promoted(planned: Planned) -> dict[str, Any]:
    return {"cycle": planned.cycle, "verdict": "promoted"}


def raising(error: BaseException, only: str = "") -> Cycle:
    def cycle(planned: Planned) -> Any:
        if only in planned.name:
            raise error
        return promoted(planned)

    return cycle


def outcomes(space: Workspace) -> dict[str, str]:
    return {each.batch.name: each.batch.outcome for each in taken(space)}


def test_every_batch_that_is_due_becomes_a_cycle_and_a_second_run_does_nothing(workspace: Workspace) -> None:
    drop(workspace, "one", 3, task="x")
    drop(workspace, "two", 3, task="y")
    drop(workspace, "three", 2, task="z")
    done, ran = go(workspace, promoted)
    assert sorted(ran) == ["one", "two"]
    assert (done.reason, outcomes(workspace)) == (
        "2 of 3 events of task 'z' wait, the oldest for less than a minute.", {"one": "promoted", "two": "promoted"},
    )  # fmt: skip
    assert go(workspace, promoted)[1] == []
    assert go(workspace, promoted, early=True)[1] == ["three"]


def test_what_is_not_the_events_fault_leaves_the_batch_for_the_next_run_and_hinders_no_other(workspace: Workspace) -> None:
    drop(workspace, "one", 3, task="x")
    drop(workspace, "two", 3, task="y")
    for error in (UnavailableError("MLflow"), RuntimeError("a fault"), UsageError("no checkpoint")):
        done, ran = go(workspace, raising(error, only="one"))
        assert (list(done.left.values()), "one" in ran) == ([error], True)
        assert outcomes(workspace) == {"one": "", "two": "promoted"}
    assert go(workspace, promoted)[1] == ["one"]
    assert outcomes(workspace) == {"one": "promoted", "two": "promoted"}


def test_a_file_that_turns_out_unreadable_is_set_aside_with_its_reason_and_not_tried_every_night(workspace: Workspace) -> None:
    error = UnreadableFileError("a file", "export it again")
    drop(workspace, "one", 3, task="x")
    drop(workspace, "two", 3, task="y")
    done, _ = go(workspace, raising(error, only="one"))
    assert (list(done.unusable.values()), done.left) == ([error.message], {})
    assert outcomes(workspace) == {"one": "set_aside", "two": "promoted"}
    (told,) = (json.loads(path.read_text()) for path in (workspace.quarantine / "inbox").glob("*.reason.json"))
    assert (told["reason"], told["hint"]) == (error.message, error.hint)
    assert go(workspace, promoted)[1] == []


def test_a_kill_between_the_decision_and_the_note_ends_in_the_same_cycle(workspace: Workspace) -> None:
    drop(workspace, "one", 3)
    seen: list[str] = []

    def cycle(planned: Planned) -> Any:
        seen.append(planned.cycle)
        return promoted(planned)

    class Killed(BaseException):
        pass

    with pytest.raises(Killed):
        go(workspace, raising(Killed()))
    with pytest.raises(StoppedError):
        go(workspace, raising(StoppedError("stopped")))
    go(workspace, cycle)
    assert len(seen) == 1
    assert seen[0].startswith("one-")


def test_too_few_good_rows_go_back_and_are_not_tried_again_at_once(workspace: Workspace) -> None:
    drop(workspace, "one", 3)

    def refuse(planned: Planned) -> Any:
        quarantine = workspace.root / "quarantine.jsonl"
        quarantine.write_text("".join(json.dumps({"file": str(planned.events[0]), "row": n}) + "\n" for n in (1, 2)))
        raise TooFewRowsError("1 of its 3 rows", "add rows", Ingested(3, 1, 2, 0, None, {}, quarantine, {}))

    for early in (False, True, True):
        done, ran = go(workspace, refuse, early=early)
    assert (ran, done.reason[:20]) == ([], "1 of 2 events waits,")
    assert outcomes(workspace) == {"one": "returned"}
    drop(workspace, "two", 2)
    assert go(workspace, promoted)[1] == ["inbox-20270503"]


def test_events_that_cannot_be_learned_are_set_aside(workspace: Workspace) -> None:
    drop(workspace, "one", 3)
    done, _ = go(workspace, raising(DivergedError("the loss became infinite")))
    assert ["infinite" in reason for reason in done.unusable.values()] == [True]
    assert outcomes(workspace) == {"one": "set_aside"}
    assert len(list((workspace.quarantine / "inbox").iterdir())) == 2
    assert go(workspace, promoted)[1] == []


def test_wrong_settings_are_refused_before_anything_is_gathered(workspace: Workspace) -> None:
    drop(workspace, "one", 3)
    wrong = load_settings(None, ["gates.suites=[nowhere]"])
    with pytest.raises(UsageError, match="nowhere"):
        work_off(workspace, wrong, NOW, promoted, workspace.lock)  # type: ignore[arg-type]
    assert [path.name for path in workspace.root.rglob("*")] == ["inbox", "one.jsonl"]


def test_two_drivers_at_once_learn_each_event_once(workspace: Workspace) -> None:
    """Both see what is open; a cycle that is decided stands, so the second of them does nothing."""
    for n in range(6):
        drop(workspace, f"{n}", 3, task=f"task {n}")
    decided: list[str] = []

    def run(planned: Planned) -> Any:
        with workspace.lock(wait_seconds=20):
            decided.extend([] if planned.cycle in decided else [planned.cycle])
            return promoted(planned)

    def drive(_: int) -> WorkedOff:
        return work_off(workspace, SETTINGS, NOW, run, lambda: workspace.lock(wait_seconds=20))

    with ThreadPoolExecutor(3) as drivers:
        assert [done.left for done in drivers.map(drive, range(3))] == [{}, {}, {}]
    assert len(decided) == 6
    assert outcomes(workspace) == {f"{n}": "promoted" for n in range(6)}
