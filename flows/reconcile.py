"""Every minute: carry out what people asked for in MLflow. It polls, so it loses nothing when a webhook is lost."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.common import line, now


@flow(name="reconcile", log_prints=True, result_serializer="json")
def reconcile_flow(workspace: str | None = None, params: str | None = None) -> list[dict[str, Any]]:
    """Approvals, rejections, a moved champion: [{"action", "version", "reason"}].

    It does not queue behind a cycle: a rollback is obeyed within the minute, and the registry keeps its movers apart.
    """
    from components.control.reconcile import reconcile

    space, settings = line(workspace, params)
    done = reconcile(space, policy=settings.rollout.approval, now=now())
    for each in done:
        print(f"version {each['version']}: {each['action']}. {each['reason']}")
    return done
