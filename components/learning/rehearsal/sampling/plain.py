"""Drawing by chance alone (experience replay, Chaudhry et al. 2019, arXiv 1902.10486)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.learning.rehearsal.sampling.sampler import Sampler, register

if TYPE_CHECKING:
    from components.learning.run import Draw, Run
    from components.memory.policies import Ints
    from components.memory.store import Memory


@register("uniform")
class Uniform(Sampler):
    """Every row alike, none twice while they suffice."""

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """Uniform over rows."""
        return memory.sample(count, run.rng, "uniform")


@register("balanced")
class Balanced(Sampler):
    """Every class alike."""

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """A class first, then a row of it."""
        return memory.sample(count, run.rng, "balanced")
