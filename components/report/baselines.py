"""The two baselines beside every result: fine-tune only, and retrain on everything, on the same experiences.

Both train the configured base model and regime with a linear head and the configured optimizer. *Fine-tune only* goes
through the experiences one after another without a memory; *retrain on everything* starts from the base
model on all of them at once. Results are kept in workspace/baselines/ by the digest of what they depend on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components import __version__
from components.contracts import Experience, Predictor, Progress
from components.evaluation.metrics import continual_metrics
from components.relabelling import now_called
from components.settings import LearningSettings, Settings
from components.storage import building, digest_json, publish, read_json, write_json
from components.workspace import Workspace


@dataclass(frozen=True)
class Baseline:
    """A baseline's result: `matrix` as in the JSON of `perdure run`, seconds of training, and its last checkpoint."""

    name: str
    accuracy: float
    forgetting: float | None
    seconds: float
    matrix: list[list[float | None]]
    checkpoint: str


def baseline_workspace(workspace: Workspace) -> Workspace:
    """Where baselines keep their checkpoints, apart from the others."""
    return Workspace(workspace.root / "baselines")


def plain(learning: LearningSettings) -> LearningSettings:
    """The recipe without any method against forgetting: same base, regime and optimizer, linear head."""
    regime = {key: value for key, value in learning.regime.items() if key not in ("adapt", "experiences", "rows")}
    return learning.model_copy(
        update={
            "recipe": "given",
            "regime": regime,
            "head": {"kind": "linear"},
            "rehearsal": {"kind": "none"},
            "regularizers": (),
        }
    )


def fine_tune_only(
    experiences: Sequence[Experience], settings: Settings, workspace: Workspace, progress: Progress | None = None
) -> Baseline:
    """Learn one experience after another without a memory. Every prefix is kept, so a longer stream continues from it."""
    from components.learning.learn import learn

    def train(home: Workspace) -> tuple[list[list[float | None]], float, str]:
        if not experiences:
            return [], 0.0, ""
        before = fine_tune_only(experiences[:-1], settings, workspace, progress)
        parent = home.checkpoint(before.checkpoint) if before.checkpoint else None
        began = time.perf_counter()
        learned = learn(experiences[-1], parent, plain(settings.learning), seed=settings.seed, workspace=home, progress=progress)
        seconds = before.seconds + time.perf_counter() - began
        row: list[float | None] = [accuracy(home.checkpoint(learned.checkpoint), experience) for experience in experiences]
        return [*([*line, None] for line in before.matrix), row], seconds, learned.checkpoint

    return _kept("fine-tune only", experiences, settings, workspace, train)


def retrain_on_everything(
    experiences: Sequence[Experience], settings: Settings, workspace: Workspace, progress: Progress | None = None
) -> Baseline:
    """Learn all experiences at once from the base model: the accuracy to reach, and the cost of one retraining."""
    from components.learning.learn import learn

    def train(home: Workspace) -> tuple[list[list[float | None]], float, str]:
        began = time.perf_counter()
        learned = learn(
            joint(experiences, home), None, plain(settings.learning), seed=settings.seed, workspace=home, progress=progress
        )
        seconds = time.perf_counter() - began
        checkpoint = home.checkpoint(learned.checkpoint)
        return [[accuracy(checkpoint, past) for past in experiences]], seconds, checkpoint.name

    return _kept("retrain on everything", experiences, settings, workspace, train)


def joint(experiences: Sequence[Experience], home: Workspace) -> Experience:
    """One experience with the events of all."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    labels: set[str] = set()
    counts: dict[str, int] = {}
    with building(home.experiences) as scratch:
        for part in ("train", "heldout", "unlabelled"):
            table = pa.concat_tables([experience.table(part) for experience in experiences], promote_options="default")
            parquet.write_table(table, scratch / f"{part}.parquet")
            counts[part] = table.num_rows
        for experience in experiences:
            labels.update(now_called(experience.manifest["labels"], experience.names))
        fields = {"kind": "experience", "name": "everything", "labels": sorted(labels), "counts": counts, "after": None}
        digest = publish(scratch, home.experiences, fields)
    return home.experience(digest)


def accuracy(checkpoint: Path, experience: Experience) -> float:
    """Share of the experience's held-out cases that a checkpoint answers correctly."""
    from components.learning.shared_bases import load

    return heldout_accuracy(load(checkpoint), experience)


def heldout_accuracy(predictor: Predictor, experience: Experience) -> float:
    """Share of the experience's held-out cases that a predictor answers correctly."""
    table = experience.table("heldout")
    truth = table.column("label").to_pylist()
    return float(np.mean([a == b for a, b in zip(predictor.predict(table.column("text").to_pylist()).top(), truth, strict=True)]))


def _kept(name: str, experiences: Sequence[Experience], settings: Settings, workspace: Workspace, train: Any) -> Baseline:
    key = digest_json(
        {
            "name": name,
            "experiences": [experience.digest for experience in experiences],
            "learning": plain(settings.learning).model_dump(mode="json"),
            "seed": settings.seed,
            "code": __version__,
            **({"names": dict(experiences[0].names)} if experiences and experiences[0].names else {}),
        }
    )
    home = baseline_workspace(workspace)
    path = home.root / f"{key[:16]}.json"
    if path.is_file():
        return Baseline(**read_json(path))
    matrix, seconds, checkpoint = train(home)
    metrics: dict[str, Any] = continual_metrics(matrix) if matrix else {"accuracy": 0.0}
    forgetting = metrics["forgetting"] if len(matrix) > 1 else None
    baseline = Baseline(name, metrics["accuracy"], forgetting, round(seconds, 2), matrix, checkpoint)
    write_json(path, asdict(baseline))
    return baseline
