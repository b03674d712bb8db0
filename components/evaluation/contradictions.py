"""Held-out labels that contradict answers which can be trusted: an estimate of the wrong labels in an experience. Pure.

Accuracy alone cannot distinguish wrong labels from hard classes: both lower it. What can be trusted is an answer that the
candidate is sure of, and that the texts nearest to its own are given as well (`neighbours.py`; where nothing is known of them,
the first is enough), or that the champion is sure of too, which never saw these labels. Held-out cases were not trained on, so
the candidate's probabilities are out-of-sample, as confident learning requires (Northcutt, Jiang & Chuang, JAIR 2021), with one
fixed threshold instead of one per class, which mixed-up labels would lower.
"""

from __future__ import annotations

from collections.abc import Sequence

SURE = 0.7  # an answer counts as sure from this probability on


def contradictions(truth: Sequence[str], predicted: Sequence[str], trusted: Sequence[bool]) -> tuple[int, int]:
    """(trusted answers that contradict their label, trusted answers) over the held-out cases of one experience.

    Answers with labels from outside the experience do not count: those are confusions with old classes, which accuracy
    measures, not mixed-up labels within the experience.
    """
    own = set(truth)
    counted = [(label, answer) for label, answer, sure in zip(truth, predicted, trusted, strict=True) if sure and answer in own]
    return sum(label != answer for label, answer in counted), len(counted)
