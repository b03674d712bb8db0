"""What `perdure status` says of the champion's gates."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.commands.status import gates_of
from components.contracts import Gate
from components.cycle.outputs import Judged
from components.workspace import Workspace
from tests.components.cycle.conftest import Line, tell

pytestmark = pytest.mark.unit

UNDECIDED = Gate("regression.pooled", "pass", "Too few.", -0.01, -0.06, 0.03, 0.03, 30, undecided=True, needs=42)
SPENT = Gate("lifetime.pooled", "pass", "Kept.", -0.012, -0.03, 0.01, 0.05, 30)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A champion whose verdict left something undecided; its experience has four held-out cases."""
    monkeypatch.delenv("PERDURE_LEDGER_URL", raising=False)
    line = Line(Workspace(tmp_path / "workspace"))
    line.open("one")
    line.ingest("one")
    line.learn("one")
    line.evaluate("one")
    line.decide("one", judged=Judged("pass", "enforce", (UNDECIDED, SPENT)))
    evidence: dict[str, Any] = {"checkpoint": line.checkpoints["one"], "gate": "pass", "parent": None, "judged_against": None}
    tell(line.workspace, "registered", "7", {**evidence, "cycle": "one"})
    tell(line.workspace, "promoted", "7", {"checkpoint": line.checkpoints["one"]})
    return line


def test_what_is_undecided_says_what_it_takes_and_when(line: Line) -> None:
    call: Any = SimpleNamespace(workspace=line.workspace)
    assert gates_of(call, "7") == [
        "regression.pooled needs 42 held-out cases to decide, has 30: 3 more cycles at this rate",
        "24% of the lifetime budget is spent",
    ]


def test_nothing_is_said_without_a_champion_or_its_record(line: Line) -> None:
    call: Any = SimpleNamespace(workspace=line.workspace)
    assert gates_of(call, None) == gates_of(call, "8") == []
