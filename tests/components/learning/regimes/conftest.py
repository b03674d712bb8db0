"""What the learner itself answers at the moment its checkpoint is written, to compare with what the checkpoint answers."""

from __future__ import annotations

from typing import Any

import pytest

from components.learning import learn as learning

TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen", "what about one saw"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Per experience, the learner's probabilities for TEXTS just before its checkpoint is published."""
    answers: list[Any] = []
    publish = learning._publish

    def ask_first(task: Any, run: Any, *rest: Any) -> str:
        answers.append(run.network.predict(TEXTS)[1])
        return publish(task, run, *rest)

    monkeypatch.setattr(learning, "_publish", ask_first)
    return answers
