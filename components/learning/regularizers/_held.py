"""What can be held near its past values: which recipes have nothing of that kind, and how strongly a parameter is pulled back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning.regularizers._gradients import MOST

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.method import Peers
else:
    torch = lazy("torch")

Objection = tuple[str, str]
#: Tuned on a cut of the stream `skills` with adapters and with a head alone (benchmarks/results/regularizers-tuning-*.md). It is
#: tuned for lines without replay: beside replayed rows it costs accuracy (benchmarks/results/regularizers-trec.md)
PULL = 1.0


def nothing_trained(recipe: Peers, causal: bool) -> Objection | None:
    """The objection of a method that acts on gradient steps, to a recipe that takes none."""
    if recipe.regime.moves(causal) or (recipe.head.trained and not causal):
        return None
    return (
        f"regime {recipe.regime.kind!r} moves no weight of the base model and head {recipe.head.kind!r} is not trained by "
        "gradients, so it would do nothing",
        "Leave it out, or set learning.head to {kind: linear}, or learning.regime to {kind: lora}.",
    )


def nothing_lasting(recipe: Peers, causal: bool) -> Objection | None:
    """The objection of a method that holds parameters near their past values, to a recipe in which none has any."""
    if recipe.regime.renews and (causal or not recipe.head.trained):
        return (
            f"regime {recipe.regime.kind!r} trains a fresh adapter in every experience and never moves an earlier one, so "
            "nothing that it could hold is trained twice",
            "Leave it out, or use {kind: olora} with merge: sum, or regime {kind: lora}: one adapter for all experiences.",
        )
    return nothing_trained(recipe, causal)


def scales(importance: Mapping[str, Tensor]) -> dict[str, float]:
    """The mean importance of each group (the base model, the head), over the entries that are not zero; 1 if all are.

    The groups are apart because a head's gradients are larger than an adapter's by orders of magnitude: under one common mean,
    the adapter would be free.
    """
    sums: dict[str, tuple[float, int]] = {}
    for name, tensor in importance.items():
        total, count = sums.get(_group(name), (0.0, 0))
        sums[_group(name)] = (total + float(tensor.double().sum()), count + int((tensor != 0).sum()))
    means = {group: total / count if total > 0 else 1.0 for group, (total, count) in sums.items()}
    return {name: means[_group(name)] for name in importance}


def _group(name: str) -> str:
    return name.split(".", 1)[0]


def weights(strength: float | None, pull: float, importance: Mapping[str, Tensor], peak: float | None) -> dict[str, float]:
    """What each parameter's importance is multiplied by, and the step's rate, for the weight of a proximal step.

    With `strength`, that number. Else pull / (peak * mean importance), where peak is the rate that the steps begin with (None:
    1): at that rate, a parameter of mean importance goes pull / (1 + pull) of the way back to its anchor with every step,
    whatever the scale of gradients, importances and rates is.
    """
    if strength is not None:
        return dict.fromkeys(importance, min(strength, MOST))
    return {name: min(pull / mean / (peak or 1.0), MOST) for name, mean in scales(importance).items()}
