"""A checkpoint ready to answer, on a base model that it may share. Made by `shared_bases`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from components.contracts import Predictions
from components.errors import UsageError
from components.learning.networks.protocol import Network


class Shared(Protocol):
    """A base model that several predictors use: `shared_bases.SharedBase`."""

    def using(self, adapter: str | None) -> AbstractContextManager[None]:
        """Reserve it, with this adapter active, for a block."""
        ...


@dataclass(frozen=True)
class CheckpointPredictor:
    """The answers of the checkpoint `digest`; see contracts.Predictor."""

    digest: str
    manifest: dict[str, Any]
    _network: Network = field(repr=False)
    _shared: Shared = field(repr=False)
    _adapter: str | None = None
    _base: Callable[[], Network] | None = field(default=None, repr=False)

    @property
    def writes(self) -> bool:
        """Whether it writes its answers."""
        return self._network.writes

    @property
    def labels(self) -> tuple[str, ...]:
        """The answers that it knows, in the order of the columns."""
        return self._network.labels

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Class probabilities of each text, in the given order."""
        with self._shared.using(self._adapter):
            labels, probabilities = self._network.predict(texts)
        return Predictions(labels, probabilities)

    def generate(self, texts: Sequence[str]) -> list[str]:
        """What it writes after each text, in the given order. Raises UsageError for an encoder."""
        with self._shared.using(self._adapter):
            return self._network.generate(texts)

    @property
    def uncached(self) -> CheckpointPredictor:
        """The same predictor without caches, to measure how long an answer takes."""
        return replace(self, _network=self._network.uncached())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) representation of each text under this checkpoint's weights."""
        with self._shared.using(self._adapter):
            return np.asarray(self._network.embed(texts), dtype=np.float32)

    def embed_by_base(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) representation of each text under the weights of the base model as it was published. Encoders only."""
        if self._base is None:
            raise UsageError("This predictor was made without its base model", "Load it with SharedBase.load.")
        network = self._base()
        with self._shared.using(None):
            return np.asarray(network.embed(texts), dtype=np.float32)
