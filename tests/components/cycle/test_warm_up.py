"""What is begun early: the gateway beside ingesting, imports beside training, and never before it has begun."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from components.cycle import warm_up
from components.cycle.warm_up import meanwhile
from components.gateway import kept
from components.workspace import Workspace

pytestmark = pytest.mark.unit


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was begun."""
    begun: list[str] = []
    monkeypatch.setattr(kept, "kept_gateway", lambda base: begun.append(f"gateway of {base}"))
    monkeypatch.setattr(warm_up, "_import", lambda workspace: begun.append("imports"))
    monkeypatch.delitem(sys.modules, "evidently", raising=False)
    return begun


def test_the_gateway_starts_beside_the_first_step(begun: list[str], workspace: Workspace) -> None:
    with meanwhile("ingest", workspace, "minilm", None) as progress:
        assert progress is None
        assert begun == ["gateway of minilm"]


def test_imports_begin_with_the_first_report_of_training_and_end_with_the_step(begun: list[str], workspace: Workspace) -> None:
    told: list[Any] = []
    with meanwhile("learn", workspace, "minilm", lambda *at: told.append(at)) as progress:
        assert progress is not None
        assert begun == []
        progress(1, 2, "loss 3")
        progress(2, 2, "loss 2")
    assert begun == ["imports"], "once, and done when the step is"
    assert told == [(1, 2, "loss 3"), (2, 2, "loss 2")]


def test_a_step_that_reports_nothing_or_fails_leaves_nothing_running(begun: list[str], workspace: Workspace) -> None:
    with meanwhile("learn", workspace, "minilm", None):
        pass
    with pytest.raises(ValueError, match="no"), meanwhile("learn", workspace, "minilm", None):
        raise ValueError("no")
    assert begun == []


def test_what_is_imported_already_is_not_waited_for(
    begun: list[str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "evidently", warm_up)
    with meanwhile("learn", workspace, "minilm", None) as progress:
        assert progress is None


@pytest.mark.parametrize("step", ["evaluate", "judge", "register", "rollout", "promote", "monitor"])
def test_other_steps_begin_nothing(begun: list[str], workspace: Workspace, step: str) -> None:
    with meanwhile(step, workspace, "minilm", None) as progress:
        assert progress is None
    assert begun == []
