"""`learning.recipe: auto`: which recipe an experience is learned by, and why. Pure: a truth table over a few facts.

    familiar, and the head grows by itself      growth: the encoder stays frozen, the head learns the rows
    else, adapting would surely gain < GAIN     growth: the encoder stays as it is now, and a later experience may move it
    else, the parent's regime is lora_per_task  growth: a new adapter
    else, texts may be kept                     replay: the adapter moves, with memory rows in its batches
    else, the head grows by itself              growth: the encoder stays frozen after its first experience
    else                                        ewc: the adapter moves, penalised by online EWC

If the first choice is beyond the budget, the next one within it is taken, or the cheapest. Why an encoder without rows to
rehearse stays frozen: on TREC, with 200 rows per experience, MiniLM and one seed, it reached .725 (forgetting .065). Moved every
time, with transported statistics, it reached .607 (.294); penalised by online EWC of strength 1e4 as well, .644 (.248).

A checkpoint keeps its parent's regime, head and routing; only their `adapt` and `stale` are chosen. Rehearsal and regularizers
are chosen for every experience: `learning.rehearsal` is used if it is a buffer, `learning.regularizers` for the settings of
online_ewc, which is chosen only where nothing can be rehearsed: beside replay its pull cost 10 to 14 points on TREC at 80 rows.

What adapting would gain is at most SHARE of the error that a head on the present features makes on rows left out, of its lower
bound (`evidence.py`). Measured for a head that grows by itself while the encoder may still move: under `adapt: first`, in no more
experiences than the settings say. Few rows, and rows that are answered rightly as it is, leave the encoder frozen. SHARE is the
largest that was seen, and not the mean: adapting that gained little cost a point at most, and not adapting cost four. It was set
on trec, five and sentiment with 60, 120 and 240 training rows an experience, one split, 160 to 831 cases: two adapted experiences
gained .03 to .04, -.01 to .02 and .00 to .02 for a mean bound of .13 to .20. A rough figure, which differs from stream to stream:
`python -m benchmarks.choice` measures the rule with the SHARE of the streams that are not decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from components.learning.choice.evidence import Evidence
from components.learning.method import read_method
from components.settings import LearningSettings

Kind = Literal["replay", "ewc", "growth"]
Plan = Literal["replay", "ewc", "fresh", "still"]
#: Heads that learn rows without training, on a frozen base model
GROWING = ("analytic", "lda", "prototypes")
#: Rehearsal that keeps no text
TEXTLESS = ("none", "generative", "latent")
HEAD = {"kind": "analytic", "width": 0, "layers": 3}
BUFFER = {"kind": "buffer", "policy": "class_balanced", "sampling": "uniform", "capacity": 600, "ratio": 1.0}
ENOUGH = 0.5  # with a smaller share of rows with consent, a memory would not represent the rest
SHARE = 0.2  # of the left-out error, adapting removes at most so much
GAIN = 0.01  # accuracy that adapting must be worth: less is not noticed, and moving costs time and old statistics
STEP = 3.0  # the cost of a training step on a row, in encodings of it: forward, and twice that backward


@dataclass(frozen=True)
class Facts:
    """What the choice depends on. parent: the recipe in the parent's manifest, None for the first experience of a stream."""

    causal: bool
    rows: int  # new rows
    new_labels: int = 0  # labels that the parent does not know
    novelty: float | None = None  # choice/novelty.py; None: no past experience to compare with
    consented: float = 1.0  # share of the new rows with `consent: true`
    parent: Mapping[str, Any] | None = None
    memory_rows: int = 0  # rows of the parent's memory that may be kept
    moves: int = 0  # in how many past experiences the encoder was moved, at least
    seen: int = 0  # rows that were learned before
    evidence: Evidence | None = None  # of the present encoder on the new rows; None: not asked for

    @property
    def anchored(self) -> bool:
        """Whether the parent knows which of its parameters matter. States are kept by position: online EWC must be first."""
        return [one["kind"] for one in (self.parent or {}).get("regularizers", ())][:1] == ["online_ewc"]

    def record(self) -> dict[str, Any]:
        """For the manifest, without the parent's recipe, which is in the parent's manifest."""
        known = {name: value for name, value in asdict(self).items() if name not in ("parent", "evidence")}
        return known | ({"evidence": self.evidence.record()} if self.evidence else {})


@dataclass(frozen=True)
class Choice:
    """settings: the whole recipe, with `recipe: given`."""

    kind: Kind
    settings: LearningSettings
    reasons: tuple[str, ...]
    facts: Facts

    def record(self) -> dict[str, Any]:
        """For the manifest."""
        return {"chosen": self.kind, "reasons": list(self.reasons), "facts": self.facts.record()}


