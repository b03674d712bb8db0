"""One cycle as a Prefect flow: one short task per step, each safe to run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from components.contracts import Progress
from components.cycle.history import Entry
from components.cycle.plan import Planned, attempt, named
from components.cycle.records import Records
from components.cycle.run import headline, open_cycle, outputs_of, refuse_unusable, run_step, walk
from components.errors import PerdureError, UnavailableError, UsageError
from components.settings import Settings
from components.workspace import Workspace
from flows.common import holding, now, workspace_and_settings


def worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """True only for failures that may pass by themselves: a bad file stays bad, a refused candidate stays refused."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, UnavailableError) or not isinstance(error, PerdureError)


@task(
    retries=2,
    retry_delay_seconds=[5, 60],
    retry_condition_fn=worth_retrying,
    log_prints=True,
    result_serializer="json",
    cache_policy=NO_CACHE,
)
def step(name: str, cycle: str, workspace: Workspace, settings: Settings) -> dict[str, Any]:
    """Run one step, or return its existing outputs."""
    outputs = outputs_of(run_step(name, cycle, workspace, settings, now=now))
    print(headline(name, cycle, outputs))
    return outputs


def _called() -> str:
    """The name of a run: by its cycle, else by its file."""
    given = flow_run.parameters
    return f"lifelong {given.get('cycle') or given.get('file')}"


@flow(log_prints=True, flow_run_name=_called, result_serializer="json")
def lifelong(
    file: str | list[str],
    workspace: str | None = None,
    params: str | None = None,
    overrides: list[str] | None = None,
    cycle: str | None = None,
    after: str | None = None,
    name: str | None = None,
    again: bool = False,
) -> Entry:
    """Run one cycle on a file of events, or on several. Returns the entry of `perdure cycle FILE`; refused and held are results,
    not errors.

    `file`: may be the id of a cycle, too. `cycle`, `after`, `name`: ids of the cycle and of the one it continues from, and the
    name of its experience, as in `perdure step`. By default the id comes from the file's name and content, and the cycle
    continues from the present champion. `again`: make a new attempt at the cycle if it is decided.
    """
    space, settings = workspace_and_settings(workspace, params, overrides)
    records = Records(space)
    if isinstance(file, str):
        planned = named(file, records)
        planned = replace(planned, cycle=cycle or planned.cycle, name=name or cycle or planned.name, after=after or planned.after)
    elif cycle:
        planned = Planned(cycle, name or cycle, tuple(map(Path, file)), after)
    else:
        raise UsageError("Several files need the id of a cycle", "Give the parameter `cycle`, and `name` for the experience.")
    planned = attempt(planned, records, again)

    def do(name: str, _progress: Progress | None) -> None:
        step.with_options(name=name)(name, planned.cycle, space, settings)

    refuse_unusable(planned, settings)
    with holding(space):
        open_cycle(space, planned, now)
        done = walk(planned.cycle, space, settings, do)
    print(f"{done['name']}: {done['verdict']} as version {done['version']}. {' '.join(done['reasons'])}")
    return done
