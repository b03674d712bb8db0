"""The registry in memory does what MLflow's store does: the same random calls to both, compared call by call, errors included."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.errors import UsageError
from components.registry.registry import Registry
from tests.components.registry.calls import CALLS, ENDS, Call
from tests.components.registry.memory import MemoryClient, memory_registry

pytestmark = pytest.mark.integration


def shown(result: Any) -> Any:
    """What a caller can see of a result."""
    if isinstance(result, list):
        return [shown(item) for item in result], result.token  # type: ignore[attr-defined]
    if hasattr(result, "run_id"):
        names = ["name", "version", "creation_timestamp", "last_updated_timestamp", "source", "run_id", "description", "tags",
                 "current_stage", "status"]  # fmt: skip
        return {**{name: getattr(result, name) for name in names}, "aliases": sorted(result.aliases)}
    if hasattr(result, "latest_versions"):
        names = ["name", "creation_timestamp", "last_updated_timestamp", "description", "tags", "aliases"]
        latest = [{**shown(version), "aliases": []} for version in result.latest_versions]
        return {**{name: getattr(result, name) for name in names}, "latest_versions": latest}
    return result


def outcome(client: Any, method: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return shown(getattr(client, method)(*given, **named))
    except MlflowException as error:
        return error.error_code
    except (TypeError, AttributeError) as error:
        return type(error).__name__


class Pair:
    """The real client and the one in memory, on one clock that goes one millisecond per call."""

    def __init__(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        from mlflow.store.model_registry import sqlalchemy_store

        self.now = 0
        self.real = registry.client
        self.real.search_registered_models()
        self.store = self.real._get_registry_client().store
        monkeypatch.setattr(sqlalchemy_store, "get_current_time_millis", lambda: self.now)

    def empty(self) -> None:
        """Begin again, without opening another database."""
        import sqlalchemy as sa

        with self.store.engine.begin() as connection:
            for table in (
                "model_version_tags",
                "model_versions",
                "registered_model_aliases",
                "registered_model_tags",
                "registered_models",
            ):
                connection.execute(sa.text(f"DELETE FROM {table}"))
        self.now, self.memory = 0, MemoryClient(lambda: self.now)

    def both(self, method: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.now += 1
        real, memory = (outcome(client, method, given, named) for client in (self.real, self.memory))
        assert memory == real, f"{method}{given}{named}"
        return real

    def same(self) -> None:
        """Everything that can be read is the same."""
        for method, arguments in (
            ("search_registered_models", ()),
            ("search_model_versions", ()),
            ("get_registered_model", ("perdure",)),
        ):
            self.both(method, arguments, {})


@pytest.fixture
def pair(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return Pair(registry, monkeypatch)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls=st.lists(CALLS, max_size=40), end=ENDS)
def test_it_does_what_mlflow_does(pair: Pair, calls: list[Call], end: Call | None) -> None:
    pair.empty()
    pair.both("create_registered_model", ("perdure",), {})
    for one in [*calls, *([end, *calls] if end else [])]:
        pair.both(*one)
        pair.same()


def test_pages_are_the_same(pair: Pair) -> None:
    pair.empty()
    pair.both("create_registered_model", ("perdure",), {})
    for number in range(7):
        pair.both("create_model_version", ("perdure", "file:///x"), {"tags": {"n": number}})
    for size, order in itertools.product((1, 2, 3, 7, 8), (None, ["version_number ASC"])):
        token = None
        while True:
            _, token = pair.both(
                "search_model_versions", ("name = 'perdure'",), {"max_results": size, "order_by": order, "page_token": token}
            )
            if not token:
                break


def test_our_registry_runs_over_it_unchanged(registry: Registry) -> None:
    def story(registry: Registry) -> list[Any]:
        said: list[Any] = [registry.observe(["1"]), registry.noted_head(), registry.versions()]
        registry.claim()
        for number in (1, 2, 3):
            tags = {"checkpoint": f"{number:064d}", "cycle": f"cycle {number}", "gate.status": "pass", "memory.rows": "3"}
            registry.client.create_model_version("perdure", "file:///x", tags=tags)
        for version in ("1", "2", None, "2"):
            registry.set_alias("champion", version)
        registry.set_alias("candidate", "3")
        registry.tag("3", {"approval": "approved", "approval.reason": "why", "approval.problem": None})
        registry.note_head("f" * 64)
        registry.client.delete_model_version("perdure", "1")
        registry.describe("2", "a page", "held")
        said += [
            registry.observe(["1", "2", "3"]),
            registry.observe(["1", "2", "3"], start=1),
            registry.observe((), whole=True),
            registry.look(registry.observe(()), ["1", "2", "9"]),
            registry.noted_head(),
            registry.description("2"),
            registry.version_of(f"{2:064d}", "cycle 2"),
            registry.version_of(f"{2:064d}", "another cycle"),
        ]
        for missing in ("1", "9", "x"):
            with pytest.raises(UsageError) as caught:
                registry.tags(missing)
            said.append(str(caught.value))
        return said

    assert story(memory_registry(registry.workspace)) == story(registry)
