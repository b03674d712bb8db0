"""`perdure ingest`: events in, an experience out, bad rows to quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.commands.common import Call, now, shared
from components.provenance import UNKNOWN, told

if TYPE_CHECKING:
    from components.ingestion.ingest import Ingested
    from components.relabelling import Names
    from components.settings import IngestionSettings


DOUBTS = 5  # labels in doubt that are shown


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--name", help="Name of the experience [default: the first file's name].")
@click.option("--requeue", is_flag=True, help="FILE is a quarantine file whose rows you have corrected; ingest them again.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN,…",
    help="Which column of FILE is which field, such as text=Message,label=Category; for good: ingestion.columns.",
)
@click.option("--dry-run", is_flag=True, help="Show how FILE is read and what would be quarantined; write nothing.")
@shared
def ingest(call: Call, files: tuple[Path, ...], name: str | None, requeue: bool, mapping: tuple[str, ...], dry_run: bool) -> int:
    """Validate FILE… (JSONL, CSV, Parquet) and make one experience of it. Bad rows go to quarantine, each with its reason."""
    from components.cycle.labels import names_served
    from components.ingestion.chain import latest
    from components.ingestion.ingest import RelabelledError, TooFewRowsError
    from components.ingestion.ingest import ingest as take_in
    from components.ingestion.mapping import parse_map
    from components.ingestion.quarantine import way_back
    from components.ingestion.requeue import requeue as take_back

    given = call.settings()
    settings = given.ingestion.model_copy(update={"columns": {**given.ingestion.columns, **parse_map(mapping)}})
    names = names_served(call.workspace)
    if dry_run:
        return _preview(call, files, settings, requeue, names)
    work = take_back if requeue else take_in
    refused: TooFewRowsError | RelabelledError | None = None
    with call.workspace.lock(wait_seconds=5.0), call.progress("ingesting") as progress:
        try:
            ingested = work(
                files,
                name=name or files[0].stem,
                workspace=call.workspace,
                settings=settings,
                now=now(),
                after=latest(call.workspace),
                progress=progress,
                key=given.quarantine.key,
                names=names,
            )
        except (TooFewRowsError, RelabelledError) as error:
            ingested, refused = error.ingested, error
    _say_counts(call, ingested)
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
            **_counts(ingested),
            "experience": ingested.experience,
            "quarantine_file": str(ingested.quarantine_file) if ingested.quarantine_file else None,
            "duplicates_file": str(ingested.duplicates_file) if ingested.duplicates_file else None,
            **(refused.as_dict() if refused else {}),
        }
    )
    return 3 if refused else 0


def _preview(call: Call, files: tuple[Path, ...], settings: IngestionSettings, again: bool, names: Names) -> int:
    """Show how the files are read, ten events as they would be stored, and what would be quarantined."""
    from components.ingestion.chain import latest
    from components.ingestion.preview import preview

    with call.progress("reading") as progress:
        seen = preview(
            files,
            workspace=call.workspace,
            settings=settings,
            now=now(),
            after=latest(call.workspace),
            progress=progress,
            again=again,
            names=names,
        )
    for path, how in seen.files.items():
        call.say(f"{path}: {_inert(how)}")
    _say_counts(call, seen.ingested)
    for entry in seen.quarantined:
        call.say(f"  row {entry['row']} of {entry['file']} would be quarantined: {entry['reason']}. {entry['explanation']}")
    if seen.rows:
        call.say("the first events, as they would be stored:")
    for row in seen.rows:
        usual = {("text", row["text"]), ("priority", "normal")}
        fields = ", ".join(f"{field}={_inert(str(value), 60)}" for field, value in row.items() if (field, value) not in usual)
        call.say(f"  {_inert(row['text'], 90)}  [{fields}]")
    if seen.refused:
        call.say(f"would be refused: {seen.refused}")
    call.say("nothing was written")
    call.result(
        {
            **_counts(seen.ingested),
            "files": {str(path): how for path, how in seen.files.items()},
            "rows": seen.rows,
            "would_be_quarantined": seen.quarantined,
            **(seen.refused.as_dict() if seen.refused else {}),
        }
    )
    return 3 if seen.refused else 0


def _say_counts(call: Call, ingested: Ingested) -> None:
    from components.ingestion.rules import SHARES

    call.say(
        f"{ingested.read} rows read: {ingested.accepted} accepted, {ingested.quarantined} quarantined, "
        f"{ingested.duplicates} duplicates"
    )
    for reason, count in sorted(ingested.reasons.items(), key=lambda item: -item[1]):
        call.say(f"  {count:>7}  {reason}")
        if reason in SHARES:
            call.say(f"           {SHARES[reason]}")
    if set(ingested.given) - {UNKNOWN}:
        call.say(f"labels: {told(ingested.given)}")
    for said in ingested.relabelled:
        call.say(f"contradicts the past: {_inert(said)}")
    for doubt in ingested.doubts[:DOUBTS]:
        call.say(f"labels in doubt: {_inert(doubt)}")
    if len(ingested.doubts) > DOUBTS:
        call.say(f"  and {len(ingested.doubts) - DOUBTS} more")


def _counts(ingested: Ingested) -> dict[str, Any]:
    return {
        "read": ingested.read,
        "accepted": ingested.accepted,
        "quarantined": ingested.quarantined,
        "duplicates": ingested.duplicates,
        "reasons": ingested.reasons,
        "labels_in_doubt": list(ingested.doubts),
        "provenance": dict(ingested.given),
        "contradicts_past": list(ingested.relabelled),
    }


def _inert(text: str, most: int = 400) -> str:
    """A text for a terminal: in one line, not too long, without characters that the terminal would obey."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[: most + 1])
    return shown if len(text) <= most else f"{shown[:most]}…"
