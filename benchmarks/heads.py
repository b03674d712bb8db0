"""Heads on the frozen encoder: joint logistic regression beside ridge regression, LDA and their mix from sums.

`python -m benchmarks.heads --features FOLDER --write`. Each stream is cut at random several times; every head sees the same
training rows, all at once (from sums, any order gives the same). Accuracy is over all classes of the stream. Differences are
paired by held-out case; intervals are bootstrapped over cases. What is set in the heads was chosen on the streams marked so.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.common import RESULTS, finish, markdown, parser, table
from benchmarks.frozen import Pool, pool
from components.learning.heads import _ridge as ridge
from components.learning.heads._calibration import calibrated, spread_out
from components.learning.heads._solution import Sums, solve
from components.storage import write_text

Ints = NDArray[np.int64]
BALANCE, DRAWS = 0.2, 2000


@dataclass(frozen=True)
class Shape:
    """How a pool becomes a stream: rows per class or per domain (train, held out), or shares of each class."""

    pool: str
    by: str  # "class" or "domain"
    train: float
    held_out: float
    classes: int | None = None  # as many, drawn at random
    chosen_on: bool = False


SHAPES = {
    "newsgroups": Shape("newsgroups", "class", 0.8, 0.2),
    "newsgroups, 60 rows an experience": Shape("newsgroups", "domain", 60, 200),
    "five": Shape("five", "class", 0.8, 0.2),
    "five far domains, 60 rows each": Shape("five", "domain", 60, 40),
    "48 experiences of three classes, 20 rows a class": Shape("cut", "class", 20, 15, classes=144),
    "trec": Shape("trec", "class", 0.8, 0.2, chosen_on=True),
    "trec, 60 rows an experience": Shape("trec", "domain", 60, 200, chosen_on=True),
    "sentiment": Shape("sentiment", "class", 0.8, 0.2, chosen_on=True),
    "sentiment, 60 rows an experience": Shape("sentiment", "domain", 60, 200, chosen_on=True),
}


@dataclass(frozen=True)
class Rows:
    """Features and classes to train on and to test on; cases: which rows of the pool are tested."""

    x: torch.Tensor
    columns: torch.Tensor
    held_out: torch.Tensor
    truth: torch.Tensor
    classes: int
    cases: Ints


def cut(source: Pool, shape: Shape, split: int) -> Rows:
    """Training rows and held-out cases of classes that were trained on."""
    rng = np.random.default_rng([7, split])
    names = np.unique(source.labels)
    if shape.classes is not None:
        names = np.sort(rng.permutation(names)[: shape.classes])
    groups = names if shape.by == "class" else np.unique(source.domains)
    of = source.labels if shape.by == "class" else source.domains
    train, test = [], []
    for group in groups:
        own = rng.permutation(np.flatnonzero(of == group))
        share = shape.train < 1
        first = max(1, round(shape.train * len(own))) if share else int(shape.train)
        train += own[:first].tolist()
        test += own[first : first + (round(shape.held_out * len(own)) if share else int(shape.held_out))].tolist()
    known = np.unique(source.labels[train])
    cases = np.array([i for i in test if source.labels[i] in known])
    x = [torch.tensor(source.features[rows].astype(np.float64)) for rows in (train, cases)]
    y = [torch.tensor(np.searchsorted(known, source.labels[rows])) for rows in (train, cases)]
    return Rows(x[0], y[0], x[1], y[1], len(known), cases)


def from_sums(rows: Rows, *, mixed: bool) -> torch.Tensor:
    """Log-probabilities of the held-out cases by the project's own head: sums, solution, temperature on left-out rows."""
    phi = _with_one(rows.x)
    y = ridge.one_hot(rows.columns, rows.classes)
    solution = solve(Sums.of(phi.T @ phi, phi.T @ y, float(len(phi))), BALANCE, mixed=mixed)
    judges = spread_out(torch.arange(len(phi)))
    ones = torch.ones(len(judges), dtype=torch.float64)
    left_out = solution.left_out(phi[judges], rows.columns[judges], ones)
    t = calibrated(left_out, rows.columns[judges], solution.sums.counts)
    return (_with_one(rows.held_out) @ solution.plane() * t).log_softmax(1)


