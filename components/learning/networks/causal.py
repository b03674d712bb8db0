"""A causal language model that writes its answer: completion-only loss, and class probabilities along the trie of known answers.

Prompt: the text and a line break. Target: the completion (else the label) and the end token. Nothing else is added: if you want a
chat template, put it into the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from components.errors import UsageError
from components.learning.networks.backbone import Backbone
from components.learning.networks.blocks import blocks, untouched_blocks
from components.learning.networks.decoding import (
    BATCH,
    MOST_CLASSES,
    MOST_NEW_TOKENS,
    SEPARATOR,
    Trie,
    decode,
    generate,
)
from components.learning.networks.feature_store import ActivationStore
from components.learning.networks.frozen_prefix import ROOM, Prefix, build_prefix
from components.learning.networks.packing import TOLERANCE, Layout, first_position, lay_out, padded, probe
from components.learning.networks.parts import Load, cut, scored
from components.learning.networks.row_by_row import pool
from components.learning.networks.split_encoder import trial
from components.learning.networks.table import Table
from components.learning.networks.tokens import Rows, Tokens, pad, sorted_batches, tokenise

if TYPE_CHECKING:
    from transformers import Cache, PreTrainedModel
    from transformers.utils import ModelOutput


@dataclass
class CausalLM:
    """model: the base model, prepared by its regime; labels: the answers known so far, in the order in which they came."""

    backbone: Backbone
    model: torch.nn.Module
    labels: tuple[str, ...]
    max_tokens: int
    prefix: Prefix | None = None  # the blocks that never move, run once per row during training

    @property
    def _inner(self) -> PreTrainedModel:
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    @property
    def writes(self) -> bool:
        return True

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    @property
    def end(self) -> int:
        """The end token, which closes every answer. Raises UsageError if the tokenizer has none."""
        token = self.backbone.tokenizer.eos_token_id
        if token is None:
            raise UsageError(
                f"The tokenizer of {self.backbone.base.name} has no end token", "Give it one: every answer ends with it."
            )
        return int(token)

    def tokenise(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> Tokens:
        """Prompts, followed by targets and the end token. A text is cut at its end to leave room for its answer."""
        limit = self.backbone.limit(self.max_tokens)
        answers = [ids[-limit // 2 :] for ids in self.answers(self.labels if targets is None else targets)]
        if targets is None:
            room = max((len(ids) for ids in answers), default=0) if len(answers) <= MOST_CLASSES else limit // 4
            return self._prompts(texts, [room] * len(texts))
        given = self._prompts(texts, [len(ids) for ids in answers]).ids
        return Tokens(tuple(np.concatenate(pair) for pair in zip(given, answers)), tuple(len(ids) for ids in given))

    def _prompts(self, texts: Sequence[str], room: Sequence[int]) -> Tokens:
        """Each text with the separator, cut so that this many tokens fit after it."""
        limit = self.backbone.limit(self.max_tokens)
        separator = tokenise(self.backbone.tokenizer, [SEPARATOR], limit, special=False).ids[0]
        whole = tokenise(self.backbone.tokenizer, texts, limit).ids
        return Tokens(tuple(np.concatenate([ids[: limit - n - len(separator)], separator]) for ids, n in zip(whole, room)))

    def answers(self, targets: Sequence[str]) -> list[Rows]:
        """Ids of each target with the end token."""
        return [np.append(ids, self.end) for ids in tokenise(self.backbone.tokenizer, targets, 1 << 20, special=False).ids]

    def _scores(self, tokens: Tokens, rows: Rows) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """An (n, t) mask of the columns that are targets and, for these, row by row: log-probabilities and true ids."""
        lengths = tokens.lengths[rows]
        prompts = np.array([tokens.prompt[row] for row in rows])
        layout = lay_out(lengths, self._first if lengths.min() < lengths.max() else None)
        before = np.concatenate([b + np.arange(p - 1, n - 1) for b, p, n in zip(layout.begin, prompts, lengths)])
        scores = self._logits(tokens, rows, layout, torch.from_numpy(before).to(self.device))
        truth = np.concatenate([tokens.ids[row][p:] for row, p in zip(rows, prompts)])
        count = torch.from_numpy(lengths - prompts).to(self.device)
        own = torch.arange(int(count.max()), device=self.device) < count.unsqueeze(1)
        return own, torch.log_softmax(scores.float(), dim=-1), torch.from_numpy(truth).to(self.device)

    def _logits(self, tokens: Tokens, rows: Rows, layout: Layout, places: torch.Tensor) -> torch.Tensor:
        """(m, vocabulary) scores of the token after each of these places in the flattened batch."""
        if not self._plain:
            return self._run(self.model, tokens, rows, layout).logits.flatten(0, 1).index_select(0, places)
        # the output layer is the largest: run it only where it is needed
        return self._output(self._states(tokens, rows, layout).flatten(0, 1).index_select(0, places))

    def _states(self, tokens: Tokens, rows: Rows, layout: Layout) -> torch.Tensor:
        """(rows of the layout, longest, width) last states of the texts, laid out."""
        if self.prefix is None:
            return self._run(self._inner.base_model, tokens, rows, layout).last_hidden_state
        states = layout.lay(self.prefix.fetch(tokens, rows)).to(self.device)
        return self.prefix.split.run(states, **layout.inputs(self.device, causal=True), use_cache=False)[0]

    def _run(self, model: PreTrainedModel, tokens: Tokens, rows: Rows, layout: Layout) -> ModelOutput:
        """The output of the whole model, or of all but the output layer, for the texts as laid out."""
        ids = layout.lay([tokens.ids[row] for row in rows], self.backbone.pad).to(self.device)
        return model(input_ids=ids, **layout.inputs(self.device, causal=True), use_cache=False)

    def _output(self, states: torch.Tensor) -> torch.Tensor:
        """(m, vocabulary) scores after these (m, width) last states."""
        return torch.as_tensor(self._inner.get_output_embeddings()(states))

    def follow(self, **inputs: torch.Tensor | Cache) -> tuple[torch.Tensor, Cache]:
        """(n, vocabulary) scores of the token after each row's last one, and the cache to continue from."""
        if not self._plain:
            output = self.model(**inputs, use_cache=True)
            return output.logits[:, -1], output.past_key_values
        output = self._inner.base_model(**inputs, use_cache=True)
        return self._output(output.last_hidden_state[:, -1]), output.past_key_values

    @cached_property
    def _plain(self) -> bool:
        """Whether scores are exactly the output layer's answer to the last states, not capped or scaled."""
        ids = torch.arange(4, device=self.device).unsqueeze(0)
        with trial(self.model):
            whole, states = self.model(input_ids=ids).logits[0], self._inner.base_model(input_ids=ids).last_hidden_state[0]
            return torch.allclose(whole, self._output(states), rtol=TOLERANCE, atol=TOLERANCE)

    @cached_property
    def _first(self) -> int | None:
        """Number of a text's first position, if the model can be run on packed texts."""
        tried = probe(self._inner.config, self.max_tokens)
        rows = np.arange(len(tried.ids))

        def states(first: int | None) -> torch.Tensor:
            layout = lay_out(tried.lengths, first)
            output = self._run(self._inner.base_model, tried, rows, layout).last_hidden_state
            return layout.apart(output)[layout.shown.bool()]

        with trial(self.model):
            return first_position(states, self._inner.config)

    def parts(self, table: Table, rows: Rows) -> list[Rows]:
        """The places of `rows` in parts, each small enough to be scored at once."""
        if not len(rows):
            return [np.arange(0)]
        lengths = table.tokens.lengths[rows]
        targets = lengths - np.array([table.tokens.prompt[row] for row in rows])
        total, vocabulary = self._size
        load = Load.of(self._inner.config, total - (self.prefix.depth if self.prefix is not None else 0), vocabulary)
        return cut(lengths, self._first if lengths.min() < lengths.max() else None, load, self.device, targets)

    @cached_property
    def _size(self) -> tuple[int, int]:
        """How many blocks and how many output tokens it has."""
        return blocks(self.model)[1], len(self._inner.get_output_embeddings().weight)

    def score(self, table: Table, rows: Rows) -> tuple[torch.Tensor, None]:
        """(n,) losses, and None for the scores: there are no classes."""
        return self.losses(table, rows), None

    def losses(self, table: Table, rows: Rows) -> torch.Tensor:
        """(n,) mean negative log-likelihood of each row's target tokens."""
        return scored(lambda part: (self._losses(table, rows[part]), None), self.parts(table, rows))[0]

    def _losses(self, table: Table, rows: Rows) -> torch.Tensor:
        own, scores, truth = self._scores(table.tokens, rows)
        losses = torch.zeros(own.shape, device=self.device)
        losses[own] = -scores.gather(-1, truth.unsqueeze(-1)).squeeze(-1)
        return losses.sum(1) / own.sum(1)

    def drawn_loss(self, table: Table, row: int, rng: np.random.Generator) -> torch.Tensor:
        """-log p of one answer whose tokens are drawn from the model, each after the true tokens before it."""
        _, mine, _ = self._scores(table.tokens, np.array([row]))
        p = mine.detach().double().exp().cpu().numpy()
        drawn = [int(rng.choice(len(q), p=q / q.sum())) for q in p]
        return -mine.gather(-1, torch.tensor(drawn, device=self.device).unsqueeze(-1)).sum()

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        return {f"base.{name}": p for name, p in self.model.named_parameters() if p.requires_grad}

    def cut(self, movable: Collection[str], store: ActivationStore | None, room: int = ROOM) -> None:
        """From now on, losses run the blocks below the first one that moves once per row. movable: all that moves or ever moved.

        Does nothing if the model caps or scales its scores.
        """
        depth = untouched_blocks(self.model, movable) if movable and self._plain else 0
        self.prefix = build_prefix(self._inner.base_model, self.backbone.base.digest, depth, 1, "mean", store, room, pack=False)

    def warm(self, tokens: Tokens) -> None:
        """Compute the states of these rows in advance, if there is a prefix."""
        if self.prefix is not None:
            self.prefix.warm(tokens, np.arange(len(tokens.ids)))

    def remember_features(self, store: ActivationStore, files: Mapping[str, str]) -> None:
        """Does nothing: features of a causal LM are read too rarely."""

    def uncached(self) -> CausalLM:
        return self

    def train(self, mode: bool) -> None:
        if self.prefix is None:
            self.model.train(mode)
            return
        self.prefix.split.train(mode)
        for module in (self.model, self._inner):
            module.training = mode  # other code reads the mode here

    def predict(self, texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Known answers and (n, C) probabilities; beyond MOST_CLASSES answers, what the model wrote and its probability."""
        tokens = self.tokenise(texts)
        if len(self.labels) > MOST_CLASSES:
            wrote = self._written(tokens)
            labels = tuple(sorted({text for text, _ in wrote}))
            column = {label: i for i, label in enumerate(labels)}
            free = np.zeros((len(texts), len(labels)), np.float32)
            for row, (text, p) in enumerate(wrote):
                free[row, column[text]] = p
            return labels, free
        self.train(False)
        trie = Trie.build([tuple(ids.tolist()) for ids in self.answers(self.labels)])
        out = np.zeros((len(texts), len(self.labels)), np.float32)
        with torch.inference_mode():
            for rows in sorted_batches(tokens.lengths, BATCH) if len(texts) else ():
                out[rows] = decode(self.follow, *self._padded(tokens, rows), trie)
        return self.labels, out

    def generate(self, texts: Sequence[str]) -> list[str]:
        """What the model writes after each text by greedy decoding, free of the known answers; at most MOST_NEW_TOKENS tokens."""
        room = self.backbone.limit(self.max_tokens) // 4
        return [text for text, _ in self._written(self._prompts(texts, [room] * len(texts)))]

    def _written(self, tokens: Tokens) -> list[tuple[str, float]]:
        """What the model writes after each of these prompts, and its probability."""
        self.train(False)
        wrote: dict[int, tuple[str, float]] = {}
        with torch.inference_mode():
            for rows in sorted_batches(tokens.lengths, BATCH) if tokens.ids else ():
                written = generate(self.follow, *self._padded(tokens, rows), self.end, MOST_NEW_TOKENS)
                texts = self.backbone.tokenizer.batch_decode([ids for ids, _ in written], skip_special_tokens=True)
                wrote |= {int(row): (text, p) for row, text, (_, p) in zip(rows, texts, written)}
        return [wrote[row] for row in range(len(tokens.ids))]

    def _padded(self, tokens: Tokens, rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Left-padded, so that all targets and all next tokens are in the last columns."""
        ids, mask = pad(tokens, rows, self.backbone.pad, left=True)
        return ids.to(self.device), mask.to(self.device)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, width) mean of the last layer's states over each prompt."""
        means = self.encode(self.tokenise(texts)).numpy() if len(texts) else np.zeros((0, self.backbone.width))
        return np.asarray(means, dtype=np.float32)

    def encode(self, tokens: Tokens) -> torch.Tensor:
        """(n, width) mean of the last layer's states over each row's prompt, on the CPU; no gradients."""
        self.train(False)
        if tokens.prompt:
            tokens = Tokens(tuple(ids[:length] for ids, length in zip(tokens.ids, tokens.prompt)))
        out = torch.zeros(len(tokens.ids), self.backbone.width)
        with torch.inference_mode():
            for rows in sorted_batches(tokens.lengths, BATCH):
                layout = padded(tokens.lengths[rows])
                out[torch.from_numpy(rows)] = pool(self._states(tokens, rows, layout), layout.shown.to(self.device), "mean").cpu()
        return out
