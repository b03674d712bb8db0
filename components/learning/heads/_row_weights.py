"""How much each learned row weighs in a head's statistics, so that it can be taken out again with exactly that weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from components.errors import UsageError
from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


@dataclass(frozen=True)
class RowWeights:
    """since: how many experiences had been learned when the statistics were last rebuilt; 0: never.

    Rows of later experiences weigh 1. Of earlier ones only those that the statistics were rebuilt from are in them: `earlier`
    holds their weights, by the first 8 bytes of the row's digest. What the memory drops later stays in the statistics, and here.
    """

    since: int = 0
    earlier: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def rebuilt(cls, since: int, digests: Sequence[str], weights: Tensor) -> RowWeights:
        """After a rebuild from earlier rows of these digests and (n,) weights."""
        earlier: dict[int, float] = {}
        for digest, weight in zip(digests, weights.tolist(), strict=True):
            earlier[_key(digest)] = earlier.get(_key(digest), 0.0) + weight
        return cls(since, earlier)

    def take(self, digests: Sequence[str], learned: Sequence[int]) -> tuple[Tensor, RowWeights]:
        """((n,) weights of these rows, the weights that are left without them).

        learned: in which experience each row was learned, 0 for the first. A row that is not in the statistics weighs 0.
        """
        left, weights = dict(self.earlier), []
        for digest, place in zip(digests, learned, strict=True):
            weights.append(1.0 if place >= self.since else left.pop(_key(digest), 0.0))
        return torch.tensor(weights, dtype=torch.float64), RowWeights(self.since, left)

    def state(self) -> dict[str, Tensor]:
        """since (1,), earlier (k,) and earlier_weights (k,); nothing if the statistics were never rebuilt."""
        if not self.since:
            return {}
        keys = sorted(self.earlier)
        return {
            "since": torch.tensor([self.since]),
            "earlier": torch.tensor(keys, dtype=torch.int64),
            "earlier_weights": torch.tensor([self.earlier[key] for key in keys], dtype=torch.float64),
        }

    @classmethod
    def load(cls, state: Mapping[str, Tensor]) -> RowWeights:
        """The weights from a `state`."""
        if "since" not in state:
            return cls()
        return cls(int(state["since"]), dict(zip(state["earlier"].tolist(), state["earlier_weights"].tolist(), strict=True)))


def unknown() -> UsageError:
    """Statistics that an earlier release rebuilt: what each row weighs was not kept."""
    return UsageError(
        "The head's statistics were rebuilt from memory by a release that did not keep the rows' weights: none can be taken out",
        "Learn once more with a base model that moves, which rebuilds them, or learn again from the checkpoint before.",
    )


def _key(digest: str) -> int:
    """The first 8 bytes as a signed number."""
    return int.from_bytes(bytes.fromhex(digest[:16]), "big", signed=True)
