"""The interface of a network for the code that trains and queries it, and what it needs of a head."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from transformers import Cache

    from components.learning.networks.backbone import Backbone
    from components.learning.networks.feature_store import ActivationStore
    from components.learning.networks.frozen_prefix import Prefix
    from components.learning.networks.table import Table
    from components.learning.networks.tokens import Rows, Tokens


class ClassHead(Protocol):
    """From features to classes: what an encoder, and code that stores its answers, needs of a head."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in column order."""
        ...

    @property
    def pooling(self) -> Literal["auto", "mean", "cls"]:
        """How token states are pooled; auto: as the base model's files say."""
        ...

    @property
    def layers(self) -> int:
        """How many of the last layers it reads."""
        ...

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether this head can take over the state of a head with this record."""
        ...

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Add the classes that are not known yet, in sorted order."""
        ...

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that gradients move now; those named `temporary.*` do not outlive the experience."""
        ...

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """(n, C) scores to train by."""
        ...

    def probabilities(self, features: torch.Tensor) -> torch.Tensor:
        """(n, C) class probabilities to answer with."""
        ...

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that it has learned."""
        ...


class Network(Protocol):
    """A base model as a learner: `encoder.Classifier` or `causal.CausalLM`, made by `build`."""

    backbone: Backbone
    model: torch.nn.Module
    max_tokens: int

    @property
    def writes(self) -> bool:
        """Whether it writes its answers. If not, it has a head with classes: see `Encoder`."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The answers that it knows, in column order."""
        ...

    @property
    def device(self) -> torch.device:
        """The device that the model is on."""
        ...

    def tokenise(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> Tokens:
        """Token ids, with the targets appended if the model writes them."""
        ...

    def parts(self, table: Table, rows: Rows) -> list[Rows]:
        """The places of `rows` in parts, each small enough to be scored at once: one part if all of them are."""
        ...

    def score(self, table: Table, rows: Rows) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(n,) differentiable loss of each row, and the (n, C) scores that it comes from (None for models that write)."""
        ...

    def losses(self, table: Table, rows: Rows) -> torch.Tensor:
        """The losses alone."""
        ...

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that gradients move; those named `temporary.*` do not outlive the experience."""
        ...

    def cut(self, movable: Collection[str], store: ActivationStore | None, room: int = ...) -> None:
        """From now on, run the blocks below the first one that moves once per row (`frozen_prefix`), if the base model allows."""
        ...

    def warm(self, tokens: Tokens) -> None:
        """Compute the states of these rows at the cut in advance."""
        ...

    def remember_features(self, store: ActivationStore, files: Mapping[str, str]) -> None:
        """From now on store what `encode` computes, if the network supports it. files: of the checkpoint whose weights it has."""
        ...

    def train(self, mode: bool) -> None:
        """Switch dropout on or off."""
        ...

    def encode(self, tokens: Tokens) -> torch.Tensor:
        """(n, width) features of all rows on the CPU, in order, no gradients; dropout is off afterwards."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) pooled states of the last layer."""
        ...

    def predict(self, texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Answers and (n, C) probabilities."""
        ...

    def generate(self, texts: Sequence[str]) -> list[str]:
        """What it writes after each text. Raises UsageError if it does not write."""
        ...

    def uncached(self) -> Network:
        """The same network without caches."""
        ...


class Encoder(Network, Protocol):
    """A network that does not write."""

    @property
    def head(self) -> ClassHead:
        """The head, which knows the classes."""
        ...

    @property
    def prefix(self) -> Prefix | None:
        """The blocks that never move, if they were cut off."""
        ...

    @property
    def known(self) -> dict[bytes, NDArray[np.float32]]:
        """Features of rows without text, by their token ids."""
        ...

    @property
    def pooling(self) -> str:
        """mean or cls."""
        ...

    def logits(self, table: Table, rows: Rows) -> torch.Tensor:
        """(n, C) scores to train by."""
        ...


class Writer(Network, Protocol):
    """A network that writes."""

    @property
    def end(self) -> int:
        """The end token, which closes every answer."""
        ...

    def drawn_loss(self, table: Table, row: int, rng: np.random.Generator) -> torch.Tensor:
        """-log p of one answer drawn from the model's own distribution, for one row."""
        ...

    def answers(self, targets: Sequence[str]) -> list[Rows]:
        """Ids of each target with the end token."""
        ...

    def follow(self, **inputs: torch.Tensor | Cache) -> tuple[torch.Tensor, Cache]:
        """(n, vocabulary) scores of the token after each row's last one, and the cache to continue from."""
        ...


def as_encoder(network: Network) -> Encoder:
    """The network as an encoder, for methods whose objection refuses models that write. Raises TypeError for such a model."""
    if network.writes:
        raise TypeError("an encoder is needed, and this base model writes")
    return cast(Encoder, network)


def as_writer(network: Network) -> Writer:
    """The network as a model that writes. Raises TypeError for an encoder."""
    if not network.writes:
        raise TypeError("a model that writes is needed, and this base model is an encoder")
    return cast(Writer, network)
