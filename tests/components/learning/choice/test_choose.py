"""`recipe: auto`: the whole truth table, that every choice is legal and continues its parent, and novelty in closed form."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from components.errors import UsageError
from components.learning.choice.choose import GAIN, SHARE, Choice, Facts, asks, choose, work
from components.learning.choice.evidence import Evidence
from components.learning.choice.facts import moves
from components.learning.choice.novelty import distance, novelty, signature
from components.learning.choice.resolve import legal_recipe, refuse_illegal
from components.learning.method import known_kinds
from components.learning.recipe import read_recipe
from components.settings import LearningSettings, load_settings
from tests.examples import examples

pytestmark = pytest.mark.unit

GIVEN = LearningSettings(recipe="auto", regime={"kind": "lora", "rank": 4}, head={"kind": "analytic", "width": 0, "layers": 3})
EWC = ({"kind": "online_ewc"},)


def parent_of(**axes: Any) -> dict[str, Any]:
    """The recipe that a parent's manifest records."""
    return read_recipe(GIVEN.model_copy(update=axes)).record()


LINES: dict[str, Any] = {
    "start": None,
    "growing head": parent_of(),
    "growing head, anchored": parent_of(regularizers=EWC),
    "still encoder": parent_of(regime={"kind": "head"}),
    "trained head": parent_of(head={"kind": "linear"}),
    "trained head, anchored": parent_of(head={"kind": "linear"}, regularizers=EWC),
    "adapters": parent_of(regime={"kind": "lora_per_task"}),
    "causal start": None,
    "causal": parent_of(head={"kind": "none"}),
    "causal, anchored": parent_of(head={"kind": "none"}, regularizers=EWC),
    "causal adapters": parent_of(head={"kind": "none"}, regime={"kind": "lora_per_task"}),
}
# (distance, new labels): familiar or novel at a threshold of .25, .125 with new labels
NOVELTY = {(0.05, 0): False, (0.2, 0): False, (0.3, 0): True, (0.05, 2): False, (0.2, 2): True, (0.3, 2): True, (None, 0): True}
# (learning.texts, share with consent, memory rows): whether rows can be rehearsed
TEXTS = {
    ("keep", 0.0, 300): True, ("keep", 0.0, 0): False, ("consented", 0.9, 300): True, ("consented", 0.1, 300): False,
    ("consented", 0.9, 0): False, ("never", 1.0, 300): False,
}  # fmt: skip
# 300 rows, 3 epochs: replay costs 1 + 1 + 3 * 3 * 2 = 20, EWC 1 + 3 * (3 + 200 / 300) = 12 (13 beside a memory), growth 1 (or 2)
BUDGETS = {None: 3, 25.0: 3, 15.0: 2, 2.0: 1}  # how many of replay, ewc, growth can be paid


def expected(line: str, novel: bool, rehearse: bool, paid: int) -> tuple[str, bool]:
    """(kind, whether the base model moves) as the table in selection.py's docstring says it."""
    start, causal = line.endswith("start"), line.startswith("causal")
    trained = causal or line.startswith("trained")
    if line == "still encoder" or (not trained and not start and not novel):
        return "growth", False
    if line.endswith("adapters"):
        return "growth", trained or paid > 1  # a fresh adapter costs about what EWC does
    anchored = start or line.endswith("anchored")
    order = (["replay"] if rehearse else []) + (["ewc"] if anchored or (trained and not rehearse) else [])
    if not trained and not start and not rehearse:
        order = []  # an encoder whose head grows by itself moves only with rows to rehearse
    order += [] if trained else ["growth"]
    cost = {"replay": 3, "ewc": 2, "growth": 1}
    affordable = [kind for kind in order if cost[kind] <= paid]
    kind = affordable[0] if affordable else order[-1]
    return kind, kind != "growth"


def chosen(line: str, seen: tuple[float | None, int], texts: tuple[Any, float, int], budget: float | None) -> Choice:
    facts = Facts(
        causal=line.startswith("causal"), rows=300, new_labels=seen[1], novelty=None if line.endswith("start") else seen[0],
        consented=texts[1], parent=LINES[line], memory_rows=0 if line.endswith("start") else texts[2],
    )  # fmt: skip
    return choose(facts, GIVEN.model_copy(update={"texts": texts[0], "budget": budget}))


