"""Recipes on a catalogue stream, over seeds, against fine-tune only and retrain on everything: what to make the default.

Every recipe learns the stream's experiences one after another with the project's own ingestion, `learn` and predictor. *Retrain
on everything* starts from the base model after every experience, on all rows so far; all its retrainings count in seconds, the
last one gives its accuracy. Held-out cases are scored after each experience: of all that were learned, and of the next one
(forward transfer). With --work DIR a stopped run goes on: each (recipe, seed) leaves a file there.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import finish, mean_interval, parser, table
from benchmarks.streams import prepare
from components import __version__
from components.baselines import heldout_accuracy, joint
from components.catalog.models import get_base
from components.contracts import Experience
from components.evaluation.metrics import continual_metrics
from components.learning.learn import learn
from components.learning.predictor import SharedBase
from components.settings import LearningSettings
from components.storage import digest_json, read_json, write_json
from components.workspace import Workspace

LORA = {"kind": "lora", "rank": 8}
FIRST = {**LORA, "adapt": "first"}
NONE = {"kind": "none"}
BUFFER = {"kind": "buffer", "policy": "class_balanced", "sampling": "uniform", "capacity": 600, "ratio": 1.0}
RESERVOIR = {**BUFFER, "policy": "reservoir"}


def analytic(width: int, layers: int = 1) -> dict[str, Any]:
    return {"kind": "analytic", "width": width, "layers": layers}


def recipe(regime: dict[str, Any], head: dict[str, Any], rehearsal: dict[str, Any]) -> LearningSettings:
    return LearningSettings(regime=regime, head=head, rehearsal=rehearsal)


FINE_TUNE, RETRAIN = "fine-tune only", "retrain on everything"
RECIPES = {
    FINE_TUNE: recipe(LORA, {"kind": "linear"}, NONE),
    RETRAIN: recipe(LORA, {"kind": "linear"}, NONE),
    "frozen, analytic 0, 3 layers": recipe({"kind": "head"}, analytic(0, 3), NONE),
    "lora first, analytic 0": recipe(FIRST, analytic(0), NONE),
    "lora first, analytic 2000": recipe(FIRST, analytic(2000), NONE),
    "lora first, analytic 0, 3 layers": recipe(FIRST, analytic(0, 3), NONE),
    "lora first, analytic 2000, 3 layers": recipe(FIRST, analytic(2000, 3), NONE),
    "lora first, analytic 2000, memory 600": recipe(FIRST, analytic(2000), BUFFER),
    "lora first 2, analytic 2000, memory 600": recipe({**FIRST, "experiences": 2}, analytic(2000), BUFFER),
    "lora first 2, analytic 2000, 3 layers, memory 600": recipe({**FIRST, "experiences": 2}, analytic(2000, 3), BUFFER),
    "lora always, analytic 2000, memory 600": recipe(LORA, analytic(2000), BUFFER),
    "lora always, linear, memory 600": recipe(LORA, {"kind": "linear"}, BUFFER),
    "lora always, linear, reservoir 600": recipe(LORA, {"kind": "linear"}, RESERVOIR),
}


def scores(base: SharedBase, checkpoint: Path, experiences: Sequence[Experience], learned: int) -> list[float | None]:
    """Accuracy on the held-out cases of the experiences learned and of the next one, None beyond."""
    predictor = base.load(checkpoint)
    return [heldout_accuracy(predictor, e) if j <= learned else None for j, e in enumerate(experiences)]


def run_line(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """One experience after another with one recipe."""
    base = SharedBase(get_base(settings.base))
    matrix, seconds, stored, parent = [], [], 0, None
    for i, experience in enumerate(experiences):
        learned = learn(experience, parent, settings, seed=seed, workspace=home)
        parent = home.checkpoint(learned.checkpoint)
        seconds.append(learned.cost.seconds)
        stored = learned.cost.stored_bytes
        matrix.append(scores(base, parent, experiences, i + 1))
    return {"matrix": matrix, "seconds_each": seconds, "stored_bytes": stored}


def run_retraining(settings: LearningSettings, experiences: Sequence[Experience], seed: int, home: Workspace) -> dict[str, Any]:
    """From the base model on everything so far, after every experience. Stored: the last checkpoint and all training rows."""
    seconds, rows = [], 0
    for i in range(len(experiences)):
        everything = joint(experiences[: i + 1], home)
        learned = learn(everything, None, settings, seed=seed, workspace=home)
        seconds.append(learned.cost.seconds)
        rows = (everything.path / "train.parquet").stat().st_size
    last = scores(SharedBase(get_base(settings.base)), home.checkpoint(learned.checkpoint), experiences, len(experiences))
    return {"matrix": [last], "seconds_each": seconds, "stored_bytes": learned.cost.stored_bytes + rows}


def measured(name: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int, work: Path) -> dict[str, Any]:
    """One recipe with one seed, or what an earlier run of the same left in `work`."""
    key = [name, settings.model_dump(mode="json"), [e.digest for e in experiences], seed, __version__]
    file = work / "runs" / f"{digest_json(key)[:24]}.json"
    if not file.is_file():
        home = Workspace(work / "line")
        run: Callable[..., dict[str, Any]] = run_retraining if name == RETRAIN else run_line
        found = run(settings, experiences, seed, home)
        write_json(file, {"recipe": name, "seed": seed, **found, "seconds": sum(found["seconds_each"])})
    found = dict(read_json(file))
    metrics = continual_metrics(found["matrix"])
    # A model that never learned one experience after another has an accuracy, and nothing to forget or transfer.
    return {**found, **(metrics if len(found["matrix"]) > 1 else {"accuracy": metrics["accuracy"]})}


METRICS = ("accuracy", "forgetting", "backward_transfer", "forward_transfer", "seconds", "stored_bytes")


def summary(runs: Sequence[dict[str, Any]], references: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals over seeds; the gap to retraining and the share of its time, paired by seed."""
    found: dict[str, Any] = {}
    for metric in METRICS:
        values = [run[metric] for run in runs if run.get(metric) is not None]
        found[metric] = mean_interval(values) if len(values) == len(runs) else None
    if references:
        found["accuracy_gap"] = mean_interval([b["accuracy"] - a["accuracy"] for a, b in zip(runs, references, strict=True)])
        found["time_share"] = mean_interval([a["seconds"] / b["seconds"] for a, b in zip(runs, references, strict=True)])
    return found


