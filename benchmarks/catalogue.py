"""The recipes of the tables of methods. Within a section, one thing differs from `lora + replay`, unless the name says more."""

from __future__ import annotations

from typing import Any

from components.settings import LearningSettings

Config = dict[str, Any]
Table = dict[str, dict[str, LearningSettings]]  # by section, by name
LORA: Config = {"kind": "lora", "rank": 8}
FIRST: Config = {**LORA, "adapt": "first"}
LINEAR: Config = {"kind": "linear"}
NONE: Config = {"kind": "none"}
REPLAY: Config = {"kind": "buffer", "policy": "class_balanced", "capacity": 600}
#: What every method is compared with. They have the default's head, and are tuned by the same rules on the same rows
JOINT_FROZEN = "joint, frozen + head"
JOINT_ADAPTED = "joint, adapted + head"
RETRAIN = "retrain every cycle"
REFERENCES = (JOINT_FROZEN, JOINT_ADAPTED, RETRAIN)
PLAIN = "lora + replay"


def recipe(
    regime: Config = LORA, head: Config = LINEAR, rehearsal: Config = REPLAY, *regularizers: Config, **more: Any
) -> LearningSettings:
    return LearningSettings(regime=regime, head=head, rehearsal=rehearsal, regularizers=regularizers, **more)


def analytic(layers: int = 3, **more: Any) -> Config:
    return {"kind": "analytic", "width": 0, "layers": layers, **more}


def buffer(policy: str = "class_balanced", sampling: str = "uniform") -> Config:
    return {**REPLAY, "policy": policy, "sampling": sampling}


def regularized(kind: str, rehearsal: Config = NONE, **more: Any) -> LearningSettings:
    return recipe(LORA, LINEAR, rehearsal, {"kind": kind, **more})


def rate(value: float) -> Config:
    return {"kind": "adamw", "rate": value}


UPPER: Config = {**LORA, "blocks": 3}
ONCE: Config = {**UPPER, "adapt": "first"}  # the references learn all rows as one experience
TWICE: Config = {**ONCE, "experiences": 2}
STILL: Config = {"kind": "head"}

