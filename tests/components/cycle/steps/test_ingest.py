"""ingest: which experience a new one follows, and that a file counts by its content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.cycle.outputs import Ingested
from components.cycle.steps import ingest as step
from components.cycle.steps.ingest import INGEST, gather
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def test_the_first_of_a_stream_follows_whatever_came_last_and_keeps_following_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.open("one")
    monkeypatch.setattr(step, "latest", lambda workspace: "the last one")
    inputs = gather(line.known("one"))
    assert inputs.previous == "the last one"
    line.records.keep("one", "ingest", "", {"previous": inputs.previous}, Ingested("e"))
    monkeypatch.setattr(step, "latest", lambda workspace: "one that came meanwhile")
    assert gather(line.known("one")).previous == "the last one"


def test_a_cycle_follows_the_experience_of_the_one_before_and_a_start_has_none(line: Line) -> None:
    line.open("one")
    line.ingest("one")
    line.open("two", follows="one")
    line.records.start("start")
    line.open("anew", follows="start")
    assert gather(line.known("two")).previous == line.experiences["one"]
    assert gather(line.known("anew")).previous is None


def test_a_file_counts_by_its_content_and_not_by_its_place(line: Line, tmp_path: Path) -> None:
    line.open("one")
    before = gather(line.known("one"))
    events = Path(line.records.opened("one").events[0])
    line.records.open("one", replace(line.records.opened("one"), events=(str(events.rename(tmp_path / "elsewhere.jsonl")),)))
    moved = gather(line.known("one"))
    assert moved.paths != before.paths
    assert INGEST.key(moved) == INGEST.key(before)
    (tmp_path / "elsewhere.jsonl").write_text("another line\n")
    assert INGEST.key(gather(line.known("one"))) != INGEST.key(before)
    assert INGEST.key(gather(line.known("one", "ingestion.min_rows=3"))) != INGEST.key(gather(line.known("one")))
