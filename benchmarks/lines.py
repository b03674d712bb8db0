"""One stream learned with one recipe and one seed, measured; means over seeds with intervals, and differences to retraining.

Every recipe learns a stream's experiences one after another with the project's own ingestion, `learn` and predictor. After each
experience, the held-out cases of all learned experiences and of the next one (forward transfer) are scored. Each (recipe, seed)
leaves a file in the work folder, so that a stopped run continues.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import mean_interval, where
from components import __version__
from components.catalog.models import get_base
from components.contracts import Experience
from components.evaluation.metrics import continual_metrics
from components.report.baselines import heldout_accuracy, joint
from components.settings import LearningSettings
from components.storage import digest_json, read_json, write_json
from components.workspace import Workspace

METRICS = (
    "accuracy", "forgetting", "backward_transfer", "forward_transfer", "seconds", "cpu_seconds", "steps_per_second", "peak_mb",
    "stored_bytes", "text_bytes",
)  # fmt: skip
MACHINE = {"seconds", "cpu_seconds", "steps_per_second", "peak_mb"}


def scores(base: Any, checkpoint: Path, experiences: Sequence[Experience], learned: int) -> list[float | None]:
    """Accuracy on the held-out cases of the experiences learned and of the next one; None for later ones."""
    predictor = base.load(checkpoint)
    return [heldout_accuracy(predictor, e) if j <= learned else None for j, e in enumerate(experiences)]


class Clock:
    """Adds up the cost of several calls of `learn`, in wall time and in CPU time."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu = self.steps = self.training = self.peak = 0.0
        self.stored = 0

    def learn(self, *given: Any, **named: Any) -> str:
        """Call `learn` and record its cost; returns the checkpoint's digest."""
        from components.learning.learn import learn

        began = time.process_time()
        learned = learn(*given, **named)
        self.cpu += time.process_time() - began
        self.seconds.append(learned.cost.seconds)
        self.steps += learned.cost.detail["steps"]
        self.training += learned.cost.detail["train_seconds"]
        self.peak, self.stored = max(self.peak, learned.cost.peak_bytes), learned.cost.stored_bytes
        return str(learned.checkpoint)

    def record(self) -> dict[str, Any]:
        return {
            "seconds_each": self.seconds, "cpu_seconds": self.cpu, "peak_mb": self.peak / 2**20, "stored_bytes": self.stored,
            "steps_per_second": self.steps / self.training if self.steps else None,
        }  # fmt: skip


def run_line(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """Learn one experience after another with one recipe. Score at the end: a second base model must not count in the peak."""
    from components.learning.shared_bases import SharedBase

    clock, checkpoints = Clock(), []
    for experience in experiences:
        parent = checkpoints[-1] if checkpoints else None
        checkpoints.append(home.checkpoint(clock.learn(experience, parent, settings, seed=seed, workspace=home)))
    base = SharedBase(get_base(settings.base))
    matrix = [scores(base, checkpoint, experiences, i + 1) for i, checkpoint in enumerate(checkpoints)]
    return {"matrix": matrix, **clock.record(), "text_bytes": text_bytes(checkpoints[-1] / "memory.parquet")}


def run_retraining(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """Retrain from the base model on everything so far, after every experience. Stored: the last checkpoint and all rows.

    It has a forgetting too: it never drops a row, but old cases get harder as labels that compete for them are added.
    """
    from components.learning.shared_bases import SharedBase

    clock, checkpoints = Clock(), []
    for i in range(len(experiences)):
        everything = joint(experiences[: i + 1], home)
        checkpoints.append(home.checkpoint(clock.learn(everything, None, settings, seed=seed, workspace=home)))
    kept, cost = everything.path / "train.parquet", clock.record()
    cost["stored_bytes"] += kept.stat().st_size
    base = SharedBase(get_base(settings.base))
    matrix = [scores(base, checkpoint, experiences, i + 1) for i, checkpoint in enumerate(checkpoints)]
    return {"matrix": matrix, **cost, "text_bytes": text_bytes(kept)}


def text_bytes(file: Path) -> int:
    """Bytes of people's texts in a parquet file of rows; 0 without a file. A store that may not keep text must have 0."""
    import pyarrow.parquet as parquet

    if not file.is_file():
        return 0
    columns = [name for name in ("text", "completion") if name in parquet.read_schema(file).names]
    rows = parquet.read_table(file, columns=columns)
    return sum(len(text.encode()) for name in columns for text in rows.column(name).to_pylist() if text)


def kept_in(name: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int, work: Path) -> Path:
    """The file of one recipe with one seed on these experiences."""
    key = [name, settings.model_dump(mode="json"), [e.digest for e in experiences], seed, __version__]
    return work / "runs" / f"{digest_json(key)[:24]}.json"


def measured(
    name: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int, work: Path, *, joint: bool = False
) -> dict[str, Any]:
    """Measure one recipe with one seed, or read the result of an earlier identical run in `work`. joint: by retraining."""
    from components.environment import prepare_process

    prepare_process()
    file = kept_in(name, settings, experiences, seed, work)
    if not file.is_file():
        run: Callable[..., dict[str, Any]] = run_retraining if joint else run_line
        with _home(work / "lines" / file.stem, experiences) as home:
            result = run(settings, experiences, seed, home)
        write_json(file, {"recipe": name, "seed": seed, "machine": where(), **result, "seconds": sum(result["seconds_each"])})
    result = dict(read_json(file))
    return {**result, **continual_metrics(result["matrix"])}


@contextmanager
def _home(root: Path, experiences: Sequence[Experience]) -> Iterator[Workspace]:
    """A separate workspace for one run, without anything that another run encoded; it is removed afterwards."""
    shutil.rmtree(root, ignore_errors=True)
    home = Workspace(root)
    home.experiences.mkdir(parents=True)
    for experience in experiences:  # retrieval searches them
        (home.experiences / experience.digest).symlink_to(experience.path.resolve())
    try:
        yield home
    finally:
        shutil.rmtree(root, ignore_errors=True)


def summary(runs: Sequence[dict[str, Any]], references: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals over seeds; the gap to retraining and the share of its time, paired by seed.

    Figures that depend on the machine are None unless all runs and references were made on the same one.
    """
    means: dict[str, Any] = {}
    one_machine = len({run["machine"] for run in (*runs, *references)}) == 1
    for metric in METRICS if one_machine else set(METRICS) - MACHINE:
        values = [run[metric] for run in runs if run.get(metric) is not None]
        means[metric] = mean_interval(values) if values and len(values) == len(runs) else None
    pairs = list(zip(runs, references, strict=True)) if references else []
    if pairs:
        means["accuracy_gap"] = mean_interval([b["accuracy"] - a["accuracy"] for a, b in pairs])
    if pairs and one_machine:
        means["time_share"] = mean_interval([a["seconds"] / b["seconds"] for a, b in pairs])
        means["cpu_share"] = mean_interval([a["cpu_seconds"] / b["cpu_seconds"] for a, b in pairs])
    return means
