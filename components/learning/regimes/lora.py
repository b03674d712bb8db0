"""LoRA (Hu et al., ICLR 2022, arXiv 2106.09685) through PEFT: W + (alpha / rank) B A, where only A and B move."""

from __future__ import annotations

from components.learning.method import register
from components.learning.regimes._adapter import AdapterRegime


@register("regime", "lora")
class Lora(AdapterRegime):
    """One low-rank adapter, shared by all experiences and never merged into the base model."""
