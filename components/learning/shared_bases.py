"""Base models, each loaded once: several LoRA checkpoints share one; other checkpoints get their own copy."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.catalog.models import BaseModel, get_base
from components.lazy import lazy
from components.learning import checkpoint
from components.learning.networks.backbone import load_backbone
from components.learning.networks.feature_store import ActivationStore
from components.learning.networks.protocol import Network
from components.learning.predictor import CheckpointPredictor
from components.learning.recipe import recipe_from
from components.learning.weights import WEIGHTS, load_weights
from components.storage import read_manifest

if TYPE_CHECKING:
    import peft

    from components.learning.networks import build as networks
else:
    peft, networks = lazy("peft"), lazy("components.learning.networks.build")


class SharedBase:
    """One base model and the adapters on it, each under the digest of its checkpoint (never reused: vllm#42125)."""

    def __init__(self, base: BaseModel, store: ActivationStore | None = None) -> None:
        """store: keeps features, so that each text is encoded once. Without one (gateway, MLflow) every answer is computed."""
        self.base, self._store = base, store
        self._backbone = load_backbone(base)
        self._adapted: peft.PeftModel | None = None  # around the base, once there is an adapter
        self._lock = threading.RLock()

    def load(self, folder: Path) -> CheckpointPredictor:
        """A checkpoint as a predictor. Raises IntegrityError for damaged files or another base model."""
        manifest = checkpoint.read_checkpoint(folder)
        checkpoint.check_base(self.base, manifest["base"])
        recipe = recipe_from(manifest["recipe"])
        adapter, backbone, moved = None, self._backbone, set[str]()
        if (folder / "adapter").is_dir():
            adapter = folder.name
            self._add(folder / "adapter", adapter)
            moved = {name for name, _ in backbone.model.named_parameters() if f".{adapter}" in name}
        elif (folder / WEIGHTS).is_file():
            backbone = load_backbone(self.base)
            moved = load_weights(backbone.model, folder)
        if not backbone.writes:
            checkpoint.read_states(folder, manifest, recipe)
        network = networks.build(backbone, backbone.model, recipe.head, manifest["max_tokens"], known=manifest["labels"])
        if self._store is not None and not network.writes:
            network.remember_features(self._store, manifest["files"])
            with self.using(adapter):
                network.cut(moved, self._store, room=0)
        base = lru_cache(maxsize=1)(partial(self._published, manifest, moved))
        return CheckpointPredictor(folder.name, manifest, network, self, adapter, base)

    def _published(self, manifest: Mapping[str, Any], moved: set[str]) -> Network:
        """The encoder of a checkpoint without its weights. It shares their features where nothing moved, and the blocks below."""
        head = recipe_from(manifest["recipe"]).head
        network = networks.build(self._backbone, self._backbone.model, head, manifest["max_tokens"])
        if self._store is not None and not network.writes:
            network.remember_features(self._store, {})
            with self.using(None):
                network.cut(moved, self._store, room=0)
        return network

    def unload(self, digest: str) -> None:
        """Drop an adapter; predictors on it must not be used any more."""
        with self._lock:
            if self._adapted is None or digest not in self._adapted.peft_config:
                return
            others = [name for name in self._adapted.peft_config if name != digest]
            if others:
                self._adapted.set_adapter(others[0])
                self._adapted.delete_adapter(digest)
            else:  # PEFT needs at least one adapter: remove its layers
                self._adapted.unload()
                self._adapted = None

    def _add(self, folder: Path, name: str) -> None:
        with self._lock:
            if self._adapted is None:
                self._adapted = peft.PeftModel.from_pretrained(self._backbone.model, folder, adapter_name=name)
            elif name not in self._adapted.peft_config:
                self._adapted.load_adapter(folder, adapter_name=name)

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[None]:
        """Reserve the base model, with this adapter active, for a block; None: without an adapter."""
        with self._lock:
            if self._adapted is None:
                yield
                return
            if adapter is not None and self._adapted.active_adapter != adapter:
                self._adapted.set_adapter(adapter)
            with nullcontext() if adapter is not None else self._adapted.disable_adapter():
                yield


@lru_cache(maxsize=2)
def _kept(name: str, features: Path | None) -> SharedBase:
    return SharedBase(get_base(name), ActivationStore(features) if features else None)


def load(checkpoint: Path, features: Path | None = None) -> CheckpointPredictor:
    """A checkpoint ready to answer, on a base model that this process keeps. features: `Workspace.features`, a cache."""
    return _kept(read_manifest(checkpoint)["base"]["name"], features).load(checkpoint)


def load_predictor(folder: Path) -> CheckpointPredictor:
    """One checkpoint alone, on its own base model. Raises IntegrityError, UnavailableError."""
    return SharedBase(checkpoint.base_of(checkpoint.read_checkpoint(folder))).load(folder)
