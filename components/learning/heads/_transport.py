"""Transport class statistics when the representation moves: semantic drift compensation.

Yu et al., CVPR 2020 (arXiv 2004.00440; from memory, not checked against the text). Only the position of a class is transported,
not its shape: means move, the scatter within classes stays. Exact only if the representation around each mean moves by a
translation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


def drift(before: Tensor, after: Tensor, means: Tensor, bandwidth: float) -> Tensor:
    """(C, p) how far each of the (C, p) class means moved, from (n, p) features of the same rows before and after.

    delta_c = sum_i w_ic (after_i - before_i) / sum_i w_ic with w_ic = exp(-|before_i - mean_c|^2 / (2 sigma_c^2)). The paper's
    sigma is a constant; here sigma_c^2 = bandwidth^2 * mean_i |before_i - mean_c|^2: the scale of the features does not matter.
    """
    before, after = before.double(), after.double()
    squares = torch.cdist(means.double(), before, compute_mode="donot_use_mm_for_euclid_dist") ** 2
    spread = squares.mean(1, keepdim=True).clamp(min=1e-300)
    return (-squares / (2 * bandwidth**2 * spread)).softmax(1) @ (after - before)


def move_scatter(gram: Tensor, sums: Tensor, counts: Tensor, delta: Tensor) -> Tensor:
    """sum of z z^T (p, p) after each class, of (C, p) sums and (C,) counts, moved by delta; the scatter within classes stays.

    gram - sum_c n_c m_c m_c^T + sum_c n_c (m_c + d_c)(m_c + d_c)^T = gram + S^T D + D^T S + D^T N D. It works for any Gram
    matrix, also of random features: then sums = cross^T, and delta is the drift measured in those features.
    """
    mixed = sums.T @ delta
    return gram + mixed + mixed.T + (delta * counts.unsqueeze(1)).T @ delta
