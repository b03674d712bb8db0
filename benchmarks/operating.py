"""The operating curve of the gates on streams mixed at random: what is promoted, what is refused, and at which accuracy.

Every stream is a light line (light.py) with planted experiences between the sound ones. Sound: the share that is promoted, with a
Wilson interval. Planted: what the gates said, by kind and by size. Accuracy: of what serves at the end over all held-out cases of
the stream, beside a joint logistic regression on the same features, by a paired bootstrap over the cases of each shape. Finished
streams stay in --work, so that a stopped run continues.
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, finish, markdown, parser, work_folder
from benchmarks.joint import paired_bootstrap
from benchmarks.light import run_light, settings_for
from benchmarks.mixing.plan import SHAPES, plan
from benchmarks.mixing.plant import KINDS
from benchmarks.mixing.source import catalogue
from benchmarks.mixing.write import write_stream
from components import __version__
from components.evaluation.statistics import wilson
from components.settings import Settings
from components.storage import digest_json, read_json, write_json, write_text


@dataclass(frozen=True)
class Job:
    """Streams of one shape: as many as there are seeds."""

    shape: str
    seeds: int
    more: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join([self.shape, *(f"{key} {value}" for key, value in self.more.items())])


#: The shapes, and the same easy classes with more rows: what is detectable at which size
JOBS = (
    Job("fifty", 1),
    Job("far", 4),
    Job("returning", 2),
    Job("random", 6),
    Job("fifty", 2, {"experiences": 9, "train": 180, "heldout": 90}),
    Job("fifty", 2, {"experiences": 9, "train": 600, "heldout": 300}),
)


def run_stream(
    job: Job, seed: int, settings: Settings, work: Path, planted: Sequence[str], begin: bool = True
) -> dict[str, Any] | None:
    """One stream of a job, or what an earlier run of it left in `work`; None if there is nothing and it may not begin."""
    parts = plan(job.shape, catalogue(), seed, planted, **job.more)
    name = f"{job.name.replace(' ', '-')}-{seed}"
    folder = write_stream(work / "streams" / name, name, parts, catalogue(), seed)
    sizes = [(part.name, part.train, part.heldout) for part in parts]
    key = [read_json(folder / "truth.json"), sizes, settings.model_dump(mode="json"), __version__]
    kept = work / "kept" / f"{name}-{digest_json(key)[:12]}.json"
    if not kept.is_file() and not begin:
        return None
    if not kept.is_file():
        home = work / "lines" / name
        shutil.rmtree(home, ignore_errors=True)
        began = time.perf_counter()
        result = run_light(folder, settings, home, features=work / "features", progress=False)
        write_json(kept, {**result, "job": job.name, "seed": seed, "seconds": time.perf_counter() - began})
        shutil.rmtree(home, ignore_errors=True)
    return dict(read_json(kept))


def summary(streams: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The tables: sound experiences and accuracy by job, planted ones by kind and size."""
    by_job = _grouped((stream["job"], stream) for stream in streams)
    cycles = [(stream, cycle) for stream in streams for cycle in stream["cycles"]]
    planted = _grouped(((c["planted"], "/".join(map(str, _size(c["rows"])))), c) for _, c in cycles if c["planted"])
    return {
        "sound": [{"shape": name, **_sound(those)} for name, those in by_job.items()],
        "all": _sound(streams),
        "planted": [{"kind": kind, "rows": size, **_outcomes(those)} for (kind, size), those in sorted(planted.items())],
        "stops": _stops(cycle for _, cycle in cycles if not cycle["planted"]),
    }


def _sound(streams: Sequence[dict[str, Any]]) -> dict[str, Any]:
    cycles = [cycle for stream in streams for cycle in stream["cycles"] if not cycle["planted"]]
    fitted = [stream for stream in streams if stream["joint"]]
    ours, theirs = (np.array([bit for s in fitted for bit in s["right"][side]], bool) for side in ("line", "joint"))
    gaps = [float(np.mean(s["right"]["line"]) - np.mean(s["right"]["joint"])) for s in fitted]
    return {
        "streams": len(streams),
        **_outcomes(cycles),
        "accuracy": float(np.mean(ours)) if len(ours) else None,
        "joint": float(np.mean(theirs)) if len(theirs) else None,
        "to_joint": paired_bootstrap(ours, theirs, rng=np.random.default_rng(0)),
        "to_joint_of_each": [round(gap, 4) for gap in gaps],
        "seconds_of_a_cycle": float(np.median([sum(cycle["seconds"].values()) for cycle in cycles])),
    }


def _outcomes(cycles: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(cycle["outcome"] == name for cycle in cycles) for name in ("promoted", "held", "refused")}
    return {"n": len(cycles), **counts, "promoted_share": wilson(counts["promoted"], len(cycles)).as_dict()}


