"""The nightly run over the inbox: what is due is gathered, and each batch becomes a cycle; a bad file never blocks the rest."""

from __future__ import annotations

from typing import Any

from prefect import flow

from components.cycle.history import Entry
from components.cycle.inbox import work_off
from components.cycle.plan import Planned
from components.errors import UnavailableError
from flows.common import holding, now, workspace_and_settings
from flows.lifelong import lifelong


@flow(log_prints=True, result_serializer="json")
def nightly(workspace: str | None = None, params: str | None = None, early: bool = False) -> dict[str, Any]:
    """Learn what is due in the inbox, as `perdure cycle --inbox` does; with `early`, whatever is enough for an experience.

    An unusable file is set aside in quarantine/inbox, and too few good rows wait for more. If the cause is not the events (a
    full disk, MLflow not available), the batch stays for the next night, and this run fails.
    """
    space, settings = workspace_and_settings(workspace, params)

    def run(planned: Planned) -> Entry:
        files = [str(path) for path in planned.events]
        entry: Entry = lifelong(files, workspace=str(space.root), params=params, cycle=planned.cycle, name=planned.name)
        return entry

    done = work_off(space, settings, now(), run, lambda: holding(space), everything=early)
    print(f"{len(done.cycles)} learned, {len(done.returned)} returned, {len(done.unusable)} set aside. {done.reason}")
    for name, reason in {**done.returned, **done.unusable}.items():
        print(f"{name}: {reason}")
    if done.left:
        first, error = next(iter(done.left.items()))
        raise UnavailableError(
            f"{len(done.left)} batches of {space.inbox} are not learned yet; {first}: {type(error).__name__}: {error}",
            "Fix the cause; the next run takes them.",
        )
    learned = [{name: entry[name] for name in ("cycle", "name", "verdict", "version")} for entry in done.cycles]
    return {"cycles": learned, "returned": done.returned, "set_aside": done.unusable, "reason": done.reason}
