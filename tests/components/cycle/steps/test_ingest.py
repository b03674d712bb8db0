"""ingest: which experience a new one follows, and that a file counts by its content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.contracts import Experience
from components.cycle.outputs import Ingested
from components.cycle.steps import ingest as step
from components.cycle.steps.ingest import INGEST, gather
from components.ingestion.chain import latest
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


def test_rows_must_not_contradict_what_the_champion_learned_and_nothing_else(line: Line) -> None:
    line.cycle("one")
    line.cycle("refused", follows="one", champion="one", outcome="rejected")
    line.open("two", follows="refused", champion="one")
    assert gather(line.known("two")).learned == (line.experiences["one"],)
    line.open("first")
    assert gather(line.known("first")).learned == ()


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


def ingested(line: Line, cycle: str) -> Experience:
    """Run the step for real; the experience that it published."""
    inputs = gather(line.known(cycle, "ingestion.pii=off", "ingestion.min_rows=1"))
    made = INGEST.run(inputs, line.bench(cycle, inputs))
    line.records.keep(cycle, "ingest", "", {"previous": inputs.previous}, made)
    return line.workspace.experience(made.experience)


def attempt(line: Line, cycle: str, texts: range) -> None:
    """Open a cycle with events of these numbers."""
    line.open(cycle)
    file = line.workspace.root / f"{texts.start}.jsonl"
    file.write_text("".join(f'{{"text": "text {n} number {n * n}", "label": "{"ab"[n % 2]}"}}\n' for n in texts))
    line.records.open(cycle, replace(line.records.opened(cycle), name=str(texts.start), events=(str(file),)))


def held_out(experience: Experience) -> list[str]:
    return sorted(experience.table("heldout").column("text").to_pylist())


def test_another_attempt_at_the_newest_experience_is_the_same_experience(line: Line) -> None:
    attempt(line, "one", range(40))
    attempt(line, "one.2", range(40))
    assert ingested(line, "one") == ingested(line, "one.2")
    assert latest(line.workspace) == ingested(line, "one").digest


def test_another_attempt_after_other_experiences_comes_after_them_and_what_was_held_out_stays_held_out(line: Line) -> None:
    attempt(line, "one", range(40))
    attempt(line, "two", range(30, 80))  # it repeats some of one's texts
    attempt(line, "one.2", range(40))
    first, second, again = (ingested(line, cycle) for cycle in ("one", "two", "one.2"))
    assert (again.manifest["after"], latest(line.workspace)) == (second.digest, again.digest)
    assert held_out(again) == held_out(first)
    assert set(held_out(second)).isdisjoint(again.table("train").column("text").to_pylist())
    assert ingested(line, "one.2") == again
