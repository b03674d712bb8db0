"""Every method of every axis on every stream, over splits, beside fine-tune only, joint training, retraining, lora + replay.

Each (stream, method, split) is one run in its own process (--jobs of them at once); finished runs stay in --work. The number of
the split is also the seed. The sections of the table say what is compared: one axis differs from `lora + replay`, everything
else is equal. A method without a benefit has its row like any other.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.catalogue import REFERENCES, TABLES, Table
from benchmarks.common import RESULTS, finish, markdown, parser, plus_minus, work_folder
from benchmarks.lines import Runs, kept_in, measured, summary
from components.contracts import Experience
from components.settings import LearningSettings
from components.storage import write_text
from components.workspace import Workspace


@dataclass(frozen=True)
class Job:
    """One run to be measured."""

    stream: str
    name: str
    settings: LearningSettings
    experiences: tuple[Path, ...]
    seed: int


STREAMS = ("trec", "newsgroups", "sentiment", "five")
COLUMNS = {
    "ACC": ("accuracy", ".3f"), "pooled": ("pooled", ".3f"), "forgetting": ("forgetting", ".3f"),
    "BWT": ("backward_transfer", ".3f"), "FWT": ("forward_transfer", ".3f"),
    "seconds": ("seconds", ".0f"), "steps": ("steps", ".0f"), "of retraining's CPU": ("cpu_share", ".2f"),
}  # fmt: skip


def chosen(
    table: Table, words: Sequence[str] | None, sections: Sequence[str] | None, without: Sequence[str] = ()
) -> dict[str, LearningSettings]:
    """The methods whose name contains one of the words, and always the references, because all are compared with them."""
    return {
        name: settings
        for part, methods in table.items()
        for name, settings in methods.items()
        if name not in without
        and (name in REFERENCES or ((not sections or part in sections) and (not words or any(word in name for word in words))))
    }


def run_all(jobs: Sequence[Job], work: Path, at_once: int, minutes: float, share: bool) -> list[dict[str, Any] | str]:
    """The results of the jobs in order; if one failed, the reason. No job begins after this many minutes. Progress on stderr."""
    results: list[dict[str, Any] | str] = ["there was no time left"] * len(jobs)
    end = time.monotonic() + 60 * minutes
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, context, max_tasks_per_child=None if share else 1) as pool:
        waiting = {pool.submit(run_one, job, work, end): i for i, job in enumerate(jobs)}
        for done, future in enumerate(as_completed(waiting), start=1):
            i = waiting[future]
            try:
                results[i] = future.result()
            except Exception as error:  # noqa: BLE001  (a run that fails does not end the others; the result says which)
                results[i] = f"{type(error).__name__}: {error}"
            last = results[i]
            said = last if isinstance(last, str) else f"accuracy {last['accuracy']:.3f}"
            print(
                f"{done} of {len(jobs)}: {jobs[i].stream}: {jobs[i].name}, split {jobs[i].seed}: {said}",
                file=sys.stderr,
                flush=True,
            )
    return results


def run_one(job: Job, work: Path, end: float) -> dict[str, Any] | str:
    """Run one job in a process of the pool. `time.monotonic` is the machine's, not the process's."""
    experiences = [Experience(path) for path in job.experiences]
    if time.monotonic() > end and not kept_in(job.name, job.settings, experiences, job.seed, work).is_file():
        return "there was no time left"
    return measured(job.name, job.settings, experiences, job.seed, work)


def row(method: str, stream: str, runs: Runs, references: Mapping[str, Runs]) -> dict[str, Any]:
    """One row of the table as JSON: means over splits, `interval` the ends of their 95 % intervals, `against` the references."""
    summed = summary(runs, references)
    plain = ("steps_per_second", "accuracy", "pooled", "forgetting", "backward_transfer", "forward_transfer", "seconds", "steps",
             "cpu_seconds", "peak_mb", "stored_bytes", "text_bytes", "time_share", "cpu_share")  # fmt: skip
    means = {name: summed[name]["mean"] if summed.get(name) else None for name in plain}
    ends = {name: [summed[name]["low"], summed[name]["high"]] for name in plain if summed.get(name)}
    return {
        "method": method, "engine": "perdure", "stream": stream, **means, "splits": len(runs), "interval": ends,
        "against": summed["against"], "machines": sorted({run["machine"] for run in runs.values()}),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure the methods on the streams."""
    options = parser("methods", __doc__ or "")
    options.add_argument("--streams", nargs="+", default=list(STREAMS), choices=STREAMS)
    options.add_argument("--splits", type=int, default=5, help="random splits of each stream; the number of a split is its seed")
    options.add_argument("--rows", type=int, help="use at most this many rows per experience")
    options.add_argument(
        "--heldout", type=float, default=0.2, help="share of the rows of an experience that is held out for scoring"
    )
    options.add_argument("--only", nargs="+", metavar="WORD", help="only methods whose name contains one of these words")
    options.add_argument("--table", choices=list(TABLES), default="encoder", help="encoders, or causal models that write labels")
    parts = list(dict.fromkeys(section for table in TABLES.values() for section in table))
    options.add_argument(
        "--section", nargs="+", choices=parts, metavar="NAME", help=f"only these parts of the table: {', '.join(parts)}"
    )
    options.add_argument(
        "--jobs", type=int, default=max(1, len(os.sched_getaffinity(0)) // 2), help="runs at once, one thread each"
    )
    options.add_argument("--without", nargs="+", metavar="NAME", default=[], help="leave these out, such as a costly reference")
    options.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="begin no run after this many minutes; the table shows how many splits were run",
    )
    options.add_argument(
        "--share", action="store_true", help="let runs share processes: faster, but peak memory is then not that of a single run"
    )
    options.add_argument("--work", type=Path, help="folder for finished runs, so that a stopped benchmark continues")
    options.add_argument(
        "--part", metavar="NAME", help="with --write: write to methods-NAME, for a part that is measured separately"
    )
    options.add_argument("--prepare", action="store_true", help="ingest the streams into --work and stop")
    given = options.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    table = TABLES[given.table]
    methods = chosen(table, given.only, given.section, given.without)
    with work_folder(given.work) as work:
        streams = {
            (stream, split): experiences_of(stream, given.rows, given.heldout, split, work)
            for split in range(given.splits)
            for stream in given.streams
        }
        if given.prepare:
            return {"prepared": {f"{stream}, split {split}": len(those) for (stream, split), those in streams.items()}}
        # all their splits first: the rest is compared with them
        first = [name for part in ("baselines", "recommended") for name in table.get(part, ())]
        jobs = [
            Job(stream, name, methods[name], tuple(e.path for e in experiences), split)
            for part in (set(first), set(methods) - set(first))
            for (stream, split), experiences in streams.items()
            for name in methods
            if name in part
        ]
        found = run_all(jobs, work, given.jobs, given.minutes, given.share)
    results = {(job.seed, job.stream, job.name): result for job, result in zip(jobs, found)}
    failed = {f"{stream}: {name}, split {seed}": r for (seed, stream, name), r in results.items() if isinstance(r, str)}
    done: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
    for (seed, stream, name), result in results.items():
        if not isinstance(result, str):
            done.setdefault((stream, name), {})[seed] = result
    rows = [
        row(name, stream, done[stream, name], {other: done[stream, other] for other in REFERENCES if (stream, other) in done})
        for stream in given.streams
        for name in methods
        if (stream, name) in done
    ]
    settings = {name: settings.model_dump(mode="json") for name, settings in methods.items()}
    outcome = {"rows": rows, "limit": given.rows, "jobs": given.jobs, "failed": failed, "settings": settings}
    text = "\n".join(shown(table, stream, [r for r in rows if r["stream"] == stream]) for stream in given.streams)
    name = f"methods-{given.part}" if given.part else "methods"
    if given.write:
        write_text(RESULTS / f"{name}.md", f"{_head(rows, given)}\n{text}")
    return finish(name, outcome, text, given)


