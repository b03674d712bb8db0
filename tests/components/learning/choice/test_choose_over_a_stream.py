"""`recipe: auto` on lines of experiences: what is chosen stands in the checkpoint, after kills too, and is carried out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import Experience
from components.learning.choice import choose
from components.learning.choice.facts import load
from components.learning.choice.novelty import novelty, signature
from components.learning.learn import learn
from components.learning.shared_bases import load_predictor
from components.settings import LearningSettings
from components.storage import building, publish, read_manifest
from components.workspace import Workspace
from tests.components.learning.conftest import sentences

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
AUTO: dict[str, Any] = {"recipe": "auto", "regime": {"kind": "lora", "rank": 2}, "rehearsal": {"kind": "buffer", "capacity": 40}}


@pytest.fixture(autouse=True)
def adapting_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows of three words each prove no gain: here it is about what is done where there is one."""
    monkeypatch.setattr(choose, "GAIN", 0.0)


def line(
    experiences: list[Experience], settings: LearningSettings, workspace: Workspace, parent: Path | None = None, **more: Any
) -> list[dict[str, Any]]:
    """Manifests of the checkpoints, the digest under `digest`."""
    manifests: list[dict[str, Any]] = []
    for experience in experiences:
        parent = workspace.checkpoint(learn(experience, parent, settings, seed=3, workspace=workspace, **more).checkpoint)
        manifests.append({**read_manifest(parent), "digest": parent.name})
    return manifests


def with_consent(experience: Experience, workspace: Workspace, share: float) -> Experience:
    """The same experience with consent given for the first `share` of its rows, and not spoken of for the others."""
    with building(workspace.experiences) as scratch:
        for part in ("train", "heldout", "unlabelled"):
            table = experience.table(part)
            consent = pa.array([True if i < share * len(table) else None for i in range(len(table))], pa.bool_())
            parquet.write_table(
                table.set_column(table.schema.get_field_index("consent"), "consent", consent), scratch / f"{part}.parquet"
            )
        fields = {
            key: value for key, value in experience.manifest.items() if key in ("kind", "name", "labels", "after", "counts")
        }
        return workspace.experience(publish(scratch, workspace.experiences, fields))


def test_what_is_chosen_is_recorded_with_its_facts(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, make: Callable[..., Experience]
) -> None:
    later = experiences[1].table("train")
    shifted = [(f"now {text} now", label) for text, label in zip(later["text"].to_pylist(), later["label"].to_pylist())]
    experiences = [experiences[0], make(workspace, shifted, "shifted")]
    first, second = line(experiences, settings_for(tiny_encoder, novelty=0.1, **AUTO), workspace)
    assert first["notes"]["recipe"]["chosen"] == "replay"
    found = first["notes"]["recipe"]["facts"]
    assert set(found.pop("evidence")) == {"rows", "classes", "error"}
    assert found == {
        "causal": False, "rows": 32, "new_labels": 2, "novelty": None, "consented": 0.0, "memory_rows": 0, "moves": 0, "seen": 0,
    }  # fmt: skip
    assert second["notes"]["recipe"]["facts"]["moves"] == 1
    assert second["recipe"]["head"]["stale"] == "refresh"
    assert second["recipe"]["rehearsal"]["kind"] == "buffer"
    assert second["recipe"]["regime"]["adapt"] == "always"
    # the distance is that of the two experiences in the base model as it was delivered, not in the one that has learned
    from components.catalog.models import get_base
    from components.learning.heads.linear import Linear
    from components.learning.networks.backbone import load_backbone
    from components.learning.networks.encoder import Classifier

    backbone = load_backbone(get_base(tiny_encoder))
    network = Classifier(backbone, backbone.model, Linear(), 16)
    one, two = (signature(network.embed(sorted_texts(experience))) for experience in experiences)
    facts = second["notes"]["recipe"]["facts"]
    assert facts["novelty"] > 0.1
    assert facts["novelty"] == pytest.approx(novelty(two, [one]), abs=1e-5)
    assert facts["memory_rows"] == 32
    kept = load(workspace.checkpoint(second["digest"]))
    assert list(kept) == sorted(experience.digest for experience in experiences)
    np.testing.assert_allclose(kept[experiences[0].digest].mean, one.mean, atol=1e-6)
    assert "signatures.safetensors" in second["files"]


