"""An adapter for every experience, merged into the one that answers: model merging over a line of experiences.

TIES (Yadav et al., NeurIPS 2023, arXiv 2306.01708, Algorithm 1), DARE (Yu et al., ICML 2024, arXiv 2311.03099, eq. 3), task
arithmetic (Ilharco et al., ICLR 2023, arXiv 2212.04089), and the sum of O-LoRA (arXiv 2310.14152) and of incremental LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.method import Peers, register
from components.learning.networks.adapters import MERGED, OWN, nth
from components.learning.regimes._adapter import ADAPTER, ADAPTERS, AdapterRegime, write_adapter
from components.learning.regimes._merging import keep_moving, merge
from components.learning.regimes._pruning import prune
from components.storage import read_manifest

if TYPE_CHECKING:
    import peft
    import torch
    from torch import Tensor
    from torch.nn import Module

    from components.learning.run import Run
else:
    peft, torch = lazy("peft"), lazy("torch")

WHOLE = "unpruned"  # the merge before it is cut to the rank that answers


@register("regime", "lora_per_task")
class LoraPerTask(AdapterRegime):
    """Every experience trains a fresh LoRA adapter. All are kept in adapters/, each frozen; adapter/ holds their merge.

    merge linear: the mean of the products B A. ties: of each product the `density` share of the largest entries, a sign elected
    for every entry, the mean of those of that sign. dare_*: entries dropped at random, 1 / density on the rest, then linear or
    ties. As in the papers, these adapters are trained alone on the frozen base model: none knows of the others. The head
    learns on the new adapter but answers on the merge, so a head made anew from memory rows (analytic) fits best.

    merge sum: W + sum of all, each trained on top of the frozen sum of the earlier ones, so that the model that is trained is
    the one that answers.

    The papers merge whole weights; so does this, on the products and not on A and B apart as PEFT's `linear` and `ties` do
    (`_merging.py`). TIES and DARE products are then cut to the sum of the ranks. Before it is used, a merge must pass the
    identity checks. Stored bytes, and the rank that answers unless it is pruned, grow with the number of experiences; the time of
    a merge hardly does (TIES and DARE: two SVDs of every adapted layer).
    """

    merge: Literal["sum", "linear", "ties", "dare_linear", "dare_ties"] = Field(
        "linear", description="how the adapters become one; sum: trained one on top of the other"
    )
    weights: Literal["equal", "rows"] = Field("equal", description="what an adapter counts in a merge; rows: as its new rows")
    density: float = Field(0.2, gt=0, le=1, description="ties, dare: share of the entries that are kept")
    energy: float = Field(
        1.0, gt=0, le=1, description="pruning after training: share of the squared singular values that is kept; 1: none"
    )
    _rows: list[int] = PrivateAttr(default_factory=list)  # new rows behind each adapter

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """Distillation from the model before must start from that model."""
        if self.merge != "sum" and any(method.kind == "lwf" for method in recipe.regularizers):
            return (
                f"merge {self.merge} trains each adapter alone on the base model, and lwf asks the model as it was before",
                "Set learning.regime.merge to sum, or use regime {kind: lora}.",
            )
        return super().objection(recipe, causal)

    def movable(self, model: Module) -> set[str]:
        """The new adapter's tensors."""
        return {name for name, _ in model.named_parameters() if "lora_" in name and f".{OWN}" in name}

    def prepare(self, model: Module, parent: Path | None) -> Module:
        """All adapters of the line around the base model, the merged one active, and a fresh one beside them."""
        if parent is None:
            adapted = self.begin(model)
        else:
            self.check_parent(parent, several=True)
            before = read_manifest(parent)["recipe"]["regime"]["merge"]
            if (before == "sum") != (self.merge == "sum"):
                raise UsageError(
                    f"learning.regime.merge: {self.merge}, but the parent's adapters were trained for {before}",
                    "Adapters to be summed stand one on top of the other, all others alone: keep it, or start a new line.",
                )
            adapted = peft.PeftModel.from_pretrained(model, parent / ADAPTER, adapter_name=MERGED)
            self.check_blocks(adapted, MERGED)
            for number, folder in enumerate(sorted((parent / ADAPTERS).iterdir())):
                adapted.load_adapter(folder, adapter_name=nth(number))
            self.begin(adapted, OWN)
            if adapted.peft_config[OWN].target_modules != adapted.peft_config[MERGED].target_modules:
                held = sorted(adapted.peft_config[MERGED].target_modules)
                raise UsageError(
                    f"learning.regime.targets: the parent adapts other modules: {', '.join(held)}",
                    "Keep the parent's value, or start a new line.",
                )
            adapted.set_adapter(MERGED, inference_mode=True)
        if self.energy < 1 and any("lora_embedding" in name for name in self.movable(adapted)):
            raise UsageError("learning.regime.energy: an adapter on embeddings cannot be pruned", "Set it to 1.")
        return adapted

    def frozen(self, run: Run) -> bool:
        """As every regime decides it, asking the merged adapter; then the fresh one starts, or goes."""
        model = run.network.model
        found = super().frozen(run)
        if found:
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
        """Keep the new adapter, pruned; merge it with the others, check, and answer by the merge from now on."""
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
        """Write adapter/, which answers, and adapters/, one folder an experience."""
        write_adapter(model, MERGED, folder / ADAPTER, base)
        for number in range(len(self._rows)):
            write_adapter(model, nth(number), folder / ADAPTERS / f"{number:04d}", base)

    def state(self) -> dict[str, Tensor]:
        """How many rows each adapter learned from."""
        return {**super().state(), "rows": torch.tensor(self._rows, dtype=torch.int64)} if self._rows else super().state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take it back."""
        super().load(state)
        self._rows = [int(count) for count in state.get("rows", ())]
