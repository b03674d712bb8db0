"""A real process killed in the middle: nothing half made is seen, and the next run ends in the same digest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.ingestion.ingest import Ingested
from components.workspace import Workspace
from tests.killing import lines_of

pytestmark = pytest.mark.end_to_end

RUN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from components.ingestion.ingest import ingest
from components.settings import IngestionSettings
from components.workspace import Workspace

settings = IngestionSettings(pii="off", min_rows=1, chunk_rows=100)
found = ingest(
    [Path(sys.argv[1])], name="first", workspace=Workspace(Path(sys.argv[2])), settings=settings,
    now=datetime(2026, 11, 1, 12, tzinfo=UTC), progress=lambda *seen: print(seen, flush=True),
)
"""


def test_kill_and_run_again(
    workspace: Workspace, tmp_path: Path, lines: Callable[..., Path], take: Callable[..., Ingested],
    questions: Callable[..., list[dict[str, Any]]], quarantined: Any,
) -> None:  # fmt: skip
    file = lines("e", [*questions(3000), {"text": ""}])
    lines_of(RUN, file, workspace.root, kill_after=1)  # the first of 31 chunks is through
    assert not workspace.quarantine.exists()
    assert not [path for path in workspace.experiences.glob("*") if not path.name.startswith(".")]
    assert len(list(workspace.scratch.glob(".building-*"))) == 1

    after = take(file)
    assert after.accepted == 3000
    assert len(quarantined(after.quarantine_file)) == 1
    assert len(lines_of(RUN, file, tmp_path / "other")) == 31
    (other,) = (tmp_path / "other" / "experiences").iterdir()
    assert other.name == after.experience
    assert not list(workspace.scratch.iterdir())
