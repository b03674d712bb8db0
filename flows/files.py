"""What dvc.yaml needs around the steps, since DVC knows files only: python -m flows.files fetch | start | restore | summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from components.storage import link_tree, read_json, write_json
from components.workspace import Workspace


@click.group()
@click.pass_context
def files(context: click.Context) -> None:
    """Files around the steps of the cycles, in the workspace PERDURE_WORKSPACE."""
    context.obj = Workspace(Path(os.environ.get("PERDURE_WORKSPACE") or "workspace"))


@files.command()
@click.argument("stream")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to put it in.")
def fetch(stream: str, out: Path) -> None:
    """Put a stream's files into a folder, as links to the cache where the disk allows."""
    from components.catalog.streams import get_stream

    link_tree(get_stream(stream).folder, out)


@files.command()
@click.option("--cycle", required=True, help="Id of the start, for `after`.")
@click.pass_obj
def start(workspace: Workspace, cycle: str) -> None:
    """Records of a cycle that never was: the next one continues from no experience and no champion, whatever serves today."""
    folder = workspace.cycles / cycle
    for step, outputs in {"ingest": {"experience": None}, "promote": {"champion": None}}.items():
        write_json(folder / step / "record.json", {"key": "start", "inputs": {}, "outputs": outputs})
    write_json(folder / "summary" / "accuracy.json", [])


@files.command()
@click.pass_obj
def restore(workspace: Workspace) -> None:
    """Bring back experiences and checkpoints that only the cycles' folders hold, as after `dvc pull` into an empty workspace."""
    for step, output, store in (("ingest", "experience", workspace.experiences), ("learn", "checkpoint", workspace.checkpoints)):
        for record in sorted(workspace.cycles.glob(f"*/{step}/record.json")):
            digest, kept = read_json(record)["outputs"][output], record.parent / output
            if digest and kept.is_dir() and not (store / digest).exists():
                link_tree(kept, store / digest)


@files.command()
@click.option("--cycle", required=True, help="The last cycle to count.")
@click.pass_obj
def summary(workspace: Workspace, cycle: str) -> None:
    """Metrics (numbers) and accuracies (a row per cycle and experience) of a line of cycles, from its start to CYCLE."""
    from components.cycle.history import matrix
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


def chain(cycle: str, workspace: Workspace) -> list[str]:
    """The cycles from the start of a line to `cycle`, oldest first, by what each says it continues from."""
    cycles: list[str] = []
    following: str | None = cycle
    while following and (request := workspace.cycles / following / "cycle.json").is_file():
        cycles.insert(0, following)
        following = read_json(request)["after"]
    return cycles


if __name__ == "__main__":
    files()
