"""Which cycle the flow runs, as a function: opening and walking are tested with the cycle."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from components.contracts import Clock
from components.cycle.plan import Planned, single
from components.cycle.records import Records
from components.cycle.run import open_cycle
from components.errors import UsageError
from components.workspace import Workspace

pytestmark = pytest.mark.integration  # importing a flow imports Prefect


@pytest.fixture
def lifelong(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Planned]:
    """lifelong(file, ...) -> the cycle that it opened."""
    flow = importlib.import_module("flows.lifelong")
    opened: list[Planned] = []

    def opening(space: Workspace, planned: Planned, now: Clock) -> None:
        opened.append(planned)
        open_cycle(space, planned, now)

    monkeypatch.setattr(flow, "holding", lambda space: nullcontext())
    monkeypatch.setattr(flow, "open_cycle", opening)
    monkeypatch.setattr(flow, "walk", lambda *_: {"name": "n", "verdict": "promoted", "version": "1", "reasons": []})

    def run(file: Any, **options: Any) -> Planned:
        flow.lifelong.fn(file, workspace=str(workspace.root), overrides=["learning.regime={kind: head}"], **options)
        return opened[-1]

    return run


def test_a_file_a_cycle_or_a_batch(
    lifelong: Callable[..., Planned], workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file in files:
        file.write_text(f'{{"text": "{file.stem}"}}\n')
    assert lifelong(str(files[0])) == single(files[0])
    assert lifelong(single(files[0]).cycle) == single(files[0])
    assert lifelong([str(file) for file in files], cycle="both", name="two") == Planned("both", "two", tuple(files))
    assert lifelong(str(files[1]), cycle="given") == Planned("given", "given", (files[1],))
    with pytest.raises(UsageError, match="need the id of a cycle"):
        lifelong([str(file) for file in files])

    assert lifelong("both", again=True).cycle == "both", "it is not decided: it goes on"
    monkeypatch.setattr(Records, "decided", lambda self, cycle: True)
    assert lifelong("both").cycle == "both"
    assert lifelong("both", again=True) == Planned("both.2", "two", tuple(files))