@pytest.mark.parametrize("line", LINES)
def test_the_truth_table(line: str) -> None:
    """All combinations: 7 states of novelty, 6 of texts, 4 budgets, for every kind of line."""
    found: set[str] = set()
    for seen, texts, budget in itertools.product(NOVELTY, TEXTS, BUDGETS):
        choice = chosen(line, seen, texts, budget)
        start = line.endswith("start")
        rehearse = (texts[0] != "never" and (texts[0] == "keep" or texts[1] > 0.5)) if start else TEXTS[texts]
        if start and rehearse and (budget == 15 or (line == "causal start" and budget == 2)):
            # nothing is in the memory yet: the first experience costs its epochs alone, 1 + 9, and EWC 12
            assert choice.kind == "replay"
        else:
            kind, moves = expected(line, NOVELTY[seen] or start, rehearse, BUDGETS[budget])
            row = (line, seen, texts, budget, choice.reasons)
            assert choice.kind == kind, row
            regime = choice.settings.regime
            still = regime["kind"] == "head" or (regime.get("adapt"), regime.get("experiences")) == ("first", 1)
            assert still is not moves, row
        found.add(choice.kind)
        assert choice.settings.recipe == "given"
        kept = choice.settings.rehearsal["kind"]
        assert kept == ("none" if texts[0] == "never" else "buffer"), "a memory is kept wherever it may be"
        if choice.kind == "replay":
            assert choice.settings.rehearsal["ratio"] > 0
            assert not choice.settings.regularizers, "beside replay the pull of online EWC costs more than it keeps"
        if choice.kind == "ewc":
            assert choice.settings.regularizers[0]["kind"] == "online_ewc"
            assert choice.settings.rehearsal.get("ratio", 0) == 0
        if choice.settings.head["kind"] == "analytic" and not line.startswith("causal"):
            assert choice.settings.head["stale"] == ("refresh" if rehearse else "transport")
    wanted = {
        "start": {"replay", "ewc", "growth"}, "growing head": {"replay", "growth"}, "still encoder": {"growth"},
        "growing head, anchored": {"replay", "ewc", "growth"}, "adapters": {"growth"}, "causal adapters": {"growth"},
    }  # fmt: skip
    assert found == wanted.get(line, {"replay", "ewc"})


REASONS = [
    ("start", (None, 0), ("keep", 0.0, 0), None, ["nothing to forget yet", "texts may be kept"]),
    ("start", (None, 0), ("never", 1.0, 0), None, ["nothing to forget yet", "learning.texts: never"]),
    ("growing head", (0.05, 2), ("keep", 0.0, 9), None, ["2 new labels; distance 0.050 .*: familiar, below 0.125"]),
    ("growing head", (0.2, 0), ("keep", 0.0, 9), None, ["no new label; distance 0.200 .*: familiar, below 0.25"]),
    ("growing head", (0.2, 1), ("keep", 0.0, 9), None, ["1 new labels; distance 0.200 .*: novel, from 0.125", "may be kept"]),
    ("growing head", (None, 0), ("keep", 0.0, 9), None, ["no signature of a past experience", "texts may be kept"]),
    ("growing head", (0.3, 0), ("consented", 0.1, 9), None, ["novel", "10% .* too few .*: the encoder stands still"]),
    ("growing head", (0.3, 0), ("keep", 0.0, 0), None, ["novel", "no memory to rehearse: the encoder stands still"]),
    ("growing head, anchored", (0.3, 0), ("consented", 0.9, 300), 15.0, ["novel", "90%", r"replay would cost 20\.0 .* is 15$"]),
    ("growing head, anchored", (0.3, 0), ("never", 0.9, 300), 2.0, ["novel", "never.*: the encoder stands still"]),
    ("start", (None, 0), ("never", 1.0, 0), 2.0, ["nothing to forget", "never", r"ewc would cost 12\.0 .* is 2$"]),
    ("growing head", (0.05, 0), ("keep", 0.0, 300), 1.0, ["familiar", r"growth, the cheapest .* costs 2\.0: above"]),
    ("trained head", (0.05, 0), ("keep", 0.0, 300), None, ["this head learns by training only", "may be kept"]),
    (
        "causal",
        (0.05, 0),
        ("never", 0.0, 300),
        None,
        ["a causal LM learns by training only", "never.*, and nothing .* until now"],
    ),
    ("adapters", (0.3, 0), ("keep", 0.0, 300), None, ["novel", "a fresh one is added"]),
    ("still encoder", (0.3, 2), ("never", 0.0, 0), None, ["regime 'head' never moves the encoder"]),
]


@pytest.mark.parametrize(("line", "seen", "texts", "budget", "reasons"), REASONS)
def test_it_says_why(line: str, seen: Any, texts: Any, budget: float | None, reasons: list[str]) -> None:
    import re

    found = chosen(line, seen, texts, budget).reasons
    assert len(found) == len(reasons), found
    for sentence, pattern in zip(found, reasons):
        assert re.search(pattern, sentence), (sentence, pattern)


