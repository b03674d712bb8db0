from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gateway.queueing import MOST, WORK, FairQueue, Request, work
from tests.examples import examples

pytestmark = pytest.mark.unit

TEXTS = st.lists(st.integers(0, 3000).map(lambda n: "x" * n), min_size=1, max_size=70)
requests = st.lists(st.tuples(st.sampled_from("ab"), TEXTS), min_size=1, max_size=8)


def test_work_is_counted_in_tokens_and_bounded_as_what_a_model_reads() -> None:
    assert work("") < work("a word") < work("a word " * 100) == work("a word " * 100)
    assert work("x" * 20_000) == work("x" * 200_000)
    assert work("\ud800") > 0


@given(requests)
@examples(100)
def test_every_text_is_taken_once_in_order_in_bounded_passes_for_one_predictor(given_: list[tuple[str, list[str]]]) -> None:
    queue, waiting = FairQueue(), [Request(of, texts) for of, texts in given_]
    for request in waiting:
        queue.add(request)
    taken: dict[int, list[int]] = {id(request): [] for request in waiting}
    while parts := queue.take():
        assert len({request.of for request, _ in parts}) == 1
        assert len({id(request) for request, _ in parts}) == len(parts)
        assert sum(len(part) for _, part in parts) <= MOST
        assert sum(request.cost(part) for request, part in parts) <= max(WORK, work("x" * 3000))
        assert all(part for _, part in parts)
        for request, part in parts:
            taken[id(request)] += part
    assert len(queue) == 0
    assert all(taken[id(request)] == list(range(len(request.texts))) for request in waiting)


@given(requests, st.integers(1, 40))
@examples(100)
def test_a_request_waits_for_little_more_than_its_share(others: list[tuple[str, list[str]]], length: int) -> None:
    """While it waits, each other request gets at most as much work done as its own, and one pass more."""
    queue = FairQueue()
    for of, texts in others:
        queue.add(Request(of, texts))
    queue.take()  # one pass is under way
    own = Request("a", ["y" * length])
    queue.add(own)
    done: dict[int, int] = {}
    parts = queue.take()
    while all(request is not own for request, _ in parts):
        for request, part in parts:
            done[id(request)] = done.get(id(request), 0) + request.cost(part)
        parts = queue.take()
    assert all(each <= own.works[0] + WORK for each in done.values())
    assert len(done) <= len(others)


def test_a_small_request_comes_next_and_large_ones_take_turns() -> None:
    queue = FairQueue()
    large = [Request("a", ["x" * 8000] * 20) for _ in range(3)]
    for request in large:
        queue.add(request)
    queue.take()
    small = Request("a", ["y"])
    queue.add(small)
    assert queue.take()[0][0] is small
    turns = [queue.take()[0][0] for _ in range(12)]
    assert all(3 <= sum(turn is request for turn in turns) <= 5 for request in large)


def test_a_stream_of_small_requests_starves_nobody() -> None:
    queue = FairQueue()
    large = Request("large", ["x" * 4000])
    queue.add(large)
    turns = 0
    while len(large.texts) > large.asked:
        queue.add(Request("small", ["y"]))
        queue.take()
        turns += 1
    assert turns < 300


def test_what_is_dropped_is_not_taken() -> None:
    queue, kept, gone = FairQueue(), Request("a", ["x"]), Request("a", ["y"])
    for request in (gone, kept):
        queue.add(request)
    queue.drop(gone)
    queue.drop(gone)
    assert [request for request, _ in queue.take()] == [kept]
    assert queue.take() == []
