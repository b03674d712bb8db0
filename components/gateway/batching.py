"""Requests that wait at the same time are answered together: eight short texts in one forward pass cost about as much as two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from components.contracts import Predictions, Predictor

MOST = 64  # texts in one forward pass


@dataclass(eq=False)
class _Request:
    predictor: Predictor
    texts: Sequence[str]
    answer: Predictions | None = None


class Batcher:
    """Predictions in one thread. Requests take turns, in order; a turn answers all that wait for the same predictor."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "predict")
        self._waiting: list[_Request] = []
        self._lock = Lock()

    async def predict(self, predictor: Predictor, texts: Sequence[str]) -> Predictions:
        """Class probabilities of some texts."""
        request = _Request(predictor, texts)
        with self._lock:
            self._waiting.append(request)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._turn, request)

    async def after(self, call: Callable[[], None]) -> None:
        """Make a call in the thread once everything asked before it is answered."""
        await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _turn(self, request: _Request) -> Predictions:
        if request.answer is not None:
            return request.answer
        batch = self._take(request)
        try:
            return _answer(batch)
        except Exception:  # one bad request must not spoil the others: each fails or not in its own turn
            if len(batch) == 1:
                raise
            return _answer([request])

    def _take(self, request: _Request) -> list[_Request]:
        """The request and those that can be answered with it, removed from the queue."""
        batch, texts = [request], len(request.texts)
        with self._lock:
            for other in [other for other in self._waiting if other is not request and other.predictor is request.predictor]:
                if texts + len(other.texts) <= MOST:
                    batch.append(other)
                    texts += len(other.texts)
            self._waiting = [other for other in self._waiting if other not in batch]
        return batch


def _answer(batch: Sequence[_Request]) -> Predictions:
    """Answer all requests of a batch in one forward pass; returns what the first one is given."""
    together = batch[0].predictor.predict([text for request in batch for text in request.texts])
    answers: list[Predictions] = []
    start = 0
    for request in batch:
        request.answer = Predictions(together.labels, together.probabilities[start : start + len(request.texts)])
        answers.append(request.answer)
        start += len(request.texts)
    return answers[0]
