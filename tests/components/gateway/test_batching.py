import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from components.contracts import Predictions
from components.gateway.batching import MOST, Batcher

pytestmark = pytest.mark.unit


class Lengths:
    """Predicts a text's length in its first column; refuses empty texts; waits for `go` before each pass."""

    labels = ("a", "b")

    def __init__(self) -> None:
        self.passes: list[int] = []
        self.go = threading.Event()

    def predict(self, texts: Sequence[str]) -> Predictions:
        self.go.wait(10)
        self.passes.append(len(texts))
        if "" in texts:
            raise ValueError("an empty text")
        return Predictions(self.labels, np.array([[len(text), 0] for text in texts], np.float32))


def ask(requests: Sequence[tuple[Lengths, list[str]]]) -> list[Predictions | BaseException]:
    async def run() -> list[Predictions | BaseException]:
        batcher = Batcher()
        asked = [asyncio.ensure_future(batcher.predict(predictor, texts)) for predictor, texts in requests]
        while len(batcher._waiting) < len(requests) - 1:  # the first is being answered
            await asyncio.sleep(0.001)
        for predictor, _ in requests:
            predictor.go.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert batcher._waiting == []
        batcher.close()
        return answers

    return asyncio.run(run())


def lengths(answer: Predictions | BaseException) -> list[int]:
    assert isinstance(answer, Predictions)
    return answer.probabilities[:, 0].astype(int).tolist()


def test_what_waits_is_answered_together_and_everyone_gets_his_own() -> None:
    model = Lengths()
    answers = ask([(model, ["x" * n, "y"]) for n in range(1, 10)])
    assert [lengths(one) for one in answers] == [[n, 1] for n in range(1, 10)]
    assert len(model.passes) <= 2
    assert sum(model.passes) == 18


def test_each_predictor_answers_its_own() -> None:
    one, two = Lengths(), Lengths()
    answers = ask([(one, ["x"]), (two, ["xx"]), (one, ["xxx"]), (two, ["xxxx"]), (one, ["xxxxx"])])
    assert [lengths(each) for each in answers] == [[1], [2], [3], [4], [5]]
    assert (sum(one.passes), sum(two.passes)) == (3, 2)


def test_a_pass_is_bounded() -> None:
    model = Lengths()
    ask([(model, ["x"] * 40) for _ in range(4)])
    assert max(model.passes) <= MOST


def test_a_bad_request_fails_alone() -> None:
    model = Lengths()
    answers = ask([(model, ["x"]), (model, ["xx"]), (model, [""]), (model, ["xxx"]), (model, [""])])
    assert [isinstance(one, ValueError) for one in answers] == [False, False, True, False, True]
    assert [lengths(answers[n]) for n in (0, 1, 3)] == [[1], [2], [3]]


def test_a_call_waits_for_all_that_was_asked_before() -> None:
    async def run() -> list[str]:
        batcher, model, said = Batcher(), Lengths(), []

        async def asked() -> None:
            await batcher.predict(model, ["x"])
            said.append("answered")

        tasks = [asyncio.ensure_future(asked()) for _ in range(3)]
        await asyncio.sleep(0)
        last = asyncio.ensure_future(batcher.after(lambda: said.append(f"called after {sum(model.passes)} texts")))
        model.go.set()
        await asyncio.gather(*tasks, last)
        batcher.close()
        return said

    assert "called after 3 texts" in asyncio.run(run())
