"""The store of features: each text made once, bounded, and never a reason for another answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.models import get_base
from components.contracts import Experience
from components.learning.learn import learn
from components.learning.networks.feature_store import MOST_SHARDS, ActivationStore, encoder_digest, key
from components.learning.networks.tokens import Tokens
from components.learning.shared_bases import SharedBase, load_predictor
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace
from tests.examples import examples

unit, integration = pytest.mark.unit, pytest.mark.integration
TEXTS = ["i see a plum", "this is the axe", "what about one crow", "bring me that owl now", "gold", "i see a plum"]


class Maker:
    """Features of a row are its ids, padded; counts what it was asked for."""

    def __init__(self, ids: list[np.ndarray], width: int = 4) -> None:
        self.ids, self.width, self.asked = ids, width, 0

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        self.asked += len(rows)
        return np.stack([np.resize(self.ids[row].astype(np.float32), self.width) for row in rows])


def ids_of(*texts: list[int]) -> list[np.ndarray]:
    return [np.array(text, dtype=np.int64) for text in texts]


@unit
@examples(30)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=12))
def test_each_distinct_text_is_made_once_and_comes_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[int]]
) -> None:
    store, ids = ActivationStore(tmp_path_factory.mktemp("store")), ids_of(*texts)
    make = Maker(ids)
    for _ in range(2):
        np.testing.assert_array_equal(store.fetch("e", ids, 4, make), Maker(ids)(np.arange(len(ids))))
    assert make.asked == len({tuple(text) for text in texts})
    other = Maker(ids)
    store.fetch("another encoder", ids, 4, other)
    assert other.asked == make.asked, "an encoder never gets the features of another"


@unit
def test_a_damaged_row_or_shard_counts_as_missing(tmp_path: Path) -> None:
    store, ids = ActivationStore(tmp_path), ids_of([1], [2], [3])
    store.fetch("e", ids, 4, Maker(ids))
    [shard] = (tmp_path / "e").iterdir()
    data = bytearray(shard.read_bytes())
    place = data.index(np.full(4, 2, np.float32).tobytes())
    data[place] ^= 1
    shard.write_bytes(data)
    make = Maker(ids)
    np.testing.assert_array_equal(store.fetch("e", ids, 4, make), Maker(ids)(np.arange(3)))
    assert make.asked == 1, "the damaged row alone is made again"
    for rubbish in (b"", b"half", os.urandom(200)):
        for path in (tmp_path / "e").iterdir():
            path.write_bytes(rubbish)
        make = Maker(ids)
        np.testing.assert_array_equal(store.fetch("e", ids, 4, make), Maker(ids)(np.arange(3)))
        assert make.asked == 3


@unit
def test_it_stays_within_its_limit_and_few_files(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path, limit=200_000)
    for n in range(2 * MOST_SHARDS):
        ids = ids_of([n, 1], [n, 2])
        store.fetch("e", ids, 1000, Maker(ids, 1000))
    sizes = [path.stat().st_size for path in tmp_path.glob("*/*")]
    assert sum(sizes) <= 200_000
    assert 0 < len(sizes) <= MOST_SHARDS + 1
    make = Maker(ids, 1000)
    store.fetch("e", ids, 1000, make)
    assert make.asked == 0, "the newest stay"


@unit
def test_a_store_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "e").write_text("a file where a folder should be")
    ids = ids_of([1], [2])
    np.testing.assert_array_equal(ActivationStore(tmp_path).fetch("e", ids, 4, Maker(ids)), Maker(ids)(np.arange(2)))
    none = ActivationStore(tmp_path / "none", limit=0)
    none.fetch("e", ids, 4, Maker(ids))
    assert not none.root.exists()


@unit
def test_an_encoder_is_named_by_what_makes_features() -> None:
    files = {"adapter/adapter_model.safetensors": "a", "head.safetensors": "h", "memory.parquet": "m"}
    name = encoder_digest("base", files, "mean", 1, "cpu")
    assert name == encoder_digest("base", {**files, "head.safetensors": "x", "rng.json": "r"}, "mean", 1, "cpu")
    others = [
        encoder_digest("base", {**files, "adapter/adapter_model.safetensors": "b"}, "mean", 1, "cpu"),
        encoder_digest("base", {"weights.safetensors": "a"}, "mean", 1, "cpu"), encoder_digest("other", files, "mean", 1, "cpu"),
        encoder_digest("base", files, "cls", 1, "cpu"), encoder_digest("base", files, "mean", 2, "cpu"),
        encoder_digest("base", files, "mean", 1, "gpu"),
    ]  # fmt: skip
    assert len({name, *others}) == 7
    assert key(np.array([1, 2])) != key(np.array([12]))


@integration
def test_features_do_not_depend_on_neighbours_or_threads(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    digest = learn(
        experiences[0], None, settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2}), seed=3, workspace=workspace
    )
    network = load_predictor(workspace.checkpoint(digest.checkpoint))._network
    tokens, threads = network.tokenise(TEXTS), torch.get_num_threads()
    together = network.encode(tokens)
    for count in (1, 2):
        torch.set_num_threads(count)
        alone = torch.cat([network.encode(Tokens((ids,))) for ids in tokens.ids])
        assert torch.equal(together, alone)
    torch.set_num_threads(threads)
    for length in (1, 2, 3):  # the shortest: torch has another kernel for a batch of so few tokens
        few = tuple(np.arange(start, start + length) for start in range(5, 11))
        alone = torch.cat([network.encode(Tokens((ids,))) for ids in few])
        assert torch.equal(network.encode(Tokens(few)), alone)


@integration
@pytest.mark.parametrize("regime", [{"kind": "head"}, {"kind": "lora", "rank": 2, "adapt": "first"}], ids=["head", "first"])
def test_a_warm_store_changes_no_digest_and_no_answer(
    regime: dict[str, object], experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from components.learning.networks.encoder import Classifier

    settings_ = settings_for(tiny_encoder, regime=regime)
    encoded: list[int] = []
    plain = Classifier.features
    monkeypatch.setattr(
        Classifier, "features", lambda self, tokens, rows: (encoded.append(len(rows)), plain(self, tokens, rows))[1]
    )

    def line(home: Workspace) -> list[str]:
        digests: list[str] = []
        for experience in experiences:
            parent = home.checkpoint(digests[-1]) if digests else None
            digests.append(learn(experience, parent, settings_, seed=3, workspace=home).checkpoint)
        return digests

    cold = line(workspace)
    encoded.clear()
    assert line(workspace) == cold
    if regime["kind"] == "head":
        assert sum(encoded) == 0, "nothing was encoded twice"
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    elsewhere.experiences.symlink_to(workspace.experiences)
    assert line(elsewhere) == cold

    folder = workspace.checkpoint(cold[-1])
    shared = SharedBase(get_base(str(tiny_encoder)), ActivationStore(workspace.features))
    kept, bare = shared.load(folder), load_predictor(folder)
    made = kept.predict(TEXTS).probabilities
    np.testing.assert_array_equal(kept.predict(TEXTS).probabilities, made)
    np.testing.assert_allclose(bare.predict(TEXTS).probabilities, made, rtol=1e-4, atol=1e-6)  # padded: other last digits
    encoded.clear()
    kept.predict(TEXTS)
    assert encoded == []
    kept.uncached.predict(TEXTS)
    assert sum(encoded) == len(TEXTS), "latency is measured on real work"
    assert read_manifest(folder)["files"]
