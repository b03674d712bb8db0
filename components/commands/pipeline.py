"""`perdure pipeline`: what dvc.yaml needs around the steps: the stream's files, the start of a line, a summary a cycle."""

from __future__ import annotations

from pathlib import Path

import click

from components.commands.common import Call, shared


@click.group("pipeline")
def pipeline() -> None:
    """What `dvc repro` calls around the steps of the cycles."""


@pipeline.command("fetch")
@click.argument("stream")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to put it in.")
@shared
def fetch(call: Call, stream: str, out: Path) -> int:
    """Put a stream's files into a folder (as links to the cache where the disk allows)."""
    from components.catalog.streams import get_stream
    from components.storage import link_tree

    with call.progress(f"fetching {stream}") as progress:
        found = get_stream(stream, progress=progress)
    link_tree(found.folder, out)
    call.result({"stream": found.name, "experiences": [part.name for part in found.experiences]})
    return 0


@pipeline.command("start")
@click.option("--cycle", required=True, help="Id of the start, for `after`.")
@shared
def start(call: Call, cycle: str) -> int:
    """Write down the start of a line: a cycle without an experience, after which nobody is champion."""
    from components.pipeline import write_start

    write_start(cycle, call.workspace)
    return 0


@pipeline.command("summary")
@click.option("--cycle", required=True, help="The last cycle to count.")
@shared
def summary(call: Call, cycle: str) -> int:
    """Metrics and curves of a line of cycles, from its start to CYCLE."""
    from components.pipeline import write_summary

    call.result(write_summary(cycle, call.workspace))
    return 0