def _keeps_line(parent: dict[str, Any], choice: Choice, causal: bool) -> None:
    """What the regimes and `read_states` ask of a recipe that goes on from a parent."""
    recipe = read_recipe(choice.settings)
    own, old = recipe.regime.record(), parent["regime"]
    assert {k: v for k, v in own.items() if k not in ("adapt", "experiences")} == {
        k: v for k, v in old.items() if k not in ("adapt", "experiences")
    }
    if not causal:
        assert recipe.head.fits(parent["head"])
    assert recipe.routing.record() == parent["routing"]
    trained = recipe.head.trained and not causal
    holds = trained or (recipe.regime.moves(causal) and not recipe.regime.renews)  # else there is nothing to know of
    if holds and choice.kind != "replay" and [one["kind"] for one in parent["regularizers"]][:1] == ["online_ewc"]:
        assert [one.kind for one in recipe.regularizers][:1] == ["online_ewc"], "what it knows of the past goes on"


REGIMES = [
    {"kind": "lora", "rank": 3, "blocks": 1, "adapt": "first", "experiences": 2}, {"kind": "lora", "adapt": "drift"},
    {"kind": "dora"}, {"kind": "full"}, {"kind": "depth", "depth": 2}, {"kind": "depth", "depth": 0}, {"kind": "head"},
    {"kind": "bias", "adapt": "first"}, {"kind": "lora_per_task", "merge": "sum"},
]  # fmt: skip
HEADS = [{"kind": kind} for kind in ("analytic", "lda", "prototypes", "linear", "cosine")] + [
    {"kind": "linear", "correction": "bias"}, {"kind": "analytic", "layers": "auto", "width": "auto", "stale": "transport"},
]  # fmt: skip
REHEARSALS = [{"kind": kind} for kind in ("none", "buffer", "der", "derpp", "retrieval", "generative", "latent")]
REGULARIZERS: list[tuple[dict[str, Any], ...]] = [
    (), EWC, ({"kind": "gem"},), ({"kind": "lwf"}, {"kind": "mas"}), ({"kind": "l2sp"}, {"kind": "online_ewc", "strength": 5}),
]  # fmt: skip
OPTIMIZERS = [{"kind": "adamw", "epochs": 2}, {"kind": "stream"}, {"kind": "sgd", "validation": 0}]


def test_every_kind_of_regime_and_head_is_tried() -> None:
    """A new kind must be looked at: does `auto` know what to do with it?"""
    kinds = known_kinds()
    assert {kind for axis, kind in kinds if axis == "head"} == {str(head["kind"]) for head in HEADS} | {"none"}
    assert {kind for axis, kind in kinds if axis == "regime"} == {str(regime["kind"]) for regime in REGIMES} | {"rslora"}


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_choice_is_legal_and_goes_on_from_its_parent(data: st.DataObject, tiny_encoder: Path, tiny_llama: Path) -> None:
    """Whatever is set, and whatever recipe, legal or not, the parent was learned by: three experiences on."""
    causal = data.draw(st.booleans())
    pick = {
        "regime": st.sampled_from(REGIMES), "head": st.sampled_from(HEADS), "rehearsal": st.sampled_from(REHEARSALS),
        "regularizers": st.sampled_from(REGULARIZERS), "optimizer": st.sampled_from(OPTIMIZERS),
    }  # fmt: skip
    own = data.draw(st.fixed_dictionaries(pick))
    limits = {
        "texts": data.draw(st.sampled_from(["keep", "consented", "never"])),
        "budget": data.draw(st.sampled_from([None, 1.0, 10.0, 50.0])),
    }
    base = str(tiny_llama if causal else tiny_encoder)
    settings_ = LearningSettings.model_validate({"base": base, "recipe": "auto", **own, **limits})
    parent = None
    if data.draw(st.booleans()):
        given_ = data.draw(st.fixed_dictionaries(pick))
        parent = read_recipe(LearningSettings.model_validate({"base": base, **given_})).record()
        parent["head"] = {"kind": "none"} if causal else parent["head"]
    refuse_illegal(settings_)
    for _ in range(3):
        facts = Facts(
            causal, data.draw(st.integers(1, 500)), data.draw(st.integers(0, 2)),
            data.draw(st.sampled_from([None, 0.0, 0.2, 1.0])) if parent else None, data.draw(st.sampled_from([0.0, 0.4, 1.0])),
            parent, data.draw(st.sampled_from([0, 100])) if parent else 0, data.draw(st.integers(0, 3)),
            data.draw(st.sampled_from([0, 700])), data.draw(st.sampled_from([None, *EVIDENCE])),
        )  # fmt: skip
        choice = choose(facts, settings_)
        assert choose(facts, settings_) == choice
        assert choice.reasons
        recipe, _ = legal_recipe(choice.settings)  # raises if it is not
        assert limits["texts"] != "never" or recipe.rehearsal.kind == "none"
        if parent is not None:
            _keeps_line(parent, choice, causal)
        parent = recipe.record()


