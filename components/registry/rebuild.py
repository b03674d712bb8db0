"""Make the registered model again, every version under its number: from what is left of it, and from checkpoints.

It is built beside the old one and takes its place at the end, so it may be killed and run again at any point. What was there
before stays in MLflow under another name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.contracts import Progress
from components.errors import IntegrityError, RegistryError, UnavailableError
from components.registry.client import answering, connect
from components.registry.registration import experiment, log_model
from components.registry.registry import OWNER, Registry
from components.storage import building


@dataclass(frozen=True)
class Wanted:
    """A version as it should be. folder: its checkpoint, None when the disk has lost it. page: its description."""

    version: str
    checkpoint: str
    folder: Path | None
    name: str
    tags: Mapping[str, str]
    page: str


def rebuild(registry: Registry, wanted: Sequence[Wanted], stamp: str, progress: Progress | None = None) -> str | None:
    """Build the model and put it in its place; returns the name under which the old one is kept, None if there was none.

    stamp: makes that name unique. The aliases are up to the caller.
    """
    fresh, client = f"{registry.model}.rebuilding", registry.client
    by_number = {int(each.version): each for each in wanted}
    connect(registry.workspace)  # MLflow's fluent calls are global
    with answering(registry.uri):
        here = {each.name: each for each in client.search_registered_models(f"name LIKE '{registry.model}%'")}
        if fresh in here and here[fresh].tags.get(OWNER) != registry.owner:
            raise RegistryError(
                f"The model {fresh!r} in MLflow was not made by this workspace",
                "Nothing was changed. Rename or delete that model in MLflow, and run the command again.",
            )
        old = {str(each.version): each for each in registry.versions()} if registry.model in here else {}
        if fresh not in here:
            client.create_registered_model(fresh, tags={OWNER: registry.owner})
        made = [int(each.version) for each in client.search_model_versions(f"name = '{fresh}'", max_results=10_000)]
        last = max(by_number, default=0)
        for number in range(max(made, default=0) + 1, last + 1):
            each = by_number.get(number)
            source = _source(registry, each, old.get(str(number))) if each else {"source": _NOTHING}
            client.create_model_version(fresh, **source, tags=_tags(each, old.get(str(number))), await_creation_for=0)
            if progress:
                progress(number, last, f"version {number}")
        for each in wanted:
            client.update_model_version(fresh, each.version, each.page)
        for each in client.search_model_versions(f"name = '{fresh}'", max_results=10_000):
            if int(each.version) not in by_number:  # it only kept a number free
                client.delete_model_version(fresh, each.version)
        kept = f"{registry.model}.replaced-{stamp}" if registry.model in here else None
        if kept:
            client.rename_registered_model(registry.model, kept)
        client.rename_registered_model(fresh, registry.model)
    return kept


def _tags(wanted: Wanted | None, old: Any) -> dict[str, str]:
    """The tags of a version: what people wrote there stays, wishes among it; what repeats the ledger is as the ledger says."""
    return {**(old.tags if wanted and old else {}), **(wanted.tags if wanted else {})}


def _whole(registry: Registry, wanted: Wanted) -> bool:
    """Whether MLflow still has the checkpoint of a version."""
    try:
        with building(registry.workspace.scratch) as scratch:
            registry.fetch_checkpoint(wanted.version, wanted.checkpoint, scratch)
    except (IntegrityError, UnavailableError):
        return False
    return True


#: The source of a version whose checkpoint is nowhere any more
_NOTHING = "file:///nowhere"


def _source(registry: Registry, wanted: Wanted, old: Any) -> dict[str, Any]:
    """Where a version's artefacts are: where they were if the version is still there, else logged anew from the disk."""
    import mlflow

    if old is not None and _whole(registry, wanted):
        return {"source": old.source, "run_id": old.run_id or None, "model_id": getattr(old, "model_id", None) or None}
    if wanted.folder is None:
        return {"source": _NOTHING}
    tags = {"checkpoint": wanted.checkpoint, "rebuilt": "true"}
    with mlflow.start_run(experiment_id=experiment(registry), run_name=wanted.name, tags=tags) as run:
        model = log_model(wanted.name, wanted.folder, {}, tags)
        return {"source": f"models:/{model.model_id}", "run_id": run.info.run_id, "model_id": model.model_id}
