"""Greedy decoding with a key-value cache, along the trie of known answers or free."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from transformers import Cache
else:
    torch = lazy("torch")

#: The separator between a text and its answer
SEPARATOR = "\n"
#: Rows decoded at a time
BATCH = 16
#: More distinct answers than this are not a set of classes: the model writes freely
MOST_CLASSES = 512
MOST_NEW_TOKENS = 64

#: The model's inputs -> (n, vocabulary) scores of the token after each row's last one, and the cache to continue from
Follow = Callable[..., "tuple[torch.Tensor, Cache]"]


@dataclass
class Trie:
    """Answers by their tokens. leaves: numbers of the answers below. With the end token, no answer is a prefix of another."""

    leaves: list[int] = field(default_factory=list)
    children: dict[int, Trie] = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether one answer is left (or several with the same spelling)."""
        return len(self.leaves) <= 1 or not self.children

    @classmethod
    def build(cls, answers: Sequence[tuple[int, ...]]) -> Trie:
        """The trie of these token sequences."""
        root = cls()
        for number, answer in enumerate(answers):
            node = root
            node.leaves.append(number)
            for token in answer:
                node = node.children.setdefault(token, cls())
                node.leaves.append(number)
        return root


def decode(follow: Follow, ids: torch.Tensor, mask: torch.Tensor, trie: Trie) -> NDArray[np.float32]:
    """(n, C) probabilities of the answers after left-padded prompts.

    At each fork the model's probabilities of the possible tokens are normalised. The best token is followed; the probability of
    each other token is shared equally among the answers below it. Rows sum to 1. There is one forward pass per token, until every
    answer is decided.
    """
    out = np.zeros((len(ids), len(trie.leaves)), np.float32)
    nodes, masses, tokens = [trie] * len(ids), np.ones(len(ids)), torch.zeros(len(ids), 1, dtype=torch.long, device=ids.device)
    for logits in steps(follow, ids, mask, tokens):
        for i, node in enumerate(nodes):
            if node.decided:
                continue
            options = list(node.children)
            shares = torch.softmax(logits[i, options].double(), dim=-1).cpu().numpy()
            best = int(shares.argmax())
            for k, option in enumerate(options):
                if k != best:
                    below = node.children[option].leaves
                    out[i, below] = masses[i] * shares[k] / len(below)
            masses[i] *= shares[best]
            nodes[i] = node.children[options[best]]
            tokens[i, 0] = options[best]
        if all(node.decided for node in nodes):
            break
    for i, node in enumerate(nodes):
        out[i, node.leaves] = masses[i] / max(1, len(node.leaves))
    return out


def generate(follow: Follow, ids: torch.Tensor, mask: torch.Tensor, end: int, limit: int) -> list[tuple[list[int], float]]:
    """Ids of each greedy continuation (without the end token) and its probability."""
    wrote: list[list[int]] = [[] for _ in ids]
    chances, open_ = np.ones(len(ids)), np.ones(len(ids), dtype=bool)
    tokens = torch.zeros(len(ids), 1, dtype=torch.long, device=ids.device)
    for step, logits in enumerate(steps(follow, ids, mask, tokens)):
        shares, best = torch.softmax(logits.double(), dim=-1).max(dim=-1)
        for i in np.flatnonzero(open_):
            chances[i] *= float(shares[i])
            if int(best[i]) == end:
                open_[i] = False
            else:
                wrote[i].append(int(best[i]))
        tokens.copy_(best.unsqueeze(1))
        if not open_.any() or step + 1 >= limit:
            break
    return [(own, float(chance)) for own, chance in zip(wrote, chances)]


def steps(follow: Follow, ids: torch.Tensor, mask: torch.Tensor, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Logits (n, vocabulary) after the prompts, then after each next token, which the caller writes into `tokens` (n, 1)."""
    position = (mask.cumsum(-1) - 1).clamp(min=0)
    scores, cache = follow(input_ids=ids, attention_mask=mask, position_ids=position)
    last = position[:, -1:]
    while True:
        yield scores.float()
        mask, last = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1), last + 1
        scores, cache = follow(input_ids=tokens, attention_mask=mask, position_ids=last, past_key_values=cache)
