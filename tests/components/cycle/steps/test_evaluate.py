"""evaluate: what is asked of whom, and what its key follows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import regression_suites
from components.cycle.steps.evaluate import EVALUATE, gather
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def test_the_past_is_what_the_champion_has_learned_without_todays_experience(two: Line) -> None:
    inputs = gather(two.known("two"))
    assert (inputs.parties.candidate, inputs.parties.champion) == (two.checkpoints["two"], two.checkpoints["one"])
    assert inputs.past == (two.experiences["one"],)
    assert gather(two.known("one")).past == ()
    two.records.keep("two", "ingest", "", {}, two.records.ingested("one"))
    assert gather(two.known("two")).past == (), "the same events again"


def test_its_key_follows_what_the_suites_ask_and_not_where_they_lie(two: Line, tmp_path: Path) -> None:
    for place in ("here", "there"):
        shutil.copytree(Path(regression_suites.__file__).parent, tmp_path / place)

    def inputs(place: str, *more: str) -> str:
        return EVALUATE.key(gather(two.known("two", f"gates.suites=[{tmp_path / place}]", *more)))

    assert inputs("here") == inputs("there")
    assert inputs("here") != inputs("here", "gates.alpha=0.01")
    assert inputs("here") == inputs("here", "gates.margin=0.3", "learning.head.width=3"), "an evaluation does not read these"
    suite = next(path for path in sorted((tmp_path / "there").rglob("*.yaml")))
    suite.unlink()
    assert inputs("here") != inputs("there")


def test_its_record_counts_while_its_files_are_there(two: Line) -> None:
    folder = two.records.folder("two")
    made = EVALUATE.made(two.workspace, folder, two.records.evaluated("two"))
    assert [path for path in made if not path.is_file()] == []
    assert {path.name for path in made} == {
        "cases.parquet", "summary.json", "accuracy.json", "anchors.parquet", "reference.safetensors",
    }  # fmt: skip