def choose(facts: Facts, settings: LearningSettings) -> Choice:
    """The recipe for an experience. Equal facts and settings give equal choices."""
    regime, head = dict((facts.parent or {}).get("regime", settings.regime)), _head(facts, settings)
    grows = not facts.causal and head["kind"] in GROWING
    move, reasons = _must_move(facts, settings, regime, grows)
    rehearse, why = _texts(facts, settings)
    plans: list[Plan] = []
    if move and regime["kind"] == "lora_per_task":
        plans, why = ["fresh"], "the line has an adapter an experience: a fresh one is added, the others stand still"
    elif move and rehearse:
        plans = ["replay", "ewc"]
    elif move:
        plans = ["ewc"]
    if plans == ["ewc"] and grows and facts.parent is not None:
        plans, why = [], f"{why}: the encoder stands still, and the head takes the rows in"
    elif "ewc" in plans and facts.parent is not None and not facts.anchored:
        why += ", and nothing in the parent says which parameters mattered (online EWC) until now" if plans == ["ewc"] else ""
        plans = plans[:1]
    plans += ["still"] if grows else []
    costs = {plan: work(plan, facts, settings, rehearse) for plan in plans}
    plan = next((p for p in plans if settings.budget is None or costs[p] <= settings.budget), min(plans, key=costs.__getitem__))
    reasons += [why] if move else []
    if plan != plans[0]:
        reasons.append(
            f"{_kind(plans[0])} would cost {costs[plans[0]]:.1f} encodings of the rows, the budget is {settings.budget:g}"
        )
    if settings.budget is not None and costs[plan] > settings.budget:
        reasons.append(f"{_kind(plan)}, the cheapest that this line can go on with, costs {costs[plan]:.1f}: above the budget")
    return Choice(_kind(plan), _recipe(plan, facts, settings, rehearse, waits=not move), tuple(reasons), facts)


def asks(facts: Facts, settings: LearningSettings) -> bool:
    """Whether the choice depends on what adapting would gain: the one encoder of a line would move, and need not."""
    regime = choose(facts, settings).settings.regime
    moves = regime.get("adapt") == "always" and not _never_moves(regime) and regime["kind"] != "lora_per_task"
    return moves and not facts.causal and _head(facts, settings)["kind"] in GROWING


def _kind(plan: Plan) -> Kind:
    return plan if plan == "replay" or plan == "ewc" else "growth"


def _head(facts: Facts, settings: LearningSettings) -> dict[str, Any]:
    if facts.causal:
        return dict(settings.head)  # a causal model uses no head
    if facts.parent is not None:
        return dict(facts.parent["head"])
    return dict(settings.head if settings.head["kind"] in GROWING else HEAD)


def _must_move(facts: Facts, settings: LearningSettings, regime: Mapping[str, Any], grows: bool) -> tuple[bool, list[str]]:
    """Whether something has to be trained for this experience, and why."""
    if grows and _never_moves(regime):
        return False, [f"regime {regime['kind']!r} never moves the encoder: the head takes the rows in"]
    if facts.parent is None:
        return _worth(facts, grows, ["the first experience of a line: there is nothing to forget yet"])
    if grows and settings.regime.get("adapt") == "first" and _moved_enough(facts, settings.regime):
        return False, [f"the encoder was moved in {facts.moves} experiences, and learning.regime allows no more"]
    if not grows:
        return True, [f"{'a causal LM' if facts.causal else 'this head'} learns by training only"]
    fresh = facts.new_labels > 0
    limit = settings.novelty / 2 if fresh else settings.novelty
    labels = f"{facts.new_labels} new labels" if fresh else "no new label"
    if facts.novelty is None:
        return _worth(facts, grows, [f"{labels}; no signature of a past experience is kept: taken for novel"])
    if facts.novelty >= limit:
        said = f"{labels}; distance {facts.novelty:.3f} to the nearest past experience: novel, from {limit:g} on"
        return _worth(facts, grows, [said])
    return False, [f"{labels}; distance {facts.novelty:.3f} to the nearest past experience: familiar, below {limit:g}"]


def _moved_enough(facts: Facts, regime: Mapping[str, Any]) -> bool:
    return facts.moves >= regime.get("experiences", 1) and facts.seen >= regime.get("rows", 0)


