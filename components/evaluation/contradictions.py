"""Held-out labels that the candidate is sure are wrong: an estimate of wrong labels in an experience. Pure.

Accuracy alone cannot tell wrong labels from hard classes: both lower it. Confidence can: on a hard case a calibrated model
hesitates, on a mislabelled one it is sure of another label. Held-out cases were not trained on, so the candidate's
probabilities are out-of-sample, as confident learning wants them (Northcutt, Jiang & Chuang, JAIR 2021). Theirs is a threshold
per class, the mean p(j) of the cases labelled j; with mixed-up labels that mean sinks and lets hesitant answers in, so here it
is one fixed threshold. Measured on trec (regression_suites/README.md): the share comes out near the share of labels changed.
"""

from __future__ import annotations

from collections.abc import Sequence

SURE = 0.7  # probability of the answer from which on it counts as sure


def contradictions(truth: Sequence[str], predicted: Sequence[str], confidence: Sequence[float]) -> tuple[int, int]:
    """(sure answers that contradict their label, sure answers) over the held-out cases of one experience.

    Answers with labels from outside the experience do not count: they are old skills getting in the way, which accuracy
    measures, not labels mixed up among themselves.
    """
    own = set(truth)
    sure = [(label, answer) for label, answer, p in zip(truth, predicted, confidence) if p >= SURE and answer in own]
    return sum(label != answer for label, answer in sure), len(sure)
