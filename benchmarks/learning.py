"""`learn` beside a plain PyTorch loop (the ceiling) and Avalanche 0.6.0, method by method, on the same batches.

There is one short stream for each method and seed. `learn` runs first and records token ids, batches and the initial adapter. The
loop and Avalanche train on those, in turns with it (A B C A B C, one round per seed), each in its own process with one thread.
Steps per second are counted from the end of the first step of an experience to the end of its last. What `learn` computes before
the first step (the states at a frozen prefix) is included; reading the base model is not. `seconds` include everything except
scoring: the base model, memories, Fisher information and, for `learn`, also tokens, the memory on disk and checkpoints. Avalanche
imports its libraries before that clock starts, `learn` most of them while it runs; `whole run` counts from the beginning of the
process, so that the imports of all engines are in it. The last row adapts only the last block, over several epochs: there `learn`
reuses what the frozen blocks below compute.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, finish, markdown, mean_interval, parser, spread, table
from benchmarks.engines.cases import CASES, PREFIX, objection, settings_for
from benchmarks.engines.rounds import ENGINES, Round, interpreters, one_round
from benchmarks.streams import prepare
from components.environment import prepare_process
from components.evaluation.metrics import continual_metrics
from components.settings import LearningSettings
from components.storage import write_text
from components.workspace import Workspace

TARGETS = {"loop": 0.95, "avalanche": 2.0}
METRICS = ("accuracy", "forgetting", "backward_transfer", "forward_transfer")
TIMED = ("steps_per_second", "steps_per_cpu_second", "steps_per_second_once_ready", "seconds", "whole_seconds", "peak_mb")
FORMS = {
    "steps/s": ("steps_per_second", ".2f"), "steps/CPU-s": ("steps_per_cpu_second", ".2f"), "ACC": ("accuracy", ".3f"),
    "forgetting": ("forgetting", ".3f"), "seconds": ("seconds", ".1f"), "whole run": ("whole_seconds", ".1f"),
    "peak MB": ("peak_mb", ".0f"),
}  # fmt: skip
DIFFERENCES = {
    "agem, derpp": "The new rows and batches are the same; Avalanche draws from its own memory of the same size, "
    "in which A-GEM's last draw of a pass is short.",
    "derpp": "Avalanche's DER has no head that grows: it trains all columns from the beginning.",
    "ewc": "Avalanche squares gradients of batch means over all rows; learn and the loop square those of 200 single rows. So the "
    "strengths do not mean the same.",
    "si": "Avalanche clips importances at 0.001 and damps by 1e-7; learn and the loop damp by 0.1.",
    "ewc, agem": "learn and the loop each draw rows with their own generator.",
    "all": "learn packs short texts of unequal lengths into the rows of a batch; the others pad each to the longest.",
    PREFIX: "learn has no dropout in the blocks below the cut; the others have it in all blocks.",
}


def row(method: str, engine: str, stream: str, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row of the result: medians of times, means of scores, with their ranges and intervals."""
    metrics = [continual_metrics(run["matrix"]) for run in runs]
    timed = {name: spread([run[name] for run in runs]) for name in TIMED if runs[0][name] is not None}
    scored = {name: mean_interval([found[name] for found in metrics]) for name in METRICS if metrics[0][name] is not None}
    return {
        "method": method, "engine": engine, "stream": stream,
        **{name: timed[name]["median"] if name in timed else None for name in TIMED},
        **{name: scored[name]["mean"] if name in scored else None for name in METRICS},
        "stored_bytes": runs[0]["stored_bytes"], "seeds": len(runs), "steps": runs[0]["steps"],
        "ranges": timed, "intervals": scored,
    }  # fmt: skip


