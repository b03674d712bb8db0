"""`perdure serve`: the gateway that follows the registry."""

from __future__ import annotations

from components.environment import prepare_process
from components.gateway.app import create_app
from components.gateway.loader import CheckpointLoader
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Serving
from components.workspace import Workspace


def aliases(workspace: Workspace) -> Wanted:
    """Who should serve by the registry: `champion`, and nobody while there is none.

    A candidate gets no live traffic here: it meets the replayed traffic of its own rollout first.
    """
    from components.registry.registry import Registry

    champion = Registry(workspace).champion()
    if champion is None:
        return Wanted()
    return Wanted(champion=Target(version=champion.version, path=str(workspace.checkpoint(champion.checkpoint).resolve())))


def serve(workspace: Workspace, host: str, port: int, poll_seconds: float = 5.0) -> None:
    """Serve the champion until interrupted; moves of the alias are followed within `poll_seconds`."""
    prepare_process()

    import uvicorn

    app = create_app(
        Serving(CheckpointLoader()), inbox=workspace.inbox, wanted=lambda: aliases(workspace), poll_seconds=poll_seconds
    )
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
