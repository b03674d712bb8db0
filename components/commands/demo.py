"""`perdure demo`: the whole loop on a real stream, with two candidates that must be refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from components.commands.common import Call, now, shared, style
from components.commands.run import matrix_lines, number_or_dash, run_one
from components.settings import Settings

if TYPE_CHECKING:
    from components.cycle.history import Entry
    from components.cycle.plan import Planned
    from components.workspace import Workspace


@click.command("demo")
@click.option(
    "--baselines/--no-baselines",
    default=False,
    show_default=True,
    help="Also retrain on everything, as a second baseline (two minutes).",
)
@shared
def demo(call: Call, baselines: bool) -> int:
    """Run the whole loop on TREC questions: six experiences are learned; a forgetful and a poisoned candidate are refused.

    If it is interrupted, the same command continues where it stopped.
    """
    from components.catalog.streams import get_stream
    from components.cycle.history import summarise
    from components.cycle.plan import Planned, plan
    from components.demo import write_demo_stream
    from components.learning.choice.resolve import refuse_illegal

    began = time.perf_counter()
    workspace = call.workspace
    settings = call.settings()
    refuse_illegal(settings.learning)
    with call.progress("fetching trec") as progress:
        stream = get_stream("trec", progress=progress)
    parts, poisoned = write_demo_stream(stream, workspace.root / "demo", seed=settings.seed)
    good = plan("demo", parts)
    call.say("Perdure demo: one encoder (MiniLM, 22.7 M parameters) learns TREC's 50 kinds of questions in six experiences,")
    call.say("one coarse class after another. Every candidate is tested on everything learned before, registered in MLflow,")
    call.say("compared with the champion under HTTP traffic, and promoted or refused.")

    for number, item in enumerate(good[:-1], start=1):
        run_one(call, settings, item, f"[{number}/8] {item.name}")
    forgetful = _forgetful(call, settings, good, workspace)
    run_one(call, settings, good[-1], f"[7/8] {good[-1].name}, with the recipe of the settings")
    late = Planned("demo-7-late-poisoned", "late-poisoned", (poisoned,), good[-1].cycle)
    refused = run_one(call, settings, late, "[8/8] a late batch with a third of its labels shuffled")

    summary = summarise([item.cycle for item in good], workspace)
    _story(call, good, summary, [forgetful, refused])
    path = _report(call, settings, good, baselines)
    call.say(f"\nDone in {(time.perf_counter() - began) / 60:.1f} minutes. The report: {path}")
    where = "" if str(workspace.root) == "workspace" else f" -w {workspace.root}"
    if not baselines:
        call.say(f"`perdure report{where}` adds the other baseline: retraining on everything (a minute or two).")
    call.say("Try next:")
    call.say(f'  .venv/bin/perdure predict{where} "Who wrote Hamlet?" "How far is the moon?"')
    call.say(
        f"  .venv/bin/perdure ui{where}                            # approve, reject and roll back in MLflow; drift in Evidently"
    )
    call.say(f'  .venv/bin/perdure rollback{where} --reason "trying it"  # the whole learner, memory included')
    call.result({**summary, "refused": [forgetful, refused], "report": str(path)})
    return 0


def _forgetful(call: Call, settings: Settings, good: list[Planned], workspace: Workspace) -> Entry:
    """The candidate that forgets: it learns the last experience by plain fine-tuning, and so it learned all those before."""
    from components.cycle.plan import Planned
    from components.report.baselines import baseline_workspace, fine_tune_only, plain
    from components.storage import link_tree

    last = good[-1]
    call.say(f"\n[6/8] {last.name}, by plain fine-tuning (linear head, no rehearsal)")
    experiences = [workspace.experience(_experience(item, workspace)) for item in good[:-1]]
    with call.progress("fine-tuning the past five") as progress:
        past = fine_tune_only(experiences, settings, workspace, progress)
    checkpoint = baseline_workspace(workspace).checkpoint(past.checkpoint)
    if not (workspace.checkpoints / checkpoint.name).exists():
        link_tree(checkpoint, workspace.checkpoints / checkpoint.name)
    candidate = Planned(f"{last.cycle}-finetuned", last.name, last.events, last.after, learn_from=past.checkpoint)
    forgetting = settings.model_copy(update={"learning": plain(settings.learning)})
    return run_one(
        call, forgetting, candidate, f"      the five past experiences took {past.seconds:.0f} s; now the candidate itself"
    )


def _experience(item: Planned, workspace: Workspace) -> str:
    from components.cycle.records import Records

    return Records(workspace).ingested(item.cycle).experience


def _story(call: Call, good: list[Planned], summary: dict[str, Any], refused: list[Entry]) -> None:
    from components.cycle.records import Records

    names = [item.name for item in good]
    call.say("\n" + "\n".join(matrix_lines(names, summary["matrix"])))
    accuracy = Records(call.workspace).scores(f"{good[-1].cycle}-finetuned")["candidate"]
    row = [accuracy.get(_experience(item, call.workspace), {}).get("accuracy") for item in good]
    width = max(6, *(len(name) for name in names)) + 1
    call.say(
        f"{'':<{width}}"
        + "".join(f"{'-' if value is None else format(value, '.3f'):>{width}}" for value in row)
        + "  <- plain fine-tuning, refused"
    )
    call.say(f"accuracy {number_or_dash(summary['accuracy'])}, forgetting {number_or_dash(summary['forgetting'])}\n")
    for entry in [*summary["experiences"], *refused]:
        label = entry["cycle"].removeprefix("demo-")
        call.say(
            f"  {label:<22} {style(entry['verdict'])}, version {entry['version']}"
            + (f": {entry['reasons'][0]}" if entry["reasons"] else "")
        )
    memory = _memory_rows(call, refused[-1]["experience"])
    call.say(f"\nRows of the poisoned batch in the champion's memory: {memory}. The champion kept serving throughout.")


def _memory_rows(call: Call, experience: str) -> int:
    """Rows in the champion's memory that came from an experience."""
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    from components.control.artefacts import champion

    serves = champion(call.workspace)
    path = serves[1] / "memory.parquet" if serves else None
    if path is None or not path.is_file():
        return 0
    return int(compute.sum(compute.equal(parquet.read_table(path).column("experience"), experience)).as_py() or 0)


def _report(call: Call, settings: Settings, good: list[Planned], baselines: bool) -> Any:
    from components.report.baselines import fine_tune_only, retrain_on_everything
    from components.report.collect import collect
    from components.report.page import write_report

    experiences = [call.workspace.experience(_experience(item, call.workspace)) for item in good]
    work = {"fine-tune only": fine_tune_only, **({"retrain on everything": retrain_on_everything} if baselines else {})}
    measured = []
    for title, train in work.items():
        with call.progress(f"baseline: {title}") as progress:
            baseline = train(experiences, settings, call.workspace, progress)
        call.say(f"baseline {baseline.name}: accuracy {baseline.accuracy:.3f}, {baseline.seconds:.0f} s of training")
        measured.append(baseline)
    return write_report(collect(call.workspace, measured), call.workspace.reports, now=now())
