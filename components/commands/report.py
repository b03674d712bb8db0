"""`perdure report`: one HTML page about everything learned so far."""

from __future__ import annotations

import click

from components.commands.common import Call, existing, now


@click.command("report")
@click.option(
    "--baselines/--no-baselines",
    default=True,
    show_default=True,
    help="Train the two baselines, if that has not been done yet (minutes).",
)
@existing
def report(call: Call, baselines: bool) -> int:
    """Write the HTML report: curves, matrix, gates, lineage, and cost beside *fine-tune only* and *retrain on everything*."""
    from components.control.authority import serving
    from components.cycle.history import lineage, names_of, without_acts
    from components.cycle.records import Records
    from components.report import baselines as train
    from components.report.collect import collect
    from components.report.page import write_report

    workspace, settings = call.workspace, call.settings()
    measured = []
    serves = serving(workspace)
    promoted = without_acts(lineage(workspace, serves.checkpoint if serves else None), workspace)
    names = names_of(workspace, serves.checkpoint if serves else None)
    learned = [Records(workspace).ingested(cycle).experience for cycle in promoted if baselines]
    experiences = [workspace.experience(digest).known_as(names) for digest in learned]
    gone = [experience for experience in experiences if not experience.has("train")]
    if gone:
        call.say(f"no baselines: the training texts of {len(gone)} experiences were removed (learning.texts: never)")
    elif experiences:
        for title, work in (("fine-tune only", train.fine_tune_only), ("retrain on everything", train.retrain_on_everything)):
            with call.progress(f"baseline: {title}") as progress:
                measured.append(work(experiences, settings, workspace, progress))
    data = collect(workspace, measured)
    path = write_report(data, workspace.reports, now=now())
    call.say(f"report: {path}")
    call.result(
        {
            "report": str(path),
            "metrics": data.metrics,
            "baselines": [
                {"name": b.name, "accuracy": b.accuracy, "forgetting": b.forgetting, "seconds": b.seconds} for b in measured
            ],
        }
    )
    return 0
