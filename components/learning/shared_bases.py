"""Base models, each loaded once: several LoRA checkpoints share one; other checkpoints get their own copy."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from components.catalog.models import BaseModel, get_base
from components.errors import IntegrityError
from components.lazy import lazy
from components.learning import checkpoint, sound
from components.learning.checkpoint import manifest_of
from components.learning.networks.backbone import load_backbone
from components.learning.networks.blocks import blocks
from components.learning.networks.feature_store import ActivationStore
from components.learning.networks.protocol import Network
from components.learning.predictor import CheckpointPredictor
from components.learning.recipe import Recipe
from components.learning.tensors import load_finite
from components.learning.weights import WEIGHTS, load_weights
from components.storage import digest_json

if TYPE_CHECKING:
    import peft

    from components.learning.networks import build as networks
else:
    peft, networks = lazy("peft"), lazy("components.learning.networks.build")


_TRIED = ("Is this on?",)


class SharedBase:
    """One base model and the adapters on it, each under the digest of its checkpoint (never reused: vllm#42125).

    The digest is that of the manifest, whatever the folder is called. A checkpoint may be loaded more than once, from several
    paths: its adapter stays until it was unloaded as often.
    """

    def __init__(self, base: BaseModel, store: ActivationStore | None = None) -> None:
        """store: keeps features, so that each text is encoded once. Without one (gateway, MLflow) every answer is computed."""
        self.base, self._store = base, store
        self._backbone = load_backbone(base)
        self._adapted: peft.PeftModel | None = None  # around the base, once there is an adapter
        self._lock = threading.RLock()
        self._loaded: Counter[str] = Counter()  # how often each adapter is in use

    def load(self, folder: Path) -> CheckpointPredictor:
        """A checkpoint as a predictor. Raises IntegrityError for damaged or malformed files or another base model."""
        manifest = checkpoint.read_checkpoint(folder)
        checkpoint.check_base(self.base, manifest["base"])
        recipe, digest = checkpoint.recipe_of(folder, manifest), digest_json(manifest)
        if not self._backbone.writes:  # before anything is loaded for it
            self._restore_head(folder, manifest, recipe)
        adapter, backbone, moved = None, self._backbone, set[str]()
        if (folder / "adapter").is_dir():
            adapter = digest
            self._add(folder / "adapter", adapter)
            moved = {name for name, _ in backbone.model.named_parameters() if f".{adapter}" in name}
        elif (folder / WEIGHTS).is_file():
            backbone = load_backbone(self.base)
            moved = load_weights(backbone.model, folder)
        network = networks.build(backbone, backbone.model, recipe.head, manifest["max_tokens"], known=manifest["labels"])
        if self._store is not None and not network.writes:
            network.remember_features(self._store, manifest["files"])
            with self.using(adapter):
                network.cut(moved, self._store, room=0)
        base = lru_cache(maxsize=1)(partial(self._published, folder, manifest, moved))
        predictor = CheckpointPredictor(digest, manifest, network, self, adapter, base)
        try:
            _try(folder, predictor)
        except IntegrityError:
            if adapter:
                self.unload(adapter)
            raise
        return predictor

    def _restore_head(self, folder: Path, manifest: Mapping[str, Any], recipe: Recipe) -> None:
        """The head as the checkpoint left it, for its labels. Raises IntegrityError."""
        most = blocks(self._backbone.model)[1] + 1
        if recipe.head.layers > most:
            raise sound.unsound(folder, "recipe", f"its head reads {recipe.head.layers} layers, and the base model has {most}")
        checkpoint.read_states(folder, manifest, recipe)
        if list(recipe.head.labels) != manifest["labels"]:
            raise sound.unsound(folder, "head", "it is missing, or of another kind than the recipe says")
        checkpoint.check_head(folder, recipe.head, self._backbone.width)

    def _published(self, folder: Path, manifest: Mapping[str, Any], moved: set[str]) -> Network:
        """The encoder of a checkpoint without its weights. It shares their features where nothing moved, and the blocks below."""
        head = checkpoint.recipe_of(folder, manifest).head
        network = networks.build(self._backbone, self._backbone.model, head, manifest["max_tokens"])
        if self._store is not None and not network.writes:
            network.remember_features(self._store, {})
            with self.using(None):
                network.cut(moved, self._store, room=0)
        return network

    def unload(self, digest: str) -> None:
        """Drop an adapter, once every load of it has been dropped; the predictor must not be used any more."""
        with self._lock:
            self._loaded[digest] -= 1
            if self._loaded[digest] > 0 or self._adapted is None or digest not in self._adapted.peft_config:
                return
            del self._loaded[digest]
            others = [name for name in self._adapted.peft_config if name != digest]
            if others:
                self._adapted.set_adapter(others[0])
                self._adapted.delete_adapter(digest)
            else:  # PEFT needs at least one adapter: remove its layers
                self._adapted.unload()
                self._adapted = None

    def _add(self, folder: Path, name: str) -> None:
        """Raises IntegrityError for an adapter that does not fit; then nothing has changed."""
        with self._lock:
            if self._adapted is None or name not in self._adapted.peft_config:
                sound.check_adapter(folder, self._backbone.model)
                load_finite(folder / sound.TENSORS)
            if self._adapted is None:
                self._adapted = peft.PeftModel.from_pretrained(self._backbone.model, folder, adapter_name=name)
            elif name not in self._adapted.peft_config:
                self._adapted.load_adapter(folder, adapter_name=name)
            self._loaded[name] += 1

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


def _try(folder: Path, predictor: CheckpointPredictor) -> None:
    """Raises IntegrityError for weights that are finite and give answers that are not."""
    with sound.sound(folder, "model"):
        asked = predictor.uncached
        answer = asked.embed(_TRIED) if predictor.writes else asked.predict(_TRIED).probabilities
        if not np.isfinite(answer).all():
            raise ValueError("its answers are no numbers")


@lru_cache(maxsize=2)
def _kept(name: str, features: Path | None) -> SharedBase:
    return SharedBase(get_base(name), ActivationStore(features) if features else None)


def load(checkpoint: Path, features: Path | None = None) -> CheckpointPredictor:
    """A checkpoint ready to answer, on a base model that this process keeps. features: `Workspace.features`, a cache."""
    return _kept(manifest_of(checkpoint)["base"]["name"], features).load(checkpoint)


def load_predictor(folder: Path) -> CheckpointPredictor:
    """One checkpoint alone, on its own base model. Raises IntegrityError, UnavailableError."""
    return SharedBase(checkpoint.base_of(checkpoint.read_checkpoint(folder))).load(folder)
