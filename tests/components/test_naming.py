"""What a name may be: a usual one stays as it is, and any other becomes one that every place takes."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.naming import check_path, cycle_part, file_part, fit, is_cycle, metric_name, model_name, shown, suite_part, tidy
from tests.examples import examples

pytestmark = pytest.mark.unit

USUAL = ["trec", "monday-2", "week_7", "2026-05", "A1"]
names = st.text(max_size=300) | st.text(st.sampled_from("./\\:%'\"$ -_a1é我\n\x1b\udce9"), max_size=12)


@pytest.mark.parametrize("name", USUAL)
def test_a_usual_name_stays_as_it_is(name: str) -> None:
    for form in (tidy, cycle_part, file_part, suite_part, model_name, metric_name, fit, shown):
        assert form(name) == name


@pytest.mark.parametrize(
    ("name", "people", "cycle", "file", "suite", "model"),
    [
        ("Q1: 50%.v2", "Q1: 50%.v2", "Q1- 50-.v2", "Q1-50-.v2", "Q1-50-.v2", "Q1- 50-v2"),
        ("export (1)", "export (1)", "export -1", "export-1", "export-1", "export -1-"),
        ("../../etc", "..-..-etc", "etc", "etc", "etc", "-etc"),
        ("..", "events", "events", "events", "events", "-"),
        ("", "events", "events", "events", "events", ""),
        ("Größe 我", "Größe 我", "Größe 我", "Größe-我", "Gr-e", "Größe 我"),
        ("a\nb\x1b", "a-b-", "a-b", "a-b", "a-b", "a-b-"),
    ],
)
def test_each_place_gets_what_it_takes(name: str, people: str, cycle: str, file: str, suite: str, model: str) -> None:
    assert (tidy(name), cycle_part(name), file_part(name), suite_part(name), model_name(name)) == (
        people,
        cycle,
        file,
        suite,
        model,
    )


@examples(300)
@given(names, names)
def test_whatever_the_name_every_form_is_taken(name: str, other: str) -> None:
    kept = tidy(name)
    assert kept == tidy(kept)
    assert kept.encode()
    assert re.fullmatch(r"[^/\\\x00-\x1f\x7f]{1,120}", kept)
    assert kept not in (".", "..")
    assert is_cycle(f"{cycle_part(name)}-1-{cycle_part(other)}")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", f"{suite_part(name)}-abc")
    for part in (
        f"{cycle_part(name)}-1-{cycle_part(other)}-12345678.12",
        f"{file_part(name)}-123456789012.duplicates.jsonl",
        fit(name),
    ):
        assert len(os.fsencode(part)) <= 240
        assert "/" not in part or part == fit(name)
    assert not set(model_name(kept)) & set("/:.%\"'")
    assert model_name(kept)
    metric = metric_name(f"gate.{name}")
    assert re.fullmatch(r"[\w\-. :/]{1,250}", metric)
    assert posixpath.normpath(metric) == metric


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "_a", "a" * 121, "我" * 90, "a\n"])
def test_an_id_of_a_cycle_is_the_plain_name_of_a_folder(name: str) -> None:
    assert not is_cycle(name)


def test_a_path_that_is_not_utf8_is_shown_and_refused() -> None:
    path = Path(os.fsdecode(b"caf\xe9/e.jsonl"))
    assert shown(str(path)) == r"caf\xe9/e.jsonl"
    with pytest.raises(UsageError, match=r"caf\\xe9/e\.jsonl is not UTF-8"):
        check_path(path)
    check_path(Path("café/e.jsonl"))
    assert fit("我" * 100, 10) == "我" * 3
