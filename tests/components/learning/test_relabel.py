"""relabel: the same learner under other names, for every head, memory and state that has a part for each class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
import torch

from components.contracts import Experience
from components.errors import RefusedError, UsageError
from components.ingestion.act import publish_act
from components.learning.learn import learn
from components.learning.relabel import relabel
from components.learning.shared_bases import load_predictor
from components.learning.tensors import load_tensors
from components.memory.store import Memory
from components.relabelling import Relabelling
from components.settings import LearningSettings
from components.storage import digest_text, read_manifest, verify
from components.workspace import Workspace
from tests.components.learning.conftest import sentences

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
HEAD_ONLY = {"kind": "head"}
HEADS: dict[str, dict[str, Any]] = {
    "analytic": {"kind": "analytic", "width": 0},
    "random features": {"kind": "analytic", "width": 40},
    "prototypes": {"kind": "prototypes"},
    "lda": {"kind": "lda"},
    "linear": {"kind": "linear"},
    "cosine": {"kind": "cosine"},
}
REGULARIZERS = [{"kind": "ewc", "samples": 4}, {"kind": "lwf"}, {"kind": "l2sp", "anchor": "experience"}]
SUMS = ["analytic", "random features", "prototypes", "lda"]
TEXTS = [text for label in ("fruit", "tool", "bird", "metal") for text in sentences(label)]


@pytest.fixture
def start(workspace: Workspace, tiny_encoder: Path, settings_for: Make) -> Any:
    """start(experiences, axes…) -> the last checkpoint."""

    def run(experiences: list[Experience], parent: Path | None = None, **axes: Any) -> Path:
        settings = settings_for(tiny_encoder, **{"regime": HEAD_ONLY, "rehearsal": {"kind": "buffer", "capacity": 20}, **axes})
        for experience in experiences:
            digest = learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint
            parent = workspace.checkpoint(digest)
        assert parent is not None
        return parent

    return run


@pytest.fixture
def act(workspace: Workspace) -> Callable[..., Path]:
    """act(parent, {old: new}) -> the checkpoint after it."""

    def do(parent: Path, names: dict[str, str]) -> Path:
        experience = workspace.experience(publish_act("act", Relabelling(names, "because", "me"), workspace, None))
        return workspace.checkpoint(relabel(experience, parent, workspace=workspace).checkpoint)

    return do


def named(experience: Experience, names: dict[str, str], workspace: Workspace, make: Callable[..., Experience]) -> Experience:
    """The same events, as if they had come under these names."""
    rows = {}
    for part in ("train", "heldout"):
        for row in experience.table(part).to_pylist():
            rows[row["text"]] = names.get(row["label"], row["label"])
    held = experience.table("heldout")["text"].to_pylist()
    train = experience.table("train")["text"].to_pylist()
    order = [held.pop(0) if not i % 5 else train.pop(0) for i in range(len(rows))]
    return make(workspace, [(text, rows[text]) for text in order], experience.name)


@pytest.mark.parametrize("head", HEADS)
def test_a_renaming_and_the_one_back_leave_every_answer_and_every_number(
    head: str, experiences: list[Experience], start: Any, act: Any
) -> None:
    before = start(experiences, head=HEADS[head])
    renamed = act(before, {"fruit": "plants"})
    back = act(renamed, {"plants": "fruit"})
    first, middle, last = (load_predictor(folder) for folder in (before, renamed, back))
    assert middle.labels == tuple("plants" if label == "fruit" else label for label in first.labels)
    assert last.labels == first.labels
    given = [predictor.predict(TEXTS).probabilities for predictor in (first, middle, last)]
    np.testing.assert_array_equal(given[0], given[1])
    np.testing.assert_array_equal(given[0], given[2])
    for name in ("head.safetensors", "regularizer.safetensors"):
        one, other = load_tensors(before / name), load_tensors(back / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[each], other[each]) for each in one)
    manifests = [read_manifest(folder) for folder in (before, renamed, back)]
    assert manifests[1]["relabelled"] == {"fruit": "plants"}
    assert manifests[2]["relabelled"] == {"plants": "fruit"}
    assert manifests[1]["seen"]["plants"] == manifests[0]["seen"]["fruit"]
    assert manifests[0]["seen"] == manifests[2]["seen"]
    assert manifests[0]["experiences"] == manifests[2]["experiences"]
    assert set(parquet.read_table(renamed / "memory.parquet")["label"].to_pylist()) == {"plants", "tool", "bird", "metal"}
    verify(renamed)


@pytest.mark.parametrize("head", SUMS)
def test_a_merge_equals_a_learner_that_had_one_name_from_the_start(
    head: str, experiences: list[Experience], start: Any, act: Any, workspace: Workspace, make: Any
) -> None:
    names = {"fruit": "living", "bird": "living"}
    merged = act(start(experiences, head=HEADS[head]), names)
    ideal = start([named(experience, names, workspace, make) for experience in experiences], head=HEADS[head])
    assert read_manifest(merged)["labels"] == read_manifest(ideal)["labels"] == ["living", "tool", "metal"]
    assert read_manifest(merged)["seen"] == read_manifest(ideal)["seen"]
    one, other = (load_tensors(folder / "head.safetensors") for folder in (merged, ideal))
    for name in ("cross", "weights", "gram", "counts", "sums", "moment"):
        if name in one:
            torch.testing.assert_close(one[name], other[name], rtol=1e-6, atol=1e-6)
    given = [load_predictor(folder).predict(TEXTS) for folder in (merged, ideal)]
    if head != "lda":  # its shrinkage was chosen for other classes
        assert given[0].top() == given[1].top()


@pytest.mark.parametrize("head", ["linear", "cosine"])
def test_a_merge_adds_up_the_probabilities_of_heads_without_sums(
    head: str, experiences: list[Experience], start: Any, act: Any
) -> None:
    before = start(experiences, head=HEADS[head])
    merged = act(before, {"bird": "fruit"})
    old, new = (load_predictor(folder).predict(TEXTS) for folder in (before, merged))
    assert new.labels == ("fruit", "tool", "metal")
    column = {label: old.probabilities[:, n] for n, label in enumerate(old.labels)}
    wanted = np.stack([column["fruit"] + column["bird"], column["tool"], column["metal"]], axis=1)
    np.testing.assert_allclose(new.probabilities, wanted, atol=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_a_merged_line_learns_on_and_merges_and_renames_again(
    head: str, experiences: list[Experience], start: Any, act: Any, workspace: Workspace, make: Any
) -> None:
    """Rows under a name that was given up are those of the class; a new class comes; what was merged is merged again."""
    first, second = experiences
    merged = act(start([first], head=HEADS[head]), {"tool": "thing", "fruit": "thing"})
    grown = start([second], parent=merged, head=HEADS[head])
    assert read_manifest(grown)["labels"] == ["thing", "bird", "metal"]
    assert read_manifest(grown)["relabelled"] == {"fruit": "thing", "tool": "thing"}
    third = make(workspace, [(f"{text} again", label) for label in ("fruit", "bird") for text in sentences(label)], "three")
    after = start([third], parent=act(grown, {"metal": "thing"}), head=HEADS[head])
    manifest = read_manifest(after)
    assert manifest["labels"] == ["thing", "bird"]
    assert manifest["seen"]["thing"] == 32 + 16 + 16
    predictor = load_predictor(after)
    assert predictor.predict(TEXTS).probabilities.sum(1) == pytest.approx(1, abs=1e-5)


def test_equal_acts_give_equal_checkpoints_and_the_parent_stays_whole(
    experiences: list[Experience], start: Any, act: Any
) -> None:
    before = start(experiences, head=HEADS["linear"], regularizers=[{"kind": "ewc", "samples": 4}])
    assert act(before, {"fruit": "plants"}) == act(before, {"fruit": "plants"})
    verify(before)


@pytest.mark.parametrize(
    "axes",
    [
        {"head": HEADS["linear"], "rehearsal": {"kind": "derpp", "capacity": 20}},
        {"head": HEADS["linear"], "rehearsal": {"kind": "generative"}},
        {"head": HEADS["linear"], "rehearsal": {"kind": "generative", "covariance": "diagonal"}},
        {"head": HEADS["analytic"], "rehearsal": {"kind": "retrieval", "capacity": 20}, "regime": {"kind": "lora", "rank": 2}},
        {"head": HEADS["linear"], "rehearsal": {"kind": "latent", "capacity": 20}, "regime": {"kind": "depth", "depth": 1}},
        {"head": HEADS["analytic"], "regime": {"kind": "lora_per_task", "rank": 2}},
        {
            "head": HEADS["linear"],
            "regularizers": [{"kind": "ewc", "samples": 4}, {"kind": "lwf"}, {"kind": "l2sp", "anchor": "experience"}],
        },
    ],
    ids=["derpp", "generative", "diagonal", "retrieval", "latent", "adapters", "regularizers"],
)
def test_every_memory_and_state_goes_on_after_a_merge(
    axes: dict[str, Any], experiences: list[Experience], start: Any, act: Any
) -> None:
    merged = act(start(experiences[:1], **axes), {"fruit": "thing", "tool": "thing"})
    after = start(experiences[1:], parent=merged, **axes)
    assert load_predictor(after).labels == ("thing", "bird", "metal")
    manifest = read_manifest(after)
    if manifest["memory"]:
        memory = Memory.load(after, manifest["memory"])
        assert set(memory.seen) == {"thing", "bird", "metal"}
        assert set(memory.rows["label"].to_pylist()) == {"thing", "bird", "metal"}


def test_erasing_stays_exact_under_a_new_name(experiences: list[Experience], start: Any, act: Any) -> None:
    from components.learning.checkpoint import read_states, recipe_of

    before = start(experiences, head=HEADS["analytic"])
    rows = experiences[0].table("train", ["text", "label"]).to_pylist()
    heads, text = [], next(row["text"] for row in rows if row["label"] == "fruit")
    features = torch.from_numpy(load_predictor(before).embed([text]))
    for folder, label in ((before, "fruit"), (act(before, {"fruit": "plants"}), "plants")):
        manifest = read_manifest(folder)
        recipe = recipe_of(folder, manifest)
        read_states(folder, manifest, recipe)
        recipe.head.erase(features, [label], [digest_text(text)], [0])
        heads.append(recipe.head.state())
    assert all(torch.equal(heads[0][name], heads[1][name]) for name in heads[0])


def test_what_cannot_be_is_refused(experiences: list[Experience], start: Any, act: Any) -> None:
    before = start(experiences)
    with pytest.raises(UsageError, match="no class 'plants'"):
        act(before, {"plants": "fruit"})
    renamed = act(before, {"fruit": "plants"})
    with pytest.raises(UsageError, match="'fruit' was given up for 'plants'"):
        act(renamed, {"tool": "fruit"})
    with pytest.raises(UsageError, match="'fruit'") as caught:
        act(renamed, {"fruit": "food"})
    assert "called 'plants'" in caught.value.hint


def test_a_model_that_writes_is_refused(
    experiences: list[Experience], start: Any, act: Any, tiny_llama: Path, settings_for: Make, workspace: Workspace
) -> None:
    settings = settings_for(tiny_llama, regime={"kind": "lora", "rank": 2}, rehearsal={"kind": "none"})
    written = learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint
    with pytest.raises(RefusedError, match="names of its classes in its weights"):
        act(workspace.checkpoint(written), {"fruit": "plants"})


def test_statistics_are_rebuilt_from_past_rows_under_their_new_names(experiences: list[Experience], start: Any, act: Any) -> None:
    """The base model moves after the act: every past row of the workspace counts, though its file has the old name."""
    axes = {"head": HEADS["analytic"], "regime": {"kind": "lora", "rank": 2}}
    after = start(experiences[1:], parent=act(start(experiences[:1], **axes), {"fruit": "thing", "tool": "thing"}), **axes)
    state = load_tensors(after / "head.safetensors")
    assert state["cross"][-1].tolist() == pytest.approx([32, 16, 16])
    assert "count" not in state, "no row stands for others: none of the 64 is missing"
