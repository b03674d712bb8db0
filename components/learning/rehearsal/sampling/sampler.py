"""What a way of drawing memory rows is, and the names they go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from components.errors import UsageError
from components.naming import claim
from components.settings import suggest

if TYPE_CHECKING:
    from torch import Tensor

    from components.learning.run import Draw, Run
    from components.memory.policies import Ints
    from components.memory.store import Memory


class Sampler:
    """Draws rows of a memory. candidates: how many rows a choosing sampler looks at for each that it returns."""

    def __init__(self, candidates: float = 3.0) -> None:
        self.candidates = candidates

    def begin(self, run: Run, memory: Memory) -> None:
        """Once, before the first step on an experience; also when it goes on after a kill."""

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """(count,) rows of the memory (not empty) to train on together with these new rows of the run, at their rate."""
        raise NotImplementedError

    def state(self) -> dict[str, Tensor]:
        """What draws have changed since `begin`: a snapshot keeps it, a checkpoint does not."""
        return {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state` gave, once `begin` has been called."""


SAMPLINGS: dict[str, type[Sampler]] = {}


def register(name: str) -> Callable[[type[Sampler]], type[Sampler]]:
    """Class decorator: make a sampler known by the name that a recipe gives it. Raises UsageError when it is taken."""

    def add(sampler: type[Sampler]) -> type[Sampler]:
        claim(SAMPLINGS, name, sampler, f"sampling {name!r}")
        return sampler

    return add


def get_sampling(name: str) -> type[Sampler]:
    """The sampler of that name. Raises UsageError with a suggestion."""
    if name not in SAMPLINGS:
        raise UsageError(f"Unknown sampling {name!r} (learning.rehearsal.sampling)", suggest(name, SAMPLINGS))
    return SAMPLINGS[name]
