"""The suites that ship with the project: they load, fit the catalogue's labels, and ask what their files say they ask."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from components.contracts import Predictions
from components.evaluation.answers import ask
from components.evaluation.expectations import expand, passes
from components.evaluation.perturbations import PERTURBATIONS
from components.evaluation.schema import Bounds, Case, Direction, Invariance, Kind, Suite, When
from components.evaluation.suites import shipped_suites, suites_of
from components.settings import GateSettings

pytestmark = pytest.mark.unit

SUITES = {suite.name: suite for suite in suites_of(GateSettings())}
COARSE = {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"}


class Always:
    """Says the same whatever it is asked."""

    writes = False

    def __init__(self, labels: tuple[str, ...], confidence: float) -> None:
        self.labels, self.confidence = labels, confidence

    def predict(self, texts: list[str]) -> Predictions:
        rows = np.full((len(texts), len(self.labels)), (1 - self.confidence) / (len(self.labels) - 1), np.float32)
        rows[:, 0] = self.confidence
        return Predictions(self.labels, rows)


def share(suite: Suite, model: Always) -> float:
    probes = expand(suite, frozenset(model.labels))
    answers = ask(model, [text for probe in probes for text in probe.texts])
    return float(np.mean([passes(probe, answers) for probe in probes]))


def labels_of(suite: Suite) -> set[str]:
    named = {label for case in suite.cases for label in (*case.expect, *case.never, *case.requires_labels)}
    return named | {case.direction.label for case in suite.cases if case.direction}


def test_they_are_those_of_this_repository_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "regression_suites").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shipped_suites() == Path(__file__).parents[2] / "regression_suites"
    assert {suite.name for suite in suites_of(GateSettings())} == set(SUITES)


def test_every_kind_is_there() -> None:
    kinds = {suite.name: suite.kind for suite in SUITES.values()}
    assert kinds["questions"] == kinds["robustness"] == "behaviour"
    assert kinds["out_of_scope"] == kinds["privacy"] == "safety"
    assert kinds["serving"] == "cost"


def test_the_readme_shows_every_kind_and_every_field() -> None:
    page = (Path(__file__).parents[2] / "regression_suites" / "README.md").read_text(encoding="utf-8")
    written_by_perdure = {"experience"}
    fields = {name for part in (Suite, Case, When, Bounds, Invariance, Direction) for name in part.model_fields}
    wanted = {*get_args(Kind), *PERTURBATIONS, *fields} - written_by_perdure
    assert {name for name in wanted if not re.search(rf"\b{name}\b", page)} == set()


def test_questions_name_labels_of_the_trec_stream_only() -> None:
    labels = labels_of(SUITES["questions"])
    assert {label.split(":")[0] for label in labels} == COARSE
    assert all(label.count(":") == 1 for label in labels)


def test_bars_set_on_questions_bind_models_of_questions_only() -> None:
    questions = frozenset(labels_of(SUITES["questions"]))
    assert {name for name, suite in SUITES.items() if suite.foreign(questions)} == set()
    assert {name for name, suite in SUITES.items() if suite.foreign(questions | {"sci.med"})} == {"questions", "out_of_scope"}


def test_models_of_other_tasks_skip_what_was_made_for_questions() -> None:
    known = frozenset({"positive", "negative"})
    assert {name for name, suite in SUITES.items() if suite.note(known)} == {"questions", "out_of_scope"}


@pytest.mark.parametrize("coarse", sorted(COARSE))
def test_questions_can_be_asked_from_the_first_experience_on(coarse: str) -> None:
    known = frozenset(label for label in labels_of(SUITES["questions"]) if label.startswith(coarse))
    assert SUITES["questions"].note(known) is None


def test_a_model_that_always_says_the_same_with_confidence_fails_where_it_should() -> None:
    stubborn = Always(("DESC:def", "HUM:ind", "NUM:date", "LOC:city", "LOC:other"), 0.99)
    assert share(SUITES["questions"], stubborn) < SUITES["questions"].pass_rate
    assert share(SUITES["out_of_scope"], stubborn) == 0.0
    assert share(SUITES["robustness"], stubborn) == 1.0  # nothing changes its mind
    assert share(SUITES["privacy"], stubborn) == 1.0


def test_a_label_that_holds_personal_data_fails_privacy() -> None:
    assert share(SUITES["privacy"], Always(("billing", "jane.roe@example.com"), 0.9)) == 0.0