def ratios(rounds: dict[str, list[Round]]) -> list[dict[str, Any]]:
    """Ratios of `learn` to each of the others, paired by round: times, and the difference in accuracy."""
    found = []
    for method, own in rounds.items():
        for other in [engine for engine in own[0] if engine != "perdure"]:
            pairs = [(a["perdure"], a[other]) for a in own]
            accuracy = [[float(continual_metrics(run["matrix"])["accuracy"] or 0) for run in pair] for pair in pairs]
            both = {name: [a[name] / b[name] for a, b in pairs] for name in TIMED if all(a[name] and b[name] for a, b in pairs)}
            found.append({
                "method": method, "to": other, "target": 3.0 if (method, other) == (PREFIX, "loop") else TARGETS[other],
                **{name: {**spread(values), "interval": mean_interval(values)} for name, values in both.items()},
                "accuracy_difference": mean_interval([a - b for a, b in accuracy]),
            })  # fmt: skip
    return found


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure all methods, in turns."""
    options = parser("learning", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--base", default="minilm")
    options.add_argument("--seeds", type=int, default=5, help="number of rounds, each with its own seed")
    options.add_argument("--rows", type=int, default=160, help="use at most this many rows per experience; 0: all")
    options.add_argument("--experiences", type=int, default=3, help="use only this many of the stream's first experiences")
    options.add_argument("--epochs", type=int, default=1, help=f"epochs ({PREFIX!r}: {CASES[PREFIX][1]} times as many)")
    options.add_argument("--batch", type=int, default=16, help="new rows per batch")
    options.add_argument("--max-tokens", type=int, default=256, help="longer texts are cut")
    options.add_argument(
        "--only", nargs="+", metavar="WORD", help=f"only methods whose name contains one of these words; all: {', '.join(CASES)}"
    )
    options.add_argument(
        "--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES), help="engines to run; perdure always runs"
    )
    options.add_argument("--jobs", type=int, default=min(2, len(os.sched_getaffinity(0))), help="rounds to run at once")
    options.add_argument("--work", type=Path, help="folder for finished rounds, so that a stopped run continues")
    given = options.parse_args(argv)
    methods = [method for method in CASES if not given.only or any(word in method for word in given.only)]
    if not methods:
        options.error(f"no method has {given.only[0]!r} in its name; the methods are {', '.join(CASES)}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    prepare_process()
    asked = {m: settings_for(m, given.base, given.epochs, given.batch, given.max_tokens) for m in methods}
    skipped = {method: reason for method, settings in asked.items() if (reason := objection(settings))}
    chosen = {method: settings for method, settings in asked.items() if method not in skipped}
    with tempfile.TemporaryDirectory() as scratch:
        rounds, names = _all_rounds(given, chosen, (given.work or Path(scratch)).resolve())
    stream = Path(given.stream).name
    lines = [row(m, e, stream, [a[e] for a in own]) for m, own in rounds.items() for e in own[0]]
    result = {
        "rows": lines, "ratios": ratios(rounds), "skipped": skipped, **notes(given.engines), "stream": stream,
        "experiences": names, "rows_each": given.rows, "epochs": given.epochs, "batch": given.batch, "jobs": given.jobs,
        "settings": {m: s.model_dump(mode="json") for m, s in chosen.items()},
    }  # fmt: skip
    for pair in result["ratios"]:  # minilm + lora + buffer beside the loop
        if (pair["method"], pair["to"]) == ("replay", "loop"):
            result |= {"ratio": pair["steps_per_second"], "target_ratio": pair["target"]}
    name = "learning" if stream == "trec" else f"learning-{stream}"
    if given.write:
        write_text(RESULTS / f"{name}.md", shown(result, markdown))
    return finish(name, result, shown(result, table), given)


def _all_rounds(given: Any, chosen: dict[str, LearningSettings], work: Path) -> tuple[dict[str, list[Round]], list[str]]:
    """The rounds of each method in the order of seeds, and the names of the experiences."""
    pythons = interpreters(given.engines)
    home = Workspace(work / f"{Path(given.stream).name}-{given.rows or 'all'}")
    experiences = prepare(given.stream, home, rows=given.rows or None)[: given.experiences]

    def measure(seed: int, method: str) -> Round:
        results = one_round(method, chosen[method], experiences, seed, pythons, work, given.jobs)
        speeds = ", ".join(f"{engine} {own['steps_per_second']:.2f}" for engine, own in results.items())
        print(f"seed {seed}: {method}: {speeds} steps/s", file=sys.stderr, flush=True)
        return results

    with ThreadPoolExecutor(given.jobs) as pool:
        waiting = [(method, pool.submit(measure, seed, method)) for seed in range(given.seeds) for method in chosen]
        try:
            rounds: dict[str, list[Round]] = {method: [] for method in chosen}
            for method, future in waiting:
                rounds[method].append(future.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return rounds, [e.name for e in experiences]


def notes(engines: Sequence[str]) -> dict[str, Any]:
    """What a reader of the rows needs to know."""
    from benchmarks.engines.environment import AVALANCHE, requirements
    from benchmarks.engines.stubs import SHIMS

    known: dict[str, Any] = {"differences": DIFFERENCES}
    if "avalanche" in engines:
        known["avalanche"] = {"version": AVALANCHE, "beside": requirements(), "shims": SHIMS}
    return known


def shown(result: dict[str, Any], form: Any) -> str:
    """Two tables in a format: each engine's row, and the ratios; then the notes."""

    def cell(line: dict[str, Any], name: str, digits: str) -> str:
        if line[name] is None:
            return "-"
        ends = line["ranges"].get(name)
        return f"{line[name]:{digits}}" + (f" [{ends['low']:{digits}}, {ends['high']:{digits}}]" if ends else "")

    rows = [[f"{a['method']}: {a['engine']}", *(cell(a, *column) for column in FORMS.values())] for a in result["rows"]]
    pairs = []
    for a in result["ratios"]:
        speeds = [f"{a[n]['median']:.2f} [{a[n]['low']:.2f}, {a[n]['high']:.2f}]" if n in a else "-" for n in TIMED[:3]]
        memory = f"{a['peak_mb']['median']:.2f}" if "peak_mb" in a else "-"
        pairs.append([f"{a['method']}: to {a['to']}", *speeds, f"{a['target']:.2f}", memory,
                      f"{a['accuracy_difference']['mean']:+.3f}"])  # fmt: skip
    header = ["perdure", "steps/s", "steps/CPU-s", "steps/s once ready", "target", "peak memory", "ACC difference"]
    said = [f"{method} is left out: {reason}" for method, reason in result["skipped"].items()]
    said += [f"{name}: {text}" for name, text in result["differences"].items()]
    said += [f"shim {name}: {text}" for name, text in result.get("avalanche", {}).get("shims", {}).items()]
    end = "\n".join(f"- {line}" for line in said)
    return "\n\n".join([form(["method: engine", *FORMS], rows), form(header, pairs), end]) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
