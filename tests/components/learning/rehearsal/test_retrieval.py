"""Retrieval-assisted rehearsal on tiny models: what is retrieved, what may be, and that a kill changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.learning.archive import archived, newest
from components.learning.learn import learn
from components.learning.rehearsal.retrieval import Retrieval
from components.learning.run import Past, Run
from components.memory.store import Memory
from components.settings import LearningSettings
from components.storage import building, digest_text, publish, read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
LORA = {"kind": "lora", "rank": 2, "dropout": 0.2, "adapt": "always"}


def publish_rows(
    workspace: Workspace, like: Experience, train: list[dict[str, Any]], heldout: list[dict[str, Any]]
) -> Experience:
    """An experience of exactly these rows, columns as in another."""
    schema = like.table("train").schema
    with building(workspace.experiences) as scratch:
        for part, rows in (("train", train), ("heldout", heldout), ("unlabelled", [])):
            whole = [{**dict.fromkeys(schema.names), "digest": digest_text(row["text"]), **row} for row in rows]
            parquet.write_table(pa.Table.from_pylist(whole, schema), scratch / f"{part}.parquet")
        return workspace.experience(publish(scratch, workspace.experiences, {"kind": "experience", "name": "odd"}))


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What every step retrieved, with the vectors of all rows by the model of that moment. Changes nothing."""
    calls: list[dict[str, Any]] = []
    real = Retrieval.retrieve

    def spy(self: Retrieval, run: Run, index: Any, rows: Any, count: int) -> Any:
        found, targets = real(self, run, index, rows, count), run.table.targets
        own = run.represent(np.arange(len(targets))).numpy()
        calls.append({
            "new": run.new, "memory": run.past.rows, "rows": rows, "count": count, "found": found,
            "vectors": own / np.linalg.norm(own, axis=1, keepdims=True), "targets": targets, "candidates": self._rows,
            "training": run.network.model.training, "cached": run.table.features is not None,
        })  # fmt: skip
        return found

    monkeypatch.setattr(Retrieval, "retrieve", spy)
    return calls


