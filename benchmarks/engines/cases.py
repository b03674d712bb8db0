"""The rows of `perdure bench learning`: method -> recipe, always lora with a linear head, as in the loop written by hand."""

from __future__ import annotations

from typing import Any

from components.errors import UsageError
from components.settings import LearningSettings

BUFFER = {"kind": "buffer", "policy": "class_balanced", "capacity": 600, "ratio": 1.0}
NONE = {"kind": "none"}
PREFIX = "replay, last block"

#: method -> the axes in which it differs, and its epochs as a multiple of --epochs
CASES: dict[str, tuple[dict[str, Any], int]] = {
    "replay": ({"rehearsal": BUFFER}, 1),
    "ewc": ({"rehearsal": NONE, "regularizers": [{"kind": "ewc", "strength": 100.0}]}, 1),
    "si": ({"rehearsal": NONE, "regularizers": [{"kind": "si", "strength": 1.0}]}, 1),
    "lwf": ({"rehearsal": NONE, "regularizers": [{"kind": "lwf", "strength": 1.0}]}, 1),
    "agem": ({"rehearsal": {**BUFFER, "ratio": 0.0}, "regularizers": [{"kind": "agem", "samples": 64}]}, 1),
    "derpp": ({"rehearsal": {**BUFFER, "kind": "derpp"}}, 1),
    PREFIX: ({"rehearsal": BUFFER, "regime": {"kind": "lora", "rank": 8, "blocks": 1}}, 4),
}


def settings_for(method: str, base: str, epochs: int, batch: int = 32, max_tokens: int = 256) -> LearningSettings:
    """The recipe of a row, without validation rows and with a constant rate, so that the plan is the same for every engine."""
    axes, times = CASES[method]
    optimizer = {"kind": "adamw", "rate": 1e-3, "batch": batch, "epochs": epochs * times, "validation": 0.0}
    common = {"base": base, "max_tokens": max_tokens, "regime": {"kind": "lora", "rank": 8}, "head": {"kind": "linear"}}
    return LearningSettings.model_validate({**common, "optimizer": optimizer, **axes})


def objection(settings: LearningSettings) -> str | None:
    """Why this version cannot learn with these settings; None if it can."""
    from components.learning.recipe import read_recipe

    try:
        read_recipe(settings).check(causal=False)
    except UsageError as error:
        return error.message
    return None
