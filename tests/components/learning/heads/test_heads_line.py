"""Every head in a line of experiences: growth, growth in another order, stale statistics, kills, loading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.shared_bases import load_predictor
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
HEADS: list[dict[str, Any]] = [
    {"kind": "cosine"},
    {"kind": "cosine", "learn_scale": False, "imprint": False},
    {"kind": "prototypes"},
    {"kind": "prototypes", "stale": "transport", "distance": "euclidean"},
    {"kind": "lda", "layers": 2},
    {"kind": "lda", "stale": "transport"},
    {"kind": "analytic", "width": 80, "stale": "transport"},
    {"kind": "analytic", "width": 0, "layers": "auto"},
    {"kind": "linear", "correction": "weight_alignment", "weighting": "inverse_sqrt"},
    {"kind": "linear", "correction": "bias"},
]
MOVING: dict[str, Any] = {"kind": "lora", "rank": 2, "dropout": 0.2}


def name_of(head: dict[str, Any]) -> str:
    return "-".join(str(value) for value in head.values())


def line(experiences: list[Experience], settings: LearningSettings, workspace: Workspace) -> list[str]:
    """Learn the experiences one after another; returns the checkpoints' digests."""
    digests: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(digests[-1]) if digests else None
        digests.append(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
    return digests


def accuracy(checkpoint: Path, experiences: list[Experience]) -> float:
    """On the held-out rows of all experiences."""
    predictor = load_predictor(checkpoint)
    right = []
    for experience in experiences:
        table = experience.table("heldout")
        right += [a == b for a, b in zip(predictor.predict(table["text"].to_pylist()).top(), table["label"].to_pylist())]
    return float(np.mean(right))


@pytest.mark.parametrize("regime", [MOVING, {"kind": "head"}], ids=["moving", "frozen"])
@pytest.mark.parametrize("head", HEADS, ids=name_of)
def test_it_learns_remembers_and_loads(
    head: dict[str, Any], regime: dict[str, Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    optimizer = {"kind": "adamw", "rate": 0.02, "epochs": 20, "patience": 20, "batch": 8}
    settings = settings_for(tiny_encoder, regime=regime, head=head, optimizer=optimizer)
    digests = line(experiences, settings, workspace)
    manifest = read_manifest(workspace.checkpoint(digests[1]))
    assert manifest["labels"] == ["fruit", "tool", "bird", "metal"]
    predictor = load_predictor(workspace.checkpoint(digests[1]))
    found = predictor.predict(["i see a plum", "this is the axe", ""]).probabilities
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    assert bool((found >= 0).all())
    assert accuracy(workspace.checkpoint(digests[1]), experiences) > 0.5, "chance is .25"
    # the other way round: the same classes by name, other columns
    backwards = line(experiences[::-1], settings, workspace)
    assert read_manifest(workspace.checkpoint(backwards[1]))["labels"] == ["bird", "metal", "fruit", "tool"]
    # no text of the past is read again and the base is random: which draw of dropout it gets decides between .5 and more
    least = 0.4 if (head["kind"], head.get("stale"), regime) == ("analytic", "transport", MOVING) else 0.5
    assert accuracy(workspace.checkpoint(backwards[1]), experiences) > least


@pytest.mark.parametrize("head", [h for h in HEADS if h["kind"] in ("prototypes", "lda")], ids=name_of)
def test_on_a_frozen_base_the_order_of_experiences_does_not_matter(
    head: dict[str, Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "head"}, head=head, rehearsal={"kind": "none"})
    steps: list[int] = []
    from components.learning.tensors import load_tensors

    states = []
    for order in (experiences, experiences[::-1]):
        parent = None
        for experience in order:
            found = learn(experience, parent, settings, seed=3, workspace=workspace, progress=lambda *at: steps.append(at[0]))
            parent = workspace.checkpoint(found.checkpoint)
        assert parent is not None
        names = read_manifest(parent)["labels"]
        state = load_tensors(parent / "head.safetensors")
        states.append({"counts": dict(zip(names, state["counts"].tolist())), "sums": dict(zip(names, state["sums"].tolist()))})
        states[-1] |= {"moment": state["moment"].tolist()} if "moment" in state else {}
    assert states[0] == states[1], "the statistics are the same, bit for bit"
    assert not steps, "nothing moves by gradients"


class PowerCutError(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize("head", HEADS, ids=name_of)
def test_interrupted_at_any_step_it_ends_in_the_same_digest(
    head: dict[str, Any], experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    settings = settings_for(tiny_encoder, head=head, regime=MOVING)
    undisturbed = line(experiences, settings, workspace)
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    done_so_far: list[int] = []

    def stop(done: int, total: int, text: str) -> None:
        done_so_far.append(done)
        if len(done_so_far) % 3 == 0:
            raise PowerCutError

    digests: list[str] = []
    for experience in experiences:
        parent = disturbed.checkpoint(digests[-1]) if digests else None
        while True:
            try:
                found = learn(experience, parent, settings, seed=3, workspace=disturbed, progress=stop, snapshot_seconds=0)
            except PowerCutError:
                continue
            digests.append(found.checkpoint)
            break
    assert digests == undisturbed
    assert len(done_so_far) > 3, "it was interrupted"


@pytest.mark.parametrize("kind", ["prototypes", "lda", "analytic"])
def test_a_moving_base_needs_a_memory_or_transport(
    kind: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    axes: dict[str, Any] = {"regime": MOVING, "rehearsal": {"kind": "none"}}
    with pytest.raises(UsageError, match="rebuilt from memory"):
        line(experiences, settings_for(tiny_encoder, head={"kind": kind}, **axes), workspace)
    digests = line(experiences, settings_for(tiny_encoder, head={"kind": kind, "stale": "transport"}, **axes), workspace)
    assert not (workspace.checkpoint(digests[1]) / "memory.parquet").exists()
    assert accuracy(workspace.checkpoint(digests[1]), experiences) > 0.5, "old classes live on without a text of theirs"


def test_refreshed_counts_are_what_was_seen(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    from components.learning.tensors import load_tensors

    settings = settings_for(tiny_encoder, head={"kind": "prototypes"}, regime=MOVING, rehearsal={"kind": "buffer", "capacity": 8})
    digests = line(experiences, settings, workspace)
    folder = workspace.checkpoint(digests[1])
    manifest, state = read_manifest(folder), load_tensors(folder / "head.safetensors")
    assert dict(zip(manifest["labels"], state["counts"].tolist())) == pytest.approx(manifest["seen"])


def earlier_weights(checkpoint: Path) -> list[float]:
    from components.learning.tensors import load_tensors

    found: list[float] = load_tensors(checkpoint / "head.safetensors")["earlier_weights"].tolist()
    return found


@pytest.mark.parametrize("kind", ["analytic", "lda"])
def test_statistics_are_rebuilt_from_every_row_that_is_still_there(
    kind: str, experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path, settings_for: Make
) -> None:
    """Each weighs 1 then. Over the limit, or where the past is gone, rows stand for others; each class weighs what was seen."""
    memory = {"kind": "buffer", "capacity": 8}
    rows = len(experiences[0].table("train"))
    found = {}
    for name, archive, texts in (("all", 3000, "keep"), ("some", 10, "keep"), ("none", 0, "keep")):
        settings = settings_for(
            tiny_encoder, head={"kind": kind, "archive": archive}, regime=MOVING, rehearsal=memory, texts=texts
        )
        found[name] = earlier_weights(workspace.checkpoint(line(experiences, settings, workspace)[1]))
    assert found["all"] == [1.0] * rows
    assert 8 < len(found["some"]) <= 18
    assert len(found["none"]) == 8
    assert [sum(weights) for weights in found.values()] == pytest.approx([rows] * 3)


def test_rows_of_the_past_that_may_not_be_read_again_stay_out(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    """No row of these experiences came with consent."""
    head = {"kind": "analytic", "width": 0, "stale": "transport"}
    buffer = {"kind": "buffer", "capacity": 8}
    settings = settings_for(tiny_encoder, head=head, regime=MOVING, texts="consented", rehearsal=buffer)
    first = line(experiences[:1], settings, workspace)[0]
    moved = settings.model_copy(update={"head": {"kind": "analytic", "width": 0}})
    with pytest.raises(UsageError, match="rebuilt from memory, which is empty"):
        learn(experiences[1], workspace.checkpoint(first), moved, seed=3, workspace=workspace)
