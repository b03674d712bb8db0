"""`perdure ingest`: events in, an experience out, bad rows to quarantine."""

from __future__ import annotations

from pathlib import Path

import click

from components.commands.common import Call, now, shared


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--name", help="Name of the experience [default: the first file's name].")
@click.option("--requeue", is_flag=True, help="FILE is a quarantine file whose rows you have corrected; ingest them again.")
@shared
def ingest(call: Call, files: tuple[Path, ...], name: str | None, requeue: bool) -> int:
    """Validate FILE… (JSONL, CSV, Parquet) and make one experience of it. Bad rows go to quarantine, each with its reason."""
    from components.ingestion.chain import latest
    from components.ingestion.ingest import TooFewRowsError
    from components.ingestion.ingest import ingest as take_in
    from components.ingestion.quarantine import way_back
    from components.ingestion.requeue import requeue as take_back

    work = take_back if requeue else take_in
    settings = call.settings()
    refused: TooFewRowsError | None = None
    with call.workspace.lock(wait_seconds=5.0), call.progress("ingesting") as progress:
        try:
            ingested = work(
                files,
                name=name or files[0].stem,
                workspace=call.workspace,
                settings=settings.ingestion,
                now=now(),
                after=latest(call.workspace),
                progress=progress,
                key=settings.quarantine.key,
            )
        except TooFewRowsError as error:
            ingested, refused = error.ingested, error
    call.say(
        f"{ingested.read} rows read: {ingested.accepted} accepted, {ingested.quarantined} quarantined, "
        f"{ingested.duplicates} duplicates"
    )
    for reason, count in sorted(ingested.reasons.items(), key=lambda item: -item[1]):
        call.say(f"  {count:>7}  {reason}")
    if ingested.quarantine_file:
        call.say(f"quarantine: {ingested.quarantine_file}")
        call.say(f"  {way_back(ingested.quarantine_file)}")
    if ingested.duplicates_file:
        call.say(f"duplicates: {ingested.duplicates_file}")
    if refused:
        call.say(f"refused: {refused}")
    elif ingested.experience:
        call.say(f"experience {ingested.experience[:12]} in {call.workspace.experiences}")
    else:
        call.say("no new rows to learn from")
    call.result(
        {
            "read": ingested.read,
            "accepted": ingested.accepted,
            "quarantined": ingested.quarantined,
            "duplicates": ingested.duplicates,
            "experience": ingested.experience,
            "reasons": ingested.reasons,
            "quarantine_file": str(ingested.quarantine_file) if ingested.quarantine_file else None,
            "duplicates_file": str(ingested.duplicates_file) if ingested.duplicates_file else None,
            **(refused.as_dict() if refused else {}),
        }
    )
    return 3 if refused else 0
