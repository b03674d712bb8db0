"""`perdure ingest`: events in, an experience out, bad rows to quarantine."""

from __future__ import annotations

from pathlib import Path

import click

from components.commands.common import Call, now, shared


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--name", help="Name of the experience [default: the first file's name].")
@click.option("--requeue", is_flag=True, help="FILE is a quarantine file whose rows you corrected: take them back.")
@shared
def ingest(call: Call, files: tuple[Path, ...], name: str | None, requeue: bool) -> int:
    """Validate FILE… (JSONL, CSV, Parquet) into one experience. Rows that fail go to quarantine, each with its reason."""
    from components.ingestion.chain import latest
    from components.ingestion.ingest import TooFewRowsError
    from components.ingestion.ingest import ingest as take_in
    from components.ingestion.requeue import requeue as take_back

    work = take_back if requeue else take_in
    settings = call.settings()
    refused: TooFewRowsError | None = None
    with call.workspace.lock(wait_seconds=5.0), call.progress("ingesting") as progress:
        try:
            found = work(
                files, name=name or files[0].stem, workspace=call.workspace, settings=settings.ingestion, now=now(),
                after=latest(call.workspace), progress=progress,
            )  # fmt: skip
        except TooFewRowsError as error:
            found, refused = error.ingested, error
    call.say(f"{found.read} rows read: {found.accepted} accepted, {found.quarantined} quarantined, {found.duplicates} duplicates")
    for reason, count in sorted(found.reasons.items(), key=lambda item: -item[1]):
        call.say(f"  {count:>7}  {reason}")
    if found.quarantine_file:
        call.say(f"quarantine: {found.quarantine_file}")
        call.say(f"  correct its rows, then `perdure ingest --requeue {found.quarantine_file}`")
    if found.duplicates_file:
        call.say(f"duplicates: {found.duplicates_file}")
    if refused:
        call.say(f"refused: {refused}")
    elif found.experience:
        call.say(f"experience {found.experience[:12]} in {call.workspace.experiences}")
    else:
        call.say("nothing new to learn from")
    call.result(
        {
            "read": found.read,
            "accepted": found.accepted,
            "quarantined": found.quarantined,
            "duplicates": found.duplicates,
            "experience": found.experience,
            "reasons": found.reasons,
            "quarantine_file": str(found.quarantine_file) if found.quarantine_file else None,
            "duplicates_file": str(found.duplicates_file) if found.duplicates_file else None,
            **(refused.as_dict() if refused else {}),
        }
    )
    return 3 if refused else 0
