"""Every minute: carry out what people asked for in MLflow. It polls, so a lost webhook does no harm."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.common import now, workspace_and_settings


@flow(name="reconcile", log_prints=True, result_serializer="json")
def reconcile_flow(workspace: str | None = None, params: str | None = None) -> list[dict[str, Any]]:
    """Approvals, rejections, a moved champion: [{"action", "version", "reason"}].

    It does not queue behind a cycle: a rollback takes effect within a minute, and moves of `champion` exclude each other.
    """
    from components.control.reconcile import reconcile

    space, settings = workspace_and_settings(workspace, params)
    done = reconcile(space, policy=settings.rollout.approval, now=now())
    for each in done:
        print(f"version {each['version']}: {each['action']}. {each['reason']}")
    return done
