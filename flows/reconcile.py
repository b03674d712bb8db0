"""Every minute: carry out what people asked for in MLflow. It polls, so it loses nothing when a webhook is lost."""

from __future__ import annotations

from typing import Any

from prefect import flow

from components.errors import BusyError
from flows.line import holding, line, now


@flow(name="reconcile", log_prints=True, result_serializer="json")
def reconcile_flow(workspace: str | None = None, params: str | None = None, wait_seconds: float = 20.0) -> dict[str, Any]:
    """Approvals, rejections, a moved champion. While a cycle holds the workspace this run does nothing: the next minute comes."""
    from components.registry.reconcile import reconcile

    space, settings = line(workspace, params)
    try:
        with holding(space, wait_seconds):
            done = reconcile(space, policy=settings.rollout.approval, now=now())
    except BusyError as error:
        print(error.message)
        return {"done": [], "busy": True}
    for what in done:
        print(what)
    return {"done": list(done), "busy": False}
