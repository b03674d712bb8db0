"""Texts that wait at the same time are answered together: eight short ones in one forward pass cost about as much as two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from components.contracts import Predictions, Predictor
from components.gateway.queueing import FairQueue, Request

Parts = list[tuple[Request, range]]


@dataclass(eq=False)
class _Asked:
    predictor: Predictor
    future: asyncio.Future[None]
    answers: list[Predictions]


class Batcher:
    """Predictions in one thread, in passes that fair queueing puts together. It belongs to one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "predict")
        self._queue = FairQueue()
        self._asked: dict[Request, _Asked] = {}
        self._passes: asyncio.Task[None] | None = None

    async def predict(self, predictor: Predictor, texts: Sequence[str]) -> Predictions:
        """Class probabilities of some texts, in order. What is cancelled leaves the queue."""
        request = Request(id(predictor), texts)
        asked = _Asked(predictor, asyncio.get_running_loop().create_future(), [])
        self._asked[request] = asked
        self._queue.add(request)
        if self._passes is None or self._passes.done():
            self._passes = asyncio.create_task(self._work())
        try:
            await asked.future
        finally:
            self._queue.drop(request)
            del self._asked[request]
        return Predictions(asked.answers[0].labels, np.concatenate([answer.probabilities for answer in asked.answers]))

    async def after(self, call: Callable[[], None]) -> None:
        """Make a call in the thread once everything asked before it is answered."""
        before = [asked.future for asked in self._asked.values()]
        if before:
            await asyncio.wait(before)
        await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        """Pass after pass, until nothing waits."""
        while parts := self._queue.take():
            await self._pass(parts)

    async def _pass(self, parts: Parts) -> None:
        """One forward pass. If it fails, each request is tried alone: a bad one must not spoil the others."""
        predictor = self._asked[parts[0][0]].predictor
        texts = [request.texts[number] for request, part in parts for number in part]
        try:
            together = await asyncio.get_running_loop().run_in_executor(self._thread, _ask, predictor, texts)
        except Exception as error:  # noqa: BLE001  (whatever the model raises belongs to who asked)
            if len(parts) > 1:
                for each in parts:
                    if each[0] in self._asked:
                        await self._pass([each])
            elif (asked := self._asked.get(parts[0][0])) and not asked.future.done():
                self._queue.drop(parts[0][0])
                asked.future.set_exception(error)
            return
        start = 0
        for request, part in parts:
            answer = Predictions(together.labels, together.probabilities[start : start + len(part)])
            start += len(part)
            if asked := self._asked.get(request):
                asked.answers.append(answer)
                if part.stop == len(request.texts) and not asked.future.done():
                    asked.future.set_result(None)


def _ask(predictor: Predictor, texts: Sequence[str]) -> Predictions:
    answer = predictor.predict(texts)
    if len(answer.probabilities) != len(texts):
        raise ValueError(f"the model gave {len(answer.probabilities)} answers to {len(texts)} texts")
    return answer
