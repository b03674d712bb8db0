"""The labelled sets of personal data, and what must be reached on the half that nothing was tuned on."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pii import development, rows
from benchmarks.pii.__main__ import KINDS, main, tallied
from benchmarks.pii.rows import AGAIN, BLIND, SCANNED, SETS, Row, Source, lines, read, rows_of
from benchmarks.pii.write import SEED

pytestmark = pytest.mark.unit

STRUCTURED = sorted({*KINDS.values(), "credentials in a URL"} - {"address"})


def test_the_sets_are_large_and_have_nothing_in_common_but_a_few_short_values() -> None:
    tuned, held = (read(name) for name in SETS)
    assert len([row for row in held if row.kind]) >= 600
    assert len([row for row in held if not row.kind]) >= 400
    assert {row.kind for row in held} == {row.kind for row in tuned} == {"", "address", *STRUCTURED}
    assert not {row.text for row in tuned} & {row.text for row in held}

    def sentences(rows: list[Row]) -> set[str]:
        return {row.text.replace(row.value, "") for row in rows} - {""}

    assert not {one for one in sentences(tuned) & sentences(held) if len(one) > 30}
    for row in (*tuned, *held):
        assert row.text.count(row.value) == 1


def test_the_development_set_is_what_its_sources_make() -> None:
    made = list(dict.fromkeys(rows_of(development.SOURCES, SEED)))
    assert lines(made) == lines(read("development"))


def test_what_is_found_and_what_is_taken_for_it_by_mistake() -> None:
    tallies = tallied(read("heldout"))
    for kind in STRUCTURED:
        tally = tallies[kind]
        assert tally.found >= 0.95 * tally.values, f"{kind}: {tally.found} of {tally.values} found"
        assert tally.right >= 0.95 * tally.replaced, f"{kind}: {tally.right} of {tally.replaced} right"
    assert tallies["address"].found >= 0.85 * tallies["address"].values
    assert tallies["address"].right >= 0.95 * tallies["address"].replaced


def test_the_blind_sets_lead_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [Row("write to anna@example.org", "anna@example.org", "email", "plain"), Row("it is raining", "raining", "", "weather")]
    for name in (BLIND, AGAIN, *SETS):
        (tmp_path / f"{name}.jsonl").write_text(lines(own), encoding="utf-8")
    monkeypatch.setattr(rows, "HERE", tmp_path)
    result = main([])
    assert result[BLIND]["email"] == {"values": 1, "found": 1, "replaced": 1, "right": 1}
    assert result["not_personal"][BLIND] == {"weather": {"sentences": 1, "replaced": 0}}
    text = capsys.readouterr().err
    assert (
        text.index("## Blind")
        < text.index("| email | 1 | 1.000 [")
        < text.index("| weather | 1 | 0 |")
        < (second := text.index("## Once blind"))
        < text.index("| email | 1 | 1.000 [", second)
        < text.index("| weather | 1 | 0 |", second)
        < text.index("## Open halves")
    )
    assert result["not_personal"][AGAIN] == {"weather": {"sentences": 1, "replaced": 0}}


def test_a_sentence_with_two_values_is_two_rows_and_both_places_are_right() -> None:
    source = Source("email", "two", lambda rng: "anna@example.org", ["{} or {2}"], 1, [("email", lambda rng: "ben@example.org")])
    made = list(rows_of([source], 1))
    assert [(row.text, row.value) for row in made] == [(made[0].text, "anna@example.org"), (made[0].text, "ben@example.org")]
    tally = tallied(made)["email"]
    assert (tally.values, tally.found, tally.replaced, tally.right) == (2, 2, 2, 2)


def test_values_that_scanners_know_are_escaped_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'key "abc\\n\ndef" and anna@example.org'
    made = [Row(text, "abc\\n\ndef", "secret", "two lines"), Row(text, "anna@example.org", "email", "plain")]
    (tmp_path / "own.jsonl").write_text(lines(made, SCANNED), encoding="utf-8")
    monkeypatch.setattr(rows, "HERE", tmp_path)
    assert read("own") == made
    assert "abc" not in lines(made, SCANNED)
    assert "abc" in lines(made)


@pytest.mark.parametrize("blind", [BLIND, AGAIN])
def test_a_blind_set_has_no_sentence_of_the_open_halves(blind: str) -> None:
    opened = {row.text.replace(row.value, "{}") for name in SETS for row in read(name)}
    assert (
        len([row for row in read(blind) if len(row.text) > 30 + len(row.value) and row.text.replace(row.value, "{}") in opened])
        == 0
    )
