"""A cosine classifier (LUCIR, Hou et al., CVPR 2019, eq. 2; imprinted weights, Qi, Brown and Lowe, CVPR 2018)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.axes import Head
from components.learning.heads import _several_rows as several
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.run import Run
else:
    torch = lazy("torch")


#: The most rows of a new class that its first direction is computed from
IMPRINTED = 50


@register("head", "cosine")
class Cosine(Head):
    """scores = scale * cos(z, w_c): no class, old or new, wins by the length of its row.

    A new row starts in a direction derived from the label's name, so that growing in any order gives the same rows. Before
    training, `imprint` sets it to the mean direction of the class's texts. Old rows stay bit for bit.
    """

    scale: float = Field(20.0, gt=0, description="the factor of the cosine; its first value if it is learned")
    learn_scale: bool = Field(True, description="whether gradients move the factor too")
    imprint: bool = Field(True, description="whether new classes start at the mean direction of their texts")
    _weight: Parameter | None = PrivateAttr(None)
    _scale: Parameter | None = PrivateAttr(None)
    _owners: Tensor | None = PrivateAttr(None)  # (R,) the class of each row; None: a row for each class

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append rows for the unknown labels."""
        fresh = sorted(set(labels) - set(self._labels))
        rows = [self._weight.data] if self._weight is not None else []
        self._weight = torch.nn.Parameter(torch.cat([*rows, torch.zeros(0, width), *(_direction(name, width) for name in fresh)]))
        if self._scale is None:
            self._scale = torch.nn.Parameter(torch.tensor([self.scale]))
        self._owners = several.grown(self._owners, len(self._labels), len(fresh))
        self._labels += fresh

    def restore(self, labels: Iterable[str], state: Mapping[str, Tensor]) -> None:
        """Load the classes and the state; where classes were merged, it says which rows are whose."""
        known = list(labels)
        self._owners = several.checked(state.get("owners"), len(known))
        super().restore(known, state)

    def merge(self, places: Sequence[int], classes: int) -> None:
        """Keep the row of each class; the probability of a class is the sum of its rows'."""
        self._owners = several.merged(self._owners, places)

    def before_experience(self, run: Run) -> None:
        """Imprint the classes that appear in this experience for the first time."""
        truth = run.table.targets[: run.new]
        fresh = {label for label in truth if not run.past.seen.get(label)} if self.imprint else set()
        rows = {label: [i for i in run.split.training.tolist() if truth[i] == label][:IMPRINTED] for label in sorted(fresh)}
        chosen = np.array([i for own in rows.values() for i in own], dtype=np.int64)
        if not len(chosen) or self._weight is None:
            return
        unit = torch.nn.functional.normalize(run.represent(chosen), dim=-1)
        for label in rows:
            own = torch.tensor([truth[i] == label for i in chosen])
            if own.any():
                self._weight.data[self._row(label)] = torch.nn.functional.normalize(unit[own].mean(0), dim=0)

    def _row(self, label: str) -> int:
        """The row of a class that has one row only, as every new one has."""
        place = self._labels.index(label)
        return place if self._owners is None else self._owners.tolist().index(place)

    def parameters(self) -> dict[str, Parameter]:
        """weight (C, width), with a row more for each class that was merged into another, and scale (1,) if it is learned."""
        weight, scale = self._grown()
        return {"weight": weight, **({"scale": scale} if self.learn_scale else {})}

    def _grown(self) -> tuple[Parameter, Parameter]:
        if self._weight is None or self._scale is None:
            raise RuntimeError("a head has no parameters before it has grown")
        return self._weight, self._scale

    def logits(self, features: Tensor) -> Tensor:
        """(n, C) scores."""
        weight, scale = self._grown()
        unit = torch.nn.functional.normalize(features, dim=-1)
        rows = scale.to(unit.device) * unit @ torch.nn.functional.normalize(weight, dim=-1).T
        return several.by_class(rows, self._owners)

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the scores."""
        return self.logits(features).softmax(-1)

    def state(self) -> dict[str, Tensor]:
        """weight and scale (1,), and the owners of the rows once classes were merged."""
        weight, scale = self._grown()
        owners = {} if self._owners is None else {"owners": self._owners}
        return {"weight": weight.data, "scale": scale.data, **owners}

    def dimensions(self) -> Mapping[str, tuple[int | None, ...]]:
        """A row of weight per class, or per owner where classes were merged, and one scale."""
        return {"weight": (len(self._labels if self._owners is None else self._owners), None), "scale": (1,)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Load them; a scale that is not learned comes from the recipe."""
        self._weight = torch.nn.Parameter(state["weight"].clone())
        self._scale = torch.nn.Parameter(state["scale"].clone() if self.learn_scale else torch.tensor([self.scale]))


def _direction(name: str, width: int) -> Tensor:
    """(1, width) direction of length 1 from the name alone: signs of SHA-256 in counter mode."""
    blocks = (hashlib.sha256(f"{i}:{name}".encode()).digest() for i in range(-(-width // 256)))
    bits = np.unpackbits(np.frombuffer(b"".join(blocks), np.uint8))[:width]
    return torch.tensor((bits.astype(np.float32) * 2 - 1) / np.float32(width) ** 0.5).unsqueeze(0)
