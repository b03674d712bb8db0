"""The nightly flow as a function, with a cycle that costs nothing: the engine is not needed to work the inbox off."""

from __future__ import annotations

import importlib
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from components.errors import UnavailableError
from components.ingestion.batches import taken
from components.workspace import Workspace

pytestmark = pytest.mark.integration  # importing a flow imports Prefect


@pytest.fixture
def params(tmp_path: Path) -> str:
    path = tmp_path / "params.yaml"
    path.write_text("inbox: {min_rows: 30}\n")
    return str(path)


def drop(space: Workspace, name: str, rows: int) -> None:
    space.inbox.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": f"{name} {n}", "label": "a"}) + "\n" for n in range(rows)]
    (space.inbox / f"{name}.jsonl").write_text("".join(lines))


def test_the_night_learns_what_is_due_as_the_command_does(
    workspace: Workspace, params: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = importlib.import_module("flows.nightly")
    called: list[Any] = []
    down = True

    def lifelong(files: list[str], *, workspace: str, params: str, cycle: str, name: str) -> dict[str, str]:
        called.append((files, workspace, params, cycle, name))
        if down:
            raise UnavailableError("MLflow does not answer")
        return {"cycle": cycle, "name": name, "verdict": "promoted", "version": "1"}

    def holding(space: Workspace) -> AbstractContextManager[None]:
        return space.lock()

    monkeypatch.setattr(flow, "lifelong", lifelong)
    monkeypatch.setattr(flow, "holding", holding)

    def night(**more: Any) -> dict[str, Any]:
        return dict(flow.nightly.fn(workspace=str(workspace.root), params=params, **more))

    drop(workspace, "one", 20)
    assert night()["reason"].startswith("20 of 30 events wait")
    assert called == []
    drop(workspace, "two", 10)
    (workspace.inbox / "bad.csv").write_text("no header\n")
    with pytest.raises(UnavailableError, match="MLflow does not answer"):
        night()
    (batch,) = taken(workspace)
    down = False
    done = night()
    assert [each["verdict"] for each in done["cycles"]] == ["promoted"]
    assert called[0] == called[1]
    assert called[0][0] == [str(path) for path in batch.files]
    assert [each.batch.outcome for each in taken(workspace)] == ["promoted"]
    drop(workspace, "three", 20)
    assert len(night()["cycles"]) == 0
    assert len(night(early=True)["cycles"]) == 1
