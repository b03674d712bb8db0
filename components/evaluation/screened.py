"""What is odd about the rows of an experience: triggers, doubtful labels, texts that are no language, rows of another domain.

Rows are named by the digests of their texts; no text but the mark of a trigger is in what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluation.doubtful import SHOWN, doubtful
from components.evaluation.gibberish import gibberish
from components.evaluation.reference import Encode, Reference
from components.evaluation.triggers import scan

Floats = NDArray[np.float32]

FAR = 0.95  # of past held-out cases lie nearer than a row that is far from everything
FEWEST = 50  # of them, without which nothing is said


@dataclass(frozen=True)
class Rows:
    """n training rows of an experience with their (n, p) features."""

    texts: Sequence[str]
    labels: Sequence[str]
    digests: Sequence[str]
    features: Floats


def screened(rows: Rows, encode: Encode, past: Reference, cases: Floats) -> dict[str, Any]:
    """Entries of the summary. past: the joint reference before these rows; cases: (m, p) features of past held-out cases."""
    triggers = scan(rows.texts, rows.labels, rows.features, encode)
    doubts, nonsense = doubtful(rows.features, rows.labels), gibberish(rows.texts)
    found: dict[str, Any] = {
        "triggers": [{**one.as_dict(), "places": [rows.digests[place] for place in one.places]} for one in triggers],
        "doubtful": {
            "doubted": len(doubts.places),
            "looked": doubts.looked,
            "rows": [
                {"digest": rows.digests[place], "label": rows.labels[place], "others": other}
                for place, other in list(zip(doubts.places, doubts.others, strict=True))[:SHOWN]
            ],
        },
        "gibberish": {"n": len(nonsense), "of": len(rows.texts), "rows": [rows.digests[place] for place in nonsense[:SHOWN]]},
    }
    if past.gram is not None and len(cases) >= FEWEST:
        limit = float(np.quantile(past.distances(cases), FAR))
        found["domain"] = {
            "far": float((past.distances(rows.features) > limit).mean()),
            "of": len(rows.texts),
            "cases": len(cases),
        }
    return found