def sorted_texts(experience: Experience) -> list[str]:
    table = experience.table("train")
    return [text for _, text in sorted(zip(table["digest"].to_pylist(), table["text"].to_pylist()))]


def test_a_familiar_experience_moves_nothing_and_a_far_one_does(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    adapters: dict[float, set[str]] = {}
    for threshold, kind in ((100.0, "growth"), (0.0, "replay")):
        steps: list[int] = []
        settings = settings_for(tiny_encoder, novelty=threshold, **AUTO)
        first = line(experiences[:1], settings, workspace)[0]
        parent = workspace.checkpoint(first["digest"])
        second = line(experiences[1:], settings, workspace, parent, progress=lambda *at, steps=steps: steps.append(at[0]))[0]
        assert second["notes"]["recipe"]["chosen"] == kind
        assert bool(steps) is (kind == "replay")
        adapters[threshold] = {str(m["files"]["adapter/adapter_model.safetensors"]) for m in (first, second)}
        assert second["memory"]["rows"] == 40, "the memory is kept up either way"
    assert len(adapters[100.0]) == 1
    assert len(adapters[0.0]) == 2


def test_a_line_that_began_frozen_moves_once_it_is_worth_it(
    workspace: Workspace, tiny_encoder: Path, settings_for: Make, make: Callable[..., Experience], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Easy rows, then labels that no feature tells apart, in three experiences; the settings let it move in one."""
    monkeypatch.setattr(choose, "GAIN", 0.01)
    easy = [(f"{text} {i}", label) for label in ("fruit", "bird") for i, text in enumerate(sentences(label))]
    hard = [[(f"{text} {j} {i}", f"label {i // 20 % 2}") for i, text in enumerate(sentences("tool") * 4)] for j in range(2)]
    experiences = [make(workspace, rows, f"part {i}") for i, rows in enumerate([easy, *hard])]
    regime = {"kind": "lora", "rank": 2, "adapt": "first", "experiences": 1}
    found = line(experiences, settings_for(tiny_encoder, novelty=0.0, **{**AUTO, "regime": regime}), workspace)
    assert [m["notes"]["recipe"]["chosen"] for m in found] == ["growth", "replay", "growth"]
    assert [m["notes"]["recipe"]["facts"]["moves"] for m in found] == [0, 0, 1]
    assert ["evidence" in m["notes"]["recipe"]["facts"] for m in found] == [True, True, False], "not measured in vain"
    adapters = [str(m["files"]["adapter/adapter_model.safetensors"]) for m in found]
    assert adapters[0] != adapters[1] == adapters[2]
    assert "and learning.regime allows no more" in found[2]["notes"]["recipe"]["reasons"][0]


@pytest.mark.parametrize(
    ("axes", "kinds"),
    [
        ({"texts": "never", "novelty": 0.0}, ["ewc", "growth"]),
        ({"texts": "never", "budget": 2.0}, ["growth", "growth"]),
        ({"regime": {"kind": "lora_per_task", "rank": 2}, "novelty": 0.0}, ["growth", "growth"]),
        ({"head": {"kind": "lda"}, "novelty": 0.0}, ["replay", "replay"]),
    ],
    ids=["ewc", "no budget", "adapters", "lda"],
)
def test_every_choice_learns_and_remembers(
    axes: dict[str, Any], kinds: list[str], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    optimizer = {"kind": "adamw", "rate": 0.01, "epochs": 10, "patience": 10, "batch": 8}
    manifests = line(experiences, settings_for(tiny_encoder, optimizer=optimizer, **{**AUTO, **axes}), workspace)
    assert [manifest["notes"]["recipe"]["chosen"] for manifest in manifests] == kinds
    folder = workspace.checkpoint(manifests[1]["digest"])
    assert (folder / "memory.parquet").exists() is (axes.get("texts") != "never")
    predictor, right = load_predictor(folder), []
    for experience in experiences:
        table = experience.table("heldout")
        right += [a == b for a, b in zip(predictor.predict(table["text"].to_pylist()).top(), table["label"].to_pylist())]
    assert np.mean(right) > 0.5, "chance is .25"


def test_a_causal_line(experiences: list[Experience], workspace: Workspace, tiny_llama: Path, settings_for: Make) -> None:
    first, second = line(experiences, settings_for(tiny_llama, **AUTO), workspace)
    assert [m["notes"]["recipe"]["chosen"] for m in (first, second)] == ["replay", "replay"]
    assert second["notes"]["recipe"]["facts"]["novelty"] is not None
    third = line(experiences[:1], settings_for(tiny_llama, **AUTO, texts="never"), workspace,
                 workspace.checkpoint(second["digest"]))[0]  # fmt: skip
    assert third["notes"]["recipe"]["chosen"] == "ewc"
    assert not (workspace.checkpoint(third["digest"]) / "memory.parquet").exists()


def test_a_line_begun_with_a_given_recipe_goes_on(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    """Signatures of the past are measured on its memory; what the line is made of stays, whatever the settings say now."""
    given = settings_for(
        tiny_encoder, regime={"kind": "lora", "rank": 3, "adapt": "first"}, head={"kind": "analytic", "width": 30}
    )
    first = line(experiences[:1], given, workspace)[0]
    assert "signatures.safetensors" not in first["files"]
    auto = settings_for(tiny_encoder, head={"kind": "linear"}, novelty=0.0, **AUTO)
    second = line(experiences[1:], auto, workspace, workspace.checkpoint(first["digest"]))[0]
    assert second["notes"]["recipe"]["facts"]["novelty"] is not None
    assert (second["recipe"]["regime"]["rank"], second["recipe"]["head"]["width"]) == (3, 30)
    assert set(load(workspace.checkpoint(second["digest"]))) == {experience.digest for experience in experiences}


def test_only_texts_with_consent_are_kept(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    parts = [with_consent(experience, workspace, share) for experience, share in zip(experiences, (0.75, 0.25))]
    settings = settings_for(tiny_encoder, texts="consented", novelty=0.0, **AUTO)
    first, second = line(parts, settings, workspace)
    assert [m["notes"]["recipe"]["facts"]["consented"] for m in (first, second)] == [0.75, 0.25]
    assert [m["notes"]["recipe"]["chosen"] for m in (first, second)] == ["replay", "growth"]
    for manifest, most in ((first, 24), (second, 32)):
        rows = parquet.read_table(workspace.checkpoint(manifest["digest"]) / "memory.parquet")
        assert 0 < len(rows) <= most
        assert set(rows["consent"].to_pylist()) == {True}
    kept = line(parts[:1], settings_for(tiny_encoder), workspace)  # all of them, where nothing forbids it
    assert kept[0]["memory"]["rows"] == 32
    given = line(parts[1:], settings_for(tiny_encoder, texts="consented"), workspace, workspace.checkpoint(kept[0]["digest"]))
    rows = parquet.read_table(workspace.checkpoint(given[0]["digest"]) / "memory.parquet")
    assert set(rows["consent"].to_pylist()) == {True}, "for a given recipe, and for rows of the parent, too"


class PowerCutError(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize("axes", [{}, {"texts": "never"}], ids=["replay", "ewc"])
def test_interrupted_it_chooses_the_same_and_ends_in_the_same_digest(
    axes: dict[str, Any], experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    settings = settings_for(tiny_encoder, novelty=0.0, **AUTO, **axes)
    undisturbed = [manifest["digest"] for manifest in line(experiences, settings, workspace)]
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    count = 0

    def stop(done: int, total: int, text: str) -> None:
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise PowerCutError

    found: list[str] = []
    for experience in experiences:
        while True:
            try:
                parent = disturbed.checkpoint(found[-1]) if found else None
                found += [m["digest"] for m in line([experience], settings, disturbed, parent, progress=stop, snapshot_seconds=0)]
            except PowerCutError:
                continue
            break
    assert found == undisturbed
    assert count > 6
