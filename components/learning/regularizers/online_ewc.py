"""Online EWC (Schwarz et al., Progress & Compress, ICML 2018, arXiv 1805.06370, section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from components.learning.method import register
from components.learning.regularizers.ewc import Ewc

if TYPE_CHECKING:
    from torch import Tensor


@register("regularizer", "online_ewc")
class OnlineEwc(Ewc):
    """strength / 2 * gamma F (theta - theta_last)^2 with a single anchor and F_t = gamma F_(t-1) + F_new.

    Without `strength` the penalty is relative, as in `ewc`: there gamma only says how much older information counts in F.
    """

    gamma: float = Field(0.95, ge=0, le=1, description="factor by which older information is kept at each experience")

    def _present(self) -> float:
        return self.gamma

    def _consolidate(self, name: str, new: Tensor, anchor: Tensor) -> None:
        old = self._fisher.get(name)
        if old is not None:
            new[: len(old)] += self.gamma * old
        self._fisher[name], self._pull[name] = new, new * anchor
