"""The one place where a network is made: an encoder with a head, or a causal LM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.learning.networks.backbone import Backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.encoder import Classifier
from components.learning.networks.protocol import ClassHead, Network

if TYPE_CHECKING:
    from torch.nn import Module


def build(
    backbone: Backbone, model: Module, head: ClassHead, max_tokens: int, known: Sequence[str] = (), new: Sequence[str] = ()
) -> Network:
    """model: the backbone's model, prepared by a regime. The network knows the labels `known`, then the `new` ones, sorted.

    A causal LM does not use the head. A head that already knows labels keeps their order.
    """
    if backbone.writes:
        return CausalLM(backbone, model, (*known, *sorted(set(new) - set(known))), max_tokens)
    for labels in (known, new):
        if not set(labels) <= set(head.labels):
            head.grow(labels, head.layers * backbone.width)
    return Classifier(backbone, model, head, max_tokens)