def teach(experiences: list[Experience], settings: LearningSettings, workspace: Workspace) -> list[str]:
    digests: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(digests[-1]) if digests else None
        digests.append(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
    return digests


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize("regime", [LORA, {"kind": "head"}], ids=["lora", "head"])
def test_what_joins_a_batch_is_near_balanced_and_without_twins(
    archive: bool, regime: dict[str, Any], spied: list[dict[str, Any]], experiences: list[Experience], workspace: Workspace,
    tiny_encoder: Path, settings_for: Make,
) -> None:  # fmt: skip
    rehearsal = {"kind": "retrieval", "capacity": 12, "k": 5, "every": 1, "archive": archive, "duplicate": 0.9}
    teach(experiences, settings_for(tiny_encoder, head={"kind": "linear"}, regime=regime, rehearsal=rehearsal), workspace)
    assert len(spied) == 8, "two epochs of four batches; the first experience has nothing to retrieve"
    for call in spied:
        vectors, found, candidates = call["vectors"], call["found"], call["candidates"]
        assert (call["new"], call["memory"]) == (32, 12)
        assert len(candidates) == (32 if archive else 12)  # the memory and the 20 other training rows of the first experience
        assert call["training"] == (not call["cached"]), "dropout is as the trainer left it"
        assert 0 < len(found) <= call["count"]
        assert set(found.tolist()) <= set(candidates.tolist())
        cosine = vectors[call["rows"]] @ vectors[candidates].T
        near = {
            int(candidates[i]) for row in cosine for i in np.argsort(-row, kind="stable")[:6]
        }  # one more: rounding at the edge
        assert set(found.tolist()) <= near
        twins = vectors[found] @ vectors[found].T - 2 * np.eye(len(found))
        assert twins.max() <= 0.9 + 1e-6
        best = found[np.argmax((vectors[call["rows"]] @ vectors[found].T).max(0))]
        assert cosine.max() == pytest.approx((vectors[call["rows"]] @ vectors[best]).max(), abs=1e-6), "the very nearest is there"
        counts = Counter(call["targets"][row] for row in found)
        assert set(counts) <= {"fruit", "tool"}
    assert any(row >= 32 + 12 for call in spied for row in call["found"]) == archive


def test_the_index_is_made_anew_every_so_many_steps(
    monkeypatch: pytest.MonkeyPatch, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    from components.learning.rehearsal._index import Index

    built: list[np.ndarray] = []
    real = Index.build.__func__  # type: ignore[attr-defined]

    def spy(cls: type[Index], rows: Any, vectors: Any) -> Index:
        built.append(vectors)
        return real(cls, rows, vectors)

    monkeypatch.setattr(Index, "build", classmethod(spy))
    for regime, times in ((LORA, 3), ({"kind": "head"}, 1)):
        built.clear()
        settings = settings_for(
            tiny_encoder, head={"kind": "linear"}, regime=regime, rehearsal={"kind": "retrieval", "every": 3, "searched": 10}
        )
        teach(experiences, settings, workspace)
        assert [len(vectors) for vectors in built] == [10] * times, "8 steps: at 0, 3 and 6; fixed features once"
        assert all((a != b).any() for a, b in pairwise(built)), "by the model as it then was"


def test_the_archive_gives_only_what_may_be_trained_on(experiences: list[Experience], workspace: Workspace) -> None:
    past = publish_rows(
        workspace, experiences[0],
        [
            {"text": "fine", "label": "fruit"}, {"text": "agreed", "label": "fruit", "consent": True},
            {"text": "refused", "label": "fruit", "consent": False}, {"text": "unlabelled"},
            {"text": "strange", "label": "unknown"},
            {"text": "over", "label": "fruit", "expires": "2026-03-01T00:00:00+00:00"},
            {"text": "good for long", "label": "fruit", "expires": "2026-03-03"}, {"text": "held out then", "label": "fruit"},
            {"text": "held out now", "label": "fruit"}, {"text": "remembered", "label": "fruit"},
        ],
        [{"text": "held out then", "label": "fruit"}],
    )  # fmt: skip
    rows = [
        {"text": "a", "label": "x", "timestamp": "2026-03-02"},
        {"text": "b", "label": "x", "timestamp": "2026-01-02T10:00:00Z"},
    ]
    present = publish_rows(workspace, experiences[0], rows, [{"text": "held out now", "label": "fruit"}])
    known = {digest_text("remembered")}
    found = archived(Past(archive=[past, past]), present, ["fruit"], known, 99, writes=False)
    assert sorted(found["text"].to_pylist()) == ["agreed", "fine", "good for long"], "each once, though given twice"
    agreed = archived(Past(archive=[past], consented=True), present, ["fruit"], known, 99, writes=False)
    assert agreed["text"].to_pylist() == ["agreed"]
    assert found["digest"].to_pylist() == sorted(found["digest"].to_pylist())
    assert archived(Past(archive=[past]), present, ["fruit"], known, 2, writes=False).equals(found.slice(0, 2))
    timeless = publish_rows(workspace, experiences[0], [{"text": "a", "label": "x"}], [])
    assert newest(timeless) is None
    texts = archived(Past(archive=[past]), timeless, ["fruit"], known, 99, writes=False)["text"].to_pylist()
    assert sorted(texts) == ["agreed", "fine", "held out now"], "without a time, what ever expires counts as expired"
    assert not len(archived(Past(), present, ["fruit"], known, 99, writes=False))


def test_rows_from_memory_and_archive_say_who_gave_their_label(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    table = experiences[1].table("train")
    said = ["human", "feedback"] * (len(table) // 2) + [None] * (len(table) % 2)
    fields = {key: value for key, value in experiences[1].manifest.items() if key != "files"}
    with building(workspace.experiences) as scratch:
        for part in ("train", "heldout", "unlabelled"):
            rows = experiences[1].table(part)
            column = said if part == "train" else [None] * len(rows)
            parquet.write_table(rows.append_column("provenance", pa.array(column, pa.string())), scratch / f"{part}.parquet")
        second = workspace.experience(publish(scratch, workspace.experiences, {**fields, "name": "said"}))
    settings = settings_for(tiny_encoder, regime=LORA, rehearsal={"kind": "buffer", "capacity": 200})
    last = teach([experiences[0], second], settings, workspace)[-1]
    memory = Memory.load(workspace.checkpoint(last), read_manifest(workspace.checkpoint(last))["memory"]).rows
    expected = dict(zip(table["digest"].to_pylist(), said, strict=True))
    remembered = dict(zip(memory["digest"].to_pylist(), memory["provenance"].to_pylist(), strict=True))
    assert {digest: remembered[digest] for digest in expected} == expected
    labels = {*experiences[0].manifest["labels"], *second.manifest["labels"]}
    found = archived(Past(archive=[experiences[0], second]), second, labels, set(), 999, writes=False)
    assert {expected.get(d) for d in found["digest"].to_pylist()} == {"human", "feedback", None}
    assert all(who == expected.get(d) for d, who in zip(found["digest"].to_pylist(), found["provenance"].to_pylist()))


@pytest.mark.parametrize("what", ["refused", "gone"])
def test_rows_without_consent_and_experiences_that_are_gone_are_never_retrieved(
    what: str, spied: list[dict[str, Any]], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    train = experiences[0].table("train").to_pylist()
    for row in train:
        row["consent"] = what != "refused"
    first = publish_rows(workspace, experiences[0], train, experiences[0].table("heldout").to_pylist())
    settings = settings_for(
        tiny_encoder, head={"kind": "linear"}, regime={"kind": "head"}, rehearsal={"kind": "retrieval", "capacity": 4}
    )
    parent = learn(first, None, settings, seed=3, workspace=workspace).checkpoint
    if what == "gone":
        first.path.rename(workspace.root / "elsewhere")
    learn(experiences[1], workspace.checkpoint(parent), settings, seed=3, workspace=workspace)
    assert spied
    assert all(call["candidates"].tolist() == [32, 33, 34, 35] for call in spied), "the memory is all there is"


class PowerCutError(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize("base", ["encoder", "llama"])
def test_interrupted_at_any_step_it_ends_in_the_same_digest(
    base: str, experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path, tiny_llama: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    folder = {"encoder": tiny_encoder, "llama": tiny_llama}[base]
    rehearsal = {"kind": "retrieval", "capacity": 10, "k": 4, "every": 5}
    settings = settings_for(folder, head={"kind": "linear"}, regime=LORA, rehearsal=rehearsal)
    undisturbed = teach(experiences, settings, workspace)
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    told: list[int] = []

    def stop(done: int, total: int, text: str) -> None:
        told.append(done)
        if len(told) % 2 == 0:
            raise PowerCutError

    digests: list[str] = []
    for experience in experiences:
        parent = disturbed.checkpoint(digests[-1]) if digests else None
        for _ in range(40):
            try:
                more: dict[str, Any] = {"seed": 3, "workspace": disturbed, "progress": stop, "snapshot_seconds": 0}
                digests.append(learn(experience, parent, settings, **more).checkpoint)
                break
            except PowerCutError:
                continue
    assert digests == undisturbed
    assert len(told) < 2 * 2 * 8, "it went on from snapshots"
    assert not (disturbed.checkpoint(digests[-1]) / "regularizer.safetensors").is_file(), "no checkpoint keeps the index"


def test_a_way_of_drawing_is_refused(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, rehearsal={"kind": "retrieval", "sampling": "balanced"})
    with pytest.raises(UsageError, match="retrieved, not drawn"):
        learn(experiences[0], None, settings, seed=3, workspace=workspace)
