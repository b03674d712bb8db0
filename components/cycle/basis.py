"""What a cycle continues from: decided once, when it opens."""

from __future__ import annotations

from components.cycle.outputs import Basis
from components.cycle.records import Records
from components.registry.registry import Registry
from components.workspace import Workspace


def settle(records: Records, *, follows: str | None, learn_from: str | None) -> Basis:
    """The basis of a cycle that opens now. `learn_from`: a checkpoint to learn from instead of the champion.

    The cycle continues from the champion that the cycle before it left, unless that champion was rolled back since. Without a
    cycle before it, it continues from what serves.
    """
    if follows is None:
        champion, watched = serving(records.workspace), True
    elif records.is_start(follows):
        champion, watched = None, False
    else:
        records.opened(follows)  # raises when there is no such cycle
        champion = _left(records, follows)
        watched = records.opened(follows).basis.watched
    return Basis(champion, learn_from or champion, follows, watched)


def serving(workspace: Workspace) -> str | None:
    """The checkpoint that serves, None when nothing does."""
    if (
        workspace.mlflow_file and not workspace.mlflow_file.exists()
    ):  # nothing is registered yet: this saves a first cycle some seconds
        return None

    return Registry(workspace).champion_checkpoint()


def _left(records: Records, cycle: str) -> str | None:
    left = records.concluded(cycle).champion
    if left is None:
        return None

    registry = Registry(records.workspace)
    version = registry.version_of(left)
    if version and registry.tags(version).get("outcome") == "rolled_back":
        return registry.champion_checkpoint()
    return left
