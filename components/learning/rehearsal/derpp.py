"""Dark experience replay ++ (Buzzega et al., NeurIPS 2020, arXiv 2004.07211, eq. 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from components.learning.method import register
from components.learning.rehearsal.der import Der

if TYPE_CHECKING:
    from components.learning.run import Draw, Run


@register("rehearsal", "derpp")
class DerPlusPlus(Der):
    """DER + beta * CE(h(x''), y''): x'' is a second draw, as large as x'. One forward pass serves all three terms.

    `ratio` applies to each draw, so a batch holds twice as many memory rows as with a plain buffer.
    """

    beta: float = Field(0.5, ge=0, description="weight of the cross-entropy on the second draw")

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """The new rows, then x', then x''."""
        both = super().compose_batch(run, draw)
        first = self._drawn
        joined = self._join(both, self.recalled(run, draw), self.beta)
        self._drawn = first
        return joined
