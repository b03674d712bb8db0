"""Events per second that ingestion processes on one core, its peak memory, and the cost of replacing personal data.

The events are synthetic support requests of 12 words with the usual fields, as JSONL. The reference is a plain `json.loads` loop
over the same file, which validates, compares, splits and writes nothing. Each figure comes from a separate process with one
thread, so that peaks do not mix, and includes the import of the libraries. `events_per_second` uses wall time;
`events_per_cpu_second` uses the CPU time of the process, which a busy machine affects less.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common import finish, parser, table

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_PERSONAL = ("write to {n}.doe@example.com", "call +1 212 555 {n:04d}", "my card 4111 1111 1111 1111", "from 10.0.3.{n}")


def write_events(path: Path, rows: int, personal_every: int = 0) -> None:
    """Write JSONL with 20 labels; every `personal_every`-th text holds a piece of personal data (0: none)."""
    import numpy as np

    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(generator.choice(letters, size)) for size in generator.integers(3, 10, 5000)]
    with open(path, "w", encoding="utf-8") as file:
        for begin in range(0, rows, 10_000):
            for i, row in enumerate(generator.integers(0, len(words), (min(10_000, rows - begin), 12)), start=begin):
                text = " ".join(words[k] for k in row)
                if personal_every and i % personal_every == 0:
                    text += " " + _PERSONAL[i // personal_every % len(_PERSONAL)].format(n=i % 250)
                event = {
                    "text": text, "label": f"label-{i % 20}", "id": f"e{i}", "task": "support", "source": "log",
                    "timestamp": "2026-05-03T14:03:22Z", "subject": f"s{i % 9973}", "consent": True, "channel": "web",
                }  # fmt: skip
                file.write(json.dumps(event) + "\n")


def measure(path: Path, mode: str) -> dict[str, float]:
    """Ingest one file in this process. `mode`: a value of ingestion.pii, or `reference` for the json.loads loop."""
    began = time.perf_counter()
    if mode == "reference":
        with open(path, "rb") as file:
            rows = sum(1 for line in file if json.loads(line))
    else:
        rows = _ingest(path, mode)
    seconds, use = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows,
        "seconds": round(seconds, 2),
        "events_per_second": round(rows / seconds),
        "events_per_cpu_second": round(rows / (use.ru_utime + use.ru_stime)),
        "peak_mb": round(use.ru_maxrss / 1024),
    }


def _ingest(path: Path, pii: str) -> int:
    import pyarrow

    from components.ingestion.ingest import ingest
    from components.settings import IngestionSettings
    from components.workspace import Workspace

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    settings, now = IngestionSettings.model_validate({"pii": pii}), datetime(2026, 11, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        return ingest([path], name="bench", workspace=Workspace(Path(folder)), settings=settings, now=now).read


def _fresh(path: Path, mode: str) -> dict[str, float]:
    """`measure` in a new process."""
    command = [sys.executable, "-m", "benchmarks.ingestion", "--measure", str(path), mode]
    done = subprocess.run(command, env={**os.environ, **_ONE_THREAD}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure many events without personal data, and fewer of which one in ten holds some, with and without replacing it."""
    options = parser("ingestion", __doc__ or "")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--pii-rows", type=int, default=100_000)
    options.add_argument(
        "--measure", nargs=2, metavar=("FILE", "MODE"), help="make one measurement in this process and print it as JSON"
    )
    given = options.parse_args(argv)
    if given.measure:
        measured = measure(Path(given.measure[0]), given.measure[1])
        print(json.dumps(measured))
        return measured
    with tempfile.TemporaryDirectory() as folder:
        plain, mixed = Path(folder) / "plain.jsonl", Path(folder) / "mixed.jsonl"
        write_events(plain, given.rows)
        write_events(mixed, given.pii_rows, personal_every=10)
        whole, reference = _fresh(plain, "off"), _fresh(plain, "reference")
        off, patterns = _fresh(mixed, "off"), _fresh(mixed, "patterns")
    ratio = whole["events_per_cpu_second"] / reference["events_per_cpu_second"]
    result = {
        **whole,
        "target": {"events_per_second": 20_000, "peak_mb": 1000},
        "reference": {"what": "json.loads over the same lines", **reference},
        "ratio_to_reference": round(ratio, 3),
        "pii": {"what": "one event in ten holds personal data", "off": off, "patterns": patterns},
    }
    named = {"ingest": whole, "json.loads loop": reference, "ingest, pii off": off, "ingest, pii patterns": patterns}
    columns = ("rows", "seconds", "events_per_second", "events_per_cpu_second", "peak_mb")
    rows = [[name, *(f"{values[column]:,}" for column in columns)] for name, values in named.items()]
    return finish("ingestion", result, table(["", "rows", "seconds", "events/s", "events/CPU-s", "peak MB"], rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
