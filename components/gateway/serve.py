"""`perdure serve`: the gateway that follows the registry."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from components.environment import prepare_process
from components.errors import UsageError
from components.gateway.app import create_app
from components.gateway.loader import CheckpointLoader
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Serving
from components.registry.registry import Registry
from components.workspace import Workspace


def champion_of(workspace: Workspace) -> Callable[[], Wanted]:
    """Asks the registry what should serve: the version that has the alias `champion`, or nothing while there is none.

    A candidate gets no live traffic here, only the replayed traffic of its own rollout. A checkpoint that is missing
    from the workspace is fetched back from MLflow.
    """
    paths: dict[str, Path] = {}

    def wanted() -> Wanted:
        registry = Registry(workspace)
        version = registry.champion()
        if version is None:
            return Wanted()
        if version not in paths:
            paths[version] = registry.fetch_checkpoint(version).resolve()
        return Wanted(champion=Target(version=version, path=str(paths[version])))

    return wanted


def serve(workspace: Workspace, host: str, port: int, poll_seconds: float = 5.0) -> None:
    """Serve the champion until interrupted; it follows a move of the alias within `poll_seconds`."""
    prepare_process()

    import uvicorn

    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host} port {port}: {error.strerror}", "Choose another with --port.") from error
    app = create_app(Serving(CheckpointLoader()), inbox=workspace.inbox, wanted=champion_of(workspace), poll_seconds=poll_seconds)
    with listening:
        uvicorn.Server(uvicorn.Config(app, log_level="info", access_log=False)).run(sockets=[listening])
