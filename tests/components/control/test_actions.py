"""Promotion, rollback, conclusion and what a person asks for, on real MLflow and a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from components.contracts import Outcome
from components.control.actions import ask, conclude, rewind, rollback, rollback_alone
from components.control.authority import consult
from components.control.reconcile import answer, reconcile
from components.errors import BusyError, IntegrityError, RefusedError, UsageError
from components.governance.wishes import claimed
from components.registry.registry import Registry
from components.storage import read_manifest, verify
from tests.components.control.conftest import kinds, ledger_of, page, serves
from tests.components.registry.making import AddVersion, minute

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]


def back(registry: Registry, to: str | None = None, at: float = 9) -> Any:
    return rollback(registry, to, actor="ada", reason="complaints", now=minute(at))


def test_promotion_and_rollback_restore_the_whole_learner(registry: Registry, champion: Champion) -> None:
    one, first = champion("one")
    two, second = champion("two")
    assert registry.aliases() == {"previous": one, "champion": two}

    entry = back(registry)
    assert serves(registry) == (one, first)
    assert registry.aliases() == {"champion": one}  # there is nothing before it to go back to
    manifest = verify(registry.workspace.checkpoint(first))
    assert (entry.kind, entry.subject, entry.actor, entry.reason) == ("rolled_back", one, "ada", "complaints")
    assert entry.evidence == {
        "checkpoint": first, "experience": manifest["experience"], "memory": manifest["files"]["memory.parquet"], "from": two,
        "left": [two],
    }  # fmt: skip
    assert (registry.tags(two)["outcome"], registry.tags(two)["outcome.reason"]) == ("rolled_back", "complaints")
    assert read_manifest(registry.workspace.checkpoint(second))["experience"] != manifest["experience"]
    ledger = ledger_of(registry)
    assert ledger.verify(expected_head=registry.noted_head())["valid"]
    assert (ledger.at(minute(8)()).subject, ledger.at(minute(9)()).subject) == (two, one)  # type: ignore[union-attr]


def test_rolling_back_again_never_serves_the_bad_version_again(registry: Registry, champion: Champion) -> None:
    (one, _), (two, _), (three, _) = champion("one"), champion("two"), champion("three")
    back(registry)
    back(registry)
    assert serves(registry)[0] == one
    for to in (None, two, three):
        before = kinds(registry)
        with pytest.raises(RefusedError):
            back(registry, to)
        assert kinds(registry) == before
    assert serves(registry)[0] == one


def test_rollback_to_a_version_by_number_takes_out_all_that_came_after(registry: Registry, champion: Champion) -> None:
    (one, _), (two, _), (three, _) = champion("one"), champion("two"), champion("three")
    entry = back(registry, one)
    assert entry.evidence["left"] == [three, two]
    assert [registry.tags(version)["outcome"] for version in (one, two, three)] == ["promoted", "rolled_back", "rolled_back"]


def test_rollback_to_what_serves_claims_no_change(registry: Registry, champion: Champion) -> None:
    champion("one")
    two, _ = champion("two")
    before = kinds(registry)
    assert back(registry, two) is None
    assert kinds(registry) == before


def test_rollback_says_why_it_cannot(registry: Registry, champion: Champion, add_version: AddVersion) -> None:
    with pytest.raises(RefusedError, match="Nothing serves"):
        back(registry)
    one, first = champion("one")
    with pytest.raises(RefusedError, match=f"Nothing served before version {one}"):
        back(registry)
    two, second = champion("two")
    three, _ = add_version("three", against=second)
    with pytest.raises(RefusedError, match="does not know version 77") as caught:
        back(registry, "77")
    assert f"Versions to go back to: {one}." in caught.value.hint
    with pytest.raises(RefusedError, match=f"Version {three} never served"):
        back(registry, three)
    for reason in ("", "  "):
        with pytest.raises(UsageError, match="reason is required"):
            rollback(registry, actor="ada", reason=reason, now=minute(0))

    before = ledger_of(registry).head()
    (registry.workspace.checkpoint(first) / "memory.parquet").write_bytes(b"poison")
    with pytest.raises(IntegrityError, match=r"memory\.parquet"):
        back(registry)
    assert serves(registry)[0] == two
    assert ledger_of(registry).head() == before


def test_a_lost_champion_alias_does_not_confuse_a_rollback(registry: Registry, champion: Champion) -> None:
    (one, _), (two, _) = champion("one"), champion("two")
    registry.client.delete_registered_model_alias(registry.model, "champion")
    registry.client.set_registered_model_alias(registry.model, "previous", two)
    back(registry)
    assert serves(registry)[0] == one
    assert registry.aliases() == {"champion": one}


@pytest.mark.parametrize(
    ("outcome", "kind"), [("held", "held"), ("rejected", "rejected"), ("rolled_back", "candidate_rolled_back")]
)
def test_a_candidate_that_is_not_promoted_changes_nothing_else(
    registry: Registry, champion: Champion, add_version: AddVersion, outcome: Outcome, kind: str
) -> None:
    one, first = champion("one")
    two, _ = add_version("two", against=first)
    assert registry.aliases()["candidate"] == two
    for reason in ("numbers", "other numbers"):  # concluding twice is concluding once
        known = conclude(registry, two, outcome, actor="perdure", reason=reason, now=minute(2))
        assert (known.outcome, known.reason) == (outcome, "numbers")
    assert serves(registry) == (one, first)
    assert registry.aliases() == {"champion": one}
    assert (registry.tags(two)["outcome"], registry.tags(two)["outcome.reason"]) == (outcome, "numbers")
    assert kinds(registry).count(kind) == 1
    served = ledger_of(registry).at(minute(5)())
    assert served is not None
    assert served.subject == one


def test_a_conclusion_of_an_unknown_version_is_refused(registry: Registry, champion: Champion) -> None:
    champion("one")
    with pytest.raises(UsageError, match="does not know version 9"):
        conclude(registry, "9", "promoted", actor="perdure", reason="", now=minute(2))


def test_a_conclusion_run_again_does_not_undo_what_a_person_decided_since(
    registry: Registry, champion: Champion, add_version: AddVersion
) -> None:
    one, first = champion("one")
    two, _ = champion("two")
    back(registry)
    known = conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(11))  # the step runs again
    assert (known.outcome, serves(registry)[0]) == ("rolled_back", one)
    three, _ = add_version("three", "inconclusive", first)
    conclude(registry, three, "held", actor="perdure", reason="", now=minute(12))
    answer(registry, three, "approved", actor="ada", reason="now", now=minute(13))
    assert conclude(registry, three, "held", actor="perdure", reason="", now=minute(14)).outcome == "promoted"
    assert registry.tags(three)["outcome"] == "promoted"


def test_a_candidate_that_was_judged_against_another_champion_is_held(
    registry: Registry, champion: Champion, add_version: AddVersion
) -> None:
    """Approved or promoted meanwhile, rolled back meanwhile: what the gates said is about something that does not serve."""
    _, first = champion("one")
    two, second = add_version("two", against=first)
    three, _ = add_version("three", against=first)
    conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(2))
    known = conclude(registry, three, "promoted", actor="perdure", reason="passed", now=minute(3))
    assert known.outcome == "held"
    assert "stale: it was judged against" in known.reason
    assert "--again` learns its events again" in known.reason
    assert serves(registry) == (two, second)
    (answered,) = answer(registry, three, "approved", actor="ada", reason="now", now=minute(4)).done
    assert (answered["action"], str(answered["reason"])[:5]) == ("refused", "Stale")


def test_what_learned_from_a_rolled_back_champion_is_not_promoted(
    registry: Registry, champion: Champion, add_version: AddVersion
) -> None:
    one, first = champion("one")
    _, second = champion("two")
    child, _ = add_version("three", parent=second, against=second)
    back(registry)
    known = conclude(registry, child, "promoted", actor="perdure", reason="passed", now=minute(11))
    assert known.outcome == "held"
    assert "stale" in known.reason
    sibling, _ = add_version("four", parent=second, against=first)  # judged against what serves, yet learned from the other
    known = conclude(registry, sibling, "promoted", actor="perdure", reason="passed", now=minute(12))
    assert known.outcome == "held"
    assert "it learned from what was rejected or rolled back" in known.reason
    assert serves(registry) == (one, first)


@pytest.mark.parametrize("by", ["gates", "approval"])
def test_every_promotion_has_the_same_consequences(
    registry: Registry, champion: Champion, add_version: AddVersion, by: str
) -> None:
    one, first = champion("one")
    two, second = add_version("two", "pass" if by == "gates" else "inconclusive", first)
    before = {path.name for path in registry.workspace.suites.iterdir()}
    assert [name for name in before if name.startswith("one-")]
    if by == "gates":
        conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(2))
    else:
        conclude(registry, two, "held", actor="perdure", reason="uncertain", now=minute(2))
        assert {path.name for path in registry.workspace.suites.iterdir()} == before
        ask(registry, two, "approved", actor="ada", reason="I looked", now=minute(3))
        assert [act["action"] for act in reconcile(registry.workspace, minute(4)).done] == ["promoted"]
    (suite,) = {path.name for path in registry.workspace.suites.iterdir()} - before
    assert suite.startswith("two-")
    assert registry.aliases() == {"previous": one, "champion": two}
    assert registry.tags(two)["outcome"] == "promoted"
    assert serves(registry) == (two, second)


def test_a_wish_needs_a_reason_and_a_version(registry: Registry, champion: Champion, hold: Champion) -> None:
    champion("one")
    two, _ = hold("two")
    for reason in ("", " \n"):
        with pytest.raises(UsageError, match="reason is required"):
            ask(registry, two, "approved", actor="ada", reason=reason, now=minute(2))
    assert "approval" not in registry.tags(two)
    with pytest.raises(UsageError, match="no version '9'"):
        ask(registry, "9", "approved", actor="ada", reason="fine", now=minute(2))


def test_a_stream_that_is_run_again_goes_back_to_where_it_was(registry: Registry, champion: Champion) -> None:
    one, first = champion("one")
    two, second = champion("two", rebuilt=True)
    three, _ = champion("three", rebuilt=True)

    def again(checkpoint: str | None) -> None:
        rewind(registry, checkpoint, actor="perdure", reason="rebuilt", now=minute(9))

    before = kinds(registry)
    with pytest.raises(RefusedError, match=f"Version {one} serves in .* and this stream did not make it"):
        again(None)
    again("f" * 64)  # it never served
    again(serves(registry)[1])
    assert kinds(registry) == before
    again(second)
    assert serves(registry)[0] == two
    again(first)
    assert serves(registry) == (one, first)
    assert registry.aliases() == {"champion": one}
    assert [registry.tags(version)["outcome"] for version in (two, three)] == ["rolled_back"] * 2


def test_a_stream_of_its_own_is_taken_out_whole(registry: Registry, champion: Champion) -> None:
    champion("one", rebuilt=True)
    rewind(registry, None, actor="perdure", reason="rebuilt", now=minute(9))
    assert serves(registry) == (None, None)
    assert registry.aliases() == {}
    assert consult(registry.workspace).state.last_move == len(kinds(registry))


def test_a_rollback_does_not_wait_for_mlflow(registry: Registry, champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first = champion("one")
    two, _ = champion("two")
    alone = partial(rollback_alone, registry.workspace, actor="ada", reason="complaints", now=minute(9))
    with monkeypatch.context() as patched:
        patched.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        assert alone(two) is None
        with pytest.raises(RefusedError, match="does not know version 9"):
            alone("9")
        with pytest.raises(UsageError, match="reason is required"):
            rollback_alone(registry.workspace, actor="ada", reason=" ", now=minute(9))
        entry = alone()
        assert entry is not None
        assert (entry.kind, entry.subject, entry.evidence["left"]) == ("rolled_back", one, [two])
        with pytest.raises(RefusedError):
            alone()
    assert serves(registry) == (one, first)
    assert registry.aliases()["champion"] == two
    assert reconcile(registry.workspace, minute(10)).done == []  # that MLflow lagged is nobody's wish
    assert registry.aliases() == {"champion": one}
    assert registry.tags(two)["outcome"] == "rolled_back"


def test_without_mlflow_too_a_damaged_checkpoint_does_not_come_to_serve(registry: Registry, champion: Champion) -> None:
    _, first = champion("one")
    two, _ = champion("two")
    (registry.workspace.checkpoint(first) / "memory.parquet").write_bytes(b"poison")
    with pytest.raises(IntegrityError, match=r"memory\.parquet"):
        rollback_alone(registry.workspace, actor="ada", reason="complaints", now=minute(9))
    assert serves(registry)[0] == two


def test_a_rollback_is_of_what_the_caller_saw(registry: Registry, champion: Champion) -> None:
    one, _ = champion("one")
    two, second = champion("two")
    three, _ = champion("three")
    rollback(registry, actor="ada", reason="bad", now=minute(5), instead_of=three)
    with pytest.raises(BusyError, match=f"Version {two} serves by now"):
        rollback(registry, actor="bob", reason="bad", now=minute(5), instead_of=three)
    assert serves(registry) == (two, second)
    assert one


def test_a_wish_and_its_answer_are_one_act(registry: Registry, champion: Champion, hold: Champion) -> None:
    champion("one")
    two, _ = hold("two")
    answer(registry, two, "approved", actor="ada", reason="good", now=minute(5))
    answered = answer(registry, two, "rejected", actor="bob", reason="poison", now=minute(6))
    assert [action["action"] for action in answered.done] == ["refused"]
    assert [(entry.actor, entry.reason) for entry in ledger_of(registry).entries(kinds=("promoted",))][-1] == (
        claimed("ada"),
        "good",
    )


def test_an_approval_before_the_evidence_does_not_count(registry: Registry, champion: Champion, add_version: AddVersion) -> None:
    _, first = champion("one")
    two, _ = add_version("two", "inconclusive", first)
    with pytest.raises(RefusedError, match="under way"):
        answer(registry, two, "approved", actor="ada", reason="blind", now=minute(5))
    registry.tag(two, {"approval": "approved", "approval.reason": "blind"})
    conclude(registry, two, "held", actor="perdure", reason="uncertain", now=minute(6), page=page)
    assert reconcile(registry.workspace, minute(7)).done == []
    assert "before the evidence" in registry.tags(two)["approval.problem"]
