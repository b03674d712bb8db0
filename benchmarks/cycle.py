"""Where a cycle's time goes: the share of everything except the training itself, step by step, on a stream.

Runs the cycles of a stream in a fresh workspace (or, with --workspace, reads those of a workspace that has already run). Training
is what `learn` reports as its training seconds (reading the base model, encoding, steps); the rest of `learn` counts as
governance.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common import finish, parser, spread, table
from components.cycle.records import Records
from components.settings import load_settings
from components.storage import read_json
from components.workspace import Workspace


def run_stream(stream: str, rows: int | None, workspace: Workspace, overrides: Sequence[str]) -> None:
    """Run all cycles of a stream with the functions of `perdure run`."""
    from benchmarks.streams import write_parts
    from components.cycle.plan import plan
    from components.cycle.run import run_planned
    from components.environment import prepare_process

    prepare_process()
    params = Path("params.yaml")
    settings = load_settings(params if params.is_file() else None, overrides)
    for planned in plan(stream, write_parts(stream, workspace, rows=rows)):
        entry = run_planned(planned, workspace, settings, now=datetime.now(UTC))
        print(f"{planned.name}: {entry['verdict']} in {entry['seconds']:.1f} s", file=sys.stderr)


def cycle_times(cycle: str, workspace: Workspace) -> dict[str, float]:
    """Seconds of each step of a cycle, with `learn` in two parts."""
    records = Records(workspace)
    steps = records.seconds(cycle)
    training = min(steps["learn"], float(read_json(records.folder(cycle).training)["train_seconds"]))
    return {"training": training, "learn (rest)": steps.pop("learn") - training, **steps}


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the cycles, or read them, and add up their times."""
    options = parser("cycle", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--rows", type=int, help="use at most this many rows per experience")
    options.add_argument("--workspace", type=Path, help="read the cycles of this workspace instead of running a stream")
    options.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="change a setting of params.yaml; repeatable",
    )
    given = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(given.workspace or Path(scratch))
        if given.workspace is None:
            run_stream(given.stream, given.rows, workspace, given.overrides)
        records = Records(workspace)
        cycles = [cycle for cycle in records.cycles() if records.folder(cycle).training.is_file()]
        if not cycles:
            raise SystemExit(f"no cycle has learned in {workspace.root}")
        times = {cycle: cycle_times(cycle, workspace) for cycle in cycles}
    parts = list(dict.fromkeys(part for own in times.values() for part in own))
    sums = {part: sum(own.get(part, 0.0) for own in times.values()) for part in parts}
    total = sum(sums.values())
    shares = {cycle: 1 - own["training"] / sum(own.values()) for cycle, own in times.items()}
    result = {
        "target_share": 0.35, "governance_share": 1 - sums["training"] / total,
        "share_of_each_cycle": spread(list(shares.values())), "seconds": total,
        "seconds_by_part": sums, "cycles": times, "stream": given.stream, "rows": given.rows,
    }  # fmt: skip
    rows = [[part, f"{spent:.1f}", f"{spent / len(times):.1f}", f"{100 * spent / total:.1f} %"] for part, spent in sums.items()]
    rows.append(["all but training", f"{total - sums['training']:.1f}", "", f"{100 * result['governance_share']:.1f} %"])
    return finish("cycle", result, table(["part", "seconds", "a cycle", "share"], rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
