"""Every minute: carry out what people asked for in MLflow. It polls, so a lost webhook does no harm."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.common import now, workspace_and_settings


@flow(name="reconcile", log_prints=True, result_serializer="json")
def reconcile_flow(workspace: str | None = None, params: str | None = None) -> list[dict[str, Any]]:
    """Approvals, rejections, rollbacks, a moved champion: [{"action", "version", "reason"}].

    It does not queue behind a cycle: a rollback takes effect within a minute, and moves of `champion` exclude each other.
    """
    from components.control.reconcile import reconcile
    from components.cycle.follow_up import follow_up, write_pages
    from components.errors import BusyError

    space, settings = workspace_and_settings(workspace, params)
    reconciled = reconcile(space, now)
    for each in reconciled.done:
        print(f"version {each['version']}: {each['action']}. {each['reason']}")
    if reconciled.lost:
        print(f"gone from MLflow: version {', '.join(reconciled.lost)}; `perdure registry rebuild` makes them again")
    write_pages(space, reconciled.pages)
    try:
        with space.lock():
            for version, problem in follow_up(space, settings, now=now).items():
                print(f"version {version}: {f'cannot be monitored: {problem}' if problem else 'monitored'}")
    except BusyError:
        print("a cycle is at work: what was promoted is monitored by a later run")
    return reconciled.done
