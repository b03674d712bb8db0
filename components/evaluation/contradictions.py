"""Held-out labels that the candidate is confident are wrong: an estimate of the wrong labels in an experience. Pure.

Accuracy alone cannot distinguish wrong labels from hard classes: both lower it. Confidence can: on a hard case a calibrated model
is uncertain; on a mislabelled one it is sure of another label. Held-out cases were not trained on, so the candidate's
probabilities are out-of-sample, as confident learning requires (Northcutt, Jiang & Chuang, JAIR 2021). They use one threshold
per class, the mean p(j) of the cases labelled j. With mixed-up labels that mean falls and lets uncertain answers in, so here
there is one fixed threshold. Measured on trec (regression_suites/README.md), the share is close to the share of labels changed.
"""

from __future__ import annotations

from collections.abc import Sequence

SURE = 0.7  # an answer counts as sure from this probability on


def contradictions(truth: Sequence[str], predicted: Sequence[str], confidence: Sequence[float]) -> tuple[int, int]:
    """(sure answers that contradict their label, sure answers) over the held-out cases of one experience.

    Answers with labels from outside the experience do not count: those are confusions with old classes, which accuracy
    measures, not mixed-up labels within the experience.
    """
    own = set(truth)
    sure = [(label, answer) for label, answer, p in zip(truth, predicted, confidence) if p >= SURE and answer in own]
    return sum(label != answer for label, answer in sure), len(sure)
