"""Rank-stabilised LoRA (Kalajdzievski 2023, arXiv 2312.03732, theorem 3.2) through PEFT: W + (alpha / sqrt(rank)) B A."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from components.learning.method import register
from components.learning.regimes._adapter import AdapterRegime


@register("regime", "rslora")
class RsLora(AdapterRegime):
    """Like `lora`, with a scale that keeps the update and its gradient from shrinking as the rank grows. Shared by all."""

    switches: ClassVar[dict[str, bool]] = {"use_rslora": True}
    alpha: float = Field(16.0, gt=0, description="the update is scaled by alpha / sqrt(rank)")