def _head(rows: Sequence[dict[str, Any]], given: argparse.Namespace) -> str:
    """What the tables show, for a reader who has not seen the command."""
    machines = sorted({machine for row in rows for machine in row["machines"]})
    where = "; ".join(machines)
    rows_each = f"At most {given.rows} rows" if given.rows else "All rows"
    return f"""# Methods

{rows_each} of each experience, {given.heldout:.0%} of each label held out, anew in each split. Means over the splits in the last
column, with half the width of a 95 % t interval from three splits on; `-`: nothing to measure, or runs on several machines, whose
times cannot be compared. Measured on: {where}.

`ACC`: mean over experiences; `pooled`: over all their cases. `FWT`: above a guess among the labels known before. Differences:
pooled accuracy of the method less that of the reference, with the 95 % interval of a bootstrap over cases, paired by split and
case. The references have the default's head: *joint* learns everything once, with the encoder as it is (frozen) or with its upper
half adapted on all rows; *retrain every cycle* does the latter after every experience. Seconds are for all experiences; runs may
have shared the machine, so compare them only within a table.
"""


def experiences_of(stream: str, rows: int | None, heldout: float, split: int, work: Path) -> list[Experience]:
    """The ingested experiences of a split of a stream: those that an earlier run left in `work`, or new ones."""
    home = Workspace(work / f"{stream}-{rows or 'all'}-split{split}{'' if heldout == 0.2 else f'-{heldout:g}'}")
    kept = home.root / "order.json"
    if kept.is_file():
        return [home.experience(digest) for digest in json.loads(kept.read_text(encoding="utf-8"))]
    from benchmarks.streams import prepare  # here: a machine without ingestion's packages can use a prepared folder

    experiences = prepare(stream, home, rows=rows, heldout=heldout, split=split)
    write_text(kept, json.dumps([experience.digest for experience in experiences]))
    return experiences


def shown(table: Table, stream: str, rows: Sequence[dict[str, Any]]) -> str:
    """The Markdown table of one stream, by section: means with half the width of the 95 % interval, and differences."""
    header = ["method", *COLUMNS, *(f"to {name}" for name in REFERENCES), "MiB stored", "text kept", "splits"]
    lines: list[list[object]] = []
    for section, methods in table.items():
        mine = [row for row in rows if row["method"] in methods]
        lines += [[f"*{section}*", *[""] * (len(header) - 1)]] if mine else []
        lines += [[row["method"], *map(str, _cells(row)), row["splits"]] for row in mine]
    return f"### {stream}\n\n{markdown(header, lines)}"


def _cells(row: dict[str, Any]) -> list[str]:
    def one(name: str, form: str) -> str:
        low, high = row["interval"].get(name, (None, None))
        return plus_minus(None if row[name] is None else {"mean": row[name], "low": low, "high": high}, form)

    def gap(name: str) -> str:
        found = row["against"].get(name)
        return "{difference:+.3f} [{low:+.3f}, {high:+.3f}]".format(**found) if found else "-"

    text = row["text_bytes"]
    return [
        *(one(*column) for column in COLUMNS.values()),
        *map(gap, REFERENCES),
        f"{row['stored_bytes'] / 2**20:.1f}",
        "yes" if text else "no",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