def test_beyond_the_budget_only_the_cheapest_is_taken() -> None:
    """And a larger budget never leads to a cheaper recipe."""
    for line, seen, texts in itertools.product(LINES, NOVELTY, TEXTS):
        cheapest, free = chosen(line, seen, texts, 1.0), chosen(line, seen, texts, None)
        rank = ["growth", "ewc", "replay"]
        kinds = []
        for budget in (2.0, 12.0, 15.0, 25.0):
            choice = chosen(line, seen, texts, budget)
            if "above the budget" in choice.reasons[-1]:
                assert choice.settings.model_copy(update={"budget": 1.0}) == cheapest.settings
            kinds.append(choice.kind)
        if not line.endswith("start"):
            assert [rank.index(kind) for kind in kinds] == sorted(rank.index(kind) for kind in kinds)
            assert kinds[-1] == free.kind


def test_work_counts_encodings_and_steps() -> None:
    facts = Facts(False, 300, parent=LINES["growing head, anchored"], memory_rows=150)
    assert work("still", facts, GIVEN, True) == 1 + 0.5
    assert work("ewc", facts, GIVEN, False) == pytest.approx(1 + 0.5 + 3 * (3 + 200 / 300))
    assert work("replay", facts, GIVEN, True) == pytest.approx(1 + 0.5 + 3 * 3 * 2)


# ---------------------------------------------------------------- what adapting would gain

