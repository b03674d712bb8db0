"""Encodings that the sources broke are mended; the real files give the counts they are known for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.catalog.fetch import source
from components.catalog.pins import BBC
from components.catalog.sources import clean, distinct, read_bbc
from components.catalog.streams import Stream, get_stream
from components.storage import digest_file


@pytest.mark.unit
@pytest.mark.parametrize(
    ("raw", "mended"),
    [
        ("Skadden, Meagher &amp;amp; Flom", "Skadden, Meagher & Flom"),
        ("i am  &lt;#&gt;  inches", "i am <#> inches"),
        ("that\x92s \x93fine\x94", "that\u2019s \u201cfine\u201d"),
        ("undefined \x81 byte", "undefined byte"),
        ("a\x00b\ufffdc", "a b c"),
        ("  tab\tand\r\nline ", "tab and line"),
        ("Sex and Luc\u00eda", "Sex and Luc\u00eda"),
    ],
)
def test_clean(raw: str, mended: str) -> None:
    assert clean(raw) == mended


@pytest.mark.unit
def test_distinct_keeps_the_first_order_and_drops_empty_texts() -> None:
    rows = [("b", "two"), ("a", "one"), ("b", " two "), ("a", "..."), ("c", "two")]
    assert distinct(iter(rows)) == [("b", "two"), ("a", "one"), ("c", "two")]


def _events(stream: Stream) -> dict[str, list[dict[str, Any]]]:
    return {part.name: [json.loads(line) for line in part.path.read_text().splitlines()] for part in stream.experiences}


@pytest.mark.integration
def test_trec_is_the_known_data_set() -> None:
    events = _events(get_stream("trec"))
    assert {name: len(rows) for name, rows in events.items()} == {
        "desc": 1153, "enty": 1245, "hum": 1215, "loc": 824, "num": 859, "abbr": 86,
    }  # fmt: skip
    assert list(events) == ["desc", "enty", "hum", "loc", "num", "abbr"]
    rows = [row for part in events.values() for row in part]
    assert len(rows) == 5382
    assert len({row["label"] for row in rows}) == 50
    assert Counter(row["label"] for row in rows)["HUM:ind"] == 956
    assert all(row["label"].split(":")[0].lower() == name for name, part in events.items() for row in part)


@pytest.mark.integration
def test_newsgroups_has_twenty_labels_in_five_families_and_its_own_split() -> None:
    events = _events(get_stream("newsgroups"))
    labels = {name: {row["label"] for row in rows} for name, rows in events.items()}
    assert {name: len(found) for name, found in labels.items()} == {"comp": 5, "rec": 4, "sci": 4, "talk": 4, "misc": 3}
    assert labels["misc"] == {"misc.forsale", "soc.religion.christian", "alt.atheism"}
    splits = Counter(row["split"] for rows in events.values() for row in rows)
    assert 11_200 < splits["train"] <= 11_293
    assert 7_490 < splits["test"] <= 7_528


@pytest.mark.integration
def test_sentiment_has_the_same_two_labels_in_four_domains() -> None:
    events = _events(get_stream("sentiment"))
    assert list(events) == ["amazon", "movies", "nyt", "tweets"]
    for rows in events.values():
        counts = Counter(row["label"] for row in rows)
        assert set(counts) == {"positive", "negative"}
        assert min(counts.values()) > len(rows) / 4


@pytest.mark.integration
def test_skills_are_tasks_with_labels_of_their_own() -> None:
    events = _events(get_stream("skills"))
    labels = [{row["label"] for row in rows} for rows in events.values()]
    assert list(events) == ["questions", "spam", "sentiment", "topics"]
    assert sum(map(len, labels)) == len(set().union(*labels)), "no label belongs to two tasks"
    assert all({row["task"] for row in rows} == {name} for name, rows in events.items())


@pytest.mark.integration
def test_five_tasks_have_labels_of_their_own_and_none_outweighs() -> None:
    events = _events(get_stream("five"))
    labels = {name: {row["label"] for row in rows} for name, rows in events.items()}
    assert {name: len(found) for name, found in labels.items()} == {
        "trec": 6, "bbc": 5, "sms": 2, "sentiment": 2, "newsgroups": 20,
    }  # fmt: skip
    assert sum(map(len, labels.values())) == len(set().union(*labels.values())), "no label belongs to two tasks"
    assert {name: len(rows) for name, rows in events.items()} == {
        "trec": 3000, "bbc": 2125, "sms": 3000, "sentiment": 3000, "newsgroups": 3000,
    }  # fmt: skip


@pytest.mark.integration
def test_bbc_is_the_known_data_set() -> None:
    rows = read_bbc(source(BBC))
    assert Counter(label for label, _ in rows) == {
        "business": 503, "entertainment": 369, "politics": 403, "sports": 503, "tech": 347,
    }  # fmt: skip
    assert not any("\ufffd" in text for _, text in rows)
    assert rows[0][1].startswith("Ad sales boost Time Warner profit Quarterly profits at US media giant")


@pytest.mark.integration
@pytest.mark.parametrize("name", ["trec", "newsgroups", "sentiment", "skills", "five"])
def test_events_are_shuffled_and_identified(name: str) -> None:
    for rows in _events(get_stream(name)).values():
        assert len({row["id"] for row in rows}) == len(rows)
        assert all(set(row) <= {"id", "text", "label", "task", "source", "split"} for row in rows)
        assert all(row["text"] == clean(row["text"]) or "&" in row["text"] for row in rows)
        head = [row["label"] for row in rows if row.get("split") != "test"][: len(rows) // 3]
        assert set(head) >= {label for label, n in Counter(row["label"] for row in rows).items() if n > 60}


@pytest.mark.integration
def test_a_damaged_stream_is_written_again_with_the_same_bytes(cache: Path) -> None:
    stream = get_stream("trec")
    assert cache in stream.folder.parents
    before = {path.name: digest_file(path) for path in stream.folder.iterdir()}
    (stream.folder / "hum.jsonl").write_text("")
    get_stream("trec")
    assert {path.name: digest_file(path) for path in stream.folder.iterdir()} == before
