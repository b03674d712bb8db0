"""The methods of the plain loop, from their papers, written for this one network. The settings are those given to `learn`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, kl_div

from benchmarks.engines.network import Network, padded
from benchmarks.engines.plan import Array, Part


class Replay:
    """The mean cross-entropy of the batch: the plan holds the memory's rows. All hooks of the others do nothing."""

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        own = settings["regularizers"][0] if settings["regularizers"] else settings["rehearsal"]
        self.settings, self.rng = own, np.random.default_rng(seed)
        self.losses: list[float] = []  # the mean cross-entropy of each step's rows

    def begin(self, network: Network, part: Part) -> None:
        """Before the first step."""

    def loss(self, network: Network, part: Part, rows: Array, scores: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        return losses.mean()

    def gradients(self, network: Network, part: Part, rows: Array) -> None:
        """After the backward pass."""

    def moved(self, network: Network, rate: float) -> None:
        """After the step."""

    def end(self, network: Network, part: Part) -> None:
        """After the last step."""


class Ewc(Replay):
    """Kirkpatrick et al. 2017 with the Fisher information of single rows, one label drawn a row, as a proximal step."""

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        super().__init__(settings, seed)
        self.fisher: dict[str, torch.Tensor] = {}
        self.pull: dict[str, torch.Tensor] = {}

    def moved(self, network: Network, rate: float) -> None:
        weight = rate * self.settings["strength"]
        with torch.no_grad():
            for name, p in network.moving.items():
                if name in self.fisher:
                    p.add_(self.pull[name], alpha=weight).div_(1 + weight * self.fisher[name])

    def end(self, network: Network, part: Part) -> None:
        network.eval()
        moving = network.moving
        rows = self.rng.choice(part.new, min(self.settings.get("samples", 200), part.new), replace=False)
        total = {name: torch.zeros_like(p) for name, p in moving.items()}
        for row in rows:
            logs = network(padded([part.ids[row]], network.pad)).log_softmax(-1)[0]
            p = logs.detach().exp().double().numpy()
            exact = self.settings.get("fisher") == "exact"
            terms = list(enumerate(p)) if exact else [(int(self.rng.choice(len(p), p=p / p.sum())), 1.0)]
            for column, weight in terms:
                for sum_, g in zip(total.values(), torch.autograd.grad(logs[column], list(moving.values()), retain_graph=exact)):
                    sum_.addcmul_(g, g, value=float(weight) / len(rows))
        for name, new in total.items():
            self.pull[name] = self.pull.get(name, 0) + new * moving[name].detach()
            self.fisher[name] = self.fisher.get(name, 0) + new


class Si(Replay):
    """Zenke et al. 2017: the path integral of the batch's gradient, as a proximal step."""

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        super().__init__(settings, seed)
        self.omega: dict[str, torch.Tensor] = {}
        self.anchor: dict[str, torch.Tensor] = {}

    def begin(self, network: Network, part: Part) -> None:
        self.start = {name: p.detach().clone() for name, p in network.moving.items()}
        self.before = {name: p.clone() for name, p in self.start.items()}
        self.path = {name: torch.zeros_like(p) for name, p in self.start.items()}

    def gradients(self, network: Network, part: Part, rows: Array) -> None:
        self.gradient = {name: p.grad.clone() for name, p in network.moving.items() if p.grad is not None}

    def moved(self, network: Network, rate: float) -> None:
        with torch.no_grad():
            for name, p in network.moving.items():
                if name in self.omega:
                    pull = 2 * rate * self.settings["strength"] * self.omega[name]
                    p.add_((self.anchor[name] - p) * (pull / (1 + pull)))
                self.path[name] -= self.gradient[name] * (p - self.before[name])
                self.before[name].copy_(p)

    def end(self, network: Network, part: Part) -> None:
        for name, p in network.moving.items():
            now = p.detach().clone()
            new = self.path[name].clamp(min=0) / ((now - self.start[name]) ** 2 + self.settings.get("xi", 0.1))
            self.omega[name], self.anchor[name] = self.omega.get(name, 0) + new, now


class Lwf(Replay):
    """Li and Hoiem 2016: T^2 KL between old and new answers over the old labels, the old ones computed once."""

    def begin(self, network: Network, part: Part) -> None:
        self.known = getattr(self, "grown", 0)
        self.grown = len(part.labels)
        if not self.known:
            return
        network.eval()
        t, self.old = self.settings.get("temperature", 2.0), torch.zeros(part.new, self.known)
        with torch.no_grad():
            for i in range(0, part.new, 64):
                scores = network(padded(part.ids[i : min(i + 64, part.new)], network.pad))
                self.old[i : i + 64] = (scores[:, : self.known] / t).softmax(-1)

    def loss(self, network: Network, part: Part, rows: Array, scores: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        if not self.known:
            return losses.mean()
        t, new = self.settings.get("temperature", 2.0), torch.from_numpy(rows < part.new)
        soft = (scores[new][:, : self.known] / t).log_softmax(-1)
        wanted = self.old[torch.from_numpy(rows)[new]]
        return losses.mean() + self.settings["strength"] * t**2 * kl_div(soft, wanted, reduction="batchmean")


class AGem(Replay):
    """Chaudhry et al. 2019: no memory row in the batch; the gradient is projected off that of drawn memory rows."""

    def gradients(self, network: Network, part: Part, rows: Array) -> None:
        memory = len(part.ids) - part.new
        if not memory:
            return
        moving = [p for p in network.moving.values() if p.grad is not None]
        drawn = part.new + self.rng.choice(memory, min(self.settings.get("samples", 64) or memory, memory), replace=False)
        scores = network(padded([part.ids[row] for row in drawn], network.pad))
        reference = torch.autograd.grad(cross_entropy(scores, torch.from_numpy(part.truth[drawn])), moving)
        along = sum(float((p.grad * r).sum()) for p, r in zip(moving, reference))
        if along < 0:
            length = sum(float((r * r).sum()) for r in reference)
            for p, r in zip(moving, reference):
                p.grad.add_(r, alpha=-along / length)


class DerPlusPlus(Replay):
    """Buzzega et al. 2020: new rows, as many of x' (stored scores), as many of x'' (labels), in one forward pass."""

    def loss(self, network: Network, part: Part, rows: Array, scores: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        new = int((rows < part.new).sum())
        if new == len(rows):
            return losses.mean()
        half = new + (len(rows) - new) // 2
        stored = torch.from_numpy(part.logits[rows[new:half] - part.new])
        known = ~stored.isnan()
        gap = (((scores[new:half] - stored.nan_to_num()) ** 2) * known).sum(1) / known.sum(1).clamp(min=1)
        distance = gap.sum() / known.any(1).sum().clamp(min=1)
        own = self.settings
        return losses[:new].mean() + own.get("alpha", 0.3) * distance + own.get("beta", 0.5) * losses[half:].mean()


METHODS = {"replay": Replay, "ewc": Ewc, "si": Si, "lwf": Lwf, "agem": AGem, "derpp": DerPlusPlus}
