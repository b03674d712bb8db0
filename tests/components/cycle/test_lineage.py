"""Which cycles a checkpoint descends from."""

from __future__ import annotations

import pytest

from components.cycle.history import lineage
from components.storage import building, publish, write_json
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def learn(workspace: Workspace, cycle: str, parent: str | None) -> str:
    """A finished cycle's records, and its checkpoint."""
    with building(workspace.checkpoints) as scratch:
        made = publish(scratch, workspace.checkpoints, {"kind": "checkpoint", "parent": parent, "name": cycle})
    write_json(workspace.cycles / cycle / "cycle.json", {"name": cycle})
    for step, outputs in {"learn": {"checkpoint": made}, "promote": {}}.items():
        write_json(workspace.cycles / cycle / step / "record.json", {"outputs": outputs})
    return made


def test_only_the_cycles_of_its_ancestors_oldest_first(workspace: Workspace) -> None:
    one = learn(workspace, "one", None)
    refused = learn(workspace, "refused", one)
    two = learn(workspace, "two", one)
    assert lineage(workspace, None) == []
    assert lineage(workspace, two) == ["one", "two"]
    assert lineage(workspace, refused) == ["one", "refused"]
