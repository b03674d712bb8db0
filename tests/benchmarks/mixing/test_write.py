"""Mixed streams on a small source: the bytes of a seed, the rows asked for, and marks on all that was planted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.mixing.plan import SHAPES, Part, plan
from benchmarks.mixing.plant import KINDS
from benchmarks.mixing.source import SENTIMENT, Source, plain
from benchmarks.mixing.write import spread, write_stream
from components.catalog.streams import read_stream

pytestmark = pytest.mark.unit


def domain(name: str, classes: int, texts: int) -> dict[str, list[str]]:
    return {f"{name}{c}": [f"{name} {c} text {n}" for n in range(texts)] for c in range(classes)}


SOURCE: Source = {
    "topics": domain("topic", 40, 150), "trec": domain("trec", 5, 80), "questions": domain("question", 3, 100),
    "bbc": domain("bbc", 5, 100), "sms": domain("sms", 2, 300), "newsgroups": domain("group", 6, 100),
    **{name: {label: [f"{name} {label} {n}" for n in range(200)] for label in ("positive", "negative")} for name in SENTIMENT},
}  # fmt: skip


def written(folder: Path, shape: str, seed: int = 3, planted: tuple[str, ...] = ()) -> tuple[dict[str, list[Any]], list[Any]]:
    write_stream(folder, "s", plan(shape, SOURCE, seed, planted), SOURCE, seed)
    parts = {p.name: [json.loads(line) for line in p.path.read_text().splitlines()] for p in read_stream(folder).experiences}
    return parts, json.loads((folder / "truth.json").read_text())["experiences"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_seed_is_a_stream(shape: str, tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        written(tmp_path / name, shape, seed, tuple(KINDS))
    files = {name: {p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in "abc"}
    assert files["a"] == files["b"]
    assert files["a"] != files["c"]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_comes_twice(shape: str, tmp_path: Path) -> None:
    parts, _ = written(tmp_path, shape, planted=("shuffled-33", "swapped-old"))
    texts = [plain(event["text"]) for events in parts.values() for event in events]
    assert len(texts) == len(set(texts)), "so no held-out text is among the training rows of any experience"


def test_a_text_that_stands_in_two_classes_is_dealt_once(tmp_path: Path) -> None:
    source = {"a": {"x": ["One text", "two"]}, "b": {"y": ["one  TEXT", "three"], "z": ["four", "five"]}}
    parts = [Part("1", (("a", "x"), ("b", "z")), 2, 2), Part("2", (("b", "y"), ("b", "z")), 2, 0)]
    write_stream(tmp_path, "s", parts, source, 0)
    assert read_stream(tmp_path).experiences[0].name == "1"
    assert len(read_stream(tmp_path).experiences) == 1, "a class without enough texts does not come again"


@pytest.mark.parametrize(("shape", "experiences", "train", "test"), [("fifty", 15, 60, 45), ("far", 5, 60, 40)])
def test_rows(shape: str, experiences: int, train: int, test: int, tmp_path: Path) -> None:
    parts, _ = written(tmp_path, shape)
    assert len(parts) == experiences
    for events in parts.values():
        assert [sum(event["split"] == split for event in events) for split in ("train", "test")] == [train, test]
        assert {event["label"] for event in events if event["split"] == "test"} <= {
            event["label"] for event in events if event["split"] == "train"
        }


def test_classes_come_back_with_new_texts(tmp_path: Path) -> None:
    parts, _ = written(tmp_path, "returning")
    labels = [label for events in parts.values() for label in {event["label"] for event in events}]
    assert max(labels.count(label) for label in labels) > 1


def wrong(events: list[Any], split: str) -> float:
    """Share of wrong labels; the texts of SOURCE name their class."""
    those = [event for event in events if event["split"] == split]
    return float(np.mean([event["label"] != "".join(event["text"].split()[:2]) for event in those]))


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("shuffled-10", 0.05, 0.15), ("shuffled-33", 0.25, 0.4), ("shuffled-100", 0.4, 0.9), ("swapped-new", 0.6, 0.7),
     ("swapped-old", 0.6, 1.0), ("relabelled", 0.3, 0.5)],
)  # fmt: skip
def test_planted_rows_are_wrong_in_both_splits_and_marked(kind: str, low: float, high: float, tmp_path: Path) -> None:
    source = {**SOURCE, "bbc": {}, "sms": {}}
    write_stream(tmp_path, "s", plan("fifty", source, 5, (kind,)), source, 5)
    truth = json.loads((tmp_path / "truth.json").read_text())["experiences"]
    spoilt = [one for one in truth if one["planted"]]
    assert {one["planted"] for one in spoilt} == {kind}
    assert [one["planted"] for one in truth[:2]] == [None, None], "a line must have learned something first"
    for one in truth:
        events = [json.loads(line) for line in (tmp_path / f"{one['name']}.jsonl").read_text().splitlines()]
        marked = {event["id"] for event in events if event["label"] != "".join(event["text"].split()[:2])}
        assert marked == set(one["wrong"])
        assert all(one["wrong"][event["id"]] == "".join(event["text"].split()[:2]) for event in events if event["id"] in marked)
        for split in ("train", "test"):
            assert low <= wrong(events, split) <= high if one["planted"] else not marked


def test_garbage_is_no_text_of_the_source(tmp_path: Path) -> None:
    parts, truth = written(tmp_path, "fifty", planted=("garbage",))
    spoilt = [one["name"] for one in truth if one["planted"]]
    assert spoilt
    assert not any("text" in event["text"] for name in spoilt for event in parts[name])


def test_old_classes_are_old(tmp_path: Path) -> None:
    _, truth = written(tmp_path, "fifty", planted=("swapped-old", "relabelled"))
    known: set[tuple[str, str]] = set()
    for one in truth:
        classes = set(map(tuple, one["classes"]))
        assert (classes <= known) if one["planted"] else not classes & known
        known |= classes


def test_spread_is_exact_and_in_proportion() -> None:
    assert spread(60, np.array([1.0, 1.0, 1.0]), 1) == [20, 20, 20]
    assert spread(7, np.array([90.0, 5.0, 5.0]), 1) == [5, 1, 1]
    assert sum(spread(61, np.array([3.0, 2.0, 9.0]), 0)) == 61
