"""`status` and `reconcile` after years: seconds with a long ledger and many versions, beside the same with a short past.

The past is made by hand in new workspaces: entries of the ledger, among them versions that were registered and promoted, and the
same versions in MLflow's registry (SQLite). Measured are the functions in a process that has its libraries loaded, and the whole
command `perdure status` in a new process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common import finish, interleaved, parser, seconds, spread, table
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


def command(workspace: Workspace) -> float:
    """Seconds of `perdure status` in a new process."""
    words = [sys.executable, "-m", "perdure", "status", "--json", "-w", str(workspace.root)]
    return seconds(lambda: subprocess.run(words, check=True, capture_output=True))


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure a long and a short past in turns."""
    options = parser("ledger", __doc__ or "")
    options.add_argument("--entries", type=int, default=10_000)
    options.add_argument("--versions", type=int, default=1_000)
    options.add_argument("--repeats", type=int, default=9)
    given = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        long, short = (Workspace(Path(folder) / name) for name in ("long", "short"))
        for workspace, entries, versions in ((long, given.entries, given.versions), (short, 20, 10)):
            workspace.root.mkdir()
            make_past(workspace, entries, versions)
        first = {name: seconds(lambda w=each: consult(w)) for name, each in (("long", long), ("short", short))}
        works = {"standing": standing, "reconcile": lambda each: reconcile(each, now)}
        measured: dict[str, Any] = {"first look (the whole ledger is verified)": [[first["long"]], [first["short"]]]}
        for name, work in works.items():
            for each in (long, short):
                work(each)  # reads files from the disk, and makes MLflow agree
            measured[name] = interleaved(
                given.repeats, *(lambda w=each, do=work: seconds(lambda: do(w)) for each in (long, short))
            )
        measured["perdure status (a new process)"] = interleaved(
            given.repeats, *(lambda w=each: command(w) for each in (long, short))
        )
    result = {"entries": given.entries, "versions": given.versions, "target_seconds": 0.3}
    result |= {
        name: {"long": spread(a), "short": spread(b), "ratio": spread([x / y for x, y in zip(a, b)])}
        for name, (a, b) in measured.items()
    }
    rows = [
        [name, *(f"{result[name][part]['median']:.3f}" for part in ("long", "short")), f"{result[name]['ratio']['median']:.1f}"]
        for name in measured
    ]
    return finish("ledger", result, table(["seconds", "long past", "short past", "ratio"], rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
