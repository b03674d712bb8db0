"""A causal LM that also learns to write its inputs, so that it can generate past ones (LAMOL, Sun et al., ICLR 2020)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.learning.networks.decoding import BATCH, MOST_CLASSES, SEPARATOR, steps
from components.learning.networks.protocol import Writer, as_writer
from components.learning.networks.tokens import Rows, Tokens, tokenise

if TYPE_CHECKING:
    import torch

    from components.learning.run import Run
else:
    torch = lazy("torch")

log = logging.getLogger(__name__)


def prefix(run: Run, task: int) -> Rows:
    """The prefix of a text of this experience: the end token and the experience's own token, counted from the vocabulary's end.

    The paper adds a new token to the vocabulary; a rare old one does the same without changing the model's shape.
    """
    tokenizer = run.network.backbone.tokenizer
    special = set(tokenizer.all_special_ids)
    free = [i for i in range(len(tokenizer) - 1, -1, -1) if i not in special]
    return np.array([as_writer(run.network).end, free[task % len(free)]], dtype=np.int64)


def to_write(run: Run, rows: Rows, tasks: Sequence[int]) -> Tokens:
    """The rows for language modelling: after the experience's prefix everything is to be written, text and answer."""
    limit = run.network.backbone.limit(run.network.max_tokens)
    separator, starts = len(_separator(run)), {task: prefix(run, task) for task in set(tasks)}
    written = []
    for row, task in zip(rows, tasks):
        ids, text = run.table.tokens.ids[row], run.table.tokens.prompt[row] - separator
        kept = max(0, text - max(0, len(starts[task]) + len(ids) - limit))  # a row that is too long is cut at the text's end
        written.append(np.concatenate([starts[task], ids[:kept], ids[text:]]))
    return Tokens(tuple(written), tuple(len(starts[task]) for task in tasks))


def dream(run: Run, tasks: Sequence[int], count: int, top_k: int) -> tuple[Tokens, tuple[str, ...], list[int]]:
    """About `count` pseudo-samples, equally many of each of these experiences: tokens, answers, and the experience of each.

    Samples without text, separator or end, or (with a set of classes) without an answer known in the past, are dropped.
    """
    ids, prompts, answers, sources = [], [], [], []
    separator, known = _separator(run), _known(run)
    for task in tasks:
        for wrote in sample(run, prefix(run, task), max(1, count // len(tasks)), top_k):
            places = [i for i in range(1, len(wrote)) if wrote[i : i + len(separator)] == separator]
            if not places or wrote[-1] != as_writer(run.network).end:
                continue
            start = places[-1] + len(separator)
            answer = wrote[start:]
            if known is not None and tuple(answer) not in known:
                continue
            text = known[tuple(answer)] if known is not None else run.network.backbone.tokenizer.decode(answer[:-1])
            ids.append(np.array(wrote, dtype=np.int64))
            prompts.append(start)
            answers.append(text)
            sources.append(task)
    if not ids:
        log.warning("The model wrote no usable pseudo-sample of %d past experiences: they are not rehearsed", len(tasks))
    return Tokens(tuple(ids), tuple(prompts)), tuple(answers), sources


def sample(run: Run, start: Rows, count: int, top_k: int) -> list[list[int]]:
    """Ids written after `start`, the end token included, by top-k sampling; randomness from run.rng only."""
    network, samples = as_writer(run.network), []
    network.train(False)
    limit = network.backbone.limit(network.max_tokens) - len(start)
    with torch.inference_mode():
        for first in range(0, count, BATCH):
            samples += _sample(network, start, min(BATCH, count - first), limit, top_k, run.rng)
    return samples


def _sample(network: Writer, start: Rows, count: int, limit: int, top_k: int, rng: np.random.Generator) -> list[list[int]]:
    ids = torch.from_numpy(np.tile(start, (count, 1))).to(network.device)
    tokens = torch.zeros(count, 1, dtype=torch.long, device=network.device)
    wrote: list[list[int]] = [[] for _ in range(count)]
    for step, logits in enumerate(steps(network.follow, ids, torch.ones_like(ids), tokens)):
        best, options = logits.double().topk(min(top_k, logits.shape[-1]), dim=-1)
        reach = torch.softmax(best, dim=-1).cumsum(-1).cpu().numpy()
        chosen = (rng.random(count)[:, None] * reach[:, -1:] >= reach).sum(1)
        drawn = options.cpu().numpy()[np.arange(count), chosen]
        for own, token in zip(wrote, drawn.tolist()):
            if not own or own[-1] != network.end:
                own.append(token)
        tokens.copy_(torch.from_numpy(drawn).unsqueeze(1))
        if step + 1 >= limit or all(own[-1] == network.end for own in wrote):
            break
    return wrote


def _separator(run: Run) -> list[int]:
    return [int(i) for i in tokenise(run.network.backbone.tokenizer, [SEPARATOR], 16, special=False).ids[0]]


def _known(run: Run) -> dict[tuple[int, ...], str] | None:
    """The past answers by their ids; None if there are too many to be classes."""
    if len(run.network.labels) > MOST_CLASSES:
        return None
    past = sorted(run.past.seen)
    return {tuple(ids.tolist()): label for ids, label in zip(as_writer(run.network).answers(past), past)}
