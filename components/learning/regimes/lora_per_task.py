"""One adapter per experience, all merged into the one that answers: model merging over the experiences of a stream.

TIES (Yadav et al., NeurIPS 2023, arXiv 2306.01708, Algorithm 1), DARE (Yu et al., ICML 2024, arXiv 2311.03099, eq. 3), task
arithmetic (Ilharco et al., ICLR 2023, arXiv 2212.04089), and the sum of O-LoRA (arXiv 2310.14152) and of incremental LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.method import Peers, register
from components.learning.networks.adapters import MERGED, OWN, nth
from components.learning.regimes._adapter import ADAPTER, ADAPTERS, AdapterRegime, write_adapter
from components.learning.regimes._merging import keep_moving, merge
from components.learning.regimes._pruning import prune
from components.learning.sound import check_adapter
from components.storage import read_manifest

if TYPE_CHECKING:
    import peft
    import torch
    from torch import Tensor
    from torch.nn import Module

    from components.learning.run import Run
else:
    peft, torch = lazy("peft"), lazy("torch")

WHOLE = "unpruned"  # the merge before it is pruned to the one that answers


@register("regime", "lora_per_task")
class LoraPerTask(AdapterRegime):
    """Every experience trains a new LoRA adapter. All are kept, frozen, in adapters/; adapter/ holds their merge.

    merge linear: the mean of the products B A. ties: keep the `density` share of the largest entries of each product, elect a
    sign for every entry, and take the mean of the entries of that sign. dare_*: drop entries at random, multiply the rest by 1 /
    density, then linear or ties. As in the papers, these adapters are trained on the frozen base model alone, independently of
    each other. The head learns on the new adapter but answers on the merge, so a head that is rebuilt from memory rows (analytic)
    fits best.

    merge sum: W + sum of all, each trained on top of the frozen sum of the earlier ones, so that the model that is trained is
    the one that answers.

    The papers merge whole weights. This does the same on the products, not on A and B separately as PEFT's `linear` and `ties` do
    (`_merging.py`). TIES and DARE products are then cut to the sum of the ranks. A merge must pass the identity checks before it
    is used. The stored bytes grow with the number of experiences, and so does the rank that answers, unless it is pruned; the
    time of a merge hardly grows (TIES and DARE: two SVDs of every adapted layer).
    """

    renews: ClassVar[bool] = True
    merge: Literal["sum", "linear", "ties", "dare_linear", "dare_ties"] = Field(
        "linear", description="how the adapters are merged; sum: each is trained on top of the earlier ones"
    )
    weights: Literal["equal", "rows"] = Field(
        "equal", description="weight of an adapter in a merge; rows: in proportion to its new rows"
    )
    density: float = Field(0.2, gt=0, le=1, description="ties, dare: share of the entries to keep")
    energy: float = Field(
        1.0, gt=0, le=1, description="pruning after training: share of the squared singular values to keep; 1: no pruning"
    )
    _rows: list[int] = PrivateAttr(default_factory=list)  # how many new rows each adapter learned from

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """lwf distils the model before this experience, so training must start from that model."""
        if self.merge != "sum" and any(method.kind == "lwf" for method in recipe.regularizers):
            return (
                f"merge {self.merge} trains each adapter alone on the base model, and lwf asks the model as it was before",
                "Set learning.regime.merge to sum, or use regime {kind: lora}.",
            )
        return super().objection(recipe, causal)

    def movable(self, model: Module) -> set[str]:
        """The names of the new adapter's tensors."""
        return {name for name, _ in model.named_parameters() if "lora_" in name and f".{OWN}" in name}

    def prepare(self, model: Module, parent: Path | None) -> Module:
        """The base model with all past adapters, the merged one active, and a new one beside them."""
        if parent is None:
            adapted = self.begin(model)
        else:
            self.check_parent(parent, several=True)
            before = read_manifest(parent)["recipe"]["regime"]["merge"]
            if (before == "sum") != (self.merge == "sum"):
                raise UsageError(
                    f"learning.regime.merge: {self.merge}, but the parent's adapters were trained for {before}",
                    "Adapters for a sum build on each other, others do not: keep the setting, or start again in a new workspace.",
                )
            past = sorted((parent / ADAPTERS).iterdir())
            for folder in (parent / ADAPTER, *past):
                check_adapter(folder, model)
            adapted = peft.PeftModel.from_pretrained(model, parent / ADAPTER, adapter_name=MERGED)
            self.check_blocks(adapted, MERGED)
            for number, folder in enumerate(past):
                adapted.load_adapter(folder, adapter_name=nth(number))
            self.begin(adapted, OWN)
            if adapted.peft_config[OWN].target_modules != adapted.peft_config[MERGED].target_modules:
                modules = sorted(adapted.peft_config[MERGED].target_modules)
                raise UsageError(
                    f"learning.regime.targets: the parent adapts other modules: {', '.join(modules)}",
                    "Keep the parent's value, or start again in a new workspace.",
                )
            adapted.set_adapter(MERGED, inference_mode=True)
        if self.energy < 1 and any("lora_embedding" in name for name in self.movable(adapted)):
            raise UsageError("learning.regime.energy: an adapter on embeddings cannot be pruned", "Set it to 1.")
        return adapted

    def frozen(self, run: Run) -> bool:
        """Decided as in every regime, with the merged adapter active; then the new adapter is activated, or deleted."""
        model = run.network.model
        frozen = super().frozen(run)
        if frozen:
            model.delete_adapter(OWN)
            model.set_adapter(MERGED, inference_mode=True)
            return True
        past = [MERGED] if self.merge == "sum" and self._rows else []
        model.base_model.set_adapter([*past, OWN])
        own = self.movable(model)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in own)
        return False

    def after_experience(self, run: Run) -> None:
        """Prune and keep the new adapter, merge it with the others, check the merge, and answer with it from now on."""
        if not run.moved:
            return
        model = run.network.model
        with keep_moving(model):
            rank, kept = prune(model, OWN, nth(len(self._rows)), self.energy)
            self._rows.append(len(run.split.training))
            names = [nth(number) for number in range(len(self._rows))]
            counts = self._rows if self.weights == "rows" else [1] * len(names)
            model.set_adapter(OWN)
            if MERGED in model.peft_config:
                model.delete_adapter(MERGED)
            merge(model, names, [count / sum(counts) for count in counts], self.merge, WHOLE, self.density)
            prune(model, WHOLE, MERGED, self.energy)
            model.delete_adapter(WHOLE)
            model.set_adapter(MERGED, inference_mode=True)
        merged = model.peft_config[MERGED].r
        run.notes["adapters"] = {"kept": len(names), "rank": rank, "energy": round(kept, 6), "merged_rank": merged}
        super().after_experience(run)

    def save(self, model: Module, folder: Path, base: str) -> None:
        """Write adapter/, which answers, and adapters/, with one folder per experience."""
        write_adapter(model, MERGED, folder / ADAPTER, base)
        for number in range(len(self._rows)):
            write_adapter(model, nth(number), folder / ADAPTERS / f"{number:04d}", base)

    def state(self) -> dict[str, Tensor]:
        """How many rows each adapter learned from."""
        return {**super().state(), "rows": torch.tensor(self._rows, dtype=torch.int64)} if self._rows else super().state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore these numbers."""
        super().load(state)
        self._rows = [int(count) for count in state.get("rows", ())]
