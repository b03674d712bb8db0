"""`import perdure`: a notebook's way through learning, judging and answering; and it imports nothing until asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import perdure
from components.catalog.streams import get_stream

RECIPE = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=40"]
SMALL = [*RECIPE, "ingestion.pii=off", "gates.mode=report"]


@pytest.mark.unit
def test_every_name_is_there() -> None:
    assert sorted(perdure.__all__) == sorted(perdure._HOMES) == dir(perdure)
    for name in perdure.__all__:
        assert getattr(perdure, name).__doc__, name
    with pytest.raises(AttributeError, match=r"it has .*learn"):
        perdure.lern  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.unit
def test_importing_it_imports_nothing() -> None:
    code = "import sys; before = set(sys.modules); import perdure; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.partition(".")[0] in ("components", "torch", "pydantic")] == []


@pytest.mark.integration
def test_a_notebook(tmp_path: Path) -> None:
    settings = perdure.load_settings(None, SMALL)
    space = perdure.Workspace(str(tmp_path / "workspace"))
    parts = {}
    for part in get_stream("trec").experiences:
        if part.name in ("loc", "num"):
            parts[part.name] = tmp_path / f"{part.name}.jsonl"
            lines = part.path.read_text(encoding="utf-8").splitlines()[:100]
            parts[part.name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    first = perdure.ingest(parts["loc"], space, settings=settings)
    champion = perdure.learn(first, workspace=space, settings=settings)
    second = perdure.ingest([parts["num"]], space, settings=settings)
    candidate = perdure.learn(second, parent=champion, workspace=space, settings=settings)
    assert candidate.manifest["parent"] == champion.digest
    assert set(champion.labels) < set(candidate.labels)
    verdict = perdure.judge(perdure.evaluate(candidate, champion, second, workspace=space, settings=settings), settings)
    assert verdict.status in ("pass", "fail", "inconclusive")
    assert {gate.name for gate in verdict.gates}
    [answer] = perdure.predict(candidate, ["What city is the capital of France?"])
    assert answer.label in candidate.labels
    assert 0 < answer.probability <= 1
    with pytest.raises(perdure.PerdureError, match="Nothing serves"):
        perdure.predict(space, ["What city?"])


@pytest.mark.integration
def test_events_may_be_dictionaries(tmp_path: Path) -> None:
    space = perdure.Workspace(tmp_path / "workspace")
    settings = perdure.load_settings(None, SMALL)
    rows = [{"text": f"{topic} number {n}", "label": topic} for topic in ("rain", "goal") for n in range(20)]
    experience = perdure.ingest(rows, space, name="made", settings=settings)
    assert experience.name == "made"
    assert sum(experience.manifest["counts"].values()) == 40
    assert list(space.scratch.iterdir()) == []
    with pytest.raises(perdure.PerdureError, match="no events"):
        perdure.ingest([], space)


@pytest.mark.unit
def test_what_cannot_be_meant_is_said_in_words(tmp_path: Path) -> None:
    space = perdure.Workspace(tmp_path / "workspace")
    wrong: list[Callable[[], object]] = [
        lambda: perdure.ingest({"text": "one"}, space),
        lambda: perdure.ingest(5, space),  # type: ignore[arg-type]
        lambda: perdure.ingest([{"text": "a"}, "file.jsonl"], space),  # type: ignore[list-item]
        lambda: perdure.ingest([{"text": "\ud800"}], space),
        lambda: perdure.ingest([{("a", "b"): 1}], space),  # type: ignore[dict-item]
        lambda: perdure.ingest([{"text": "a"}], "workspace"),  # type: ignore[arg-type]
        lambda: perdure.ingest([{"text": "a"}], space, settings={"seed": 1}),  # type: ignore[arg-type]
        lambda: perdure.learn("digest", workspace=space),  # type: ignore[arg-type]
        lambda: perdure.learn(perdure.Experience(tmp_path), tmp_path, workspace=space),  # type: ignore[arg-type]
        lambda: perdure.evaluate("a", None, perdure.Experience(tmp_path), workspace=space),  # type: ignore[arg-type]
        lambda: perdure.judge({}),  # type: ignore[arg-type]
        lambda: perdure.predict(perdure.Checkpoint(tmp_path), "one string"),
        lambda: perdure.predict(perdure.Checkpoint(tmp_path), [None]),  # type: ignore[list-item]
        lambda: perdure.predict("checkpoint", ["a"]),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(perdure.PerdureError) as said:
            call()
        assert (said.value.exit_code, bool(said.value.hint)) == (2, True)
