"""A whole cycle on events with personal data in every field: nothing of it is in what the workspace keeps, and all is private.

Only the quarantine and the inbox hold rows as they came, for a person to correct.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from components import cli
from components.catalog.streams import get_stream
from components.ingestion.batches import folder_of
from components.memory.rows import one_of
from components.privacy.pseudonyms import known_as
from components.storage import digest_text
from components.workspace import Workspace
from tests.components.test_storage import open_to_others

pytestmark = pytest.mark.integration

SETTINGS = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=400", "gates.mode=report"]
#: What may not be found anywhere: a mark in each of the fields
MARKS = re.compile(r"wx\.[a-z]+@example\.com|\+1 212 555 01[0-9]{2}|wx-subject-\d+")


@pytest.fixture
def finished(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> tuple[Workspace, Result]:
    """A workspace after one cycle from the inbox, made under a umask that closes nothing."""
    path = next(part.path for part in get_stream("trec").experiences if part.name == "loc")
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:80]]
    for n, row in enumerate(rows):
        row["subject"] = f"wx-subject-{n}"
        if n < 30:
            row["text"] += f" Write to wx.text@example.com or call +1 212 555 01{n:02d}."
            row |= {
                "id": f"wx.id@example.com/{n}",
                "task": "wx.task@example.com",
                "wx.key@example.com": {"deep": ["wx.value@example.com"]},
            }
        if n % 2:
            row["label"] = "mail of wx.label@example.com"
    rows.append({"text": "", "label": "x", "subject": "wx-subject-99"})  # for the quarantine
    workspace.inbox.mkdir(parents=True)
    workspace.root.chmod(0o700)
    workspace.inbox.chmod(0o700)
    before = os.umask(0)
    try:
        (workspace.inbox / "monday.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        arguments = ["cycle", "--inbox", "--early", f"-w{workspace.root}", *(f"--set={setting}" for setting in SETTINGS)]
        with caplog.at_level(logging.DEBUG):
            done = CliRunner().invoke(cli.perdure, arguments, standalone_mode=False)
        if done.exception:
            raise done.exception
    finally:
        os.umask(before)
    return workspace, done


def test_a_finished_workspace_is_private_and_holds_no_personal_data(
    finished: tuple[Workspace, Result], caplog: pytest.LogCaptureFixture
) -> None:
    workspace, done = finished
    assert open_to_others(workspace.root) == []
    raw = (workspace.quarantine, folder_of(workspace))
    files = [path for path in workspace.root.rglob("*") if path.is_file()]
    kept = [path for path in files if not any(path.is_relative_to(folder) for folder in raw)]
    assert any(path.is_relative_to(workspace.mlflow_artifacts) for path in kept)
    assert {"mlflow.db", "ledger.db", "memory.parquet", "train.parquet"} <= {path.name for path in kept}
    found = {f"{mark} in {path.relative_to(workspace.root)}" for path in kept for mark in MARKS.findall(told(path))}
    assert found == set()
    assert MARKS.findall(done.output + caplog.text) == []
    assert any(MARKS.search(told(path)) for path in files if path not in kept)

    (memory,) = {digest_text(path.read_text("latin-1")): path for path in kept if path.name == "memory.parquet"}.values()
    subjects = parquet.read_table(memory)["subject"]
    assert one_of(subjects, known_as(workspace, "wx-subject-1")).sum() == 1  # a person is found again
    assert not one_of(subjects, ["wx-subject-1"]).any()


def told(path: Path) -> str:
    """What a file says: the columns of a table, and its bytes."""
    columns = json.dumps(parquet.read_table(path).to_pylist(), default=str) if path.suffix == ".parquet" else ""
    return columns + path.read_bytes().decode("latin-1")
