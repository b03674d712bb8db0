"""A judged checkpoint enters the registry and the ledger, and is `candidate` until its cycle concludes."""

from __future__ import annotations

from typing import Any

from components.contracts import Clock
from components.control.champion import Mover, finish, moving
from components.errors import RegistryError
from components.governance.state import Known
from components.registry.registration import Registration, make_version
from components.registry.registry import Registry
from components.storage import read_manifest


def register(registry: Registry, registration: Registration, now: Clock) -> str:
    """Make a checkpoint a version, record it, and point `candidate` at it; returns the version.

    version with its evidence -> ledger "registered" -> MLflow made to agree: after a kill it may run again. An undecided
    version of the same checkpoint and cycle is taken again, its verdict updated; an undecided one of another checkpoint of this
    cycle is rejected as superseded. Raises LedgerError or RegistryError when ledger and registry cannot be trusted.
    """
    with moving(registry, now) as mover:
        registry.claim()
        mine = {version: known for version, known in mover.state.versions.items() if known.cycle == registration.cycle}
        again = _again(mover, registration, mine)
        if again:
            mover.need(again)
        newest = next(reversed([*mover.state.versions]), None)
        mover.look([newest] if newest else [])
        if newest in mover.observed.absent:
            raise RegistryError(
                f"Version {newest}, the newest that the ledger knows, is gone from MLflow: a new version might get its number",
                "MLflow's database was set back, or the version deleted: restore it, or run `perdure registry rebuild`.",
            )
        version = make_version(registry, registration, again)
        known = mover.state.versions.get(version)
        if known and version != again:
            raise RegistryError(
                f"MLflow gave the number {version} to a new version, but the ledger knows another version {version}",
                "MLflow's database was replaced or set back: restore it, or run `perdure registry rebuild`.",
            )
        mover.look([version])
        for older in [each for each, its in mine.items() if its.outcome is None and each != version]:
            reason = f"superseded by version {version}: its cycle ran again"
            mover.append("rejected", older, {}, actor="perdure", reason=reason)
        _record(mover, version, registration)
        finish(mover)
    return version


def _again(mover: Mover, registration: Registration, mine: dict[str, Known]) -> str | None:
    """The version to take again: not decided yet, or serving, or made just before a kill and unknown to the ledger."""
    for version, known in mine.items():
        serves = mover.state.served(version) is not None
        if known.checkpoint == registration.checkpoint.name and (known.outcome is None or serves):
            return version
    made = mover.registry.version_of(registration.checkpoint.name, registration.cycle)
    return made if made and made not in mover.state.versions else None


def _record(mover: Mover, version: str, registration: Registration) -> None:
    """Write to the ledger what the version is; write it again only when its verdict has changed."""
    manifest = read_manifest(registration.checkpoint)
    parent = manifest.get("parent")
    evidence: dict[str, Any] = {
        "checkpoint": registration.checkpoint.name,
        "experience": registration.experience.digest,
        "content": registration.experience.content,
        "parent": parent,
        "memory": manifest["files"].get("memory.parquet"),
        "gate": registration.verdict.status,
        "judged_against": registration.judged_against,
        "cycle": registration.cycle,
        "workspace": mover.registry.owner,
    }
    if registration.rebuilt:
        evidence["rebuilt"] = True
    if parent and mover.state.version_of(parent) is None:
        evidence["experiences"] = [each for each in manifest["experiences"] if each != registration.experience.digest]
    notes = manifest.get("notes", {}).get("recipe")
    if notes:  # learning.recipe: auto
        evidence["recipe"] = notes["chosen"]
    known = mover.state.versions.get(version)
    if known and all(getattr(known, name) == evidence[name] for name in ("checkpoint", "gate", "judged_against", "cycle")):
        return
    reason = "; ".join(registration.verdict.reasons) or "all gates passed"
    if notes:
        reason = f"{reason}. Recipe {notes['chosen']}: {'; '.join(notes['reasons'])}"
    mover.append("registered", version, evidence, actor="perdure", reason=reason)
