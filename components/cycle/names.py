"""The names of the steps, and what each of them is doing in words for people. Imports nothing: `perdure step --help` reads it."""

from __future__ import annotations

#: In the order in which a cycle walks them; components/cycle/steps declares each. The command shows the words while a step runs.
WORDS = {
    "ingest": "checking the data",
    "learn": "learning",
    "evaluate": "testing against everything learned before",
    "judge": "applying the gates",
    "register": "writing the evidence to MLflow",
    "rollout": "comparing under HTTP traffic",
    "promote": "deciding",
    "monitor": "measuring forgetting and drift",
}
STEPS = tuple(WORDS)
#: The step that decides: after it, a cycle is not decided again
DECIDES = "promote"
