"""How much label noise in a new experience can be seen: three classes of Gaussian features under a ridge classifier.

Two thirds of the rows are for training, one third is held out, and the same labels are wrong in both. Two signs are looked at:
held-out rows whose label a sure answer contradicts, and the same for training rows by closed-form leave-one-out answers, whose
likelihood also sets how sure the answers are. 10 % shuffled are 6.7 % wrong labels among three classes, 33 % are 22 %.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluation.contradictions import contradictions
from components.evaluation.statistics import wilson

CLASSES, WIDTH, APART, RIDGE = 3, 20, 2.6, 1.0
LIMIT, GATE, ALPHA = 0.05, 0.15, 0.05
SIGNS = ("gate", "held out", "left out", "either")
SHARES = {"none": 0.0, "10 %": 0.1, "33 %": 1 / 3}


def noise_row(n: int, kind: str, runs: int) -> dict[str, Any]:
    """Share of runs in which the contradicted share is surely above .05: held out, left out of training, or either (each at
    half of alpha); `gate`: held out, above .15, as gates.max_label_noise asks; `accuracy` on clean cases.
    """
    rng = np.random.default_rng([n, len(kind)])
    seen = np.array([_once(rng, n, kind) for _ in range(runs)])
    return {"n": n, "kind": kind, "runs": runs, **dict(zip((*SIGNS, "accuracy"), map(float, seen.mean(0))))}


def _once(rng: np.random.Generator, n: int, kind: str) -> tuple[bool, bool, bool, bool, float]:
    centres = rng.normal(size=(CLASSES, WIDTH))
    centres *= APART / np.linalg.norm(centres, axis=1, keepdims=True)
    train, held, clean = (_rows(rng, centres, size) for size in (n, n // 2, 300))
    wrong_train, wrong_held = _noisy(rng, train[1], kind), _noisy(rng, held[1], kind)
    x, targets = _one(train[0]), np.eye(CLASSES)[wrong_train]
    inverse = np.linalg.inv(x.T @ x + RIDGE * np.eye(x.shape[1]))
    weights = inverse @ x.T @ targets
    hat = np.einsum("ij,jk,ik->i", x, inverse, x)[:, None]
    left_out = targets - (targets - x @ weights) / (1 - hat)  # the answer of a fit without this row
    sharp = min((1.0, 2.0, 4.0, 8.0), key=lambda rate: -np.log(_shares(left_out, rate)[np.arange(n), wrong_train]).sum())
    answers = ((wrong_held, _one(held[0]) @ weights), (wrong_train, left_out))
    signs = [_contradicted(labels, _shares(scores, sharp)) for labels, scores in answers]
    full, half = ([wilson(*sign, 2 * level).low > LIMIT for sign in signs] for level in (ALPHA, ALPHA / 2))
    accuracy = float(((_one(clean[0]) @ weights).argmax(1) == clean[1]).mean())
    gate = wilson(*signs[0], 2 * ALPHA).low > GATE
    return gate, full[0], full[1], any(half), accuracy


def _rows(rng: np.random.Generator, centres: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(CLASSES, size=n)
    return centres[labels] + rng.normal(size=(n, WIDTH)), labels


def _one(x: np.ndarray) -> np.ndarray:
    return np.c_[x, np.ones(len(x))]


def _noisy(rng: np.random.Generator, labels: np.ndarray, kind: str) -> np.ndarray:
    if kind == "two swapped":  # in all rows alike: no row contradicts another
        return np.array([1, 0, 2])[labels]
    shuffled = rng.random(len(labels)) < SHARES[kind]
    return np.where(shuffled, rng.integers(CLASSES, size=len(labels)), labels)


def _shares(scores: np.ndarray, sharp: float) -> np.ndarray:
    exp = np.exp(sharp * (scores - scores.max(1, keepdims=True)))
    return exp / exp.sum(1, keepdims=True)


def _contradicted(labels: np.ndarray, shares: np.ndarray) -> tuple[int, int]:
    return contradictions(list(map(str, labels)), list(map(str, shares.argmax(1))), list(shares.max(1)))
