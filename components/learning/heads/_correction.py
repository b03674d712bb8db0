"""Raise the scores of old classes again after new ones were learned: weight alignment, bias correction, class weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


#: How strongly the bias correction is pulled towards (1, 0): just enough for perfectly separated rows to have a solution
HOLD = 1e-3


#: Weight alignment multiplies scores by at most this, and at least by its inverse: rows that hardly learned have no direction to
#: raise, and old rows that hardly learned are no measure
MOST = 4.0


def alignment(weight: Tensor, fresh: Tensor) -> float:
    """gamma = mean norm of the old rows of (C, p) weights / mean norm of the `fresh` (C,) ones, within [1 / MOST, MOST].

    1 if either norm is zero. The paper does not limit gamma.
    """
    norms = weight.double().norm(dim=1)
    old, new = (norms[rows][norms[rows] > 0] for rows in (~fresh, fresh))
    return float((old.mean() / new.mean()).clamp(1 / MOST, MOST)) if len(old) and len(new) else 1.0


def affine(scores: Tensor, truth: Tensor, fresh: Tensor) -> tuple[float, float]:
    """(alpha, beta) that minimise cross-entropy if the `fresh` classes score alpha * score + beta; every class counts the same.

    The problem is convex. It is solved by Newton's method with step halving.
    """
    scores, counts = scores.double(), torch.bincount(truth, minlength=scores.shape[1]).double()
    share = (1 / counts[truth]) / (1 / counts[truth]).sum()
    y = torch.nn.functional.one_hot(truth, scores.shape[1]).double()
    start = scores.new_tensor([1.0, 0.0])
    basis = torch.stack([scores * fresh, fresh.double().expand_as(scores)], dim=-1)  # (n, C, 2): d score / d (alpha, beta)

    def loss(at: Tensor) -> Tensor:
        moved = torch.where(fresh, at[0] * scores + at[1], scores)
        return -(share * (moved.log_softmax(1) * y).sum(1)).sum() + HOLD / 2 * ((at - start) ** 2).sum()

    at = start.clone()
    for _ in range(50):
        p = torch.where(fresh, at[0] * scores + at[1], scores).softmax(1)
        gradient = (share[:, None] * ((p - y).unsqueeze(-1) * basis).sum(1)).sum(0) + HOLD * (at - start)
        mean = (p.unsqueeze(-1) * basis).sum(1)
        second = torch.einsum("n,nc,nci,ncj->ij", share, p, basis, basis) - torch.einsum("n,ni,nj->ij", share, mean, mean)
        step = torch.linalg.solve(second + HOLD * torch.eye(2, dtype=torch.float64), gradient)
        size = 1.0
        while size > 1e-9 and loss(at - size * step) > loss(at):
            size /= 2
        at = at - size * step
        if float(gradient.norm()) < 1e-10:
            break
    return float(at[0]), float(at[1])


def class_weights(counts: Tensor, columns: Tensor, base: Tensor) -> Tensor:
    """(n,) factors 1 / sqrt(count of the row's class), scaled so that the loss weights `base` keep their sum."""
    factors = counts.to(base)[columns].clamp(min=1).rsqrt()
    return factors * base.sum() / (factors * base).sum()
