"""Did one of many past tasks collapse? Tests over T tasks whose error does not grow with T. Pure.

A single task's estimate is beyond any margin by chance, once there are enough tasks. So each task is asked two questions, and
each family of T answers is corrected by Holm: did it lose more than the margin (surely), and did it lose more than tasks lose
and gain anyway while nothing is forgotten (really)? What tasks churn is learned from all the other tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.contracts import GateStatus
from components.evaluation.statistics import holm_levels

FEW = 8  # tasks below which their spread is not known, and only the task's own pairs count
PRIOR_CASES, PRIOR_SHARE = 10.0, 0.05  # cases that churn is shrunken by, and the share of them that changes
PRIOR_TASKS, PRIOR_SPREAD = 10.0, 0.04  # tasks that the spread between tasks is shrunken by, and its value there
LEAST_SHARE, LEAST_SPREAD = 0.002, 0.005  # churn and its spread are never taken to be smaller
TAIL, TAIL_PRIOR = 20, 4.0  # one task in 20 shows how thick the tail of churn is; tasks that this is shrunken by
LEAST_THIN = 1.15  # tails are taken to be at least so much thicker: the fit is of the bulk, the tests are far out
CHURN_LEVEL = 0.1  # the share of tasks whose own churn may be above the one that `p_beyond` allows for


@dataclass(frozen=True)
class TaskCounts:
    """Scored cases of a past task: `gained` only the candidate got right, `lost` only what it is compared with."""

    name: str
    n: int
    gained: int
    lost: int

    @property
    def fall(self) -> float:
        """Share of the cases lost, net; 0 without cases."""
        return (self.lost - self.gained) / self.n if self.n else 0.0


@dataclass(frozen=True)
class TaskVerdict:
    """A task's p-values: `p_beyond` that it fell by no more than the margin, `p_real` that it lost what tasks churn anyway."""

    name: str
    status: GateStatus
    fall: float
    n: int
    p_beyond: float
    p_real: float


@dataclass(frozen=True)
class Churn:
    """Beta distributions, one per task, of the share of cases that a sound task loses."""

    a: np.ndarray
    b: np.ndarray


def first_look(tasks: Sequence[int], budget: int, least: int = 5) -> list[int]:
    """How many cases of each task to score first, given how many each has: all if they fit into the budget.

    Else the same number of each as far as it has them; never fewer than `least`, even where that is more than the budget.
    """
    if sum(tasks) <= budget:
        return list(tasks)
    level, left = 0, budget
    for rank, size in enumerate(sorted(tasks)):  # fill all tasks to the same level; small ones are full before
        level = left // (len(tasks) - rank)
        if size > level:
            break
        left -= size
    return [min(size, max(level, least)) for size in tasks]


def screen(counts: Sequence[TaskCounts]) -> list[int]:
    """Indices of the tasks that lost more than they gained at the first look: score their other cases as well."""
    return [index for index, task in enumerate(counts) if task.lost > task.gained]


def next_look(counts: Sequence[TaskCounts], sizes: Sequence[int], margin: float) -> list[int]:
    """How many more cases to score of each task, given how many it has: as many again while it fell by half the margin.

    Repeated until it says 0 for all, this finds what scoring every case of every `screen`ed task finds, with fewer cases: most
    doubts are chance and go away at the second look. The tasks left then have all their cases, the others a harmless estimate.
    """
    return [min(size - task.n, task.n) if task.fall > margin / 2 else 0 for task, size in zip(counts, sizes, strict=True)]


def collapsed(counts: Sequence[TaskCounts], margin: float, alpha: float) -> list[TaskVerdict]:
    """A verdict per task; the probability that any of T sound tasks is not passed is about alpha, whatever T is.

    fail: surely beyond the margin. inconclusive: the estimate is beyond it and the loss is real. Else pass. Each question has
    half of alpha. Tasks that were looked at only first do not spoil the error: they lost nothing there, so they always pass.
    """
    if not counts:
        return []
    beyond, real = _p_beyond(counts, margin), _p_real(counts)
    surely = [p <= level for p, level in zip(beyond, holm_levels(beyond, alpha / 2))]
    really = [p <= level for p, level in zip(real, holm_levels(real, alpha / 2))]
    return [
        TaskVerdict(
            task.name,
            "fail" if surely[i] and task.fall > margin else "inconclusive" if really[i] and task.fall > margin else "pass",
            task.fall, task.n, beyond[i], real[i],
        )
        for i, task in enumerate(counts)
    ]  # fmt: skip


