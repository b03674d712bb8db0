"""Where things stand, by the ledger and the disk; MLflow is not asked."""

from __future__ import annotations

import json

import pytest

from components.control.standing import standing
from components.errors import LedgerError
from components.governance.entries import Entry
from components.workspace import Workspace
from tests.components.control.conftest import Intruder, Tell
from tests.components.registry.making import make_checkpoint, make_experience

pytestmark = pytest.mark.unit


def test_where_nothing_was_made(workspace: Workspace) -> None:
    assert standing(workspace) == {
        "champion": {"version": None, "checkpoint": None, "since": None}, "previous": None, "candidate": None, "canary": None,
        "waiting": [], "stale": {}, "memory": {"rows": 0, "bytes": 0},
    }  # fmt: skip
    assert not workspace.root.exists()


def test_what_serves_since_when_what_was_before_and_what_waits(workspace: Workspace, champions: list[Entry], tell: Tell) -> None:
    checkpoint = make_checkpoint(workspace, make_experience(workspace, "three"))
    evidence = {"checkpoint": checkpoint.name, "gate": "pass", "judged_against": "2" * 64}
    tell("registered", "3", evidence)
    tell("registered", "4", {**evidence, "checkpoint": "4" * 64})
    tell("held", "4")
    stands = standing(workspace)
    assert stands["champion"] == {"version": "2", "checkpoint": "2" * 64, "since": champions[-1].time}
    assert stands["previous"] == {"version": "1", "checkpoint": "1" * 64}
    assert stands["candidate"] == {"version": "3", "checkpoint": checkpoint.name}
    assert stands["waiting"] == ["4"]
    assert stands["memory"] == {"rows": 0, "bytes": 0}  # the checkpoint is not on this disk
    assert json.dumps(stands)
    since = tell("promoted", "3", {"checkpoint": checkpoint.name}).time
    size = (checkpoint / "memory.parquet").stat().st_size
    stands = standing(workspace)
    assert stands["champion"]["since"] == since
    assert stands["memory"] == {"rows": 3, "bytes": size}


def test_a_ledger_that_cannot_be_trusted_is_not_reported_as_if_it_could(
    workspace: Workspace, champions: list[Entry], intruder: Intruder
) -> None:
    intruder.run("UPDATE ledger SET subject = '1' WHERE seq = 4", guards=True)
    with pytest.raises(LedgerError):
        standing(workspace)
