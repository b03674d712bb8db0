"""What a cycle continues from: what serves, by the ledger, when the cycle opens."""

from __future__ import annotations

from components.contracts import Clock
from components.control.actions import rewind
from components.control.authority import serving
from components.cycle.outputs import Basis
from components.cycle.records import Records
from components.registry.registry import Registry
from components.workspace import Workspace

ACTOR = "perdure"
_REBUILT = "the stream is run again from here: everything that came after was made by it and is made anew"


def settle(records: Records, *, follows: str | None, learn_from: str | None, now: Clock) -> Basis:
    """The basis of a cycle that opens now. `learn_from`: a checkpoint to learn from instead of the champion.

    In a stream that is rebuilt from its start (DVC), what serves is first set back to what the cycle before it left.
    """
    watched = True
    if follows is not None and not records.is_start(follows):
        watched = records.opened(follows).basis.watched  # raises when there is no such cycle
    elif follows is not None:
        watched = False
    if follows is not None and not watched:
        set_back(records.workspace, None if records.is_start(follows) else records.concluded(follows).champion, now)
    serves = serving(records.workspace)
    champion = serves.checkpoint if serves else None
    return Basis(champion, learn_from or champion, follows, watched)


def set_back(workspace: Workspace, champion: str | None, now: Clock) -> None:
    """Roll back to where `champion` served, in a stream that is rebuilt. Raises RefusedError if others made what serves."""
    serves = serving(workspace)
    if (serves.checkpoint if serves else None) == champion:
        return
    rewind(Registry(workspace), champion, actor=ACTOR, reason=_REBUILT, now=now)
