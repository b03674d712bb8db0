"""Classes that were merged in a head trained by gradients: a class keeps the row of weights of each class that it was made of.

Its probability is the sum of theirs: the score of a class is log sum exp over its rows. So nothing that was learned of either is
lost, and later training moves all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


def by_class(scores: Tensor, owners: Tensor | None) -> Tensor:
    """(n, C) scores of classes from (n, R) scores of rows; owners (R,): the class of each row. None: a row for each class."""
    if owners is None:
        return scores
    rows = [(owners == place).nonzero().flatten().tolist() for place in range(int(owners.max()) + 1)]
    most = max(map(len, rows))
    nothing = scores.shape[1]  # the number of a column that adds nothing
    table = torch.tensor([[*own, *[nothing] * (most - len(own))] for own in rows], device=scores.device)
    padded = torch.cat([scores, scores.new_full((len(scores), 1), float("-inf"))], dim=1)
    return padded[:, table].logsumexp(-1)


def merged(owners: Tensor | None, places: Sequence[int]) -> Tensor:
    """(R,) owners after class i became part of class places[i]."""
    after = torch.tensor(places)
    return after if owners is None else after[owners]


def grown(owners: Tensor | None, classes: int, fresh: int) -> Tensor | None:
    """Owners after `fresh` classes with a row each came to `classes`."""
    return owners if owners is None else torch.cat([owners, torch.arange(classes, classes + fresh)])


def checked(owners: Tensor | None, classes: int) -> Tensor | None:
    """The owners that a checkpoint holds. Raises ValueError unless each class has a row and each row one of these classes."""
    if owners is not None and (owners.dim() != 1 or owners.is_floating_point() or set(owners.tolist()) != set(range(classes))):
        raise ValueError(f"owners of rows are {tuple(owners.shape)} and do not name {classes} classes")
    return owners
