"""Open a cycle, run one of its steps, walk all its steps. The command, Prefect and DVC all use these functions.

A step whose key is unchanged and whose artefacts are there is skipped, so any driver resumes any other, and any step may be
killed and run again. A decision stands: a cycle that came to one is not decided again, whatever the settings say by now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.contracts import Clock, Progress
from components.control.authority import consult
from components.cycle.basis import settle
from components.cycle.history import Entry, entry
from components.cycle.names import DECIDES
from components.cycle.outputs import Opened
from components.cycle.plan import Planned
from components.cycle.records import Folder, Records, plain
from components.cycle.step import Known, Step, Workbench, names_in, told
from components.cycle.steps import STEPS
from components.cycle.texts import go, must_go
from components.cycle.warm_up import meanwhile
from components.errors import UsageError
from components.evaluation.suites import suites_of
from components.learning.choice.resolve import refuse_illegal
from components.naming import check_path
from components.settings import Settings, suggest
from components.storage import digest_file, sweep, write_json
from components.workspace import Workspace


def refuse_unusable(planned: Planned, settings: Settings) -> None:
    """Raise UsageError for a missing file, a recipe that cannot be learned by, or suites that cannot be read. Writes nothing.

    Ask before the workspace is locked and anything is ingested.
    """
    for path in planned.events:
        check_path(path)
    missing = [str(path) for path in planned.events if not path.is_file()]
    if missing:
        raise UsageError(f"No such file: {', '.join(missing)}", "Give the path of a JSONL, CSV or Parquet file of events.")
    for cycle in filter(None, (planned.cycle, planned.after)):
        Folder.check(cycle)
    refuse_illegal(settings.learning)
    suites_of(settings.gates)
    if settings.learning.texts == "never" and os.environ.get("DVC_STAGE"):
        raise UsageError(
            "DVC keeps a copy of every experience in its cache, and learning.texts is never",
            "Run the stream with `perdure run` or with Prefect, or set learning.texts to keep.",
        )


def open_cycle(workspace: Workspace, planned: Planned, now: Clock) -> None:
    """Record what a cycle is to learn and on which basis. Hold the workspace's lock.

    A cycle that was opened before and is not decided gets a new basis when something else serves by now: it learns again from
    that, and is judged against it.
    """
    records, cycle = Records(workspace), planned.cycle
    folder = records.folder(cycle).path
    stores = (workspace.root, workspace.scratch, workspace.experiences, workspace.checkpoints, workspace.suites)
    sweep(*stores, folder, *folder.glob("*/"))
    before = records.opened(cycle) if records.exists(cycle) else None
    if before and stands(cycle, records):
        return
    events = tuple(str(path) for path in planned.events)
    files = tuple(digest_file(path) for path in planned.events)
    if before and before.basis.watched and _concluded(cycle, workspace):
        basis = before.basis  # killed between the decision and its record
    else:
        basis = settle(records, follows=planned.after, learn_from=planned.learn_from, now=now)
    sequence = before.sequence if before else records.next_sequence()
    records.open(cycle, Opened(planned.name, events, basis, sequence, files, planned.act))


def stands(cycle: str, records: Records) -> bool:
    """Whether the cycle is decided for good: `dvc repro` may run a stream again from its start, nobody else a cycle."""
    return records.decided(cycle) and records.opened(cycle).basis.watched


def _concluded(cycle: str, workspace: Workspace) -> bool:
    """Whether the ledger says what became of the cycle's newest version."""
    mine = [known for known in consult(workspace).state.versions.values() if known.cycle == cycle]
    return bool(mine) and mine[-1].outcome is not None


def run_step(
    step: str, cycle: str, workspace: Workspace, settings: Settings, *, now: Clock, progress: Progress | None = None
) -> object:
    """Run one step of an opened cycle, or return its outputs at once if nothing that it depends on has changed.

    The outputs are a record of components.cycle.records.
    """
    chosen = next((each for each in STEPS if each.name == step), None)
    if chosen is None:
        raise UsageError(f"No step {step!r} in the cycle", suggest(step, [each.name for each in STEPS]))
    records = Records(workspace)
    records.opened(cycle)
    outputs = _outputs(chosen, cycle, records, settings, now, progress)
    if must_go(cycle, records, settings):
        go(cycle, records, now())
    return outputs


def _outputs(
    chosen: Step[Any, Any], cycle: str, records: Records, settings: Settings, now: Clock, progress: Progress | None
) -> object:
    workspace, step = records.workspace, chosen.name
    if stands(cycle, records) and records.done(cycle, step):
        return records.read(chosen.record, cycle, step)
    began = time.perf_counter()
    inputs = chosen.gather(Known(records, settings, cycle))
    key, folder, before = chosen.key(inputs), records.folder(cycle), records.raw(cycle, step)
    if before and before["key"] == key:
        outputs = records.read(chosen.record, cycle, step)
        if all(path.exists() for path in chosen.made(workspace, folder, outputs)):
            return outputs
    outputs = chosen.run(inputs, Workbench(workspace, cycle, now, progress, names_in(told(inputs))))
    write_json(folder.cost(step), {"seconds": round(time.perf_counter() - began, 3)})
    records.keep(cycle, step, key, told(inputs), outputs)
    return outputs


#: Runs one step by its name; `walk` passes it the progress callback
Do = Callable[[str, Progress | None], object]


def walk(cycle: str, workspace: Workspace, settings: Settings, do: Do, progress: Progress | None = None) -> Entry:
    """Run every due step of an opened cycle, in order, with `do`; returns its entry. Hold the workspace's lock."""
    ended = [STEPS[-1].name] if must_go(cycle, Records(workspace), settings) else []  # killed before the texts were removed
    for step in due(cycle, workspace) or ended:
        with meanwhile(step, workspace, settings.learning.base, progress) as watched:
            do(step, watched)
    return entry(cycle, workspace)


def due(cycle: str, workspace: Workspace) -> Sequence[str]:
    """The steps to walk: all of them (finished ones are skipped), or those still missing after the decision."""
    names, records = [step.name for step in STEPS], Records(workspace)
    if not records.decided(cycle):
        return names
    return [name for name in names[names.index(DECIDES) :] if not records.done(cycle, name)]


def run_planned(
    planned: Planned,
    workspace: Workspace,
    settings: Settings,
    *,
    now: Clock,
    progress: Progress | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Entry:
    """Open the cycle and walk its steps in this process; finished steps are skipped."""

    def do(step: str, watched: Progress | None) -> None:
        if on_step:
            on_step(step)
        run_step(step, planned.cycle, workspace, settings, now=now, progress=watched)

    refuse_unusable(planned, settings)
    with workspace.lock(wait_seconds=5.0):
        open_cycle(workspace, planned, now)
        return walk(planned.cycle, workspace, settings, do, progress)


def outputs_of(record: object) -> dict[str, object]:
    """A step's outputs as JSON-able values, for people and scripts."""
    return dict(plain(record))


def headline(step: str, cycle: str, outputs: Mapping[str, object]) -> str:
    """What a step left behind, in one line for people."""
    shown = (f"{name} {value}" for name, value in outputs.items() if isinstance(value, str | int) and value != "")
    return f"{step} of {cycle}: {', '.join(shown) or 'done'}"
