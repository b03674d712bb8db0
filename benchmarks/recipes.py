"""Recipes on a catalogue stream, over seeds, against fine-tune only and retrain on everything: what to make the default.

Every recipe learns the stream's experiences one after another with the project's own ingestion, `learn` and predictor. *Retrain
on everything* starts from the base model after every experience, on all rows so far; all its retrainings count in seconds, the
last one gives its accuracy. Held-out cases are scored after each experience: of all that were learned, and of the next one
(forward transfer). With --work DIR a stopped run goes on: each (recipe, seed) leaves a file there.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import finish, parser, plus_minus, table
from benchmarks.lines import measured, summary
from benchmarks.streams import prepare
from components.settings import LearningSettings
from components.workspace import Workspace

LORA = {"kind": "lora", "rank": 8}
FIRST = {**LORA, "adapt": "first"}
NONE = {"kind": "none"}
BUFFER = {"kind": "buffer", "policy": "class_balanced", "sampling": "uniform", "capacity": 600, "ratio": 1.0}
RESERVOIR = {**BUFFER, "policy": "reservoir"}


def analytic(width: int, layers: int = 1) -> dict[str, Any]:
    return {"kind": "analytic", "width": width, "layers": layers}


def recipe(regime: dict[str, Any], head: dict[str, Any], rehearsal: dict[str, Any], **more: Any) -> LearningSettings:
    return LearningSettings(regime=regime, head=head, rehearsal=rehearsal, **more)


QUICK = {"kind": "adamw", "rate": 1e-3, "epochs": 2, "batch": 32}
TWICE = {**FIRST, "experiences": 2}
FINE_TUNE, RETRAIN = "fine-tune only", "retrain on everything"
RECIPES = {
    FINE_TUNE: recipe(LORA, {"kind": "linear"}, NONE),
    RETRAIN: recipe(LORA, {"kind": "linear"}, NONE),
    "frozen, analytic 0, 3 layers": recipe({"kind": "head"}, analytic(0, 3), NONE),
    "lora first, analytic 0": recipe(FIRST, analytic(0), NONE),
    "lora first, analytic 2000": recipe(FIRST, analytic(2000), NONE),
    "lora first, analytic 0, 3 layers": recipe(FIRST, analytic(0, 3), NONE),
    "lora first, analytic 2000, 3 layers": recipe(FIRST, analytic(2000, 3), NONE),
    "lora first 2, analytic 0, 3 layers, memory 600": recipe(TWICE, analytic(0, 3), BUFFER),
    "lora first 2, analytic 0, 3 layers, memory 600, quick": recipe(
        TWICE, analytic(0, 3), {**BUFFER, "ratio": 0.5}, optimizer=QUICK
    ),
    "lora blocks 3 first 2, analytic 0, 3 layers, memory 600": recipe({**TWICE, "blocks": 3}, analytic(0, 3), BUFFER),
    "lora first, analytic 2000, memory 600": recipe(FIRST, analytic(2000), BUFFER),
    "lora first 2, analytic 2000, memory 600": recipe(TWICE, analytic(2000), BUFFER),
    "lora first 2, analytic 2000, 3 layers, memory 600": recipe(TWICE, analytic(2000, 3), BUFFER),
    "lora always, analytic 2000, memory 600": recipe(LORA, analytic(2000), BUFFER),
    "lora always, linear, memory 600": recipe(LORA, {"kind": "linear"}, BUFFER),
    "lora always, linear, reservoir 600": recipe(LORA, {"kind": "linear"}, RESERVOIR),
}


def choose(summaries: dict[str, dict[str, Any]]) -> str | None:
    """The most accurate recipe among those that forget under .04 and take at most a quarter of retraining's time."""
    fit = {
        name: found["accuracy"]["mean"]
        for name, found in summaries.items()
        if name not in (FINE_TUNE, RETRAIN)
        and found["forgetting"] is not None
        and found["forgetting"]["mean"] < 0.04
        and found["cpu_share"]["mean"] <= 0.25  # of processor time: the machine may be shared
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
                runs[name].append(measured(name, settings, experiences, seed, work, joint=name == RETRAIN))
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

    rows = [
        [
            f"{name}{' *' if name == chosen else ''}",
            *(plus_minus(found[metric], ".3f") for metric in ("accuracy", "forgetting", "backward_transfer", "forward_transfer")),
            plus_minus(found["seconds"], ".1f"),
            plus_minus(found["time_share"], ".2f"),
            f"{found['stored_bytes']['mean'] / 2**20:.1f}",
        ]
        for name, found in summaries.items()
    ]
    return table(["recipe", "ACC", "forgetting", "BWT", "FWT", "seconds", "of retraining", "MiB"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
