"""A light line on a very small encoder: what serves, what is judged beside it, and the same verdicts as often as it is run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.light import Line, run_light, settings_for
from benchmarks.mixing.plan import with_planted
from benchmarks.mixing.write import write_stream
from benchmarks.synthetic import save_small_encoder, words_plan, words_source
from components.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    base = save_small_encoder(tmp_path_factory.mktemp("base"))
    return settings_for([f"learning.base={base}", "learning.head.layers=1", "gates.mode=report"], frozen=True)


def stream(folder: Path, planted: tuple[str, ...] = ()) -> Path:
    source = words_source(0, 150)
    parts = words_plan(0, 4)
    if planted:
        parts = with_planted(parts, planted, np.random.default_rng(0))
    return write_stream(folder, "words", parts, source, 0)


def test_a_line_learns_every_class_and_is_close_to_joint(settings: Settings, tmp_path: Path) -> None:
    found = run_light(stream(tmp_path / "s"), settings, tmp_path / "w", features=tmp_path / "f", every=1, progress=False)
    assert found["sound"] == 4
    assert found["known_share"] == 1.0
    assert found["accuracy"] > 0.8
    assert abs(found["to_joint"]["difference"]) < 0.15
    assert [cycle["accuracy"] is not None for cycle in found["cycles"]] == [True] * 4
    assert len(list((tmp_path / "w" / "checkpoints").iterdir())) == 1, "only what serves is kept"


def test_what_is_planted_is_judged_and_never_followed(settings: Settings, tmp_path: Path) -> None:
    clean = run_light(stream(tmp_path / "s"), settings, tmp_path / "w", features=tmp_path / "f", progress=False)
    spoilt = stream(tmp_path / "p", ("garbage", "swapped-old"))
    found = run_light(spoilt, settings, tmp_path / "v", features=tmp_path / "f", progress=False)
    assert [cycle["planted"] for cycle in found["cycles"]].count(None) == found["sound"] == 4
    assert len(found["cycles"]) == 6
    assert found["cases"] == clean["cases"], "planted cases are not scored"
    assert found["known_share"] == 1.0


def test_without_a_champion_everything_counts_as_wrong(settings: Settings, tmp_path: Path) -> None:
    line = Line(tmp_path / "w", settings, tmp_path / "f")
    assert line.right().size == 0
    assert line.serving is None
