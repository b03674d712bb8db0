"""`perdure serve`: the gateway that serves what the ledger says, and records what it really served."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from components.control.artefacts import champion
from components.control.served import note_served
from components.environment import prepare_process
from components.errors import UsageError
from components.gateway.app import create_app
from components.gateway.loader import CheckpointLoader
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Served, Serving
from components.workspace import Workspace


def champion_of(workspace: Workspace) -> Callable[[], Wanted]:
    """Asks the ledger what should serve; nothing while nothing does.

    A candidate gets no live traffic here, only the replayed traffic of its own rollout. A checkpoint that is missing
    from the workspace is fetched back from MLflow.
    """

    def wanted() -> Wanted:
        serves = champion(workspace)
        if serves is None:
            return Wanted()
        statement, path = serves
        return Wanted(champion=Target(version=statement.version, path=str(path.resolve())))

    return wanted


def recorder(workspace: Workspace, gateway: str) -> Callable[[Served | None], None]:
    """Writes to the ledger what this gateway serves from now on (None: nothing any more)."""

    def record(served: Served | None) -> None:
        version, checkpoint = (served.version, served.path.name) if served else (None, None)
        note_served(workspace, gateway, version, checkpoint, lambda: datetime.now(UTC))

    return record


def serve(workspace: Workspace, host: str, port: int, poll_seconds: float = 5.0) -> None:
    """Serve the champion until interrupted; a new one serves within `poll_seconds`."""
    prepare_process()

    import uvicorn

    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host} port {port}: {error.strerror}", "Choose another with --port.") from error
    app = create_app(
        Serving(CheckpointLoader()),
        inbox=workspace.inbox,
        wanted=champion_of(workspace),
        record=recorder(workspace, f"{socket.gethostname()}:{listening.getsockname()[1]}:{os.getpid()}"),
        poll_seconds=poll_seconds,
    )
    with listening:
        uvicorn.Server(uvicorn.Config(app, log_level="info", access_log=False)).run(sockets=[listening])
