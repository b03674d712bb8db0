"""Evidence to render, one part changed at a time."""

from __future__ import annotations

from components.contracts import Gate, Verdict
from components.registry.evidence import Evidence, Traffic

MAIN = Gate("regression.pooled", "pass", "Past cases rose.", 0.012, -0.004, 0.028, 0.02, 400)
TASK = Gate("regression.loc", "inconclusive", "The past task loc fell by 0.060.", -0.06, -0.15, 0.03, 0.05, 30)
LEARNED = Gate("learned", "pass", "Answered rightly.", 0.48, 0.31, 0.66, 0.4, 31)
GATES = (MAIN, TASK, LEARNED)
FIGURES = {
    "requests": 100,
    "margin": 0.05,
    "arms": {
        side: {
            "version": "c" * 64, "requests": 50,
            "accuracy": {"estimate": right, "low": right - 0.1, "high": right + 0.1, "n": 50},
            "p50_ms": 12.31, "p99_ms": 40.0, "error": 1, "timeout": 0, "wrong_version": 0,
        }
        for side, right in (("candidate", 0.8), ("champion", 0.82))
    },
}  # fmt: skip
REPLAYED = Traffic("promoted", "No evidence of harm.", -0.02, -0.17, 0.13, FIGURES)


def evidence(**changes: object) -> Evidence:
    plain: dict[str, object] = {
        "version": "7", "champion": "6", "checkpoint": "c" * 64, "experience": "e" * 64, "name": "numeric",
        "counts": {"train": 1200, "heldout": 300}, "labels": ["count", "date"], "verdict": Verdict("inconclusive", GATES),
        "manifest": {
            "parent": "b" * 64, "experiences": ["d" * 64, "e" * 64], "base": {"name": "minilm", "digest": "a" * 64},
            "code": "0.1.0",
            "recipe": {"regime": {"kind": "lora"}, "head": {"kind": "analytic"}, "rehearsal": {"kind": "buffer"}},
        },
        "judged_against": "b" * 64, "cycle": "2027-05-03 numeric",
        "better": [{"text": "How many?", "truth": "count", "champion": "date", "candidate": "count"}],
        "worse": [{"text": "When?", "truth": "date", "champion": "date", "candidate": "count"}], "n_better": 31, "n_worse": 1,
        "seconds": {"ingest": 1.0, "learn": 12.5}, "training": {"seconds": 11.0, "peak_bytes": 2**30},
        "validation": {"statistics": {"rows": 1510, "evaluated_expectations": 15, "successful_expectations": 14}},
    }  # fmt: skip
    return Evidence(**{**plain, **changes})  # type: ignore[arg-type]