ENCODER: Table = {
    "baselines": {
        "fine-tune only": recipe(rehearsal=NONE),
        JOINT_FROZEN: recipe(STILL, analytic(), NONE),
        JOINT_ADAPTED: recipe(ONCE, analytic(), NONE),
        RETRAIN: recipe(ONCE, analytic(), NONE),
        PLAIN: recipe(),
    },
    "recommended": {
        "upper lora first 2, analytic, replay": recipe(TWICE, analytic()),
        "upper lora first 2, analytic, replay, 2 epochs": recipe(TWICE, analytic(), optimizer={"kind": "adamw", "epochs": 2}),
        "lora first, analytic": recipe(FIRST, analytic(), NONE),
        "upper lora first, analytic": recipe({**UPPER, "adapt": "first"}, analytic(), NONE),
        "upper lora first 2, analytic, latent": recipe(TWICE, analytic(), {**REPLAY, "kind": "latent"}),
        "frozen, analytic": recipe(STILL, analytic(), NONE),
        "frozen, analytic of 6 layers": recipe(STILL, analytic(6), NONE),
        "frozen, lda of 3 layers": recipe(STILL, {"kind": "lda", "layers": 3}, NONE),
        "lora first, lda of 3 layers": recipe(FIRST, {"kind": "lda", "layers": 3}, NONE),
        "lora first, analytic of 6 layers": recipe(FIRST, analytic(6), NONE),
        "lora first 2, analytic, replay": recipe({**FIRST, "experiences": 2}, analytic()),
        "upper lora first 2, lda of 3 layers, replay": recipe(TWICE, {"kind": "lda", "layers": 3}),
        "lora drift, analytic, replay": recipe({**LORA, "adapt": "drift"}, analytic()),
        "lora always, analytic, replay": recipe(LORA, analytic()),
        "lora always, analytic transported": recipe(LORA, analytic(stale="transport"), NONE),
    },
    "regime": {
        "full": recipe({"kind": "full"}, optimizer=rate(1e-4)),
        "depth 2": recipe({"kind": "depth", "depth": 2}, optimizer=rate(1e-4)),
        "bias": recipe({"kind": "bias"}),
        "head": recipe(STILL),
        "upper lora": recipe(UPPER),
        "rslora": recipe({"kind": "rslora", "rank": 8}),
        "dora": recipe({"kind": "dora", "rank": 8}),
        "lora per task, linear": recipe({"kind": "lora_per_task", "rank": 8, "merge": "linear"}),
        "lora per task, ties": recipe({"kind": "lora_per_task", "rank": 8, "merge": "ties"}),
        "lora per task, dare": recipe({"kind": "lora_per_task", "rank": 8, "merge": "dare_ties"}),
        "lora per task, pruned": recipe({"kind": "lora_per_task", "rank": 8, "merge": "linear", "energy": 0.9}),
    },
    "buffer policy": {
        **{policy: recipe(rehearsal=buffer(policy)) for policy in ("reservoir", "ring", "herding", "gdumb", "priority")},
    },
    "sampling": {name: recipe(rehearsal=buffer(sampling=name)) for name in ("balanced", "mir", "grasp")},
    "rehearsal": {
        "der": recipe(rehearsal={**REPLAY, "kind": "der"}),
        "derpp": recipe(rehearsal={**REPLAY, "kind": "derpp"}),
        "latent, upper lora": recipe(UPPER, LINEAR, {**REPLAY, "kind": "latent"}),
        "retrieval": recipe(rehearsal={**REPLAY, "kind": "retrieval"}),
        "generative, lora first": recipe(FIRST, LINEAR, {"kind": "generative"}),
    },
    "head": {
        "linear, aligned": recipe(head={"kind": "linear", "correction": "weight_alignment"}),
        "linear, bias corrected": recipe(head={"kind": "linear", "correction": "bias"}),
        "linear, weighted": recipe(head={"kind": "linear", "weighting": "inverse_sqrt"}),
        "cosine": recipe(head={"kind": "cosine"}),
        "prototypes": recipe(head={"kind": "prototypes"}),
        "lda": recipe(head={"kind": "lda"}),
        "analytic 2000": recipe(head={"kind": "analytic", "width": 2000}),
    },
    "regularizer, no memory": {kind: regularized(kind) for kind in ("ewc", "online_ewc", "si", "mas", "lwf", "l2sp")}
    | {"olora, lora per task": recipe({"kind": "lora_per_task", "rank": 8}, LINEAR, NONE, {"kind": "olora"})},
    "regularizer with replay": {f"{kind} + replay": regularized(kind, REPLAY) for kind in ("gem", "agem", "online_ewc", "lwf")},
    "online and meta": {
        "reptile + replay": regularized("reptile", REPLAY),
        "lamaml + replay": regularized("lamaml", REPLAY),
        "one pass + replay": recipe(optimizer={"kind": "stream"}),
        "one pass, frozen, analytic": recipe(STILL, analytic(), NONE, optimizer={"kind": "stream"}),
    },
}

#: A model that writes has no head, and no class scores to distil. Batches are small, so that few rows still give some steps
STEPS: Config = {"kind": "adamw", "rate": 1e-3, "epochs": 3, "batch": 4}


def writes(regime: Config = LORA, rehearsal: Config = NONE, *regularizers: Config) -> LearningSettings:
    return recipe(regime, NONE, rehearsal, *regularizers, base="smollm2", max_tokens=64, optimizer=STEPS)


CAUSAL: Table = {
    "baselines": {"fine-tune only": writes(), JOINT_ADAPTED: writes(), RETRAIN: writes(), PLAIN: writes(LORA, REPLAY)},
    "regime": {"upper lora + replay": writes({**LORA, "blocks": 10}, REPLAY)},
    "rehearsal": {
        "generative (lamol)": writes(LORA, {"kind": "generative"}),
        "retrieval": writes(LORA, {**REPLAY, "kind": "retrieval"}),
    },
    "regularizer": {
        "online_ewc": writes(LORA, NONE, {"kind": "online_ewc"}),
        "agem + replay": writes(LORA, REPLAY, {"kind": "agem"}),
    },
}
TABLES = {"encoder": ENCODER, "causal": CAUSAL}
