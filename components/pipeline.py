"""What stands around the cycles when a tool that knows files only (DVC) drives them: the start of a line, and its summary."""

from __future__ import annotations

from typing import Any

from components.storage import link_tree, read_json, write_json
from components.summary import matrix
from components.workspace import Workspace


def write_start(cycle: str, workspace: Workspace) -> None:
    """Records of a cycle that never was: the next one continues from no experience and no champion, whatever serves today."""
    folder = workspace.cycles / cycle
    for step, outputs in {"ingest": {"experience": None}, "promote": {"champion": None}}.items():
        write_json(folder / step / "record.json", {"key": "start", "inputs": {}, "outputs": outputs})
    write_json(folder / "summary" / "accuracy.json", [])


def chain(cycle: str, workspace: Workspace) -> list[str]:
    """The cycles from the start of a line to `cycle`, oldest first, by what each says it continues from."""
    cycles: list[str] = []
    following: str | None = cycle
    while following and (request := workspace.cycles / following / "cycle.json").is_file():
        cycles.insert(0, following)
        following = read_json(request)["after"]
    return cycles


def write_summary(cycle: str, workspace: Workspace) -> dict[str, float]:
    """Write summary/metrics.json (numbers) and summary/accuracy.json (a row per cycle and experience); returns the metrics."""
    from components.evaluation.metrics import continual_metrics

    cycles = chain(cycle, workspace)
    table = matrix(cycles, workspace)
    names = [read_json(workspace.cycles / each / "cycle.json")["name"] for each in cycles]
    metrics = {name: round(value, 6) for name, value in continual_metrics(table).items() if isinstance(value, float)}
    rows: list[dict[str, Any]] = [
        {"cycles": row + 1, "experience": names[column], "accuracy": value}
        for row, values in enumerate(table)
        for column, value in enumerate(values[: row + 1])
        if value is not None
    ]
    folder = workspace.cycles / cycle / "summary"
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "accuracy.json", rows)
    return metrics


def restore(workspace: Workspace) -> None:
    """Bring back experiences and checkpoints that only the cycles' folders hold, as after `dvc pull` into an empty workspace."""
    for step, output, store in (("ingest", "experience", workspace.experiences), ("learn", "checkpoint", workspace.checkpoints)):
        for record in sorted(workspace.cycles.glob(f"*/{step}/record.json")):
            digest, kept = read_json(record)["outputs"][output], record.parent / output
            if digest and kept.is_dir() and not (store / digest).exists():
                link_tree(kept, store / digest)
