"""The chain of experiences has one head, whatever the files' times say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from components.errors import UsageError
from components.ingestion.chain import experiences_of, labels_of, latest, note_head
from components.storage import building, publish
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def experience(workspace: Workspace, name: str, after: str | None) -> str:
    with building(workspace.experiences) as scratch:
        return publish(scratch, workspace.experiences, {"kind": "experience", "name": name, "labels": [name], "after": after})


def test_the_head_is_the_one_ingested_last(workspace: Workspace, tmp_path: Path) -> None:
    assert latest(workspace) is None
    a = experience(workspace, "a", None)
    b = experience(workspace, "b", a)
    fork = experience(workspace, "fork", a)
    longer = experience(workspace, "longer", experience(workspace, "x", fork))
    assert latest(workspace) == longer, "no head noted: the end of the longest chain"
    note_head(workspace, b)
    assert latest(workspace) == b, "the noted one, though another branch is longer"
    c = experience(workspace, "c", b)
    assert latest(workspace) == c, "published after it, and killed before it was noted"
    note_head(workspace, "f" * 64)
    assert latest(workspace) == longer, "a head that is gone says nothing"
    note_head(workspace, b)
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(workspace.root, copy.root)
    for age, path in enumerate(sorted(copy.root.rglob("*"), reverse=True)):
        os.utime(path, (1e9 + age, 1e9 + age))
    assert latest(copy) == c
    copy.head.unlink()
    assert latest(copy) == longer


def test_a_chain_is_read_whole_or_not_at_all(workspace: Workspace) -> None:
    a = experience(workspace, "a", None)
    b = experience(workspace, "b", a)
    c = experience(workspace, "c", b)
    assert experiences_of(workspace, c) == (a, b, c)
    assert labels_of(workspace, c, {"a": "z"}) == {"z", "b", "c"}
    assert (experiences_of(workspace, None), labels_of(workspace, None)) == ((), set())
    shutil.rmtree(workspace.experience(a).path)
    for read in (experiences_of, labels_of):
        with pytest.raises(UsageError, match=a[:12]):
            read(workspace, c)
