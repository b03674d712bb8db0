"""One stream learned with one recipe on one split, measured; means over splits with intervals, and differences to references.

Every recipe learns a stream's experiences one after another with the project's own ingestion, `learn` and predictor. After each
experience, the held-out cases of all learned experiences and of the next one (forward transfer) are scored. Each (recipe, seed)
leaves a file in the work folder, so that a stopped run continues.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.catalogue import JOINT_ADAPTED, JOINT_FROZEN, RETRAIN
from benchmarks.common import mean_interval, where
from benchmarks.compare import answered, cases_of, chance, difference, matrix_of, pooled
from components import __version__
from components.catalog.models import get_base
from components.contracts import Experience
from components.evaluation.metrics import continual_metrics
from components.report.baselines import heldout_accuracy, joint
from components.settings import LearningSettings
from components.storage import digest_json, read_json, write_json
from components.workspace import Workspace

METRICS = (
    "accuracy", "pooled", "forgetting", "backward_transfer", "forward_transfer", "seconds", "cpu_seconds", "steps",
    "steps_per_second", "peak_mb", "stored_bytes", "text_bytes",
)  # fmt: skip
MACHINE = {"seconds", "cpu_seconds", "steps_per_second", "peak_mb"}


def scores(base: Any, checkpoint: Path, experiences: Sequence[Experience], learned: int) -> list[float | None]:
    """Accuracy on the held-out cases of the experiences learned and of the next one; None for later ones."""
    predictor = base.load(checkpoint)
    return [heldout_accuracy(predictor, e) if j <= learned else None for j, e in enumerate(experiences)]


def bits(base: Any, checkpoint: Path, experiences: Sequence[Experience], learned: int) -> list[str | None]:
    """Answers to the held-out cases of the experiences learned and of the next one; None for later ones. See compare.py."""
    predictor = base.load(checkpoint)
    return [answered(predictor, e) if j <= learned else None for j, e in enumerate(experiences)]


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
            "steps": self.steps, "steps_per_second": self.steps / self.training if self.steps else None,
        }  # fmt: skip


def run_line(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """Learn one experience after another with one recipe. Score at the end: a second base model must not count in the peak."""
    from components.learning.shared_bases import SharedBase

    clock, checkpoints = Clock(), []
    for experience in experiences:
        parent = checkpoints[-1] if checkpoints else None
        checkpoints.append(home.checkpoint(clock.learn(experience, parent, settings, seed=seed, workspace=home)))
    base = SharedBase(get_base(settings.base))
    found = [bits(base, checkpoint, experiences, i + 1) for i, checkpoint in enumerate(checkpoints)]
    return {"bits": found, **clock.record(), "text_bytes": text_bytes(checkpoints[-1] / "memory.parquet")}


def run_joint(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """Learn everything once, at the end."""
    return run_retraining(settings, experiences, seed, home, only_last=True)


def run_retraining(
    settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace, only_last: bool = False
) -> dict[str, Any]:
    """Retrain from the base model on everything so far, after every experience. Stored: the last checkpoint and all rows.

    It has a forgetting too: it never drops a row, but old cases get harder as labels that compete for them are added.
    """
    from components.learning.shared_bases import SharedBase

    clock, checkpoints = Clock(), []
    for i in range(len(experiences) - 1 if only_last else 0, len(experiences)):
        everything = joint(experiences[: i + 1], home)
        checkpoints.append(home.checkpoint(clock.learn(everything, None, settings, seed=seed, workspace=home)))
    kept, cost = everything.path / "train.parquet", clock.record()
    cost["stored_bytes"] += kept.stat().st_size
    base = SharedBase(get_base(settings.base))
    first = len(experiences) - len(checkpoints)
    found = [bits(base, checkpoint, experiences, first + i + 1) for i, checkpoint in enumerate(checkpoints)]
    return {"bits": found, **cost, "text_bytes": text_bytes(kept)}


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


def measured(name: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int, work: Path) -> dict[str, Any]:
    """Measure one recipe with one seed, or read the result of an earlier identical run in `work`."""
    from components.environment import prepare_process

    prepare_process()
    file = kept_in(name, settings, experiences, seed, work)
    if not file.is_file():
        run = WAYS.get(name, run_line)
        with _home(work / "lines" / file.stem, experiences) as home:
            result = run(settings, experiences, seed, home)
        write_json(file, {"recipe": name, "seed": seed, "machine": where(), **result, "seconds": sum(result["seconds_each"])})
    result = dict(read_json(file))
    metrics = continual_metrics(matrix_of(result["bits"]), baseline=chance(experiences))
    if len(result["bits"]) == 1 < len(experiences):  # learned at once: there is no earlier moment to compare with
        metrics |= dict.fromkeys(("forgetting", "backward_transfer", "forward_transfer"))
    return {**result, **metrics, "pooled": pooled(result), "cases": [cases_of(experience) for experience in experiences]}


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


#: How a reference learns; every other recipe learns one experience after another
WAYS: dict[str, Callable[..., dict[str, Any]]] = {JOINT_FROZEN: run_joint, JOINT_ADAPTED: run_joint, RETRAIN: run_retraining}

Runs = Mapping[int, dict[str, Any]]  # by seed, which is also the split


def summary(runs: Runs, references: Mapping[str, Runs]) -> dict[str, Any]:
    """Means over splits with intervals; differences to each reference, paired by split and case; the share of retraining's time.

    Figures that depend on the machine are None unless all runs (for a share, of retraining as well) were made on the same one.
    """
    means: dict[str, Any] = {}
    for metric in METRICS:
        values = [run[metric] for run in runs.values() if run.get(metric) is not None]
        comparable = metric not in MACHINE or _one_machine(runs)
        means[metric] = mean_interval(values) if values and len(values) == len(runs) and comparable else None
    against = {}
    for name, theirs in references.items():
        both = sorted(runs.keys() & theirs.keys())
        if both and runs is not theirs:
            against[name] = difference([runs[seed] for seed in both], [theirs[seed] for seed in both])
    again = references.get(RETRAIN, {})
    both = sorted(runs.keys() & again.keys())
    if both and _one_machine({**runs, **{-1 - seed: run for seed, run in again.items()}}):
        for share, cost in (("time_share", "seconds"), ("cpu_share", "cpu_seconds")):
            means[share] = mean_interval([runs[seed][cost] / again[seed][cost] for seed in both])
    return {**means, "against": against}


def _one_machine(runs: Runs) -> bool:
    return len({run["machine"] for run in runs.values()}) == 1
