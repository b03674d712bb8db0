"""What dvc.yaml needs around the steps, because DVC knows only files: python -m flows.files fetch | begin | restore | summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from components.cycle.records import Records
from components.environment import keep_private
from components.storage import link_tree, write_json
from components.workspace import Workspace


@click.group()
@click.pass_context
def files(context: click.Context) -> None:
    """Files around the steps of the cycles, in the workspace PERDURE_WORKSPACE."""
    keep_private()
    context.obj = Workspace(Path(os.environ.get("PERDURE_WORKSPACE") or "workspace"))


@files.command()
@click.argument("stream")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to put it in.")
def fetch(stream: str, out: Path) -> None:
    """Put a stream's files into a folder, as links to the cache if the disk allows."""
    from components.catalog.streams import get_stream

    link_tree(get_stream(stream).folder, out)


@files.command()
@click.argument("cycle")
@click.pass_obj
def begin(workspace: Workspace, cycle: str) -> None:
    """Make the start of a stream: the next cycle continues from no experience and no champion, whatever serves now."""
    records = Records(workspace)
    records.start(cycle)
    for part in ("ingest", "evaluate", "promote", "summary"):  # what DVC's stages of the first cycle depend on
        write_json(records.folder(cycle).path / part / "start.json", {})


@files.command()
@click.pass_obj
def restore(workspace: Workspace) -> None:
    """Bring back experiences and checkpoints that only the cycles' folders hold, as after `dvc pull` into an empty workspace."""
    records = Records(workspace)
    for cycle in records.cycles():
        folder, kept = records.folder(cycle), []
        if records.done(cycle, "ingest"):
            kept.append((folder.experience, workspace.experiences / records.ingested(cycle).experience))
        if records.done(cycle, "learn"):
            kept.append((folder.checkpoint, workspace.checkpoints / records.learned(cycle).checkpoint))
        for copy, artefact in kept:
            if copy.is_dir() and not artefact.exists():
                link_tree(copy, artefact)


@files.command()
@click.option("--cycle", required=True, help="The last cycle to count.")
@click.pass_obj
def summary(workspace: Workspace, cycle: str) -> None:
    """Write metrics (numbers) and accuracies (a row per cycle and experience) of a stream of cycles, from its start to CYCLE."""
    from components.cycle.history import answered, matrix, stream_of
    from components.evaluation.metrics import continual_metrics

    records, cycles = Records(workspace), stream_of(cycle, workspace)
    table = matrix(cycles, workspace)
    table[-1] = answered(table[-1], cycles, workspace)
    names = [records.opened(each).name for each in cycles]
    metrics = {name: round(value, 6) for name, value in continual_metrics(table).items() if isinstance(value, float)}
    rows: list[dict[str, Any]] = [
        {"cycles": row + 1, "experience": names[column], "accuracy": value}
        for row, values in enumerate(table)
        for column, value in enumerate(values[: row + 1])
        if value is not None
    ]
    folder = records.folder(cycle).summary
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "accuracy.json", rows)


if __name__ == "__main__":
    files()
