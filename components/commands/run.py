"""`perdure run`, `cycle` and `step`: the loop over a stream, over one file, or one step at a time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.commands.common import Call, exit_code, now, shared, style
from components.cycle.names import STEPS, WORDS

if TYPE_CHECKING:
    from components.cycle.history import Entry
    from components.cycle.plan import Planned
    from components.settings import Settings


@click.command("run")
@click.argument("stream")
@shared
def run(call: Call, stream: str) -> int:
    """Learn every experience of STREAM: trec, newsgroups, sentiment, skills, five, or a folder with a stream.yaml.

    If it is interrupted, the same command continues where it stopped. An experience that is held for a person is left out, or
    ends the stream until it is decided: rollout.after_held.
    """
    from components.catalog.streams import get_stream
    from components.commands.held import held_lines
    from components.cycle.history import summarise
    from components.cycle.plan import plan
    from components.learning.choice.resolve import refuse_illegal

    with call.progress(f"fetching {stream}") as progress:
        source = get_stream(stream, progress=progress)
    settings = call.settings()
    refuse_illegal(settings.learning)
    planned = plan(source.name, [(part.name, part.path) for part in source.experiences])
    call.say(f"{source.name}: {len(planned)} experiences, base model {settings.learning.base}, workspace {call.workspace.root}")
    following = [*(item.name for item in planned[1:]), None]
    stopped, waiting = False, []
    for number, (item, after) in enumerate(zip(planned, following, strict=True), start=1):
        entry = run_one(call, settings, item, f"[{number}/{len(planned)}] {item.name}")
        if entry["verdict"] == "held":
            waiting.append(entry["version"])
            stopped = settings.rollout.after_held == "stop" and after is not None
            for line in held_lines(call, entry, after, stopped):
                call.say(line)
        if stopped:
            planned = planned[:number]
            break
    summary = summarise([item.cycle for item in planned], call.workspace)
    call.say("")
    for line in matrix_lines([item.name for item in planned], summary["matrix"]):
        call.say(line)
    call.say(f"accuracy {number_or_dash(summary['accuracy'])}, forgetting {number_or_dash(summary['forgetting'])}")
    if waiting:
        call.say(f"held, and so not learned: version {', '.join(waiting)}")
    call.say("next: perdure report, perdure ui, perdure predict TEXT")
    call.result(summary)
    return 4 if stopped else exit_code([entry["verdict"] for entry in summary["experiences"]])


@click.command("cycle")
@click.argument("target", required=False)
@click.option("--again", is_flag=True, help="Make a new attempt at a decided cycle (CYCLE.2, CYCLE.3 …), or continue the newest.")
@click.option("--inbox", is_flag=True, help="Gather the events that wait in the inbox, if they are due, and learn them.")
@click.option(
    "--early", is_flag=True, help="With --inbox: gather as soon as there are `ingestion.min_rows`, whatever `inbox` says."
)
@shared
def cycle(call: Call, target: str | None, again: bool, inbox: bool, early: bool) -> int:
    """Run one cycle on a file of events (JSONL, CSV or Parquet), or on what waits in the inbox, continuing from the champion.

    TARGET is the file, or the id of a cycle, which stands for the events that it opened with. A decided cycle stands; --again
    makes a new attempt at it, with a record and a verdict of its own.
    """
    from components.cycle.plan import attempt, named
    from components.cycle.records import Records
    from components.errors import UsageError

    if inbox != (target is None) or (early and not inbox) or (again and inbox):
        raise UsageError(
            "`perdure cycle` takes a file, the id of a cycle, or --inbox",
            "For example `perdure cycle monday.jsonl`, `perdure cycle CYCLE --again`, or `perdure cycle --inbox --early`.",
        )
    if target is None:
        return _inbox(call, early)
    records = Records(call.workspace)
    planned = attempt(named(target, records), records, again)
    entry = run_one(call, call.settings(), planned, Path(target).name)
    call.result(dict(entry))
    return exit_code([entry["verdict"]])


def _inbox(call: Call, early: bool) -> int:
    """Say what waits, run what is due, say what became of it."""
    from components.cycle.inbox import work_off
    from components.ingestion.inbox import waiting

    settings, space = call.settings(), call.workspace
    there = waiting(space, settings)
    before = f"; gathered before and not decided yet: {there.open}" if there.open else ""
    call.say(f"inbox     {counted(there.rows, 'event')} to learn from, in {counted(len(there.files), 'file')}{before}")
    done = work_off(
        space,
        settings,
        now(),
        lambda planned: run_one(call, settings, planned, f"{planned.name}: {counted(len(planned.events), 'file')} of the inbox"),
        lambda: space.lock(wait_seconds=60.0),
        everything=early,
    )
    for name, reason in done.unusable.items():
        call.say(f"set aside {name} (in {space.quarantine / 'inbox'}): {reason}")
    for name, reason in done.returned.items():
        call.say(f"returned  {name}: {reason}. Its good rows wait for more.")
    call.say(f"inbox     {done.reason}")
    if done.left:
        raise next(iter(done.left.values()))  # the batch stays; the same command tries again
    told = {"waiting": waiting(space, settings).rows, "reason": done.reason, "cycles": [dict(each) for each in done.cycles]}
    call.result({**told, "returned": done.returned, "set_aside": done.unusable})
    return exit_code([each["verdict"] for each in done.cycles])


@click.command("step", help=f"Run one STEP of a cycle: {', '.join(STEPS[:-1])} or {STEPS[-1]}.")
@click.argument("step")
@click.option("--cycle", required=True, help="The id of the cycle.")
@click.option("--name", help="With --events: the name of the experience [default: the first file's name].")
@click.option(
    "--events", multiple=True, type=click.Path(path_type=Path), help="Open the cycle first, with this file of events; repeatable."
)
@click.option("--after", help="With --events: the cycle that this one continues from.")
@shared
def step(call: Call, step: str, cycle: str, name: str | None, events: tuple[Path, ...], after: str | None) -> int:
    from components.cycle.plan import Planned
    from components.cycle.run import headline, open_cycle, outputs_of, refuse_unusable, run_step
    from components.naming import tidy

    if not events:
        call.need()
    settings = call.settings()
    planned = Planned(cycle, tidy(name or events[0].stem), events, after) if events else None
    if planned:
        refuse_unusable(planned, settings)
    with call.workspace.lock(wait_seconds=60.0), call.progress(step) as progress:
        if planned:
            open_cycle(call.workspace, planned, now)
        outputs = outputs_of(run_step(step, cycle, call.workspace, settings, now=now, progress=progress))
    call.say(headline(step, cycle, outputs))
    call.result({"step": step, "cycle": cycle, **outputs})
    return 0


def run_one(call: Call, settings: Settings, item: Planned, title: str) -> Entry:
    """Run one cycle, with progress for people; returns its entry."""
    from components.cycle.records import Records
    from components.cycle.run import run_planned

    call.say(f"\n{title}")
    before = Records(call.workspace).decided(item.cycle)
    began = time.perf_counter()
    with call.progress("starting") as progress:
        current = ""

        def on_step(name: str) -> None:
            nonlocal current
            current = WORDS[name]
            progress(0, 0, current)

        def update(done: int, total: int, line: str) -> None:
            progress(done, total, f"{current} {line}")

        entry = run_planned(item, call.workspace, settings, now=now, progress=update, on_step=on_step)
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in entry["steps"].items() if seconds >= 0.05)
    stands = f"before; that decision stands (`perdure cycle {item.cycle} --again` makes a new attempt)"
    spent = stands if before else f"in {time.perf_counter() - began:.1f} s ({steps})"
    call.say(f"  {style(entry['verdict'])} as version {entry['version']} {spent}")
    if "recipe" in entry:
        call.say(f"    recipe {entry['recipe']['chosen']}: {'; '.join(entry['recipe']['reasons'])}")
    for reason in entry["reasons"][:6]:
        call.say(f"    {reason}")
    warnings = Records(call.workspace).judged(item.cycle).verdict.warnings
    for warning in warnings[:2]:
        call.say(f"    undecided, and goes on: {warning}")
    return entry


def matrix_lines(names: list[str], matrix: list[list[float | None]]) -> list[str]:
    """The accuracy matrix as text: one row per experience learned, one column per experience tested."""
    width = max(6, *(len(name) for name in names)) + 1
    lines = [
        "accuracy on held-out cases (row: after learning this experience; column: tested on this one)",
        " " * width + "".join(f"{n:>{width}}" for n in names),
    ]
    for index, row in enumerate(matrix):
        cells = "".join(
            f"{'' if value is None or column > index else format(value, '.3f'):>{width}}" for column, value in enumerate(row)
        )
        lines.append(f"{names[index]:<{width}}{cells}")
    return lines


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def number_or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