def lda(rows: Rows) -> torch.Tensor:
    """LDA of the same sums alone, at the temperature that suits the test cases best: a bound, not an offer."""
    phi = _with_one(rows.x)
    sums = Sums.of(phi.T @ phi, phi.T @ ridge.one_hot(rows.columns, rows.classes), float(len(phi)))
    own = solve(sums, BALANCE, mixed=True).lda
    assert own is not None
    scores = _with_one(rows.held_out) @ sums.planes(own.slope, own.offset)
    factor = ridge.temperature(scores / own.spread, rows.truth)
    return (scores / own.spread * factor).log_softmax(1)


def gaussians(rows: Rows) -> torch.Tensor:
    """Softmax aligned on 64 samples of each class's Gaussian, one covariance for all (SLCA, ICCV 2023, without logit norm)."""
    phi = _with_one(rows.x)
    sums = Sums.of(phi.T @ phi, phi.T @ ridge.one_hot(rows.columns, rows.classes), float(len(phi)))
    values, vectors = torch.linalg.eigh(sums.within() / sums.rows)
    draws = torch.Generator().manual_seed(0)
    columns = torch.arange(rows.classes).repeat_interleave(64)
    noise = torch.randn(len(columns), len(values), generator=draws, dtype=torch.float64) * values.clamp(min=0).sqrt()
    return softmax(sums.means[columns] + noise @ vectors.T, columns, sums.standard(_with_one(rows.held_out)), 1e-3)


def _with_one(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], 1)


def softmax(x: torch.Tensor, columns: torch.Tensor, held_out: torch.Tensor, c: float) -> torch.Tensor:
    """(n, C) log-probabilities of logistic regression with sklearn's C; classes 0 .. C - 1 must all be in `columns`."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it might converge further
        model = LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(x.float().numpy(), columns.numpy())
        return torch.tensor(model.predict_log_proba(held_out.float().numpy())).double()


def joint(rows: Rows, known: dict[int, float]) -> torch.Tensor:
    """Logistic regression on all rows together; C of the least loss on a third left out, chosen at a stream's first split."""
    mean, scale = rows.x.mean(0), rows.x.std(0, unbiased=False).clamp(min=1e-6)
    z, held_out = (rows.x - mean) / scale, (rows.held_out - mean) / scale
    if len(z) < z.shape[1]:  # rotate into the span of the rows, which changes nothing under this penalty
        u, s, v = torch.linalg.svd(z, full_matrices=False)
        z, held_out = u * s, held_out @ v.T
    if 0 not in known:
        left = torch.tensor(np.random.default_rng(0).random(len(z)) < 1 / 3)
        names, own = torch.unique(rows.columns[~left], return_inverse=True)
        here = left & torch.isin(rows.columns, names)
        at = torch.searchsorted(names, rows.columns[here]).unsqueeze(1)
        grid = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
        losses = {c: -float(softmax(z[~left], own, z[here], c).gather(1, at).sum()) for c in grid}
        known[0] = min(losses, key=lambda c: losses[c])
    return softmax(z, rows.columns, held_out, known[0])


def heads() -> dict[str, Callable[[Rows], torch.Tensor]]:
    """The heads of one stream."""
    known: dict[int, float] = {}
    return {
        "joint logistic regression": lambda rows: joint(rows, known),
        "ridge": lambda rows: from_sums(rows, mixed=False),
        "LDA": lda,
        "ridge + LDA": lambda rows: from_sums(rows, mixed=True),
        "softmax on class Gaussians": gaussians,
    }