def choose(summaries: dict[str, dict[str, Any]]) -> str | None:
    """The most accurate recipe among those that forget under .04 and take at most a quarter of retraining's time."""
    fit = {
        name: found["accuracy"]["mean"]
        for name, found in summaries.items()
        if name not in (FINE_TUNE, RETRAIN)
        and found["forgetting"] is not None
        and found["forgetting"]["mean"] < 0.04
        and found["time_share"]["mean"] <= 0.25
    }
    return max(fit, key=lambda name: fit[name]) if fit else None


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure the recipes on a stream and say which one to make its default."""
    options = parser("recipes", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--rows", type=int, help="at most so many rows an experience")
    options.add_argument("--vary-split", action="store_true", help="each seed draws its own held-out share")
    options.add_argument(
        "--only", nargs="+", metavar="WORD", help="recipes whose name holds one of these; baselines are always in"
    )
    options.add_argument("--work", type=Path, help="folder to keep runs in, so that a stopped one goes on")
    given = options.parse_args(argv)
    chosen = {
        name: settings
        for name, settings in RECIPES.items()
        if name in (FINE_TUNE, RETRAIN) or not given.only or any(word in name for word in given.only)
    }
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
        for seed in range(given.seeds):
            split = seed if given.vary_split else None
            store = Workspace(work / f"{given.stream}-{given.rows or 'all'}-{'own' if split is None else split}")
            experiences = prepare(given.stream, store, rows=given.rows, split=split)
            for name, settings in chosen.items():
                runs[name].append(measured(name, settings, experiences, seed, work))
                last = runs[name][-1]
                print(f"seed {seed}: {name}: accuracy {last['accuracy']:.3f}, {last['seconds']:.1f} s", file=sys.stderr)
    summaries = {name: summary(found, runs[RETRAIN]) for name, found in runs.items()}
    result = {
        "stream": given.stream, "rows": given.rows, "seeds": given.seeds, "vary_split": given.vary_split,
        "chosen": choose(summaries), "recipes": summaries, "settings": {n: s.model_dump(mode="json") for n, s in chosen.items()},
        "runs": runs,
    }  # fmt: skip
    name = "recipes" if given.stream == "trec" else f"recipes-{given.stream}"
    return finish(name, result, shown(summaries, result["chosen"]), given)


def shown(summaries: dict[str, dict[str, Any]], chosen: str | None) -> str:
    """The table, means over seeds with half the width of their 95 % interval."""

    def cell(found: dict[str, Any] | None, form: str) -> str:
        if found is None:
            return "-"
        half = f" ±{(found['high'] - found['mean']):{form}}" if found["high"] is not None else ""
        return f"{found['mean']:{form}}{half}"

    rows = [
        [
            f"{name}{' *' if name == chosen else ''}",
            *(cell(found[metric], ".3f") for metric in METRICS[:4]),
            cell(found["seconds"], ".1f"),
            cell(found["time_share"], ".2f"),
            f"{found['stored_bytes']['mean'] / 2**20:.1f}",
        ]
        for name, found in summaries.items()
    ]
    return table(["recipe", "ACC", "forgetting", "BWT", "FWT", "seconds", "of retraining", "MiB"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
