"""The engines of `perdure bench learning` on a tiny base model: the same batches, the same losses, and the JSON of the rows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import learning
from benchmarks.engines.cases import CASES
from benchmarks.engines.environment import AVALANCHE, requirements
from benchmarks.engines.outcome import read_job
from benchmarks.engines.plan import Part, read_part, write_part
from benchmarks.engines.rounds import run_engine, write_job
from components.catalog.cache import cache_root
from components.learning.checkpoint import read_checkpoint
from components.settings import LearningSettings
from components.storage import digest_json
from components.workspace import Workspace
from tests.components.learning.conftest import make_experience, save_encoder, sentences

pytestmark = pytest.mark.integration

#: Exact where the loop has no generator of its own: all rows, all labels
EXACT = {
    "ewc": {"regularizers": [{"kind": "ewc", "strength": 100.0, "fisher": "exact", "samples": 1000}]},
    "agem": {"regularizers": [{"kind": "agem", "samples": 0}]},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without dropout, which falls on other places where texts are packed."""
    folder = save_encoder(tmp_path_factory.mktemp("base") / "tiny-encoder")
    config = json.loads((folder / "config.json").read_text())
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps({**config, **still}))
    return folder


@pytest.fixture
def job(base: Path, tmp_path: Path) -> Any:
    """Writes a job of a method on two experiences of two classes each."""
    pairs = [
        [(text, label) for pair in zip(*map(sentences, labels)) for text, label in zip(pair, labels)]
        for labels in (("fruit", "tool"), ("bird", "metal"))
    ]
    experiences = [make_experience(Workspace(tmp_path / "w"), rows, name) for rows, name in zip(pairs, ("one", "two"))]

    def write(method: str) -> Path:
        settings = learning.settings_for(method, str(base), epochs=2, batch=8, max_tokens=16)
        settings = LearningSettings.model_validate({**settings.model_dump(mode="json"), **EXACT.get(method, {})})
        write_job(tmp_path / "job", method, settings, experiences, seed=3)
        return tmp_path / "job"

    return write


def engines(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """`learn` and the loop, each in its own process, as the benchmark runs them."""
    return run_engine("perdure", Path(sys.executable), folder), run_engine("loop", Path(sys.executable), folder)


def engines_here(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same in this process: no start of Python for each method."""
    from benchmarks.engines import loop, ours

    return ours.run(folder, json.loads((folder / "job.json").read_text())), loop.run(*read_job(str(folder)))[0]


@pytest.mark.parametrize("method", ["replay", "ewc", "si", "lwf", "agem", "derpp"])
def test_the_loop_has_the_losses_of_learn_on_the_batches_of_learn(method: str, job: Any) -> None:
    folder = job(method)
    ours, loop = engines_here(folder)
    parts = [read_part(folder, i) for i in range(2)]
    new = [row for rows in parts[1].batches for row in rows[rows < parts[1].new]]
    assert sorted(new) == sorted([*range(parts[1].new)] * 2), "every new row once an epoch"
    drawn = sum(int((rows >= parts[1].new).sum()) for rows in parts[1].batches)
    assert drawn == {"replay": 1, "derpp": 2}.get(method, 0) * len(new)
    assert ours["steps"] == loop["steps"] == len(ours["losses"]) == sum(len(part.batches) for part in parts)
    np.testing.assert_allclose(loop["losses"], ours["losses"], rtol=2e-4, atol=2e-5)
    assert ours["losses"][-1] != pytest.approx(ours["losses"][0], abs=1e-2), "it moved"
    assert method == "agem" or loop["matrix"] == ours["matrix"]
    assert read_checkpoint(Path(ours["checkpoint"]))["labels"] == parts[1].labels


def test_the_losses_tell_a_wrong_strength(job: Any) -> None:
    folder = job("lwf")
    ours, loop = engines(folder)
    told = json.loads((folder / "job.json").read_text())
    told["settings"]["regularizers"][0]["strength"] = 100.0  # without dropout the old answers hardly change: little to hold
    (folder / "job.json").write_text(json.dumps(told))
    other = run_engine("loop", Path(sys.executable), folder)
    assert (
        np.abs(np.subtract(other["losses"], ours["losses"])).max()
        > 1e-3
        > np.abs(np.subtract(loop["losses"], ours["losses"])).max()
    )


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    ids = [np.arange(n) for n in (3, 1, 5)]
    part = Part(ids, np.array([0, 1, 0]), 2, ["a", "ü"], [np.array([1, 2]), np.array([0])], {"head.bias": np.ones(2)})
    write_part(tmp_path, 0, part)
    back = read_part(tmp_path, 0)
    assert [row.tolist() for row in back.ids] == [row.tolist() for row in ids]
    assert [row.tolist() for row in back.batches] == [[1, 2], [0]]
    assert (back.new, back.labels, back.start["head.bias"].tolist()) == (2, ["a", "ü"], [1, 1])


def avalanche() -> Path | None:
    """The interpreter of Avalanche's environment, if it was made."""
    key = digest_json([f"{AVALANCHE}", *requirements(), sys.version_info[:2]])[:12]
    folder = cache_root() / "benchmarks" / f"avalanche-{key}"
    return folder / "bin" / "python" if (folder / "ready.json").is_file() else None


@pytest.mark.skipif(avalanche() is None, reason="Avalanche's environment was not made; `perdure bench learning` makes it")
@pytest.mark.parametrize("method", [name for name in CASES if name != "replay, last block"])
def test_avalanche_trains_on_the_plan(method: str, job: Any) -> None:
    folder, python = job(method), avalanche()
    assert python is not None
    ours = run_engine("perdure", Path(sys.executable), folder)
    found = run_engine("avalanche", python, folder)
    assert found["steps"] == ours["steps"]
    assert [len(row) for row in found["matrix"]] == [2, 2]
    first, of_learn = found["matrix"][0][0], ours["matrix"][0][0]
    assert min(first, of_learn) > 0.5, "both learned two classes; not to the bit: its loader draws from the generator of dropout"


def test_the_result_has_a_row_for_each_engine_and_pairs_rounds() -> None:
    def run(speed: float, accuracy: float) -> dict[str, Any]:
        timed = dict.fromkeys(learning.TIMED, speed)
        return {**timed, "steps": 6, "stored_bytes": None, "matrix": [[1.0, 0.25], [0.5, accuracy]]}

    rounds = [{"perdure": run(speed, 0.9), "loop": run(2 * speed, 0.7)} for speed in (1.0, 10.0, 3.0)]
    line = learning.row("replay", "loop", "trec", [one["loop"] for one in rounds])
    wanted = {
        "method", "engine", "stream", "steps_per_second", "accuracy", "forgetting", "backward_transfer", "forward_transfer",
        "seconds", "peak_mb", "stored_bytes", "seeds",
    }  # fmt: skip
    assert wanted <= set(line)
    assert (line["steps_per_second"], line["forgetting"], line["seeds"]) == (6.0, 0.5, 3)
    assert line["accuracy"] == pytest.approx(0.6)
    (pair,) = learning.ratios({"replay": rounds})
    assert pair["steps_per_second"]["low"] == pair["steps_per_second"]["high"] == 0.5, "by round, not by medians"
    assert pair["accuracy_difference"]["mean"] == pytest.approx(0.1)
