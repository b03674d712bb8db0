"""An encoder with a head: text -> pooled hidden states -> class scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from components.errors import UsageError
from components.learning.networks.backbone import Backbone
from components.learning.networks.blocks import blocks, untouched_blocks
from components.learning.networks.feature_store import ActivationStore, FeatureCache, encoder_digest
from components.learning.networks.frozen_prefix import ROOM, Prefix, build_prefix
from components.learning.networks.packing import first_position, probe
from components.learning.networks.parts import Load, cut, scored
from components.learning.networks.protocol import ClassHead
from components.learning.networks.row_by_row import MOST_ROWS, arithmetic, row_by_row
from components.learning.networks.split_encoder import trial, whole_features
from components.learning.networks.table import Table
from components.learning.networks.tokens import Rows, Tokens, sorted_batches, tokenise

ENCODER_HINT = "Ask `predict`, or learn on a causal base model."


@dataclass
class Classifier:
    """model: the base model, prepared by its regime. The head knows the classes."""

    backbone: Backbone
    model: torch.nn.Module
    head: ClassHead
    max_tokens: int
    cache: FeatureCache | None = None  # only while the base model does not move
    prefix: Prefix | None = None  # the blocks that never move, run once per text
    known: dict[bytes, NDArray[np.float32]] = field(default_factory=dict)  # features of rows without text, by their token ids

    @property
    def writes(self) -> bool:
        return False

    @property
    def labels(self) -> tuple[str, ...]:
        return self.head.labels

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    def tokenise(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> Tokens:
        return tokenise(self.backbone.tokenizer, texts, self.backbone.limit(self.max_tokens))

    def features(self, tokens: Tokens, rows: Rows) -> torch.Tensor:
        """(n, layers * width) pooled states of the last layers, with the last layer at the end."""
        if self.prefix is not None:
            return self.prefix.features(self.prefix.fetch(tokens, rows))
        lengths = tokens.lengths[rows]
        return self._whole(tokens, rows, self._first if lengths.min() < lengths.max() else None)

    def _whole(self, tokens: Tokens, rows: Rows, first: int | None) -> torch.Tensor:
        return whole_features(self.model, tokens, rows, self.head.layers, self.pooling, self.backbone.pad, first)

    @cached_property
    def _first(self) -> int | None:
        """Number of a text's first position, if the model can be run on packed texts."""
        config = self.backbone.model.config
        tried = probe(config)
        with trial(self.model):
            return first_position(lambda first: self._whole(tried, np.arange(len(tried.ids)), first), config)

    @property
    def pooling(self) -> str:
        """mean or cls."""
        return self.backbone.pooling if self.head.pooling == "auto" else self.head.pooling

    def encode(self, tokens: Tokens) -> torch.Tensor:
        """(n, layers * width) features of all rows on the CPU, in order, no gradients. A cache does not change a bit."""
        self.train(False)
        width = self.head.layers * self.backbone.width
        if not tokens.ids:
            return torch.zeros(0, width)
        if self.known:
            return self._partly_known(tokens, width)

        def make(rows: Rows) -> NDArray[np.float32]:
            if self.prefix is not None:
                return self.prefix.encode(tokens, rows)
            return row_by_row(tokens.lengths, rows, lambda batch: self.features(tokens, batch), self.device)

        if self.cache is None:
            return torch.from_numpy(make(np.arange(len(tokens.ids))))
        return torch.from_numpy(self.cache.store.fetch(self.cache.encoder, tokens.ids, width, make))

    def _partly_known(self, tokens: Tokens, width: int) -> torch.Tensor:
        """Features of all rows: known ones as they are, the others encoded."""
        features = [self.known.get(ids.tobytes()) for ids in tokens.ids]
        rest = [i for i, one in enumerate(features) if one is None]
        encoded = replace(self, known={}).encode(Tokens(tuple(tokens.ids[i] for i in rest)))
        out = torch.zeros(len(features), width)
        out[torch.tensor(rest, dtype=torch.long)] = encoded
        for i, one in enumerate(features):
            if one is not None:
                out[i] = torch.from_numpy(one)
        return out

    def cut(self, movable: Collection[str], store: ActivationStore | None, room: int = ROOM) -> None:
        """From now on, the blocks below the first one that moves run once per text. movable: all that moves or ever moved."""
        depth = untouched_blocks(self.model, movable) if movable else 0
        self.prefix = build_prefix(self.model, self.backbone.base.digest, depth, self.head.layers, self.pooling, store, room)

    def warm(self, tokens: Tokens) -> None:
        """Compute the states of these rows in advance, if there is a prefix."""
        if self.prefix is not None:
            self.prefix.warm(tokens, np.arange(len(tokens.ids)))

    def remember_features(self, store: ActivationStore, files: Mapping[str, str]) -> None:
        """From now on `encode` stores its results. files: those of the checkpoint whose weights the base model has, else {}."""
        how = arithmetic(self.device, next(self.model.parameters()).dtype)
        self.cache = FeatureCache(store, encoder_digest(self.backbone.base.digest, files, self.pooling, self.head.layers, how))

    def logits(self, table: Table, rows: Rows) -> torch.Tensor:
        """(n, C) scores to train by, from the table's features if it has them."""
        if table.features is not None:
            return self.head.logits(table.features[torch.from_numpy(rows)].to(self.device))
        return self.head.logits(self.features(table.tokens, rows))

    def parts(self, table: Table, rows: Rows) -> list[Rows]:
        """The places of `rows` in parts, each small enough to be scored at once."""
        if table.features is not None or not len(rows):
            return [np.arange(len(rows))]
        lengths = table.tokens.lengths[rows]
        first = self.prefix.first if self.prefix is not None else self._first if lengths.min() < lengths.max() else None
        moving = self._blocks - (self.prefix.depth if self.prefix is not None else 0)
        return cut(lengths, first, Load.of(self.backbone.model.config, moving), self.device)

    @cached_property
    def _blocks(self) -> int:
        return blocks(self.model)[1]

    def score(self, table: Table, rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """(n,) cross-entropy of each row, and the (n, C) scores."""
        losses, scores = scored(lambda part: self._score(table, rows[part]), self.parts(table, rows))
        return losses, cast(torch.Tensor, scores)

    def _score(self, table: Table, rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        scores = self.logits(table, rows).float()
        column = {label: i for i, label in enumerate(self.labels)}
        truth = torch.tensor([column[table.targets[row]] for row in rows], device=self.device)
        return torch.nn.functional.cross_entropy(scores, truth, reduction="none"), scores

    def losses(self, table: Table, rows: Rows) -> torch.Tensor:
        """(n,) cross-entropy of each row."""
        return self.score(table, rows)[0]

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        moving = {f"base.{name}": p for name, p in self.model.named_parameters() if p.requires_grad}
        return moving | {
            name if name.startswith("temporary.") else f"head.{name}": p for name, p in self.head.parameters().items()
        }

    def train(self, mode: bool) -> None:
        if self.prefix is None:
            self.model.train(mode)
            return
        self.prefix.split.train(mode)
        self.model.training = mode  # other code reads the mode here

    def predict(self, texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Labels and (n, C) probabilities."""
        if not texts:
            return self.labels, np.zeros((0, len(self.labels)), np.float32)
        with torch.inference_mode():
            tokens = self.tokenise(texts)
            probabilities = self.head.probabilities(self.encode(tokens) if self.cache else self._together(tokens))
        return self.labels, np.asarray(probabilities.numpy(), dtype=np.float32)

    def _together(self, tokens: Tokens) -> torch.Tensor:
        """Like `encode`, up to the last digits. For answers: short texts of unequal lengths share a pass, in half the time."""
        if self.model.training:
            self.train(False)
        batches = sorted_batches(tokens.lengths, MOST_ROWS)
        features = torch.cat([self.features(tokens, rows).float().cpu() for rows in batches])
        return features[torch.from_numpy(np.argsort(np.concatenate(batches)))]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) pooled states of the last layer."""
        if not texts:
            return np.zeros((0, self.backbone.width), np.float32)
        return np.asarray(self.encode(self.tokenise(texts)).numpy()[:, -self.backbone.width :], dtype=np.float32)

    def generate(self, texts: Sequence[str]) -> list[str]:
        raise UsageError(f"{self.backbone.base.name} is an encoder: it answers with a class and writes nothing", ENCODER_HINT)

    def uncached(self) -> Classifier:
        return replace(self, cache=None, prefix=None)
