"""One cycle as a Prefect flow: one short task per step, each safe to run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from components.contracts import Progress
from components.cycle.history import Entry
from components.cycle.plan import single
from components.cycle.run import headline, open_cycle, outputs_of, refuse_unusable, run_step, walk
from components.errors import PerdureError, UnavailableError
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


@flow(log_prints=True, flow_run_name="lifelong {file}", result_serializer="json")
def lifelong(
    file: str,
    workspace: str | None = None,
    params: str | None = None,
    overrides: list[str] | None = None,
    cycle: str | None = None,
    after: str | None = None,
) -> Entry:
    """Run one cycle on a file of events. Returns the entry of `perdure cycle FILE`; refused and held are results, not errors.

    `cycle`, `after`: ids of the cycle and of the one it continues from, as in `perdure step`. By default the id comes from the
    file's name and content, and the cycle continues from the present champion.
    """
    space, settings = workspace_and_settings(workspace, params, overrides)
    planned = single(Path(file))
    planned = replace(planned, cycle=cycle or planned.cycle, name=cycle or planned.name, after=after)

    def do(name: str, _progress: Progress | None) -> None:
        step.with_options(name=name)(name, planned.cycle, space, settings)

    refuse_unusable(planned, settings)
    with holding(space):
        open_cycle(space, planned, now)
        done = walk(planned.cycle, space, settings, do)
    print(f"{done['name']}: {done['verdict']} as version {done['version']}. {' '.join(done['reasons'])}")
    return done
