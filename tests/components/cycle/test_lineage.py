"""Which cycles a checkpoint descends from."""

from __future__ import annotations

import pytest

from components.cycle.history import lineage
from components.cycle.outputs import Basis, Concluded, Learned, Opened
from components.cycle.records import Records
from components.storage import building, publish
from components.workspace import Workspace

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
