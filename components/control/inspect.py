"""Compare what the ledger says with the artefacts: on the disk, and in MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from components.control.authority import consult
from components.control.mirror import aliases_of, differences, gone
from components.errors import IntegrityError, PerdureError, UsageError
from components.governance.state import LedgerState
from components.registry.evidence import page_digest
from components.registry.registry import Registry
from components.storage import verify
from components.workspace import Workspace


@dataclass(frozen=True)
class Checked:
    """A version that was looked at. problems: empty when its checkpoint is whole on the disk and in MLflow."""

    version: str
    checkpoint: str
    role: str  # champion, previous, served, or what became of it
    problems: tuple[str, ...]


def inspect(workspace: Workspace, versions: Sequence[str] = ()) -> list[Checked]:
    """Verify versions against disk and MLflow: those named, or everything that serves or that a rollback can go back to.

    Raises UsageError for a version that the ledger does not know.
    """
    state, registry = consult(workspace).state, Registry(workspace)
    unknown = [version for version in versions if version not in state.versions]
    if unknown:
        raise UsageError(f"The ledger does not know version {unknown[0]}", f"Versions: {', '.join(state.versions) or 'none'}.")
    wanted = versions or [each.version for each in reversed(state.champions)]
    return [_checked(registry, version, state) for version in wanted]


def compare(workspace: Workspace) -> list[str]:
    """What MLflow shows otherwise than the ledger says. `perdure reconcile` puts back what can be put back."""
    state, registry = consult(workspace).state, Registry(workspace)
    observed = registry.observe(state.versions, whole=True)
    found = [f"version {version} is gone from MLflow" for version in gone(state, observed)]
    for each in differences(state, observed):
        found += [f"MLflow shows another `{tag}` of version {each.version} than the ledger" for tag in each.tags]
    for alias, version in aliases_of(state).items():
        if observed.aliases.get(alias) != (None if version in observed.absent else version):
            found.append(
                f"the alias `{alias}` names {observed.aliases.get(alias) or 'nothing'}, and the ledger {version or 'nothing'}"
            )
    return found


def _checked(registry: Registry, version: str, state: LedgerState) -> Checked:
    known, workspace = state.versions[version], registry.workspace
    problems: list[str] = []
    folder = workspace.checkpoints / known.checkpoint
    try:
        verify(folder)
    except IntegrityError as error:
        problems.append(f"on the disk: {error.message}")
    try:
        with TemporaryDirectory(prefix="perdure-verify-") as scratch:  # the workspace may be one that can only be read
            registry.fetch_checkpoint(version, known.checkpoint, Path(scratch))
        if known.page and known.outcome == "held" and page_digest(registry.description(version)) != known.page:
            problems.append("in MLflow: its evidence page is not the one that was written")
    except PerdureError as error:
        problems.append(f"in MLflow: {error.message}")
    return Checked(version, known.checkpoint, _role(version, state), tuple(problems))


def _role(version: str, state: LedgerState) -> str:
    if state.serving and state.serving.version == version:
        return "champion"
    if state.previous and state.previous.version == version:
        return "previous"
    return "served" if state.served(version) else str(state.versions[version].outcome or "under way")
