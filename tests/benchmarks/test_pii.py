"""The labelled sets of personal data, and what must be reached on the half that nothing was tuned on."""

from __future__ import annotations

import pytest

from benchmarks.pii import development
from benchmarks.pii.__main__ import KINDS, tallied
from benchmarks.pii.rows import SETS, Row, lines, read, rows_of
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
