"""Merge several adapters into one with PEFT, and check what the adapted layers then compute.

PEFT's `linear`, `ties`, ... add up A and B separately, so that terms B_i A_j of different adapters come in: an adapter merged
with itself at half weights counts double. Here only the combinations of whole products B A are used. PEFT also reports nothing
when a merge goes wrong (peft#3761: rsLoRA, DoRA, biases; a name that is taken). The checks below do.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from components.errors import IntegrityError, UsageError
from components.lazy import lazy

if TYPE_CHECKING:
    import peft
    import torch
    from peft import LoraConfig, PeftModel
    from peft.tuners.lora import LoraLayer
else:
    peft, torch = lazy("peft"), lazy("torch")

Merge = Literal["sum", "linear", "ties", "dare_linear", "dare_ties"]
#: PEFT's names of the combinations that work on whole products
COMBINATIONS: Mapping[Merge, str] = {
    "sum": "cat",
    "linear": "cat",
    "ties": "ties_svd",
    "dare_linear": "dare_linear_svd",
    "dare_ties": "dare_ties_svd",
}
#: How far a merge may be from the expected one: this share of its size, and this share of the size of the layer's own output
TOLERANCE, ROUNDING = 1e-4, 1e-6
_PROBE = "identity_check"


def merge(
    model: PeftModel, adapters: Sequence[str], shares: Sequence[float], how: Merge, name: str, density: float = 1.0
) -> None:
    """Add to a PeftModel the adapter `name`, merged from others.

    shares add up to 1 (sum: they are not used). TIES averages by itself, so its weights are shares times the number of adapters.
    The rank is the sum of the ranks: `linear` and `sum` are exact, the others are cut to it, or to the smallest layer side, by
    SVD. The identity check is made once for each form of adapter (its settings without rank and scale), on the last one of that
    form. Raises UsageError for a name that is taken, IntegrityError if the merge is not the expected one: then the model has no
    such adapter.
    """
    if name in model.peft_config:
        raise UsageError(f"There is an adapter {name!r} already", "PEFT would silently keep the old one: delete it first.")
    weights = weights_of(how, shares)
    for one in {_form(model.peft_config[one]): one for one in adapters}.values():
        check_identity(model, one, how)
    _combine(model, adapters, weights, how, name, density)
    if how in ("linear", "sum"):
        expected: dict[str, torch.Tensor] = {}
        for one, weight in zip(adapters, weights):
            for key, layer in adapted_layers(model, one):
                expected[key] = expected.get(key, 0) + weight * _product(layer, one)
        _compare(model, name, expected, f"The {how} merge of {len(adapters)} adapters")


def _form(config: LoraConfig) -> str:
    own = {key: sorted(v) if isinstance(v, set) else v for key, v in config.to_dict().items()}
    free = ("r", "lora_alpha", "lora_dropout", "base_model_name_or_path", "inference_mode")
    return repr([(key, own[key]) for key in sorted(own) if key not in free])


def _product(layer: LoraLayer, adapter: str) -> torch.Tensor:
    """s B A of plain LoRA, transposed and with a row of zeros for the bias, in the form of `effects`."""
    if adapter in layer.lora_embedding_A:
        own = layer.lora_embedding_A[adapter].T @ layer.lora_embedding_B[adapter].T
        return (layer.scaling[adapter] * own).detach()
    own = layer.scaling[adapter] * layer.lora_A[adapter].weight.T @ layer.lora_B[adapter].weight.T
    return torch.cat([own, torch.zeros_like(own[:1])]).detach()


def weights_of(how: Merge, shares: Sequence[float]) -> list[float]:
    """The weights that PEFT multiplies the adapters by."""
    if how == "sum":
        return [1.0] * len(shares)
    return [share * len(shares) if how.endswith("ties") else share for share in shares]


def check_identity(model: PeftModel, adapter: str, how: Merge) -> None:
    """Raise IntegrityError unless this adapter, merged alone at weight 1 or with itself in halves, is the same adapter."""
    own = effects(model, adapter)
    halves = weights_of("linear" if how == "sum" else how, [0.5, 0.5])
    for adapters, weights, what in (
        ([adapter], [1.0], "alone at weight 1"),
        ([adapter, adapter], halves, "with itself in halves"),
    ):
        _combine(model, adapters, weights, how, _PROBE, 1.0)
        try:
            _compare(model, _PROBE, own, f"The {how} merge of the adapter {adapter!r} {what}")
        finally:
            if _PROBE in model.peft_config:
                model.delete_adapter(_PROBE)


def effects(model: PeftModel, adapter: str) -> dict[str, torch.Tensor]:
    """What an adapter adds to each adapted layer, as the layer computes it: its change of the weights, then of the bias.

    An affine layer is determined by its outputs for 0 and the unit vectors; nothing is assumed about how PEFT computes them.
    """
    return {key: added for key, (added, _) in _measured(model, adapter).items()}


def _measured(model: PeftModel, adapter: str) -> dict[str, tuple[torch.Tensor, float]]:
    """For each adapted layer, what the adapter adds, and the size of the layer's output without it."""
    effects_of = {}
    with _alone(model, adapter), torch.no_grad():
        for key, layer in adapted_layers(model, adapter):
            probe = _probe(layer)
            bare = layer.get_base_layer()(probe)
            added = layer(probe) - bare
            if probe.is_floating_point():
                added[:-1] -= added[-1]
            effects_of[key] = (added, float(bare.norm()))
    return effects_of


