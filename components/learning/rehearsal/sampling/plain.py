"""Uniform draws, over rows or over classes (experience replay, Chaudhry et al. 2019, arXiv 1902.10486)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.learning.rehearsal.sampling.sampler import Sampler, register

if TYPE_CHECKING:
    from components.learning.run import Draw, Run
    from components.memory.policies import Ints
    from components.memory.store import Memory


@register("uniform")
class Uniform(Sampler):
    """Every row is equally likely; no row is drawn twice while there are enough."""

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """Draw uniformly over rows."""
        return memory.sample(count, run.rng, "uniform")


@register("balanced")
class Balanced(Sampler):
    """Every class is equally likely."""

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """Draw a class, then one of its rows."""
        return memory.sample(count, run.rng, "balanced")
