"""Random features and their sums (RanPAC, NeurIPS 2023, arXiv 2307.02251), and the temperature of scores.

phi(x) = [relu(z W0), 1] with z the representation and W0 fixed; G = sum phi phi^T, Q = sum phi y^T (one-hot y). All in float64 on
the CPU: up to rounding, sums are the same in any order and rows can be removed. What is made of them: `_solution.py`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


@cache
def temperatures() -> Tensor:
    """The grid on which the factor of the scores is searched."""
    return torch.logspace(-0.5, 2, 101, dtype=torch.float64)


def projection(seed: int, inputs: int, width: int) -> Tensor:
    """(inputs, width) signs / sqrt(inputs). Drawn from PCG64's raw bits, a stream that numpy promises never to change."""
    bits = np.random.PCG64(seed).random_raw((inputs * width + 63) // 64)
    signs = np.unpackbits(bits.astype("<u8").view(np.uint8))[: inputs * width].astype(np.float64) * 2 - 1
    return torch.tensor(signs.reshape(inputs, width) / inputs**0.5)


def random_features(z: Tensor, mean: Tensor, scale: Tensor, weights: Tensor | None) -> Tensor:
    """(n, M + 1) float64 features of (n, p) representations; without weights M = p and phi = z."""
    standard = (z.double() - mean.double()) / scale.double()
    phi = standard if weights is None else torch.relu(standard @ weights)
    return torch.cat([phi, phi.new_ones(len(phi), 1)], dim=1)


def temperature(scores: Tensor, truth: Tensor) -> float:
    """The factor t on a grid under which softmax(t * scores) is most likely (Guo et al., ICML 2017)."""
    return likeliest(scores, truth)[0]


def likeliest(scores: Tensor, truth: Tensor, factors: Tensor | None = None) -> tuple[float, float]:
    """The best of these factors (None: `temperatures`), and the mean loss with it."""
    factors = temperatures() if factors is None else factors
    losses = torch.stack([torch.nn.functional.cross_entropy(scores * t, truth) for t in factors])
    best = int(losses.argmin())
    return float(factors[best]), float(losses[best])


def one_hot(columns: Tensor, classes: int) -> Tensor:
    """(n, C) float64."""
    return torch.nn.functional.one_hot(columns, classes).double()


def pack(gram: Tensor) -> Tensor:
    """The upper triangle, row by row: half the bytes."""
    return gram[tuple(torch.triu_indices(*gram.shape))]


def unpack(packed: Tensor, size: int) -> Tensor:
    """The symmetric matrix back."""
    gram = packed.new_zeros(size, size)
    gram[tuple(torch.triu_indices(size, size))] = packed
    return gram + gram.T - gram.diag().diag()