ENOUGH = GAIN / SHARE  # of the left-out error, surely
# (rows, classes, error): whether adapting is worth it
EVIDENCE = {
    Evidence(120, 4, 0.05): False,  # there is little to gain
    Evidence(120, 4, 0.3): True,
    Evidence(12, 4, 0.2): False,  # few rows prove little
    Evidence(0, 1, 0.0): False,  # nothing to judge by
    Evidence(10**9, 2, ENOUGH + 1e-3): True, Evidence(10**9, 2, ENOUGH - 1e-3): False,
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("seen", NOVELTY)
def test_evidence_decides_where_an_encoder_would_move_and_need_not(line: str, seen: tuple[float | None, int]) -> None:
    for evidence, pays in EVIDENCE.items():
        without = Facts(
            causal=line.startswith("causal"), rows=300, new_labels=seen[1], novelty=None if line.endswith("start") else seen[0],
            parent=LINES[line], memory_rows=0 if line.endswith("start") else 300,
        )  # fmt: skip
        decides = line in ("start", "growing head", "growing head, anchored") and (NOVELTY[seen] or line == "start")
        assert asks(without, GIVEN) is decides
        if not decides:
            continue
        choice = choose(replace(without, evidence=evidence), GIVEN)
        assert choice.kind == ("replay" if pays else "growth"), choice.reasons
        if evidence.rows:
            assert f"{evidence.error:.1%} of {evidence.rows} rows" in choice.reasons[1]
            assert ("at least" in choice.reasons[1]) is pays
        assert choice.record()["facts"]["evidence"] == evidence.record()
        if not pays:
            regime = choice.settings.regime
            assert regime["kind"] == "lora", "a later experience may move it"
            assert (regime["adapt"], regime["experiences"]) == ("first", 0 if line == "start" else 1)


def test_an_encoder_moves_in_no_more_experiences_than_the_settings_say() -> None:
    first = GIVEN.model_copy(update={"regime": {**GIVEN.regime, "adapt": "first", "experiences": 2}})
    for moved in range(4):
        facts = Facts(False, 300, novelty=9.0, parent=LINES["growing head"], memory_rows=300, moves=moved)
        assert choose(facts, first).kind == ("replay" if moved < 2 else "growth")
        assert choose(facts, GIVEN).kind == "replay", "adapt: always sets no limit"
        trained = replace(facts, parent=LINES["trained head"])
        assert choose(trained, first).kind == "replay", "it has no other way to learn"
    assert "moved in 3 experiences, and" in choose(facts, first).reasons[0]
    longer = first.model_copy(update={"regime": {**first.regime, "rows": 1000}})
    assert choose(replace(facts, seen=900), longer).kind == "replay", "few rows were learned"
    assert choose(replace(facts, seen=1000), longer).kind == "growth"


@pytest.mark.parametrize(
    ("regime", "learned", "notes", "expected"),
    [
        ({"kind": "lora", "adapt": "first", "experiences": 2}, 1, {}, 1),
        ({"kind": "lora", "adapt": "first", "experiences": 2}, 5, {}, 2),
        ({"kind": "lora", "adapt": "always", "experiences": 1}, 5, {}, 5),
        ({"kind": "head", "adapt": "always", "experiences": 1}, 5, {}, 0),
        ({"kind": "lora", "adapt": "always", "experiences": 1}, 5, {"recipe": {"facts": {"moves": 1}}}, 2),
        ({"kind": "lora", "adapt": "first", "experiences": 1}, 5, {"recipe": {"facts": {"moves": 1}}}, 1),
        ({"kind": "lora", "adapt": "always", "experiences": 1}, 3, {"recipe": {"facts": {}}}, 3),  # auto of an earlier release
    ],
)
def test_how_often_a_line_was_moved(regime: dict[str, Any], learned: int, notes: dict[str, Any], expected: int) -> None:
    assert moves({"recipe": {"regime": regime}, "experiences": ["x"] * learned, "notes": notes}) == expected
    assert moves({}) == 0


# ---------------------------------------------------------------- novelty


def cloud(seed: int, n: int, p: int = 8, shift: float = 0.0) -> Any:
    x = np.random.default_rng(seed).standard_normal((n, p))
    x[:, 0] += shift
    return x


def test_the_distance_is_the_shift_in_units_of_the_spread() -> None:
    a, b = signature(cloud(1, 20000)), signature(cloud(2, 30000, shift=2.0))
    assert distance(a, b) == pytest.approx(2 / np.sqrt(8), rel=0.02)
    assert novelty(b, [a, signature(cloud(3, 20000, shift=3.0))]) == pytest.approx(1 / np.sqrt(8), rel=0.03), "to the nearest"
    assert novelty(a, []) is None


@pytest.mark.parametrize("n", [3, 30, 300])
def test_its_square_is_unbiased_whatever_the_number_of_rows(n: int) -> None:
    """What is under the root, over many draws of one distribution, is 0 on average; of shifted ones, the shift."""
    for shift in (0.0, 1.0):
        found = []
        for seed in range(400):
            a, b = signature(cloud(seed, n)), signature(cloud(10_000 + seed, 2 * n, shift=shift))
            found.append(float(((a.mean - b.mean) ** 2).sum()) - a.spread / a.rows - b.spread / b.rows)
        error = np.std(found) / np.sqrt(len(found))
        assert abs(np.mean(found) - shift**2) < 4 * error


@examples(25)
@given(seed=st.integers(0, 10**6), power=st.integers(-4, 4), move=st.integers(-5, 5))
def test_moving_turning_and_scaling_change_nothing(seed: int, power: int, move: int) -> None:
    a, b = cloud(seed, 12), cloud(seed + 1, 9, shift=1.0)
    turn, _ = np.linalg.qr(cloud(seed + 2, 8))
    before = distance(signature(a), signature(b))
    after = distance(signature((a @ turn + move) * 2.0**power), signature((b @ turn + move) * 2.0**power))
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6)


def test_single_rows_and_equal_rows_have_a_distance() -> None:
    one, two = signature(cloud(1, 1)), signature(cloud(2, 1))
    assert distance(one, one) == 0
    assert np.isfinite(distance(one, two))
    assert distance(one, two) > 1000, "no spread: any shift is large"


# ---------------------------------------------------------------- settings


def test_defaults_leave_the_digests_of_settings_as_they_were() -> None:
    assert not {"recipe", "texts", "budget", "novelty"} & set(LearningSettings().model_dump(mode="json"))
    changed = load_settings(None, ["learning.recipe=auto", "learning.texts=never", "learning.budget=9", "learning.novelty=0.5"])
    dumped = changed.learning.model_dump(mode="json")
    assert (dumped["recipe"], dumped["texts"], dumped["budget"], dumped["novelty"]) == ("auto", "never", 9.0, 0.5)
    assert LearningSettings.model_validate(dumped) == changed.learning


def test_texts_never_holds_for_a_given_recipe_too(tiny_encoder: Path) -> None:
    def refuse(**axes: Any) -> None:
        refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), "texts": "never", **axes}))

    with pytest.raises(UsageError, match="buffer keeps texts"):
        refuse()
    refuse(rehearsal={"kind": "none"}, regime={"kind": "head"})
    refuse(recipe="auto")
