"""`status` and `reconcile` after years: seconds with a long ledger and many versions, beside the same with a short past.

The past is made by hand in a new workspace: ENTRIES of the ledger, among them VERSIONS that were registered and promoted, and the
same versions in MLflow's registry (SQLite). Measured are the functions in a process that has its libraries loaded, and the whole
command `perdure status` in a new process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from components.control.authority import consult
from components.control.reconcile import reconcile
from components.control.standing import standing
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from components.storage import digest_text
from components.workspace import Workspace


def now() -> datetime:
    return datetime.now(UTC)


def make_past(workspace: Workspace, entries: int, versions: int) -> None:
    """A workspace with a past: every version is registered and promoted, the rest of the entries are evaluations."""
    ledger, registry = Ledger(workspace.ledger_url), Registry(workspace)
    registry.claim()
    digests = [digest_text(str(n)) * 2 for n in range(versions + 1)]
    for n in range(1, versions + 1):
        tags = {"checkpoint": digests[n], "gate.status": "pass", "cycle": f"c{n}"}
        registry.client.create_model_version(registry.model, source="file:///nowhere", tags=tags)
        evidence = {
            "checkpoint": digests[n],
            "experience": digest_text(f"e{n}") * 2,
            "gate": "pass",
            "judged_against": digests[n - 1] if n > 1 else None,
            "parent": digests[n - 1] if n > 1 else None,
            "cycle": f"c{n}",
        }
        for kind in ("registered", "promoted"):
            ledger.append(kind, actor="perdure", subject=str(n), evidence=evidence, reason="all gates passed", now=now)
    for n in range(entries - 2 * versions):
        ledger.append("evaluated", actor="flow", subject="x", evidence={"n": n}, reason="every gate holds", now=now)


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """Median seconds of a function that ran once before."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def command(workspace: Workspace, repeats: int) -> float:
    """Median seconds of `perdure status` in a new process."""
    words = [sys.executable, "-m", "perdure", "status", "--json", "-w", str(workspace.root)]
    return seconds(lambda: subprocess.run(words, check=True, capture_output=True), repeats)


def measure(entries: int, versions: int, repeats: int) -> dict[str, float]:
    """Seconds with a past of this size; the first look verifies the whole ledger."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        workspace.root.mkdir()
        make_past(workspace, entries, versions)
        began = time.perf_counter()
        consult(workspace)
        first = time.perf_counter() - began
        reconcile(workspace, now)  # makes MLflow agree once
        return {
            "first_look": round(first, 3),
            "consult": round(seconds(lambda: consult(workspace), repeats), 4),
            "standing": round(seconds(lambda: standing(workspace), repeats), 4),
            "reconcile": round(seconds(lambda: reconcile(workspace, now), repeats), 4),
            "status_command": round(command(workspace, repeats), 3),
        }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure a long and a short past; prints and returns both, and their ratios."""
    parser = argparse.ArgumentParser(prog="perdure bench ledger", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    long = measure(given.entries, given.versions, given.repeats)
    short = measure(20, 10, given.repeats)
    result = {
        "entries": given.entries,
        "versions": given.versions,
        "seconds": long,
        "seconds_short_past": short,
        "ratio": {name: round(long[name] / short[name], 2) for name in long},
    }
    print(json.dumps(result) if given.json else json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
