"""Evidence that comes after registration: the results of monitoring, kept with the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.registry.client import answering
from components.registry.registry import Registry


def attach_monitoring(registry: Registry, version: str, findings: Mapping[str, Any], page: str, tripped: Sequence[str]) -> None:
    """Put the findings and their page into the version's run, and a summary into its tags. Safe to run twice."""
    with answering(registry.uri):
        run = registry.client.get_model_version(registry.model, version).run_id
        registry.client.log_dict(run, dict(findings), "monitoring.json")
        registry.client.log_text(run, page, "monitoring.html")
    registry.tag(version, {"monitoring": f"forgetting: {', '.join(tripped)}" if tripped else "nothing forgotten"})
