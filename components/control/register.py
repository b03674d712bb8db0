"""A judged checkpoint enters the registry and the ledger, and is `candidate` until its cycle concludes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from components.governance.ledger import Ledger
from components.registry.registration import Registration, make_version
from components.registry.registry import Registry
from components.storage import read_manifest


def register(registry: Registry, registration: Registration, now: datetime) -> str:
    """Make a checkpoint a version, record it, and point `candidate` at it; returns the version.

    version with its evidence -> ledger "registered" -> alias candidate: after a kill it may simply run again.
    Registering the same checkpoint from the same cycle again returns the version made first, its verdict updated.
    """
    version = make_version(registry, registration)
    _record(registry, version, registration, now)
    if "outcome" not in registry.tags(version):
        registry.set_alias("candidate", version)
    return version


def _record(registry: Registry, version: str, registration: Registration, now: datetime) -> None:
    """Write to the ledger what the version is; write it again only when its verdict has changed."""
    manifest = read_manifest(registration.checkpoint)
    evidence: dict[str, Any] = {
        "checkpoint": registration.checkpoint.name,
        "experience": registration.experience.digest,
        "parent": manifest.get("parent"),
        "memory": manifest["files"].get("memory.parquet"),
        "gate": registration.verdict.status,
        "judged_against": registration.judged_against,
        "cycle": registration.cycle,
    }
    notes = manifest.get("notes", {}).get("recipe")
    if notes:  # learning.recipe: auto
        evidence["recipe"] = notes["chosen"]
    ledger = Ledger(registry.workspace.ledger_url)
    recorded = [entry.evidence for entry in ledger.entries(kinds=("registered",)) if entry.subject == version]
    if recorded and recorded[-1] == evidence:
        return
    reason = "; ".join(registration.verdict.reasons) or "all gates passed"
    if notes:
        reason = f"{reason}. Recipe {notes['chosen']}: {'; '.join(notes['reasons'])}"
    ledger.append("registered", actor="perdure", subject=version, evidence=evidence, reason=reason, now=now)
