"""The cycle, declared once: an ordered list of named steps over one folder of records.

The command walks the list in this process; Prefect wraps each step as a task; a DVC stage runs one by name. A step
leaves workspace/cycles/CYCLE/STEP/record.json, whose `key` is the digest of everything the step depends on. A step
whose key is unchanged and whose artefacts are there is skipped: so any driver resumes any other, and any step may be
killed and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components import __version__
from components.contracts import Experience, Progress
from components.errors import UsageError
from components.settings import Settings, suggest
from components.storage import digest_json, read_json, write_json
from components.workspace import Workspace

Outputs = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What a step is given: where it works, its settings, the time, and the records of the steps before it."""

    workspace: Workspace
    settings: Settings
    cycle: str
    now: datetime
    progress: Progress | None = None

    @property
    def folder(self) -> Path:
        return self.workspace.cycles / self.cycle

    @property
    def request(self) -> dict[str, Any]:
        """name, events (paths), after (cycle or null), learn_from (checkpoint or null), as `open_cycle` wrote them."""
        path = self.folder / "cycle.json"
        if not path.is_file():
            raise UsageError(
                f"No cycle {self.cycle!r} in {self.workspace.cycles}",
                "Open it with `perdure cycle FILE` or `perdure run STREAM`.",
            )
        return dict(read_json(path))

    def outputs(self, step: str, cycle: str | None = None) -> Outputs:
        """Outputs of an earlier step. Raises UsageError when that step has not run."""
        record = self.record(step, cycle)
        if record is None:
            raise UsageError(
                f"Step {step!r} of cycle {cycle or self.cycle!r} has not run yet", f"Run `perdure step {step}` for it first."
            )
        return dict(record["outputs"])

    def record(self, step: str, cycle: str | None = None) -> dict[str, Any] | None:
        path = self.workspace.cycles / (cycle or self.cycle) / step / "record.json"
        return dict(read_json(path)) if path.is_file() else None

    @property
    def experience(self) -> Experience:
        return self.workspace.experience(self.outputs("ingest")["experience"])

    @property
    def candidate(self) -> Path:
        return self.workspace.checkpoint(self.outputs("learn")["checkpoint"])

    @property
    def champion(self) -> Path | None:
        """The checkpoint that the candidate has to hold its own against: the champion when the cycle began to learn."""
        digest = self.outputs("learn")["champion"]
        return self.workspace.checkpoint(digest) if digest else None


@dataclass(frozen=True)
class Step:
    """A named step: `inputs` says all that it depends on, `run` does it, `made` lists the artefacts it must have left."""

    name: str
    inputs: Callable[[Context], dict[str, Any]]
    run: Callable[[Context, dict[str, Any]], Outputs]
    made: Callable[[Context, Outputs], Sequence[Path]]


def steps() -> tuple[Step, ...]:
    """The cycle's steps in order: ingest, learn, evaluate, judge, register, rollout, promote, monitor."""
    from components.cycle.steps import STEPS

    return STEPS


def open_cycle(
    workspace: Workspace, settings: Settings, *, cycle: str, name: str, events: Sequence[Path], after: str | None,
    learn_from: str | None = None,
) -> None:  # fmt: skip
    """Write down what a cycle is to learn. `after`: the cycle whose champion it continues from (None: today's champion).

    Raises UsageError for a recipe that could not be learned by, and for suites that cannot be read: before anything is ingested.
    """
    from components.evaluation.suites import suites_of
    from components.learning.choice.resolve import refuse_illegal

    refuse_illegal(settings.learning)
    suites_of(settings.gates)  # a missing folder or a broken suite is told before anything is learned
    missing = [str(path) for path in events if not Path(path).is_file()]
    if missing:
        raise UsageError(f"No such file: {', '.join(missing)}", "Give the path of a JSONL, CSV or Parquet file of events.")
    request = {"name": name, "events": [str(path) for path in events], "after": after, "learn_from": learn_from}
    write_json(workspace.cycles / cycle / "cycle.json", request)


def run_step(
    step: str, cycle: str, workspace: Workspace, settings: Settings, *, now: datetime, progress: Progress | None = None
) -> Outputs:
    """Run one step of a cycle, or return its outputs at once when nothing that it depends on has changed."""
    known = {entry.name: entry for entry in steps()}
    if step not in known:
        raise UsageError(f"No step {step!r} in the cycle", suggest(step, known))
    chosen = known[step]
    context = Context(workspace, settings, cycle, now, progress)
    began = time.perf_counter()
    inputs = chosen.inputs(context)
    key = digest_json({"step": step, "code": __version__, **inputs})
    record = context.record(step)
    if record and record["key"] == key and all(path.exists() for path in chosen.made(context, record["outputs"])):
        return dict(record["outputs"])
    outputs = chosen.run(context, inputs)
    write_json(context.folder / step / "cost.json", {"seconds": round(time.perf_counter() - began, 3)})
    write_json(context.folder / step / "record.json", {"key": key, "inputs": inputs, "outputs": outputs})
    return outputs


def run_cycle(
    cycle: str, workspace: Workspace, settings: Settings, *, now: datetime, progress: Progress | None = None,
    on_step: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Walk all the steps of an opened cycle. Returns the entry of DESIGN §10.

    A decision stands: a cycle that came to one is not decided again, whatever the settings say by now.
    """
    from components.cycle.warm_up import meanwhile

    with workspace.lock(wait_seconds=5.0):
        for step in steps() if not decided(cycle, workspace) else steps()[-1:]:
            if on_step:
                on_step(step.name)
            with meanwhile(step.name, workspace, settings.learning.base, progress) as watched:
                run_step(step.name, cycle, workspace, settings, now=now, progress=watched)
    return entry(cycle, workspace)


def decided(cycle: str, workspace: Workspace) -> bool:
    """Has the cycle come to its decision? What follows that (monitor) may still be missing."""
    return (workspace.cycles / cycle / "promote" / "record.json").is_file()


def entry(cycle: str, workspace: Workspace) -> dict[str, Any]:
    """What scripts read of a finished cycle: {"name", "experience", "checkpoint", "version", "verdict", "reasons", "seconds"}.

    With `learning.recipe: auto` also "recipe": {"chosen", "reasons"}.
    """
    folder = workspace.cycles / cycle
    promote = read_json(folder / "promote" / "record.json")["outputs"]
    costs = step_seconds(cycle, workspace)
    learned = read_json(folder / "learn" / "record.json")["outputs"]
    return {
        "cycle": cycle,
        "name": read_json(folder / "cycle.json")["name"],
        "experience": read_json(folder / "ingest" / "record.json")["outputs"]["experience"],
        "checkpoint": learned["checkpoint"],
        **({"recipe": learned["recipe"]} if "recipe" in learned else {}),
        "version": promote["version"],
        "verdict": promote["outcome"],
        "reasons": promote["reasons"],
        "seconds": round(sum(costs.values()), 3),
        "steps": costs,
    }


def step_seconds(cycle: str, workspace: Workspace) -> dict[str, float]:
    """Seconds that each step took when it last really ran."""
    folder = workspace.cycles / cycle
    return {
        step.name: float(read_json(folder / step.name / "cost.json")["seconds"])
        for step in steps()
        if (folder / step.name / "cost.json").is_file()
    }
