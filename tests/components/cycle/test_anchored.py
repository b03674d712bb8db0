"""The anchors and the reference of a line: carried from cycle to cycle, found again after an older release, and not forged."""

from __future__ import annotations

import shutil

import pytest

from components.cycle.anchored import anchors_of, chain, reference_of
from components.cycle.outputs import Judged
from components.errors import IntegrityError
from components.evaluation.anchors import Anchors
from components.evaluation.reference import Reference
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def anchors(line: Line, champion: str) -> Anchors:
    links = chain(line.workspace, line.checkpoints[champion])
    return anchors_of(links, line.bench(champion, list(links)))


def test_one_cycle_is_read_however_long_the_line_is(line: Line) -> None:
    for name, before in (("one", None), ("two", "one"), ("three", "two")):
        line.cycle(name, before, before)
    assert [link.cycle for link in chain(line.workspace, line.checkpoints["three"])] == ["three"]
    found = anchors(line, "three")
    assert {found.tasks[line.experiences[name]].checkpoint for name in ("one", "two", "three")} == set(line.checkpoints.values())
    assert found.tasks[line.experiences["one"]].best == {"case of one": 1.0}
    assert chain(line.workspace, None) == ()


def test_a_candidate_that_was_not_promoted_leaves_no_anchor(line: Line) -> None:
    line.cycle("one")
    line.cycle("bad", "one", "one", outcome="rejected")
    line.cycle("two", "bad", "one")
    assert line.experiences["bad"] not in anchors(line, "two").tasks


def test_cycles_of_a_release_without_anchors_are_walked_through(line: Line) -> None:
    for name, before in (("one", None), ("two", "one")):
        line.open(name, before, before)
        line.ingest(name)
        line.learn(name)
        line.evaluate(name, anchored=False)
        line.decide(name)
    links = chain(line.workspace, line.checkpoints["two"])
    assert [link.cycle for link in links] == ["one", "two"]
    assert set(anchors(line, "two").tasks) == {line.experiences["one"], line.experiences["two"]}
    assert reference_of(links, line.bench("two", list(links))).labels == ()


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_anchors_that_were_lost_or_changed_are_made_again(line: Line, harm: str) -> None:
    line.cycle("one")
    line.cycle("two", "one", "one")
    before, path = anchors(line, "two"), line.records.folder("two").anchors
    kept = path.read_bytes()
    path.unlink()
    if harm == "changed":
        path.write_bytes(kept + b" ")
    assert [link.cycle for link in chain(line.workspace, line.checkpoints["two"])] == ["one", "two"]
    assert anchors(line, "two") == before
    assert path.read_bytes() == kept


def test_what_cannot_be_made_again_is_not_used(line: Line) -> None:
    line.cycle("one")
    line.cycle("two", "one", "one")
    line.records.folder("two").anchors.unlink()
    shutil.rmtree(line.records.folder("one").path)
    links = chain(line.workspace, line.checkpoints["two"])
    with pytest.raises(IntegrityError, match="cannot be made again") as caught:
        anchors_of(links, line.bench("two", list(links)))
    assert "backup" in str(caught.value.hint)


def test_changed_cases_are_not_used(line: Line) -> None:
    line.cycle("one")
    path = line.records.folder("one").cases
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match=path.name):
        anchors(line, "one")


def test_a_reference_that_was_lost_or_changed_allows_nothing_besides(line: Line) -> None:
    line.cycle("one")
    links = chain(line.workspace, line.checkpoints["one"])
    path = line.records.folder("one").reference
    for harm in (path.read_bytes() + b" ", None):
        path.unlink()
        if harm:
            path.write_bytes(harm)
        assert reference_of(links, line.bench("one", list(links))) == Reference()


def test_what_a_person_approved_in_spite_of_the_gates_is_accepted(line: Line, decided: object) -> None:
    line.open("one")
    line.ingest("one")
    line.learn("one")
    line.evaluate("one")
    line.decide("one", judged=Judged("inconclusive", "enforce", ()))
    decided(line, "7", "promoted", cycle="one", by="ann")  # type: ignore[operator]
    (link,) = chain(line.workspace, line.checkpoints["one"])
    assert (link.approved, link.accepted) == (True, True)
    assert anchors(line, "one").approved == {line.experiences["one"]: {"case of one": 1.0}}