def _worth(facts: Facts, grows: bool, reasons: list[str]) -> tuple[bool, list[str]]:
    """Whether adapting would surely gain enough; yes if there is no evidence, or no other way to learn."""
    evidence = facts.evidence
    if evidence is None or not grows:
        return True, reasons
    if not evidence.rows:
        return False, [*reasons, "no two classes have two rows each: nothing shows that adapting would help"]
    sure = SHARE * evidence.sure
    seen = f"{evidence.error:.1%} of {evidence.rows} rows are answered wrongly if left out, surely {evidence.sure:.1%}"
    verdict = f"adapting is worth {sure:.1%}, {'at least' if sure >= GAIN else 'less than'} {GAIN:.1%}"
    return sure >= GAIN, [*reasons, f"{seen}: {verdict}"]


def _never_moves(regime: Mapping[str, Any]) -> bool:
    return regime["kind"] == "head" or (regime["kind"] == "depth" and regime.get("depth", 1) == 0)


def _texts(facts: Facts, settings: LearningSettings) -> tuple[bool, str]:
    """Whether rows may be rehearsed as texts."""
    if settings.texts == "never":
        return False, "no text may be kept (learning.texts: never)"
    if facts.parent is not None and facts.parent["rehearsal"]["kind"] == "latent":
        return False, "the line's memory holds no texts (rehearsal: latent)"
    if facts.parent is not None and not facts.memory_rows:
        return False, "the parent has no memory to rehearse"
    if settings.texts == "consented":
        many = facts.consented >= ENOUGH
        share = f"{facts.consented:.0%} of the rows came with consent to keep them"
        return many, share if many else f"{share}: too few to stand for the rest"
    return True, "texts may be kept"


def _recipe(plan: Plan, facts: Facts, settings: LearningSettings, rehearse: bool, *, waits: bool = False) -> LearningSettings:
    """The settings that carry out a plan. waits: a line that begins with a frozen encoder may move it later."""
    parent = facts.parent or {}
    regime, head = dict(parent.get("regime", settings.regime)), _head(facts, settings)
    regime |= {"adapt": "first", "experiences": 1, "rows": 0} if plan == "still" else {"adapt": "always"}
    if plan == "still" and not parent and not _never_moves(regime):
        regime = {**regime, "experiences": 0} if waits else {"kind": "head"}
    if head["kind"] in GROWING:
        head["stale"] = "refresh" if rehearse else "transport"
    never_twice = regime["kind"] == "lora_per_task" or (_never_moves(regime) and not facts.causal)
    idle = never_twice and (facts.causal or head["kind"] in GROWING)  # online EWC would have nothing to hold
    kept = settings.texts != "never" and parent.get("rehearsal", {}).get("kind") != "latent"
    if head.get("correction") == "bias" and not (kept and read_method("optimizer", settings.optimizer).record()["validation"]):
        head["correction"] = "weight_alignment"  # bias is fitted on memory rows and validation rows
    buffer = dict(settings.rehearsal if settings.rehearsal["kind"] == "buffer" else BUFFER)
    if plan in ("ewc", "fresh") or not rehearse:
        buffer["ratio"] = 0.0  # keep rows, but do not rehearse them
    return settings.model_copy(
        update={
            "recipe": "given",
            "regime": regime,
            "head": head,
            "routing": dict(parent.get("routing", settings.routing)),
            "rehearsal": buffer if kept else {"kind": "none"},
            "regularizers": (_ewc(settings),) if (plan == "ewc" or (facts.anchored and plan != "replay")) and not idle else (),
        }
    )


def _ewc(settings: LearningSettings) -> dict[str, Any]:
    """online_ewc with the user's settings, if there are any. Once used it stays: its state is about the past."""
    return dict(next((one for one in settings.regularizers if one["kind"] == "online_ewc"), {"kind": "online_ewc"}))


def work(plan: Plan, facts: Facts, settings: LearningSettings, rehearse: bool) -> float:
    """The cost of a plan, in encodings of the new rows by the base model; at least 1."""
    recipe = _recipe(plan, facts, settings, rehearse)
    memory = facts.memory_rows / facts.rows if recipe.rehearsal["kind"] != "none" else 0.0
    encoded = 1.0 + memory
    if plan == "still":
        return encoded
    epochs = int(read_method("optimizer", recipe.optimizer).record()["epochs"])
    steps = epochs * (1 + (float(recipe.rehearsal.get("ratio", 1.0)) if memory else 0.0))
    fisher = min(1.0, read_method("regularizer", _ewc(settings)).record()["samples"] / facts.rows) if recipe.regularizers else 0.0
    return encoded + STEP * (steps + fisher)
