"""`perdure serve`: the gateway that serves what the ledger says, and records what it really served."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime

from components.control.artefacts import checkpoint
from components.control.authority import Authority, consult
from components.control.served import note_served
from components.environment import prepare_process
from components.errors import LedgerError, UsageError
from components.gateway.app import create_app
from components.gateway.feedback import Inbox
from components.gateway.loader import CheckpointLoader
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Served, Serving
from components.gateway.tokens import Tokens, refuse_open
from components.governance.entries import GENESIS
from components.governance.ledger import cut_off
from components.workspace import Workspace


class Follower:
    """What a gateway knows of the ledger: it remembers the last entry that it saw, and believes no ledger without it."""

    def __init__(self, workspace: Workspace, gateway: str) -> None:
        self._workspace, self._gateway, self._last = workspace, gateway, GENESIS

    def wanted(self) -> Wanted:
        """What should serve by the ledger; nothing while nothing does.

        A candidate gets no live traffic here, only the replayed traffic of its own rollout. A checkpoint that is missing
        from the workspace is fetched back from MLflow. Raises LedgerError, UnavailableError, IntegrityError.
        """
        serves = self._consult().state.serving
        if serves is None:
            return Wanted()
        path = checkpoint(self._workspace, serves.checkpoint)
        return Wanted(champion=Target(version=serves.version, path=str(path.resolve())))

    def record(self, served: Served | None) -> None:
        """Write to the ledger what this gateway serves from now on (None: nothing any more)."""
        version, digest = (served.version, served.path.name) if served else (None, None)
        note_served(self._consult().ledger, self._gateway, version, digest, lambda: datetime.now(UTC))

    def _consult(self) -> Authority:
        authority = consult(self._workspace)
        if not authority.ledger.holds(self._last):
            raise LedgerError(
                f"The ledger at {authority.ledger.name} is not the one that this gateway followed: {cut_off(self._last)}",
                "What served goes on serving. Restore the ledger, or restart the gateway if this one is right.",
            )
        self._last = authority.state.hash
        return authority


def serve(workspace: Workspace, host: str, port: int, poll_seconds: float = 5.0, tokens: Tokens | None = None) -> None:
    """Serve the champion until interrupted; a new one serves within `poll_seconds`.

    Raises UsageError where other machines could ask and there are no tokens, and for an address that it cannot have.
    """
    prepare_process()
    refuse_open(host, tokens)

    from components.gateway.connections import listen

    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        raise UsageError(f"Cannot listen on {host} port {port}: {error}", "Choose another with --port.") from error
    follower = Follower(workspace, f"{socket.gethostname()}:{listening.getsockname()[1]}:{os.getpid()}")
    app = create_app(
        Serving(CheckpointLoader()),
        inbox=Inbox(workspace.inbox),
        tokens=tokens,
        wanted=follower.wanted,
        record=follower.record,
        poll_seconds=poll_seconds,
    )
    with listening:
        listen(app, listening, log_level="info")
