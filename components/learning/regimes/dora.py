"""DoRA (Liu et al., ICML 2024, arXiv 2402.09353, eq. 5) through PEFT: m (W + s B A) / |W + s B A|, with A, B and m moving."""

from __future__ import annotations

from typing import ClassVar

from components.learning.method import register
from components.learning.regimes._adapter import AdapterRegime


@register("regime", "dora")
class Dora(AdapterRegime):
    """Like `lora` (s = alpha / rank), with the size m of each output's weights learned apart from their direction. Shared by all.

    PEFT takes the norm over the weights of one output (the paper's notation has columns of W) and treats it as a constant in the
    backward pass (section 4.3). Each adapted module has one vector besides A and B. The update is not a product B A, so a merge
    of such adapters is refused (`_merging.py`).
    """

    switches: ClassVar[dict[str, bool]] = {"use_dora": True}