def _stops(cycles: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How often each gate kept a sound experience from being promoted (past tasks are counted together)."""
    found: dict[str, int] = defaultdict(int)
    for cycle in cycles:
        names = {(_kind_of(name), status) for name, status in cycle["gates"].items()}
        for name, status in sorted(names):
            found[f"{name}: {status}"] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _kind_of(gate: str) -> str:
    known = ("regression.pooled", "regression.new_labels")
    return "regression of one past task" if gate.startswith("regression.") and gate not in known else gate


def _size(rows: Sequence[int]) -> tuple[str, int]:
    """The sizes that are shown together."""
    train, heldout = rows
    steps = (60, 120, 300, 1000)
    return next((f"up to {step}" for step in steps if train <= step), "more"), next((s for s in steps if heldout <= s), steps[-1])


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def shown(result: dict[str, Any]) -> str:
    """The tables as Markdown."""

    def share(row: dict[str, Any]) -> str:
        of = row["promoted_share"]
        return f"{of['estimate']:.2f} [{of['low']:.2f}, {of['high']:.2f}]"

    def gap(row: dict[str, Any]) -> list[str]:
        if row["accuracy"] is None:
            return ["-", "-", "-"]
        of = row["to_joint"]
        return [f"{row['accuracy']:.3f}", f"{row['joint']:.3f}", f"{of['difference']:+.3f} [{of['low']:+.3f}, {of['high']:+.3f}]"]

    rows = [*result["sound"], {"shape": "all", **result["all"]}]
    head = ["shape", "streams", "sound", "promoted", "held", "refused", "share promoted", "accuracy", "joint", "difference"]
    sound = [[r["shape"], r["streams"], r["n"], r["promoted"], r["held"], r["refused"], share(r), *gap(r)] for r in rows]
    planted = [[r["kind"], r["rows"], r["n"], r["refused"], r["held"], r["promoted"], share(r)] for r in result["planted"]]
    stops = [[name, count] for name, count in result["stops"].items()]
    return "\n".join(
        [
            "### Sound experiences\n",
            markdown(head, sound),
            "### Planted experiences\n",
            markdown(["kind", "rows (training/held out)", "n", "refused", "held", "promoted", "share promoted"], planted),
            "### What stopped sound experiences\n",
            markdown(["gate", "cycles"], stops),
        ]
    )


HEAD = """# Operating curve of the gates

Streams mixed at random from the catalogue's data (benchmarks/mixing), with planted experiences that are judged beside the line
and never followed. Shares with 95 % Wilson intervals. `accuracy`: of what serves at the end over all held-out cases of all sound
experiences (a label that it does not know is wrong). `joint`: one logistic regression on the same features over all training
rows, its C by cross-validation; difference with a 95 % interval of a bootstrap over cases.
"""


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the streams and sum up."""
    options = parser("operating", __doc__ or "")
    options.add_argument("--work", type=Path, help="folder for streams, features and finished results")
    options.add_argument("--adapt", action="store_true", help="with the default recipe; else the encoder is not adapted (faster)")
    options.add_argument("--shapes", nargs="+", choices=list(SHAPES), help="only these shapes")
    options.add_argument("--times", type=float, default=1.0, help="this many times the seeds of each shape")
    options.add_argument("--first", type=int, default=0, help="the first seed: other seeds are other streams")
    options.add_argument(
        "--planted", nargs="*", choices=list(KINDS), default=list(KINDS), help="kinds to plant; none: sound only"
    )
    options.add_argument("--minutes", type=float, default=math.inf, help="begin no stream after this many minutes")
    options.add_argument("--part", metavar="NAME", help="with --write: write operating-NAME instead of operating")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    given = options.parse_args(argv)
    settings = settings_for(given.overrides, not given.adapt)
    streams, end = [], time.monotonic() + 60 * given.minutes
    wanted = [
        (job, seed)
        for job in JOBS
        if not given.shapes or job.shape in given.shapes
        for seed in range(given.first, given.first + max(1, round(given.times * job.seeds)))
    ]
    with work_folder(given.work) as work:
        for job, seed in wanted:
            stream = run_stream(job, seed, settings, work, given.planted, begin=time.monotonic() < end)
            if stream is not None:
                streams.append(stream)
                said = f"{stream['promoted']} of {stream['sound']} sound promoted, accuracy {stream['accuracy']:.3f}"
                print(f"{job.name}, seed {seed}: {said}; {stream['seconds']:.0f} s", file=sys.stderr, flush=True)
    recipe = "the default" if given.adapt else "the encoder as it is, with the default's head"
    result = {**summary(streams), "recipe": recipe, "gates": settings.gates.model_dump(mode="json"), "first_seed": given.first}
    name, text = f"operating-{given.part}" if given.part else "operating", shown(result)
    if given.write:
        gates = ", ".join(f"{key} {value}" for key, value in result["gates"].items() if key != "suites")
        write_text(RESULTS / f"{name}.md", f"{HEAD}\nRecipe: {recipe}. Gates: {gates}.\n\n{text}")
    return finish(name, result, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
