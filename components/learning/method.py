"""The methods that a recipe can name: one class each, registered by axis and kind. Settings are checked before any loading.

A method is a frozen pydantic model (its settings) with hooks. What it learns is in private attributes; `state` and `load` save it
in the checkpoint and restore it. Torch is not imported here, so that a wrong setting is reported at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar, get_args

from pydantic import ValidationError

from components.errors import UsageError
from components.naming import claim
from components.relabelling import Names
from components.settings import Section, shown, suggest

if TYPE_CHECKING:
    from torch import Tensor

    from components.learning.run import Batch, Draw, Run

Axis = Literal["regime", "head", "rehearsal", "regularizer", "routing", "optimizer"]
_PACKAGES = ("regimes", "heads", "rehearsal", "regularizers", "routing", "optimizers")
_OWN = __name__.partition(".")[0]
_METHODS: dict[tuple[str, str], type[Method]] = {}


class Method(Section):
    """One choice on one axis. A hook does nothing unless a method overrides it."""

    axis: ClassVar[str]
    kind: ClassVar[str]

    def before_experience(self, run: Run) -> None:
        """Once, before the first step on an experience."""

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """What to train on in this step: this draw, or one with more rows or other weights. Rows from `run.new` on are old."""
        return draw

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """A differentiable term added to the batch's loss, or None."""

    @property
    def penalises(self) -> bool:
        """Whether `penalty` can return a term with these settings."""
        return type(self).penalty is not Method.penalty

    def before_update(self, run: Run, batch: Batch) -> None:
        """After the backward pass, before clipping and the optimizer step: may change the gradients."""

    def after_update(self, run: Run, batch: Batch) -> None:
        """After the optimizer step: may change the parameters (proximal steps)."""

    def after_experience(self, run: Run) -> None:
        """Once, when training on an experience has ended."""

    def relabel(self, labels: Sequence[str], names: Names) -> None:
        """Classes have other names from now on, or become one; labels: their old names, in the order of the columns.

        For a method whose state names classes or has a column for each. Raises UsageError if it cannot.
        """

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """(why this method cannot work in this recipe, what would), or None. Called before anything is loaded."""
        return None

    def state(self) -> dict[str, Tensor]:
        """What must survive until the next experience, and a kill on the way to it."""
        return {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""

    def parts(self) -> Sequence[Callable[..., Any]]:
        """Other classes and functions that its settings choose by name; their code is part of the method's identity."""
        return ()

    def record(self) -> dict[str, Any]:
        """The settings as recorded in a checkpoint's manifest."""
        return {"kind": self.kind, **self.model_dump(mode="json")}


class RegimeTraits(Protocol):
    """What other methods may ask of a recipe's regime: see `axes.Regime`."""

    @property
    def kind(self) -> str: ...
    @property
    def fewer_blocks(self) -> str: ...
    @property
    def renews(self) -> bool: ...
    def moves(self, causal: bool) -> bool: ...
    def moves_again(self) -> bool: ...
    def moves_every_block(self) -> bool: ...


class HeadTraits(Protocol):
    """What other methods may ask of a recipe's head: see `axes.Head`."""

    @property
    def kind(self) -> str: ...
    @property
    def trained(self) -> bool: ...


class RehearsalTraits(Protocol):
    """What other methods may ask of a recipe's rehearsal: see `axes.Rehearsal`."""

    @property
    def kind(self) -> str: ...
    @property
    def rereads(self) -> bool: ...


class OptimizerTraits(Protocol):
    """What other methods may ask of a recipe's optimizer: see `axes.Optimizer`."""

    @property
    def rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def validation(self) -> float: ...


class Peers(Protocol):
    """What a method's objection may ask of the recipe that it is part of; `recipe.Recipe` is one."""

    @property
    def regime(self) -> RegimeTraits: ...
    @property
    def head(self) -> HeadTraits: ...
    @property
    def rehearsal(self) -> RehearsalTraits: ...
    @property
    def optimizer(self) -> OptimizerTraits: ...
    @property
    def regularizers(self) -> tuple[Method, ...]: ...
    @property
    def hooks(self) -> tuple[Method, ...]: ...


M = TypeVar("M", bound=type[Method])


def register(axis: Axis, kind: str) -> Callable[[M], M]:
    """Class decorator: make a method known as `learning.<axis>.kind: <kind>`.

    Raises UsageError for an axis that does not exist, and for a kind that another class has taken.
    """
    if axis not in get_args(Axis):
        raise UsageError(f"There is no axis {axis!r} to register {kind!r} on", suggest(axis, get_args(Axis)))

    def add(method: M) -> M:
        if method.__module__.partition(".")[0] != _OWN:
            _import_own()  # first, so that a taken name is reported for the new method
        claim(_METHODS, (axis, kind), method, f"{axis} {kind!r}")
        method.axis, method.kind = axis, kind
        return method

    return add


@cache
def discover() -> None:
    """Import the methods of this package and of the entry-point group `perdure.methods`. Raises UsageError for one that fails."""
    _import_own()
    for point in entry_points(group="perdure.methods"):
        try:
            point.load()
        except (Exception, SystemExit) as error:  # whatever another's module raises while it is imported
            origin = point.dist.name if point.dist else "an installed package"
            said = error.message if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
            hint = error.hint if isinstance(error, UsageError) else "Fix or uninstall that package."
            raise UsageError(f"The method {point.name} of {origin} cannot be loaded from {point.value}: {said}", hint) from error


@cache
def _import_own() -> None:
    for name in _PACKAGES:
        package = importlib.import_module(f"components.learning.{name}")
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):  # a helper of its axis
                importlib.import_module(f"{package.__name__}.{module.name}")


def known_kinds() -> dict[tuple[str, str], type[Method]]:
    """Every known method, by axis and kind."""
    discover()
    return dict(_METHODS)


def read_method(axis: Axis, config: Mapping[str, Any], where: str = "") -> Method:
    """One method from its settings. Raises UsageError for an unknown kind or key, or a value that it does not take."""
    discover()
    where = where or f"learning.{axis}"
    kinds = sorted(kind for a, kind in _METHODS if a == axis)
    values = dict(config)
    kind = values.pop("kind", None)
    if kind not in kinds:
        raise UsageError(f"{where}.kind: there is no {axis} {kind!r}", suggest(str(kind), kinds))
    method = _METHODS[axis, kind]
    try:
        return method.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{where}: {kind} has no setting {key!r}", suggest(key, method.model_fields)) from None
        takes = method.model_fields[key].description if key in method.model_fields else ""
        spot = f"{where}.{key}" if key else where
        raise UsageError(
            f"{spot}: {first['msg']} (got {shown(first.get('input'))})", f"{kind}.{key} is: {takes}" if takes else ""
        ) from None


def states(methods: Mapping[str, Method]) -> dict[str, Tensor]:
    """The states of methods in one mapping: `<place>.<name>`, with the places of `Recipe.stateful`."""
    return {f"{place}.{name}": tensor for place, method in methods.items() for name, tensor in method.state().items()}


def restore_states(methods: Mapping[str, Method], saved: Mapping[str, Tensor], kinds: Mapping[str, str]) -> None:
    """Restore the state of each method, if the method that left it at this place was of the same kind."""
    for place, method in methods.items():
        own = {name.split(".", 1)[1]: tensor for name, tensor in saved.items() if name.startswith(f"{place}.")}
        if own and method.kind == kinds.get(place):
            method.load(own)