def churn(counts: Sequence[TaskCounts]) -> Churn:
    """What each of T tasks may lose while it is sound, from what all the others lost and gained: a beta distribution by moments.

    The mean is the other tasks' share of lost cases. The spread between tasks comes from the gains, which a collapsed task does
    not inflate: a beta-binomial's variance is n p (1 - p) (1 + (n - 1) spread). Both are shrunken towards a prior and have a
    floor. A sound task gains as much as it loses, so its own gains then say how much it churns itself (the posterior).
    """
    return _churn(*_arrays(counts))


def _churn(n: np.ndarray, gained: np.ndarray, lost: np.ndarray) -> Churn:
    share = (lost.sum() - lost + PRIOR_CASES * PRIOR_SHARE) / (n.sum() - n + PRIOR_CASES)
    share = np.maximum(share, LEAST_SHARE)
    usual = (gained.sum() + PRIOR_CASES * PRIOR_SHARE) / (n.sum() + PRIOR_CASES)
    excess = (gained - n * usual) ** 2 / (usual * (1 - usual)) - n  # its mean is n (n - 1) spread
    pairs = n * (n - 1)
    known = np.maximum((excess.sum() - excess) / np.maximum(pairs.sum() - pairs, 1), 0.0)
    others = len(n) - 1
    spread = np.clip((others * known + PRIOR_TASKS * PRIOR_SPREAD) / (others + PRIOR_TASKS), LEAST_SPREAD, 0.5)
    strength = 1 / spread - 1
    return Churn(share * strength + gained, (1 - share) * strength + n - gained)


def _p_beyond(counts: Sequence[TaskCounts], margin: float) -> list[float]:
    """Exact binomial tail of the cases lost, at the margin plus the churn that the task may have by what it gained."""
    from scipy.stats import beta, binom

    n, lost, a, b, back = _kinds(*_arrays(counts))
    may_gain = beta.ppf(1 - CHURN_LEVEL, a, b)
    return [float(p) for p in binom.sf(lost - 1, n, np.minimum(1.0, margin + may_gain))[back]]


def _p_real(counts: Sequence[TaskCounts]) -> list[float]:
    """Beta-binomial tail of the cases lost, under the churn of the other tasks; for few tasks, the exact sign test."""
    from scipy.stats import binom

    n, gained, lost = _arrays(counts)
    if len(counts) < FEW:
        return [float(p) for p in binom.sf(lost - 1, gained + lost, 0.5)]
    # while nothing is forgotten, gains are as surprising as losses: if they are more so than a beta-binomial allows, its tail
    # is too thin by this factor (the mean excess of an exponential is 1; Hill, Annals of Statistics 1975). The excess is over
    # the next lower surprise or over the one that is due, whichever is higher: the steps of small counts are no thick tail
    mirrored = np.sort(_surprise(n, lost, gained))[::-1]
    top = max(4, len(counts) // TAIL)
    excess = np.maximum(0.0, mirrored[:top] - max(mirrored[top], np.log(len(counts) / top)))
    thin = max(LEAST_THIN, (float(excess.sum()) + TAIL_PRIOR) / (top + TAIL_PRIOR))
    return [float(p) for p in np.exp(-_surprise(n, gained, lost) / thin)]


def _surprise(n: np.ndarray, gained: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """-log of the beta-binomial tail of each task's lost cases."""
    from scipy.special import betaln, gammaln, logsumexp

    *columns, back = _kinds(n, gained, lost)
    size, least, a, b = (column[:, None] for column in columns)
    k = np.arange(size.max() + 1)[None, :]
    rest = np.maximum(size - k, 0)
    choose = gammaln(size + 1) - gammaln(k + 1) - gammaln(rest + 1)
    terms = np.where((k >= least) & (k <= size), choose + betaln(a + k, b + rest) - betaln(a, b), -np.inf)
    return np.maximum(0.0, -logsumexp(terms, axis=1))[back]


def _kinds(
    n: np.ndarray, gained: np.ndarray, lost: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """n, lost and churn (a, b) of the tasks whose counts differ, and which of these each task is: most of 1,000 are alike."""
    usual, width = _churn(n, gained, lost), int(n.max()) + 1
    _, index, back = np.unique((n * width + gained) * width + lost, return_index=True, return_inverse=True)
    return n[index], lost[index], usual.a[index], usual.b[index], back.ravel()


def _arrays(counts: Sequence[TaskCounts]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = np.array([(task.n, task.gained, task.lost) for task in counts], np.int64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]