def _probe(layer: LoraLayer) -> torch.Tensor:
    """Every input of an embedding; for other layers the unit vectors, then 0."""
    base = layer.get_base_layer()
    if isinstance(base, torch.nn.Embedding):
        return torch.arange(len(base.weight), device=base.weight.device)
    return torch.cat([torch.eye(layer.in_features), torch.zeros(1, layer.in_features)]).to(base.weight)


def adapted_layers(model: PeftModel, adapter: str) -> list[tuple[str, LoraLayer]]:
    """The layers of a PeftModel that have this adapter, by name."""
    modules = model.get_base_model().named_modules()
    own = [(name, m) for name, m in modules if isinstance(m, peft.tuners.lora.LoraLayer)]
    return [(name, m) for name, m in own if adapter in m.lora_A or adapter in m.lora_embedding_A]


@contextmanager
def keep_moving(model: PeftModel) -> Iterator[None]:
    """Keep `requires_grad` as it is: PEFT sets it again whenever an adapter is added, deleted or switched."""
    moving = {name for name, p in model.named_parameters() if p.requires_grad}
    try:
        yield
    finally:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in moving)


@contextmanager
def _alone(model: PeftModel, adapter: str) -> Iterator[None]:
    """Only this adapter active and dropout off; everything is restored afterwards."""
    active, training = list(model.base_model.active_adapters), model.training
    with keep_moving(model):
        model.base_model.set_adapter(adapter, inference_mode=True)
        model.eval()
        try:
            yield
        finally:
            model.base_model.set_adapter(active, inference_mode=True)
            model.train(training)


def _combine(model: PeftModel, adapters: Sequence[str], weights: Sequence[float], how: Merge, name: str, density: float) -> None:
    """PEFT's merge, without the first adapter's dropout, which makes no sense on an adapter that does not move."""
    ranks = sum(model.peft_config[one].r for one in adapters)
    sides = [min(layer.in_features, layer.out_features) for _, layer in adapted_layers(model, adapters[0])]
    with warnings.catch_warnings(), keep_moving(model):
        warnings.filterwarnings("ignore", message="The density")
        model.add_weighted_adapter(
            list(adapters),
            list(weights),
            name,
            combination_type=COMBINATIONS[how],
            svd_rank=min(ranks, *sides),
            density=density,
            svd_full_matrices=False,
        )
    model.peft_config[name].lora_dropout = 0.0
    for _, layer in adapted_layers(model, name):
        layer.lora_dropout[name] = torch.nn.Identity()


def _compare(model: PeftModel, name: str, expected: Mapping[str, torch.Tensor], what: str) -> None:
    """Delete the adapter `name` and raise IntegrityError if a layer does not compute what is expected."""
    for key, (added, bare) in _measured(model, name).items():
        off, size, rounding = float((added - expected[key]).norm()), float(expected[key].norm()), ROUNDING * bare
        if not off <= TOLERANCE * size + rounding:
            model.delete_adapter(name)
            raise IntegrityError(
                f"{what} changes the outputs: at {key} the error is {off / max(size, rounding):.2g} of the adapter's size",
                "Nothing was published. Merge only plain LoRA adapters (regime lora_per_task), or keep them apart.",
            )
