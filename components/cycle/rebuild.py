"""`perdure registry rebuild`: MLflow's registry made again from the ledger, the checkpoints and the records of the cycles."""

from __future__ import annotations

from components.contracts import Clock, Progress
from components.control.authority import alone, consult
from components.control.champion import refuse_another_ledger
from components.control.mirror import make_agree, tags_of
from components.cycle.page import decided, page
from components.cycle.records import Records
from components.errors import PerdureError
from components.governance.state import Known
from components.registry.rebuild import Wanted, rebuild
from components.registry.registry import PAGE, UNDER_WAY, Registry
from components.workspace import Workspace


def rebuild_registry(workspace: Workspace, now: Clock, progress: Progress | None = None) -> tuple[int, str | None]:
    """Make every version that the ledger knows again, under its number; returns how many, and where the old model is kept.

    Safe to run again after a kill. Raises LedgerError when the ledger cannot be trusted or is not the one that MLflow agreed
    with, RegistryError when the model belongs to another workspace.
    """
    with alone(workspace):
        authority, registry = consult(workspace), Registry(workspace)
        state = authority.state
        refuse_another_ledger(registry, authority, registry.observe(state.versions, whole=True))
        wanted = [_wanted(version, known, workspace) for version, known in state.versions.items()]
        kept = rebuild(registry, wanted, f"{now():%Y%m%dT%H%M%S}", progress)
        make_agree(registry, state, registry.observe(state.versions, whole=True))
    return len(wanted), kept


def _wanted(version: str, known: Known, workspace: Workspace) -> Wanted:
    folder = workspace.checkpoints / known.checkpoint
    text = _page(version, known, workspace)
    tags = {name: value for name, value in {**tags_of(known), PAGE: known.outcome or UNDER_WAY}.items() if value is not None}
    name = known.cycle or version
    return Wanted(version, known.checkpoint, folder if folder.is_dir() else None, name, tags, text)


def _page(version: str, known: Known, workspace: Workspace) -> str:
    """The evidence page from the cycle's records; where they are gone, what the ledger says."""
    records = Records(workspace)
    if known.cycle and records.exists(known.cycle) and records.done(known.cycle, "judge"):
        try:
            return page(known.cycle, workspace, version, decided(known) if known.outcome != "held" else None)
        except PerdureError as error:
            return f"## Version {version}\n\nIts evidence page could not be made again: {error.message}"
    return f"## Version {version}\n\nThe records of its cycle are gone; the ledger says: {known.outcome or 'under way'}."
