"""The second blind set is what its sources make, is as large and as varied as it should be, and marks what is in its sentences.

No detector runs on it.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.pii.rows import AGAIN, HERE, SCANNED, Row, lines, read
from benchmarks.pii.write import made

pytestmark = pytest.mark.unit

#: Rows of each kind, and different sentences
AT_LEAST = {"birth date": (100, 60), "address": (100, 60), "secret": (100, 60), "network": (40, 60), "": (200, 200)}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(AGAIN)


def test_it_is_what_its_sources_make(rows: list[Row]) -> None:
    assert made(AGAIN) == rows
    assert lines(rows, SCANNED) == (HERE / f"{AGAIN}.jsonl").read_text(encoding="utf-8")


def test_every_value_is_in_its_sentence_once(rows: list[Row]) -> None:
    assert [row for row in rows if row.text.count(row.value) != 1 or row.value != row.value.strip()] == []


def test_no_blank_is_left(rows: list[Row]) -> None:
    assert [row for row in rows if re.search(r"\{2?\}|<[sw]>", row.text) or "^" in row.value] == []


def test_values_of_one_sentence_do_not_overlap(rows: list[Row]) -> None:
    for row, other in pairwise(rows):
        if row.text == other.text:
            assert row.kind, row.text
            assert row.span[1] <= other.span[0], row.text


def test_it_is_large_and_no_sentence_is_worn_out(rows: list[Row]) -> None:
    counts = Counter(row.kind for row in rows)
    frames = Counter((row.kind, row.text.replace(row.value, "{}")) for row in rows)
    sentences = Counter(kind for kind, _ in frames)
    assert set(AT_LEAST) == set(counts)
    assert {kind: n for kind, n in counts.items() if n < AT_LEAST[kind][0]} == {}
    assert {kind: n for kind, n in sentences.items() if n < AT_LEAST[kind][1]} == {}
    assert max(frames.values()) <= 3


def test_it_has_many_countries_layouts_and_providers(rows: list[Row]) -> None:
    forms = {row.detail for row in rows if row.kind == "address"}
    assert len(forms) >= 50
    assert len({form[:2] for form in forms}) >= 40
    assert len({row.detail.split(",")[0] for row in rows if row.kind == "secret"}) >= 30
    assert len({row.detail.split(",")[0] for row in rows if row.kind == "birth date"}) >= 20


def test_addresses_of_networks_are_valid(rows: list[Row]) -> None:
    for row in rows:
        if row.kind == "network" and row.detail.startswith("IP"):
            assert not ipaddress.ip_address(row.value).is_loopback
        elif row.kind == "network":
            assert re.fullmatch(r"[0-9a-f]{12}", re.sub(r"[:.-]", "", row.value.lower()))


def test_no_scanner_of_repositories_takes_a_row_for_a_key(rows: list[Row]) -> None:
    kept = (HERE / f"{AGAIN}.jsonl").read_text(encoding="utf-8")
    code = "".join(file.read_text(encoding="utf-8") for file in (HERE / "again_sources").glob("*.py"))
    keys = (
        r"gh[pso]_\w{36}|github_pat_\w{22}|A[KS]IA[A-Z2-7]{16}|[rs]k_live_\w{20}|xox[bp]-\d|AIza[\w-]{35}|npm_\w{36}|eyJ\w+\.eyJ"
        r"|sk-proj-\w{20}|hvs\.\w{20}|SG\.[\w-]{22}\.|glpat-\w{20}|BEGIN [A-Z ]*PRIVATE KEY"
    )
    assert re.findall(keys, kept) == re.findall(keys, code) == []
    assert len(re.findall(keys, "".join(row.text for row in rows))) >= 20  # and they are keys to who reads it
