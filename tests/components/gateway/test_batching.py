import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from components.contracts import Predictions
from components.gateway.batching import Batcher
from components.gateway.queueing import MOST

pytestmark = pytest.mark.unit


class Lengths:
    """Predicts a text's length in its first column; refuses empty texts; waits for `go` before each pass."""

    labels = ("a", "b")

    def __init__(self) -> None:
        self.passes: list[int] = []
        self.shortest: list[int] = []
        self.entered, self.go = threading.Event(), threading.Event()

    def predict(self, texts: Sequence[str]) -> Predictions:
        self.entered.set()
        self.go.wait(10)
        self.passes.append(len(texts))
        self.shortest.append(min(map(len, texts)))
        if "" in texts:
            raise ValueError("an empty text")
        return Predictions(self.labels, np.array([[len(text), 0] for text in texts], np.float32))


def ask(requests: Sequence[tuple[Lengths, list[str]]]) -> list[Predictions | BaseException]:
    async def run() -> list[Predictions | BaseException]:
        batcher = Batcher()
        asked = [asyncio.ensure_future(batcher.predict(*requests[0]))]
        while not requests[0][0].entered.is_set():
            await asyncio.sleep(0.001)
        asked += [asyncio.ensure_future(batcher.predict(predictor, texts)) for predictor, texts in requests[1:]]
        await asyncio.sleep(0)
        for predictor, _ in requests:
            predictor.go.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert (len(batcher._queue), batcher._asked) == (0, {})
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
    assert model.passes == [2, 16]


def test_each_predictor_answers_its_own() -> None:
    one, two = Lengths(), Lengths()
    answers = ask([(one, ["x"]), (two, ["xx"]), (one, ["xxx"]), (two, ["xxxx"]), (one, ["xxxxx"])])
    assert [lengths(each) for each in answers] == [[1], [2], [3], [4], [5]]
    assert (one.passes, two.passes) == ([1, 2], [2])


def test_a_pass_is_bounded() -> None:
    model = Lengths()
    answers = ask([(model, ["x" * n] * 40) for n in range(1, 5)])
    assert [set(lengths(one)) for one in answers] == [{1}, {2}, {3}, {4}]
    assert [len(lengths(one)) for one in answers] == [40] * 4
    assert max(model.passes) <= MOST


def test_a_small_request_is_answered_before_four_large_ones() -> None:
    """Each of the large ones is more than one pass: the small one waits for the pass that runs, and for no other."""
    model = Lengths()
    large = [(model, ["x" * 20_000] * 64) for _ in range(4)]
    answers = ask([*large, (model, ["y"])])
    assert [lengths(one) for one in answers] == [[20_000] * 64] * 4 + [[1]]
    assert model.shortest.index(1) == 1
    assert len(model.passes) > 100


def test_what_is_cancelled_is_not_worked_on() -> None:
    async def run() -> int:
        batcher, model = Batcher(), Lengths()
        first = asyncio.ensure_future(batcher.predict(model, ["x"]))
        await asyncio.sleep(0)
        given_up = asyncio.ensure_future(batcher.predict(model, ["x" * 20_000] * 64))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.sleep(0)
        assert len(batcher._queue) == 0
        model.go.set()
        await first
        await batcher.after(lambda: None)
        batcher.close()
        return sum(model.passes)

    assert asyncio.run(run()) == 1


def test_a_model_that_forgets_a_text_fails() -> None:
    class Forgetful(Lengths):
        def predict(self, texts: Sequence[str]) -> Predictions:
            return Predictions(self.labels, super().predict(texts).probabilities[1:])

    assert isinstance(ask([(Forgetful(), ["x", "y"])])[0], ValueError)


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
