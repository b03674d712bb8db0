"""Checkpoints ready to answer. Several LoRA checkpoints share one base model in memory; others get a copy of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.catalog.models import BaseModel
from components.contracts import Predictions
from components.learning import checkpoint
from components.learning.method import Recipe
from components.learning.networks.backbone import Backbone, load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.encoder import Classifier
from components.learning.networks.feature_store import ActivationStore
from components.learning.weights import WEIGHTS, load_weights


class SharedBase:
    """One base model and the adapters on it, each under the digest of its checkpoint (never reused: vllm#42125)."""

    def __init__(self, base: BaseModel, store: ActivationStore | None = None) -> None:
        """store: where features of texts are kept, each text encoded once. Without one (gateway, MLflow) every answer is real."""
        self.base, self._store = base, store
        self._backbone = load_backbone(base)
        self._adapted: Any = None  # the PeftModel around the base, once there is an adapter
        self._lock = threading.RLock()

    def load(self, folder: Path) -> CheckpointPredictor:
        """A checkpoint as a predictor. Raises IntegrityError for damaged files or another base model."""
        manifest = checkpoint.read_checkpoint(folder)
        checkpoint.check_base(self.base, manifest["base"])
        recipe = checkpoint.recipe_from(manifest["recipe"])
        adapter, backbone, moved = None, self._backbone, set[str]()
        if (folder / "adapter").is_dir():
            adapter = folder.name
            self._add(folder / "adapter", adapter)
            moved = {name for name, _ in backbone.model.named_parameters() if f".{adapter}" in name}
        elif (folder / WEIGHTS).is_file():
            backbone = load_backbone(self.base)
            moved = load_weights(backbone.model, folder)
        network = _network(backbone, recipe, manifest, folder)
        if self._store is not None and isinstance(network, Classifier):
            network.remember_features(self._store, manifest["files"])
            with self.using(adapter):
                network.cut(moved, self._store, room=0)
        return CheckpointPredictor(folder.name, network.labels, manifest, network, self, adapter)

    def unload(self, digest: str) -> None:
        """Drop an adapter; predictors on it must not be used any more."""
        with self._lock:
            if self._adapted is None or digest not in self._adapted.peft_config:
                return
            others = [name for name in self._adapted.peft_config if name != digest]
            if others:
                self._adapted.set_adapter(others[0])
                self._adapted.delete_adapter(digest)
            else:  # PEFT cannot do without any adapter: take its layers out again
                self._adapted.unload()
                self._adapted = None

    def _add(self, folder: Path, name: str) -> None:
        from peft import PeftModel

        with self._lock:
            if self._adapted is None:
                self._adapted = PeftModel.from_pretrained(self._backbone.model, folder, adapter_name=name)
            elif name not in self._adapted.peft_config:
                self._adapted.load_adapter(folder, adapter_name=name)

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[None]:
        """Hold the base model with this adapter active; None: without any."""
        with self._lock:
            if self._adapted is None:
                yield
                return
            if adapter is not None and self._adapted.active_adapter != adapter:
                self._adapted.set_adapter(adapter)
            with nullcontext() if adapter is not None else self._adapted.disable_adapter():
                yield


@dataclass(frozen=True)
class CheckpointPredictor:
    """Answers as the checkpoint `digest` does; see contracts.Predictor."""

    digest: str
    labels: tuple[str, ...]
    manifest: dict[str, Any]
    _network: Any = field(repr=False)
    _shared: SharedBase = field(repr=False)
    _adapter: str | None = None

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Class probabilities of each text, in the given order."""
        with self._shared.using(self._adapter):
            labels, probabilities = self._network.predict(texts)
        return Predictions(labels, probabilities)

    @property
    def uncached(self) -> CheckpointPredictor:
        """The same, doing all the work for every answer: for measuring how long one takes."""
        return (
            replace(self, _network=replace(self._network, cache=None, prefix=None))
            if isinstance(self._network, Classifier)
            else self
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) representation of each text under this checkpoint's weights."""
        with self._shared.using(self._adapter):
            return np.asarray(self._network.embed(texts), dtype=np.float32)


def load_predictor(folder: Path) -> CheckpointPredictor:
    """One checkpoint alone. Raises IntegrityError, UnavailableError."""
    return SharedBase(checkpoint.base_of(checkpoint.read_checkpoint(folder))).load(folder)


def _network(backbone: Backbone, recipe: Recipe, manifest: dict[str, Any], folder: Path) -> Classifier | CausalLM:
    if backbone.base.kind == "causal":
        return CausalLM(backbone, backbone.model, tuple(manifest["labels"]), manifest["max_tokens"])
    checkpoint.read_states(folder, manifest, recipe)
    return Classifier(backbone, backbone.model, recipe.head, manifest["max_tokens"])
