"""Carry out what people asked for in MLflow, and put right what nobody may do. Safe to run twice, or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from components.errors import IntegrityError
from components.governance.decisions import (
    SOMEONE,
    Abandon,
    Action,
    Explain,
    Finish,
    Follow,
    Promote,
    Reject,
    Restore,
    decide,
)
from components.governance.ledger import Ledger
from components.governance.state import Move, Policy
from components.registry.moves import alone, begin, conclude, finish, promote, recall
from components.registry.registry import Registry
from components.workspace import Workspace


def reconcile(workspace: Workspace, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """Compare registry and ledger and act; returns what was done: {"action", "version", "reason"} each, empty if nothing."""
    registry = Registry(workspace)
    ledger = Ledger(workspace.ledger_url)
    with alone(registry):
        actions = decide(registry.observe(), recall(ledger), policy)
        done = [_do(registry, ledger, action, now) for action in actions if not isinstance(action, Promote)]
    # these take the lock themselves
    return done + [_promote(registry, ledger, action, now) for action in actions if isinstance(action, Promote)]
