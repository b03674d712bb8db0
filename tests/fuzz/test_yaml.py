"""YAML, settings, suites and streams that somebody wrote who wants to do harm, or cannot type: read, or refused in our words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.streams import read_stream
from components.errors import UsageError
from components.evaluation.suites import load_suite
from components.learning.recipe import read_recipe
from components.safe_yaml import parse_yaml
from components.settings import Settings, load_settings
from tests.examples import seeded

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")
SUITES = sorted((ROOT / "regression_suites").rglob("*.yaml"))


def keys_of(values: Any) -> set[str]:
    """Every key in a nested value."""
    if isinstance(values, dict):
        return set(values).union(*(keys_of(value) for value in values.values()))
    return set().union(*(keys_of(value) for value in values)) if isinstance(values, list | tuple) else set()


def paths_of(values: Any, above: str = "") -> list[str]:
    """The dotted path of everything in a nested mapping."""
    if not isinstance(values, dict):
        return [above]
    return [
        *([above] if above else []),
        *(path for key, value in values.items() for path in paths_of(value, f"{above}.{key}".strip("."))),
    ]


PATHS = paths_of(Settings().model_dump(mode="json"))
FINE = [
    "0",
    "1",
    "2",
    "0.1",
    "true",
    "false",
    "600",
    "auto",
    "null",
    "[]",
    "{}",
    "{kind: head}",
    "{kind: linear}",
    "[{kind: ewc}]",
    "always",
]
KEYS = sorted(
    keys_of(Settings().model_dump(mode="json")) | {"kind", "name", "cases", "defaults", "experiences", "text", "expect"}
)
ODD = [
    "~", "null", "yes", ".nan", "-.inf", "0x_", "1e999", "9" * 5000, "2026-13-45", "!!int x", "!!binary ?",
    "!!python/name:os.system", "!!set {a, a}", "!!omap [a: 1]", "!!timestamp x", "&a *a", "*nobody", "<<: *nobody", "? [a]",
    "@", "`", "%YAML 9.9", "---", "...", "\t", "\x85", "\u2028", "\ufeff", "\x00", "\ud800", "|\n", ">-\n", "'", '"\\x',
    "[" * 60, "{a: " * 60, "- " * 60, "\r", "=", "!<",
]  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.binary(max_size=5)
words = st.sampled_from(KEYS) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=12
)


@st.composite
def spliced(draw: st.DrawFn, text: str) -> str:
    """A text with some places cut out, doubled, moved, or replaced by something odd."""
    for _ in range(draw(st.integers(1, 4))):
        a, b = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2)))
        b = min(b, a + 60)
        put = draw(st.sampled_from([*ODD, "", text[a:b] * 2, text[b : b + 40]]) | st.text(max_size=6))
        text = text[:a] + put + text[b:]
    return text


@st.composite
def aliased(draw: st.DrawFn) -> str:
    """Anchors that name each other, few or very many."""
    wide, deep = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    form = draw(st.sampled_from(["[{}]", "{{<<: [{}]}}", "{{x: [{}]}}"]))
    lines = [f"a{n}: &a{n} {form.format(', '.join([f'*a{n - 1}'] * wide))}" for n in range(1, deep)]
    return "\n".join([draw(st.sampled_from(["a0: &a0 [1]", "a0: &a0 {k: 1}", "a0: &a0 x", "a0: &a0 [*a0]"])), *lines])


def dumped(value: Any) -> str:
    try:
        return yaml.safe_dump(value, allow_unicode=True)
    except (yaml.YAMLError, UnicodeEncodeError):
        return json.dumps(value, default=str)


texts = (
    spliced(PARAMS)
    | aliased()
    | values.map(dumped)
    | st.text(max_size=60)
    | st.lists(st.sampled_from(ODD), max_size=4).map(" ".join)
)
named = st.sampled_from(PATHS) | st.sampled_from(PATHS) | st.lists(words, min_size=1, max_size=4).map(".".join)
put = st.sampled_from(FINE) | st.sampled_from(FINE) | st.sampled_from(ODD) | values.map(dumped) | st.text(max_size=20)
overrides = st.tuples(named, put)


class Counter:
    """What became of the inputs. Each must be read, or refused by a UsageError of a bearable length."""

    def __init__(self) -> None:
        self.read = self.refused = 0
        self.unbearable: list[str] = []

    def tried(self, read: Callable[[], object]) -> None:
        try:
            read()
            self.read += 1
        except UsageError as error:
            self.refused += 1
            self.unbearable += [str(error)] if len(error.message) > 2000 or not error.hint else []

    def both(self) -> int:
        assert self.unbearable == []
        assert self.read, "nothing was understood: the inputs are too odd to find anything"
        assert self.refused, "nothing was refused: the inputs are too tame to find anything"
        return self.read + self.refused


def whole(path: Path | None, given_: list[str]) -> None:
    """Settings and recipe, as a command reads them."""
    read_recipe(load_settings(path, given_).learning)


def test_texts(record_property: Callable[[str, object], None]) -> None:
    counter = Counter()

    @seeded(3300)
    @given(texts)
    def one(text: str) -> None:
        counter.tried(lambda: json.dumps(parse_yaml(text, "fuzz"), default=str, skipkeys=True))

    one()
    record_property("inputs", counter.both())


def test_settings_files(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    counter, path = Counter(), tmp_path / "params.yaml"

    @seeded(1200)
    @given(
        texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
        | st.binary(max_size=40)
        | spliced(PARAMS).map(lambda t: t.encode("utf-16", "replace"))
    )
    def one(content: bytes) -> None:
        path.write_bytes(content)
        counter.tried(lambda: whole(path, []))

    one()
    record_property("inputs", counter.both())


def test_overrides(record_property: Callable[[str, object], None]) -> None:
    counter = Counter()

    @seeded(3900)
    @given(st.lists(overrides.map("=".join) | st.text(max_size=12), min_size=1, max_size=3))
    def one(given_: list[str]) -> None:
        counter.tried(lambda: whole(None, given_))

    one()
    record_property("inputs", counter.both())


@pytest.mark.parametrize("kind", ["suite", "stream"])
def test_suites_and_streams(kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    counter = Counter()
    (tmp_path / "a.jsonl").write_text("{}\n")
    (tmp_path / "c.jsonl").write_bytes(b"\xff\n")
    stream = "name: mine\ndescription: words\nexperiences: [a.jsonl]\n"
    read: Callable[[], object]
    if kind == "suite":
        good = st.sampled_from(SUITES).flatmap(lambda path: spliced(path.read_text(encoding="utf-8")[:1500]))
        path, read = tmp_path / "suite.yaml", lambda: load_suite(tmp_path / "suite.yaml")
    else:
        good, path, read = spliced(stream) | st.just(stream), tmp_path / "stream.yaml", lambda: read_stream(tmp_path)
    shapes = st.dictionaries(
        st.sampled_from(["name", "kind", "cases", "defaults", "cases_file", "experiences"]), values | st.just("c.jsonl")
    )

    @seeded(500)
    @given(good | shapes.map(dumped))
    def one(text: str) -> None:
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        counter.tried(read)

    one()
    record_property("inputs", counter.both())