def difference(own: Sequence[NDArray[Any]], reference: Sequence[NDArray[Any]], cases: Sequence[Ints]) -> dict[str, float]:
    """Mean difference with its 95 % interval; a case that several splits hold out is drawn as one."""
    names, at = np.unique(np.concatenate(cases), return_inverse=True)
    total = np.bincount(at, np.concatenate(own) - np.concatenate(reference), len(names))
    often = np.bincount(at, minlength=len(names)).astype(float)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    low, high = np.quantile(drawn @ total / (drawn @ often), [0.025, 0.975])
    return {"mean": float(total.sum() / often.sum()), "low": float(low), "high": float(high)}


def measure(name: str, folder: Path, splits: int) -> dict[str, Any]:
    """Every head on one stream."""
    shape, ours = SHAPES[name], heads()
    source = pool(shape.pool, folder)
    right: dict[str, list[NDArray[Any]]] = {head: [] for head in ours}
    losses: dict[str, list[float]] = {head: [] for head in ours}
    seconds = dict.fromkeys(ours, 0.0)
    cases, sizes = [], (0, 0)
    for split in range(splits):
        rows = cut(source, shape, split)
        cases.append(rows.cases)
        sizes = (len(rows.x), rows.classes)
        for head, answer in ours.items():
            began = time.perf_counter()
            found = answer(rows)
            seconds[head] += (time.perf_counter() - began) / splits
            right[head].append((found.argmax(1) == rows.truth).double().numpy())
            losses[head].append(float(-found.gather(1, rows.truth.unsqueeze(1)).mean()))
    reference = right["joint logistic regression"]
    return {
        "stream": name,
        "chosen_on": shape.chosen_on,
        "rows": sizes[0],
        "classes": sizes[1],
        "cases": int(sum(len(c) for c in cases)),
        "splits": splits,
        "heads": {
            head: {
                "accuracy": float(np.mean(np.concatenate(right[head]))),
                "nll": float(np.mean(losses[head])),
                "seconds": seconds[head],
                "minus_joint": difference(right[head], reference, cases),
            }
            for head in ours
        },
    }


def show(streams: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table."""
    names = list(heads())
    rows = []
    for one in streams:
        cells = [f"{one['heads'][h]['accuracy']:.3f} / {one['heads'][h]['nll']:.2f}" for h in names]
        gap = one["heads"]["ridge + LDA"]["minus_joint"]
        mark = " (chosen on)" if one["chosen_on"] else ""
        sizes = [str(one["rows"]), str(one["classes"]), str(one["cases"])]
        rows.append([one["stream"] + mark, *sizes, *cells, f"{gap['mean']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}]"])
    return ["stream", "rows", "classes", "cases", *names, "ridge + LDA minus joint"], rows


def main() -> None:
    """Measure the streams and show them."""
    options = parser("heads", __doc__ or "")
    options.add_argument("--features", type=Path, required=True, help="folder to keep the encoder's features in")
    options.add_argument("--splits", type=int, default=3, help="random cuts of each stream")
    options.add_argument("--streams", nargs="*", default=list(SHAPES), choices=list(SHAPES), metavar="STREAM")
    given = options.parse_args()
    streams = []
    for name in given.streams:
        streams.append(measure(name, given.features, given.splits))
        print(table(*show(streams[-1:])), flush=True)
    finish("heads", {"streams": streams}, table(*show(streams)), given)
    if given.write:
        write_text(RESULTS / "heads.md", f"{MARKDOWN}\n{markdown(*show(streams))}")


MARKDOWN = """# Heads on the frozen encoder

Accuracy / mean loss over all classes of the stream, MiniLM as delivered, last three layers. Ridge and LDA come from the same
sums, in any order of experiences; the joint logistic regression keeps every row and chooses C on a third left out.
Temperatures are judged on left-out training rows (of LDA alone: on the test cases). The difference is paired by case, with a
95 % bootstrap interval. What is set in the heads was chosen on the streams marked "chosen on". Repeat: `python -m
benchmarks.heads --features FOLDER --write`.
"""

if __name__ == "__main__":
    main()
