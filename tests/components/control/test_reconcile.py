"""What people do in MLflow is granted, refused or put back, and written down, on real MLflow."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from components.control.actions import ask, conclude, rollback
from components.control.inspect import compare
from components.control.reconcile import reconcile
from components.governance.wishes import SOMEONE, claimed
from components.registry.registry import Registry
from tests.components.control.conftest import everything, kinds, ledger_of, serves
from tests.components.registry.making import AddVersion, minute

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]


def act(registry: Registry) -> list[tuple[str | None, str | None]]:
    """Reconcile; a second time must find nothing to do, and MLflow must agree with the ledger."""
    found = reconcile(registry.workspace, minute(10))
    head, observed = ledger_of(registry).head(), everything(registry)
    assert reconcile(registry.workspace, minute(11)).done == []
    assert (ledger_of(registry).head(), everything(registry)) == (head, observed)
    assert compare(registry.workspace) == [f"version {version} is gone from MLflow" for version in found.lost]
    assert ledger_of(registry).verify(registry.noted_head())["valid"]
    return [(done["action"], done["version"]) for done in found.done]


def tag(registry: Registry, version: str, **tags: str) -> None:
    """What the UI does."""
    for name, value in tags.items():
        registry.client.set_model_version_tag(registry.model, version, name.replace("_", "."), value)


def alias(registry: Registry, version: str | None) -> None:
    if version is None:
        registry.client.delete_registered_model_alias(registry.model, "champion")
    else:
        registry.client.set_registered_model_alias(registry.model, "champion", version)


@pytest.fixture
def one(champion: Champion) -> tuple[str, str]:
    return champion("one")


def test_an_approval_by_tag_is_carried_out(registry: Registry, hold: Champion, one: tuple[str, str]) -> None:
    two, second = hold("two")
    assert act(registry) == []
    tag(registry, two, approval="approved", approval_reason="I looked at the cases")
    assert act(registry) == [("promoted", two)]
    assert serves(registry) == (two, second)
    assert registry.aliases() == {"previous": one[0], "champion": two}
    assert kinds(registry)[-2:] == ["approved", "promoted"]
    for entry in ledger_of(registry).log(limit=2):
        assert (entry.actor, entry.reason) == (SOMEONE, "I looked at the cases")
        assert len(entry.evidence["page"]) == 64


def test_approve_and_reject_say_who_claimed_to_be_whom(registry: Registry, hold: Champion, one: tuple[str, str]) -> None:
    two, _ = hold("two")
    three, _ = hold("three")
    ask(registry, two, "rejected", actor="grace", reason="bad labels", now=minute(2))
    ask(registry, three, "approved", actor="ada", reason="fine", now=minute(2))
    assert act(registry) == [("rejected", two), ("promoted", three)]
    actors = {entry.subject: entry.actor for entry in ledger_of(registry).entries(kinds=("rejected", "approved"))}
    assert actors == {two: claimed("grace"), three: claimed("ada")}
    assert registry.tags(two)["outcome"] == "rejected"


def test_a_wish_without_a_reason_is_refused(registry: Registry, hold: Champion, one: tuple[str, str]) -> None:
    two, _ = hold("two")
    tag(registry, two, approval="approved")
    assert act(registry) == [("refused", two)]
    assert "A reason is required" in registry.tags(two)["approval.problem"]
    tag(registry, two, approval_reason="I looked")
    assert act(registry) == [("promoted", two)]
    assert "approval.problem" not in registry.tags(two)
    assert serves(registry)[0] == two


def test_a_stale_or_misspelt_approval_is_answered_on_the_version(
    registry: Registry, hold: Champion, one: tuple[str, str]
) -> None:
    (two, _), (three, _) = hold("two"), hold("three")
    ask(registry, two, "approved", actor="ada", reason="fine", now=minute(2))
    ask(registry, three, "approved", actor="ada", reason="fine too", now=minute(2))
    assert act(registry) == [("promoted", two), ("refused", three)]
    assert "--again` learns its events again" in registry.tags(three)["approval.problem"]
    tag(registry, three, approval="ok")
    assert act(registry) == [("refused", three)]
    assert "takes `approved` or `rejected`" in registry.tags(three)["approval.problem"]
    registry.client.delete_model_version_tag(registry.model, three, "approval")
    act(registry)
    assert "approval.problem" not in registry.tags(three)
    assert serves(registry)[0] == two


def test_a_refused_approval_is_no_passport(
    registry: Registry, hold: Champion, add_version: AddVersion, one: tuple[str, str]
) -> None:
    """Approved as it may not be, and then the alias: in either order, on a rejected, a failed and a stale version."""
    rejected, _ = add_version("two", against=one[1])
    conclude(registry, rejected, "rejected", actor="perdure", reason="bad", now=minute(2))
    failed, _ = hold("three", "fail")
    stale, _ = hold("four", against=None)
    for version in (rejected, failed, stale):
        tag(registry, version, approval="approved", approval_reason="let me through")
        assert act(registry) == [("refused", version)]
        alias(registry, version)
        assert act(registry) == [("restored", one[0])]
        tag(registry, version, approval_reason="once more")
        alias(registry, version)
        assert sorted(act(registry), key=str) == [("refused", version), ("restored", one[0])]
        assert serves(registry) == one
        assert registry.aliases()["champion"] == one[0]


def test_an_alias_moved_to_a_former_champion_is_a_rollback(registry: Registry, champion: Champion, one: tuple[str, str]) -> None:
    two, _ = champion("two")
    alias(registry, one[0])
    assert act(registry) == [("rolled_back", one[0])]
    assert serves(registry) == one
    entry = ledger_of(registry).log(limit=1)[0]
    assert (entry.kind, entry.actor, entry.evidence["left"]) == ("rolled_back", SOMEONE, [two])
    assert f"from version {two} to version {one[0]}" in entry.reason
    alias(registry, two)  # and forward again
    assert act(registry) == [("restored", one[0])]
    assert serves(registry) == one


@pytest.mark.parametrize("to", ["held", "candidate", "nothing", "alien"])
def test_an_alias_moved_anywhere_else_is_put_back_and_recorded(
    registry: Registry, champion: Champion, hold: Champion, add_version: AddVersion, one: tuple[str, str], to: str
) -> None:
    moved: str | None = None
    if to == "held":
        moved, _ = hold("two")
    elif to == "candidate":
        moved, _ = add_version("two", against=one[1])
    elif to == "alien":
        moved = str(registry.client.create_model_version(registry.model, registry.workspace.root.as_uri()).version)
        tag(registry, moved, checkpoint=one[1], gate_status="pass", outcome="promoted")
    alias(registry, moved)
    assert act(registry) == [("restored", one[0])]
    entry = ledger_of(registry).log(limit=1)[0]
    assert (entry.kind, entry.subject, entry.evidence) == ("reverted", one[0], {"moved_to": moved})
    assert registry.aliases()["champion"] == one[0]
    assert serves(registry) == one


def test_a_rollback_by_tag(registry: Registry, champion: Champion, one: tuple[str, str]) -> None:
    two, _ = champion("two")
    tag(registry, two, rollback="complaints")
    assert act(registry) == [("refused", two)]
    assert registry.tags(two)["rollback.problem"] == "It serves already"
    tag(registry, one[0], rollback="complaints")
    assert act(registry) == [("rolled_back", one[0])]
    entry = ledger_of(registry).log(limit=1)[0]
    assert (entry.actor, entry.reason) == (SOMEONE, "complaints")
    tag(registry, two, rollback="no, that one")
    assert act(registry) == [("refused", two)]
    assert "a rollback never returns to that" in registry.tags(two)["rollback.problem"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("checkpoint", "f" * 64),
        ("checkpoint", "../../etc"),
        ("checkpoint", None),
        ("gate.status", "fail"),
        ("judged_against", "f" * 64),
        ("outcome", "rejected"),
        ("outcome", None),
        ("outcome.reason", "because I say so"),
        ("experience", "f" * 64),
        ("cycle", "another"),
    ],
)
def test_an_edited_tag_changes_nothing_is_put_back_and_recorded(
    registry: Registry, champion: Champion, name: str, value: str | None
) -> None:
    version, checkpoint = champion("one")
    before = registry.tags(version)
    if value is None:
        registry.client.delete_model_version_tag(registry.model, version, name)
    else:
        registry.client.set_model_version_tag(registry.model, version, name, value)
    assert serves(registry) == (version, checkpoint)
    assert compare(registry.workspace) == [f"MLflow shows another `{name}` of version {version} than the ledger"]
    assert act(registry) == [("repaired", version)]
    assert registry.tags(version) == before
    entry = ledger_of(registry).log(limit=1)[0]
    assert (entry.kind, entry.subject, entry.evidence) == ("repaired", version, {"changed_to": {name: value}})


def test_a_checkpoint_tag_that_names_a_rejected_version_does_not_make_it_serve(
    registry: Registry, champion: Champion, add_version: AddVersion
) -> None:
    one, first = champion("one")
    two, second = add_version("two", against=first)
    conclude(registry, two, "rejected", actor="perdure", reason="bad", now=minute(2))
    tag(registry, one, checkpoint=second)
    assert serves(registry) == (one, first)
    assert act(registry) == [("repaired", one)]
    assert serves(registry) == (one, first)


def test_a_version_deleted_in_mlflow_goes_on_serving_and_is_named(
    registry: Registry, champion: Champion, one: tuple[str, str]
) -> None:
    """MLflow is a mirror: what it loses is rebuilt, and nothing is taken out of production by that."""
    two, second = champion("two")
    registry.client.delete_model_version(registry.model, two)
    assert act(registry) == []
    assert reconcile(registry.workspace, minute(12)).lost == [two]
    assert serves(registry) == (two, second)
    rollback(registry, actor="ada", reason="then that one", now=minute(13))
    assert serves(registry) == one
    assert registry.aliases() == {"champion": one[0]}


def test_an_approval_of_a_damaged_checkpoint_is_refused_and_of_a_lost_one_carried_out(
    registry: Registry, hold: Champion, one: tuple[str, str]
) -> None:
    two, second = hold("two")
    path = registry.workspace.checkpoint(second)
    (path / "head.safetensors").write_bytes(b"other")
    ask(registry, two, "approved", actor="ada", reason="fine", now=minute(2))
    assert act(registry) == [("refused", two)]
    assert "does not match its digest" in registry.tags(two)["approval.problem"]
    assert serves(registry) == one
    shutil.rmtree(path)
    ask(registry, two, "approved", actor="ada", reason="fine, it is fetched back", now=minute(3))
    assert act(registry) == [("promoted", two)]
    assert path.is_dir()


def test_an_alias_moved_to_a_damaged_former_champion_is_put_back(
    registry: Registry, champion: Champion, one: tuple[str, str]
) -> None:
    two, second = champion("two")
    (registry.workspace.checkpoint(one[1]) / "head.safetensors").write_bytes(b"other")
    alias(registry, one[0])
    assert act(registry) == [("restored", two)]
    assert serves(registry) == (two, second)
    assert "does not match its digest" in ledger_of(registry).log(limit=1)[0].reason


def test_an_approval_given_on_a_doctored_page_does_not_count(registry: Registry, hold: Champion, one: tuple[str, str]) -> None:
    two, _ = hold("two")
    page = registry.description(two)
    registry.client.update_model_version(registry.model, two, page.replace("inconclusive", "passed"))
    tag(registry, two, approval="approved", approval_reason="the page says pass")
    assert act(registry) == [("refused", two)]
    assert "evidence page" in registry.tags(two)["approval.problem"]
    registry.describe(two, page, "held")
    tag(registry, two, approval_reason="now I read the true one")
    assert act(registry) == [("promoted", two)]


def test_a_mirror_that_lags_is_brought_up_to_date_and_blamed_on_nobody(
    registry: Registry, champion: Champion, add_version: AddVersion, one: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the entry and MLflow, or refused by its server: that the alias differs is nobody's wish."""
    two, second = add_version("two", against=one[1])
    with monkeypatch.context() as patched:
        patched.setattr("components.control.champion.make_agree", lambda registry, state, observed: observed)
        conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(2))
    assert registry.aliases()["champion"] == one[0]
    assert serves(registry) == (two, second)
    before = kinds(registry)
    assert act(registry) == []
    assert kinds(registry) == before
    assert registry.aliases() == {"previous": one[0], "champion": two}
    assert registry.tags(two)["outcome"] == "promoted"


def test_nothing_to_reconcile(registry: Registry) -> None:
    found = reconcile(registry.workspace, minute(0))
    assert (found.done, found.lost) == ([], [])
    assert not (registry.workspace.root / "ledger.db").exists()
