"""Fine-tune only beside EWC, online EWC, MAS and SI, per regime, with and without replay, at given pulls or at the defaults.

`--pulls` sweeps: the defaults were tuned by it on a cut of `skills`, which no table reports. Without it, the defaults are
measured. Every run is one stream learned with a linear head; the difference to fine-tune only is paired by seed and split.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, finish, markdown, mean_interval, parser, plus_minus, table
from benchmarks.lines import measured
from benchmarks.streams import prepare
from components.settings import LearningSettings
from components.storage import write_text
from components.workspace import Workspace

METHODS = ("ewc", "online_ewc", "mas", "si")
ALONE = "fine-tune only"
REGIMES: dict[str, tuple[dict[str, Any], float]] = {  # the regime and its learning rate
    "lora": ({"kind": "lora"}, 1e-3),
    "depth": ({"kind": "depth", "depth": 1}, 1e-4),
    "head": ({"kind": "head"}, 1e-2),
}
REPLAY = {"none": {"kind": "none"}, "replay": {"kind": "buffer", "policy": "class_balanced", "capacity": 100, "ratio": 1.0}}


def settings_for(regime: str, replay: str, regularizers: Sequence[dict[str, Any]], base: str, tokens: int) -> LearningSettings:
    """The recipe of a run."""
    kind, rate = REGIMES[regime]
    optimizer = {"kind": "adamw", "rate": rate, "epochs": 3, "batch": 8, "validation": 0.0}
    return LearningSettings.model_validate(
        {"base": base, "max_tokens": tokens, "head": {"kind": "linear"}, "regime": kind, "optimizer": optimizer,
         "rehearsal": REPLAY[replay], "regularizers": tuple(regularizers)}
    )  # fmt: skip


def cases(methods: Sequence[str], pulls: Sequence[float] | None) -> dict[str, list[dict[str, Any]]]:
    """Name -> regularizers."""
    if pulls is None:
        return {ALONE: [], **{method: [{"kind": method}] for method in methods}}
    return {ALONE: [], **{f"{m}, pull {pull:g}": [{"kind": m, "pull": pull}] for m in methods for pull in pulls}}


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure the methods."""
    options = parser("regularizers", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--base", default="minilm")
    options.add_argument("--rows", type=int, default=120, help="use at most this many rows per experience")
    options.add_argument("--heldout", type=float, default=0.5, help="share of them that is held out for scoring")
    options.add_argument("--max-tokens", type=int, default=48, help="longer texts are cut")
    options.add_argument("--experiences", type=int, help="use only this many of the stream's first experiences")
    options.add_argument("--seeds", type=int, default=2, help="number of runs, each with its own seed")
    options.add_argument("--only", nargs="+", choices=METHODS, default=list(METHODS))
    options.add_argument("--regimes", nargs="+", choices=list(REGIMES), default=list(REGIMES))
    options.add_argument("--replay", nargs="+", choices=list(REPLAY), default=list(REPLAY))
    options.add_argument("--pulls", nargs="+", type=float, help="sweep these; default: the methods' own defaults")
    options.add_argument("--part", metavar="NAME", help="with --write: write to regularizers-NAME")
    options.add_argument("--work", type=Path, help="folder for finished runs, so that a stopped run continues")
    given = options.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as scratch:
        work = (given.work or Path(scratch)).resolve()
        home = Workspace(work / "streams" / f"{Path(given.stream).name}-{given.rows}-{given.heldout:g}")
        experiences = prepare(given.stream, home, rows=given.rows, heldout=given.heldout)[: given.experiences]
        rows = []
        for regime in given.regimes:
            for replay in given.replay:
                runs: dict[str, list[dict[str, Any]]] = {}
                for name, regularizers in cases(given.only, given.pulls).items():
                    own = settings_for(regime, replay, regularizers, given.base, given.max_tokens)
                    runs[name] = [measured(name, own, experiences, seed, work) for seed in range(given.seeds)]
                    rows.append(row(regime, replay, name, runs[name], runs[ALONE]))
                    print(rows[-1]["shown"], file=sys.stderr, flush=True)
    result = {"stream": Path(given.stream).name, "rows_each": given.rows, "heldout": given.heldout, "rows": rows}
    name = "regularizers" + (f"-{given.part}" if given.part else "")
    if given.write:
        write_text(RESULTS / f"{name}.md", shown(rows, markdown))
    return finish(name, result, shown(rows, table), given)


def row(regime: str, replay: str, name: str, runs: Sequence[dict[str, Any]], alone: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds with their intervals, and the differences to fine-tune only."""
    means = {metric: mean_interval([run[metric] for run in runs]) for metric in ("accuracy", "forgetting", "seconds")}
    change = {m: mean_interval([a[m] - b[m] for a, b in zip(runs, alone, strict=True)]) for m in ("accuracy", "forgetting")}
    learned = mean_interval([sum(own[i] for i, own in enumerate(run["matrix"])) / len(run["matrix"]) for run in runs])
    first = [plus_minus(means[m], ".3f") for m in ("accuracy", "forgetting")]
    rest = [plus_minus(change[m], "+.3f") for m in change]
    cells = [f"{regime}, {replay}, {name}", *first, plus_minus(learned, ".3f"), *rest, f"{means['seconds']['mean']:.0f}"]
    return {"regime": regime, "replay": replay, "method": name, **means, "learned": learned, "change": change,
            "seeds": len(runs), "shown": cells}  # fmt: skip


def shown(rows: Sequence[dict[str, Any]], form: Any) -> str:
    """The table in a format. learned: accuracy on each experience just after it was learned."""
    header = ["regime, replay, method", "ACC", "forgetting", "learned", "change of ACC", "of forgetting", "seconds"]
    return str(form(header, [line["shown"] for line in rows]))


if __name__ == "__main__":
    main(sys.argv[1:])
