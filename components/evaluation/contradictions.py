"""Held-out cases whose label the candidate confidently contradicts: an estimate of wrong labels in an experience. Pure.

Accuracy alone cannot tell wrong labels from hard classes: both lower it. Confidence can: on a hard case a calibrated model
hesitates, on a mislabelled one it is sure of another label. Held-out cases were not trained on, so the candidate's
probabilities are out-of-sample, as confident learning wants them (Northcutt, Jiang & Chuang, JAIR 2021).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

SURE = 0.5  # no answer below this counts as sure, however unsure the model usually is of the label


def contradictions(
    truth: Sequence[str], predicted: Sequence[str], confidence: Sequence[float], margin: Sequence[float]
) -> list[bool]:
    """For each case: is it off the diagonal of the confident joint (idem, eq. 1)?

    A case with label i counts against it when the model answers j != i, j is a label of this experience too, and p(j) is
    at least the mean p(j) of the cases labelled j (and at least SURE). Answers with labels from outside the experience are
    not counted: they are old skills getting in the way, which `learned` measures, not labels mixed up among themselves.
    margin: p(label) less the best other probability, as in contracts.Predictions.margin.
    """
    own: dict[str, list[float]] = defaultdict(list)
    for label, answer, sure, gap in zip(truth, predicted, confidence, margin):
        own[label].append(sure if answer == label else max(0.0, gap + sure))
    threshold = {label: max(SURE, sum(values) / len(values)) for label, values in own.items()}
    return [
        answer != label and answer in threshold and sure >= threshold[answer]
        for label, answer, sure in zip(truth, predicted, confidence)
    ]
