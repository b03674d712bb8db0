"""Every method of every axis on every stream, over seeds, beside fine-tune only, joint retraining, and plain lora + replay.

One line of experiences a (stream, method, seed), each in a process of its own (--jobs of them at once); what is done stays in
--work. Sections of the table say what is compared: one axis differs from `lora + replay`, all else is equal. A method without a
benefit has its row like any other.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.catalogue import JOINT, TABLES, Table
from benchmarks.common import RESULTS, finish, markdown, parser, plus_minus
from benchmarks.lines import kept_in, measured, summary
from components.contracts import Experience
from components.settings import LearningSettings
from components.storage import write_text
from components.workspace import Workspace


@dataclass(frozen=True)
class Job:
    """One line of experiences to be measured."""

    stream: str
    name: str
    settings: LearningSettings
    experiences: tuple[Path, ...]
    seed: int


STREAMS = ("trec", "newsgroups", "sentiment", "five")
COLUMNS = {
    "ACC": ("accuracy", ".3f"), "forgetting": ("forgetting", ".3f"), "BWT": ("backward_transfer", ".3f"),
    "FWT": ("forward_transfer", ".3f"), "to joint": ("accuracy_gap", ".3f"), "seconds": ("seconds", ".0f"),
    "CPU of joint": ("cpu_share", ".2f"), "steps/s": ("steps_per_second", ".1f"),
}  # fmt: skip


def chosen(table: Table, words: Sequence[str] | None, sections: Sequence[str] | None) -> dict[str, LearningSettings]:
    """The methods whose name holds one of the words; joint retraining always, since all are compared with it."""
    return {
        name: settings
        for part, methods in table.items()
        for name, settings in methods.items()
        if name == JOINT or ((not sections or part in sections) and (not words or any(word in name for word in words)))
    }


def run_all(jobs: Sequence[Job], work: Path, at_once: int, minutes: float, share: bool) -> list[dict[str, Any] | str]:
    """The results of the jobs in order; the reason for one that failed. None begins after so many minutes. Progress on stderr."""
    found: list[dict[str, Any] | str] = ["the time was over"] * len(jobs)
    end = time.monotonic() + 60 * minutes
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, context, max_tasks_per_child=None if share else 1) as pool:
        waiting = {pool.submit(run_one, job, work, end): i for i, job in enumerate(jobs)}
        for done, future in enumerate(as_completed(waiting), start=1):
            i = waiting[future]
            try:
                found[i] = future.result()
            except Exception as error:  # noqa: BLE001  (one line that fails does not end the others; the result says which)
                found[i] = f"{type(error).__name__}: {error}"
            last = found[i]
            said = last if isinstance(last, str) else f"accuracy {last['accuracy']:.3f}"
            print(
                f"{done} of {len(jobs)}: {jobs[i].stream}: {jobs[i].name}, seed {jobs[i].seed}: {said}",
                file=sys.stderr,
                flush=True,
            )
    return found


def run_one(job: Job, work: Path, end: float) -> dict[str, Any] | str:
    """One line, in a process of the pool. `time.monotonic` is the machine's, not the process's."""
    experiences = [Experience(path) for path in job.experiences]
    if time.monotonic() > end and not kept_in(job.name, job.settings, experiences, job.seed, work).is_file():
        return "the time was over"
    return measured(job.name, job.settings, experiences, job.seed, work, joint=job.name == JOINT)


def row(method: str, stream: str, runs: Sequence[dict[str, Any]], joint: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One line of the table as JSON: means over seeds, and under `interval` the ends of their 95 % intervals."""
    found = summary(runs, joint)
    plain = ("steps_per_second", "accuracy", "forgetting", "backward_transfer", "forward_transfer", "seconds", "cpu_seconds",
             "peak_mb", "stored_bytes", "text_bytes", "accuracy_gap", "time_share", "cpu_share")  # fmt: skip
    means = {name: found[name]["mean"] if found.get(name) else None for name in plain}
    ends = {name: [found[name]["low"], found[name]["high"]] for name in plain if found.get(name)}
    return {
        "method": method, "engine": "perdure", "stream": stream, **means, "seeds": len(runs), "interval": ends,
        "machines": sorted({run["machine"] for run in runs}),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure the methods on the streams."""
    options = parser("methods", __doc__ or "")
    options.add_argument("--streams", nargs="+", default=list(STREAMS), choices=STREAMS)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--rows", type=int, help="at most so many rows an experience")
    options.add_argument("--heldout", type=float, default=0.2, help="share of the rows of an experience that are scored with")
    options.add_argument("--only", nargs="+", metavar="WORD", help="methods whose name holds one of these")
    options.add_argument("--table", choices=list(TABLES), default="encoder", help="encoders, or causal models that write labels")
    parts = list(dict.fromkeys(section for table in TABLES.values() for section in table))
    options.add_argument("--section", nargs="+", choices=parts, metavar="NAME", help=f"parts of the table: {', '.join(parts)}")
    options.add_argument(
        "--jobs", type=int, default=max(1, len(os.sched_getaffinity(0)) // 2), help="lines at once, one thread each"
    )
    options.add_argument(
        "--minutes", type=float, default=math.inf, help="no line begins after so many; the table tells how many seeds"
    )
    options.add_argument(
        "--share", action="store_true", help="lines share processes: quicker, but peak memory is not each one's own"
    )
    options.add_argument("--work", type=Path, help="folder to keep runs in, so that a stopped one goes on")
    options.add_argument("--part", metavar="NAME", help="with --write: write to methods-NAME, for a part that is measured apart")
    options.add_argument("--prepare", action="store_true", help="ingest the streams into --work and stop")
    given = options.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    table = TABLES[given.table]
    methods = chosen(table, given.only, given.section)
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        streams = {stream: experiences_of(stream, given.rows, given.heldout, work) for stream in given.streams}
        if given.prepare:
            return {"prepared": {stream: len(experiences) for stream, experiences in streams.items()}}
        # all their seeds before the rest: what else is compared with
        first = [name for part in ("baselines", "recommended") for name in table.get(part, ())]
        jobs = [
            Job(stream, name, methods[name], tuple(e.path for e in experiences), seed)
            for part in (set(first), set(methods) - set(first))
            for seed in range(given.seeds)
            for stream, experiences in streams.items()
            for name in methods
            if name in part
        ]
        found = run_all(jobs, work, given.jobs, given.minutes, given.share)
    results = {(job.seed, job.stream, job.name): result for job, result in zip(jobs, found)}
    failed = {f"{stream}: {name}, seed {seed}": r for (seed, stream, name), r in results.items() if isinstance(r, str)}
    rows = []
    for stream in streams:
        joint = {seed: r for (seed, s, n), r in results.items() if (s, n) == (stream, JOINT) and not isinstance(r, str)}
        for name in methods:
            runs = {seed: r for (seed, s, n), r in results.items() if (s, n) == (stream, name) and not isinstance(r, str)}
            both = sorted(runs.keys() & joint.keys())
            if both:
                rows.append(row(name, stream, [runs[seed] for seed in both], [joint[seed] for seed in both]))
    settings = {name: settings.model_dump(mode="json") for name, settings in methods.items()}
    result = {"rows": rows, "limit": given.rows, "jobs": given.jobs, "failed": failed, "settings": settings}
    text = "\n".join(shown(table, stream, [r for r in rows if r["stream"] == stream]) for stream in streams)
    name = f"methods-{given.part}" if given.part else "methods"
    if given.write:
        write_text(RESULTS / f"{name}.md", f"{_head(rows, given)}\n{text}")
    return finish(name, result, text, given)


def _head(rows: Sequence[dict[str, Any]], given: argparse.Namespace) -> str:
    """What the tables are of, for a reader who has not seen the command."""
    machines = sorted({machine for row in rows for machine in row["machines"]})
    where = "; ".join(machines)
    rows_each = f"At most {given.rows} rows" if given.rows else "All rows"
    return f"""# Methods

{rows_each} of each experience, {given.heldout:.0%} of them held out. Means over the seeds in the last column, with half the
width of a 95 % t interval; `-`: nothing to measure, or runs of several machines, whose times do not compare.
Measured on: {where}.

`to joint`: the accuracy that is missing to retraining on everything after every experience. Seconds are those of all experiences;
lines may have shared the machine, so compare them within a table only.
"""


def experiences_of(stream: str, rows: int | None, heldout: float, work: Path) -> list[Experience]:
    """The ingested experiences of a stream: those that an earlier run left in `work`, else made now."""
    home = Workspace(work / f"{stream}-{rows or 'all'}-own{'' if heldout == 0.2 else f'-{heldout:g}'}")
    kept = home.root / "order.json"
    if kept.is_file():
        return [home.experience(digest) for digest in json.loads(kept.read_text(encoding="utf-8"))]
    from benchmarks.streams import prepare  # here: a machine without what ingestion needs can go on from a prepared folder

    found = prepare(stream, home, rows=rows, heldout=heldout)
    write_text(kept, json.dumps([experience.digest for experience in found]))
    return found


def shown(table: Table, stream: str, rows: Sequence[dict[str, Any]]) -> str:
    """The Markdown table of one stream, by section: means with half the width of the 95 % interval."""
    header = ["method", *COLUMNS, "MiB stored", "text kept", "seeds"]
    lines: list[list[object]] = []
    for section, methods in table.items():
        mine = [row for row in rows if row["method"] in methods]
        lines += [[f"*{section}*", *[""] * (len(header) - 1)]] if mine else []
        lines += [[row["method"], *map(str, _cells(row)), row["seeds"]] for row in mine]
    return f"### {stream}\n\n{markdown(header, lines)}"


def _cells(row: dict[str, Any]) -> list[str]:
    def one(name: str, form: str) -> str:
        low, high = row["interval"].get(name, (None, None))
        return plus_minus(None if row[name] is None else {"mean": row[name], "low": low, "high": high}, form)

    text = row["text_bytes"]
    return [*(one(*column) for column in COLUMNS.values()), f"{row['stored_bytes'] / 2**20:.1f}", "yes" if text else "no"]


if __name__ == "__main__":
    main(sys.argv[1:])
