"""A recipe: one method on each axis, and whether they can work together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from components.errors import UsageError
from components.learning.axes import Head, Optimizer, Regime, Rehearsal
from components.learning.method import Axis, Method, read_method
from components.settings import LearningSettings

M = TypeVar("M", bound=Method)


@dataclass(frozen=True)
class Recipe:
    """A validated recipe: one method per axis, and a list of regularizers."""

    regime: Regime
    head: Head
    rehearsal: Rehearsal
    regularizers: tuple[Method, ...]
    routing: Method
    optimizer: Optimizer

    @property
    def hooks(self) -> tuple[Method, ...]:
        """The methods in the order in which the trainer calls them."""
        return (self.regime, *self.regularizers, self.head, self.rehearsal, self.routing, self.optimizer)

    @property
    def stateful(self) -> dict[str, Method]:
        """The methods whose `state` checkpoints and snapshots keep, by the name of their place (the head has its own file)."""
        axes: dict[str, Method] = {m.axis: m for m in (self.regime, self.rehearsal, self.routing)}
        return {**{str(i): method for i, method in enumerate(self.regularizers)}, **axes}

    def check(self, causal: bool) -> None:
        """Raises UsageError if its methods cannot work together, with the nearest recipe that can."""
        for method in self.hooks:
            problem = method.objection(self, causal)
            if problem:
                raise UsageError(f"learning.{method.axis}: {method.kind}: {problem[0]}", problem[1])

    def record(self) -> dict[str, Any]:
        """The recipe as recorded in a checkpoint's manifest: every setting, including defaults."""
        one = {m.axis: m.record() for m in self.hooks if m.axis != "regularizer"}
        return {**one, "regularizers": [m.record() for m in self.regularizers]}


def read_recipe(settings: LearningSettings) -> Recipe:
    """Check every axis of the learning settings. Raises UsageError naming the key."""
    return recipe_from({field.name: getattr(settings, field.name) for field in fields(Recipe)})


def recipe_from(record: Mapping[str, Any]) -> Recipe:
    """The recipe of a mapping with every axis, as a manifest records it. Raises UsageError naming the key."""
    return Recipe(
        regime=_one(Regime, "regime", record),
        head=_one(Head, "head", record),
        rehearsal=_one(Rehearsal, "rehearsal", record),
        regularizers=tuple(
            read_method("regularizer", config, f"learning.regularizers[{i}]") for i, config in enumerate(record["regularizers"])
        ),
        routing=_one(Method, "routing", record),
        optimizer=_one(Optimizer, "optimizer", record),
    )


def no_head(**shape: Any) -> Head:
    """The head to use where none answers: for a base model that writes, or for features alone, of this `layers` and `pooling`."""
    return _one(Head, "head", {"head": {"kind": "none", **shape}})


def _one(kind: type[M], axis: Axis, record: Mapping[str, Any]) -> M:
    """The method on an axis. Raises UsageError if it is not of the class that the axis requires."""
    method = read_method(axis, record[axis])
    if not isinstance(method, kind):
        raise UsageError(
            f"learning.{axis}: {method.kind} is registered as a {axis}, but its class {type(method).__name__} is not one",
            f"Derive it from components.learning.axes.{kind.__name__}.",
        )
    return method
