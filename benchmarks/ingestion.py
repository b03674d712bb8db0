"""Ingestion throughput on one core, its peak memory, and what replacing personal data costs.

    python benchmarks/ingestion.py                 1,000,000 events without PII, 50,000 with; one JSON object on stdout
    python benchmarks/ingestion.py --rows 100000

The reference is a plain `json.loads` loop over the same file, which validates, screens, splits and writes nothing. Every figure is
from a process of its own on one thread, so that peaks do not mix; importing the libraries counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
_LABELS = 20
_PERSONAL = ("write to {n}.doe@example.com", "call +1 212 555 {n:04d}", "my card 4111 1111 1111 1111", "from 10.0.3.{n}")


def write_events(path: Path, rows: int, personal_every: int = 0) -> None:
    """Synthetic support requests of 12 words; every `personal_every`-th holds a piece of personal data (0: none)."""
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
                    "text": text, "label": f"label-{i % _LABELS}", "id": f"e{i}", "task": "support", "source": "log",
                    "timestamp": "2026-05-03T14:03:22Z", "subject": f"s{i % 9973}", "consent": True, "channel": "web",
                }  # fmt: skip
                file.write(json.dumps(event) + "\n")


def measure(path: Path, pii: str) -> dict[str, float]:
    """Ingest one file in this process. `pii`: an ingestion.pii mode, or `reference` for the plain json.loads loop."""
    began = time.perf_counter()
    if pii == "reference":
        with open(path, "rb") as file:
            rows = sum(1 for line in file if json.loads(line))
    else:
        import pyarrow

        from components.ingestion.ingest import ingest
        from components.settings import IngestionSettings
        from components.workspace import Workspace

        pyarrow.set_cpu_count(1)
        pyarrow.set_io_thread_count(1)
        with tempfile.TemporaryDirectory() as folder:
            settings = IngestionSettings.model_validate({"pii": pii})
            found = ingest([path], name="bench", workspace=Workspace(Path(folder)), settings=settings, now=datetime(2026, 11, 1, tzinfo=UTC))
        rows = found.read
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "seconds": round(seconds, 2), "events_per_second": round(rows / seconds), "peak_mb": round(peak)}


def run(rows: int, pii_rows: int) -> dict[str, Any]:
    """All figures, each measured in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        plain, mixed = Path(folder) / "plain.jsonl", Path(folder) / "mixed.jsonl"
        write_events(plain, rows)
        write_events(mixed, pii_rows, personal_every=10)
        without, reference = _measure(plain, "off"), _measure(plain, "reference")
        off, patterns = _measure(mixed, "off"), _measure(mixed, "patterns")
    return {
        **without,
        "reference": {"what": "json.loads over the same lines", **reference},
        "ratio_to_reference": round(without["events_per_second"] / reference["events_per_second"], 3),
        "pii": {"what": "one event in ten holds personal data", "off": off, "patterns": patterns},
    }


def _measure(path: Path, pii: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", str(path), pii]
    done = subprocess.run(command, env={**os.environ, **_ONE_THREAD}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pii-rows", type=int, default=50_000)
    parser.add_argument("--measure", nargs=2, metavar=("FILE", "MODE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(Path(arguments.measure[0]), arguments.measure[1])))
    else:
        print(json.dumps(run(arguments.rows, arguments.pii_rows), indent=1))


if __name__ == "__main__":
    main()
