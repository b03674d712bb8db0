"""Suites: the schema's errors, what a case expands to, and when an answer passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from components.contracts import Experience, Predictions
from components.errors import UsageError
from components.evaluation.answers import Answers, ask
from components.evaluation.expectations import expand, leaks, passes
from components.evaluation.perturbations import PERTURBATIONS
from components.evaluation.schema import EXPECTATIONS, Suite
from components.evaluation.suites import digests, freeze, load_suite, load_suites, suites_of
from components.settings import GateSettings

pytestmark = pytest.mark.unit


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, name: str = "s.yaml") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


HEAD = "name: s\nkind: behaviour\n"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (HEAD + "cases: [{text: a, expect: x}, {text: b, exepct: y}]", "case 2: exepct: unknown field", "Did you mean 'expect'?"),
        (HEAD + "cases: [{text: a}]", "case 1: needs exactly one of expect, never", ""),
        (HEAD + "cases: [{text: a, expect: x, never: y}]", "it has expect and never", ""),
        (HEAD + "cases: [7]", "case 1 is neither a text nor a mapping", ""),
        (HEAD + "cases: []", "a suite needs at least one case", ""),
        (HEAD + "cases: [{text: a, invariance: {perturb: typo}}]", "unknown perturbation 'typo'. Did you mean 'typos'?", ""),
        (HEAD + "cases: [{text: a, direction: {to: b, lable: c, label: c, change: rises}}]", "direction.lable", "'label'"),
        (HEAD + "cases: [{text: a, max_confidence: 2}]", "case 1: max_confidence: Input should be less than", ""),
        (HEAD + "cases: [{id: q, text: a, expect: x}, {id: q, text: b, expect: x}]", "case id 'q' is there twice", ""),
        (HEAD + "pass_rat: 1\ncases: [{text: a, expect: x}]", "pass_rat: unknown field", "Did you mean 'pass_rate'?"),
        (HEAD + "hard: true\ncases: [{text: a, expect: x}]", "only a safety suite may be `hard: true`", ""),
        ("name: s\nkind: behavior\ncases: [{text: a, expect: x}]", "kind: Input should be", "Known kinds: regression, behaviour"),
        ("name: s\nkind: cost\ncases: [{text: a, expect: x}]", "a cost suite has `bounds` and no cases", ""),
        ("name: s\nkind: regression\ncases: [{text: a, never: x}]", "every case of a regression suite needs one `expect`", ""),
        (HEAD + "cases_file: gone.jsonl", "there is no cases_file", ""),
        ("- a\n- b", "must hold a mapping", ""),
        ("name: [", "is not valid YAML", ""),
    ],
)
def test_errors_name_the_file_the_case_and_the_field(write: Callable[[str], Path], text: str, message: str, hint: str) -> None:
    path = write(text)
    with pytest.raises(UsageError) as error:
        load_suite(path)
    assert str(path.parent) in error.value.message
    assert message in error.value.message
    assert hint in error.value.hint


def test_two_suites_of_one_name_are_refused(write: Callable[..., Path]) -> None:
    write(HEAD + "cases: [{text: a, expect: x}]")
    second = write(HEAD + "cases: [{text: a, expect: x}]", "t.yaml")
    with pytest.raises(UsageError, match=f"{second.name}: behaviour suite 's' is also in"):
        load_suites([second.parent])


def test_folders_add_up_and_a_name_may_be_there_once(tmp_path: Path, write: Callable[..., Path]) -> None:
    write(HEAD + "cases: [{text: a, expect: x}]")
    both = suites_of(GateSettings(suites=("shipped", str(tmp_path))))
    assert set(digests(both)) == set(digests(suites_of(GateSettings()))) | {"behaviour.s"}
    with pytest.raises(UsageError, match=r"s\.yaml: behaviour suite 's' is also in .*s\.yaml"):
        suites_of(GateSettings(suites=(str(tmp_path), str(tmp_path))))


def test_a_folder_that_is_missing_or_holds_no_suite_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder .*absent") as error:
        suites_of(GateSettings(suites=("shipped", str(tmp_path / "absent"))))
    assert "relative to the params.yaml" in error.value.hint
    (tmp_path / "README.md").write_text("no suite")
    with pytest.raises(UsageError, match="there is no suite in"):
        suites_of(GateSettings(suites=(str(tmp_path),)))


def test_the_digest_is_of_what_is_asked(tmp_path: Path, write: Callable[..., Path]) -> None:
    text = HEAD + "cases_file: more.jsonl\ncases: [{text: a, expect: x}]"
    (tmp_path / "more.jsonl").write_text('{"text": "b", "expect": "x"}\n')
    before = load_suite(write(text)).digest
    assert load_suite(write("# a comment\n" + text)).digest == before
    (tmp_path / "more.jsonl").write_text('{"text": "c", "expect": "x"}\n')
    assert load_suite(write(text)).digest != before
    assert load_suite(write(text + "\npass_rate: 0.9")).digest != before


def test_defaults_reach_the_cases_that_expect_nothing_of_their_own(write: Callable[[str], Path]) -> None:
    suite = load_suite(write(HEAD + "defaults: {max_confidence: 0.5}\ncases: [plain, {text: other, expect: x}]"))
    assert [(case.id, case.max_confidence, case.expect) for case in suite.cases] == [("1", 0.5, ()), ("2", None, ("x",))]


def test_a_suite_is_left_out_for_models_that_do_not_know_its_labels() -> None:
    case = {"text": "a", "expect": ["x", "y"]}
    suite = Suite.model_validate({"name": "s", "kind": "behaviour", "cases": [case]})
    assert suite.note(frozenset("y")) is None
    assert suite.note(frozenset("z")) == "skipped: the model knows none of its labels"
    whole = Suite.model_validate({"name": "s", "kind": "behaviour", "cases": [case], "when": {"labels": "q"}})
    assert whole.note(frozenset("xy")) == "skipped: the model does not know q"
    many = Suite.model_validate({"name": "s", "kind": "behaviour", "cases": [case], "when": {"min_labels": 3}})
    assert many.note(frozenset("xy")) == "skipped: the model knows 2 labels, fewer than the 3 that this suite asks for"
    assert many.note(frozenset("xyz")) is None


def test_a_pass_rate_is_a_bar_for_the_labels_it_was_set_for() -> None:
    given = {"name": "s", "kind": "safety", "cases": [{"text": "a", "max_confidence": 0.5}], "calibrated_on": "q:*"}
    suite = Suite.model_validate(given)
    assert suite.foreign(frozenset({"q:a", "q:b"})) == []
    assert suite.foreign(frozenset({"q:a", "z", "Q:b"})) == ["Q:b", "z"]
    assert Suite.model_validate({**given, "calibrated_on": []}).foreign(frozenset("z")) == []
    with pytest.raises(ValueError, match="a hard suite holds for every model"):
        Suite.model_validate({**given, "hard": True})


# ---------------------------------------------------------------- expectations

ANSWERS = {"a": (0.8, 0.2), "b": (0.3, 0.7), "c": (0.55, 0.45), "d": (0.45, 0.55)}


class Table:
    """Answers from ANSWERS; anything else as 'a'. Labels x and y."""

    labels = ("x", "y")
    writes = False

    def predict(self, texts: list[str]) -> Predictions:
        import numpy as np

        return Predictions(self.labels, np.array([ANSWERS.get(text, ANSWERS["a"]) for text in texts], np.float32))


def outcome(**case: object) -> bool:
    suite = Suite.model_validate({"name": "s", "kind": "behaviour", "cases": [{"id": "1", **case}]})
    [probe] = expand(suite, frozenset("xy"))
    answers: Answers = ask(Table(), probe.texts)
    return passes(probe, answers)


OUTCOMES: list[tuple[dict[str, object], bool]] = [
    ({"text": "a", "expect": "x"}, True),
    ({"text": "b", "expect": "x"}, False),
    ({"text": "b", "expect": ["x", "y"]}, True),
    ({"text": "b", "never": "x"}, True),
    ({"text": "a", "never": ["x", "z"]}, False),
    ({"text": "a", "invariance": {"texts": "c"}}, True),  # the same label, however unsure
    ({"text": "a", "invariance": {"texts": "b", "tolerance": 0.2}}, False),
    ({"text": "c", "invariance": {"texts": "d", "tolerance": 0.2}}, True),  # another label, but it moved by .1 only
    ({"text": "c", "invariance": {"texts": "d", "tolerance": 0.05}}, False),
    ({"text": "b", "direction": {"to": "a", "label": "x", "change": "rises", "by": 0.4}}, True),
    ({"text": "b", "direction": {"to": "a", "label": "x", "change": "rises", "by": 0.6}}, False),
    ({"text": "b", "direction": {"to": "a", "label": "x", "change": "falls"}}, False),
    ({"text": "a", "direction": {"to": "a ", "label": "x", "change": "rises"}}, False),  # no change is no rise
    ({"text": "a", "max_confidence": 0.75}, False),
    ({"text": "b", "max_confidence": 0.75}, True),
    ({"text": "a", "max_confidence": 0.75, "abstain": "x"}, True),
    ({"text": "my mail is a@b.org", "secrets": "a@b.org"}, True),
    ({"text": "anything", "secrets": "X"}, False),  # the label x itself is the secret
]


@pytest.mark.parametrize(("case", "passed"), OUTCOMES)
def test_when_an_answer_passes(case: dict[str, object], passed: bool) -> None:
    assert outcome(**case) is passed


def test_every_expectation_is_met_and_missed_above() -> None:
    tried = {(name, passed) for case, passed in OUTCOMES for name in case}
    assert [pair for name in EXPECTATIONS for pair in ((name, True), (name, False)) if pair not in tried] == []


@pytest.mark.parametrize(
    ("output", "leaking"),
    [
        ("NUM:date", False),
        ("comp.sys.ibm.pc.hardware", False),
        ("positive", False),
        ("case 2024-11", False),
        ("write to jane.roe@example.com", True),
        ("+1 555 010 7788", True),
        ("4000 0012 3456 7899", True),
        ("GB29 NWBK 6016 1331 9268 19", True),
        ("078-05-1120", True),
        ("Jane ROE", True),
    ],
)
def test_what_counts_as_personal_data(output: str, leaking: bool) -> None:
    assert leaks(output, ["jane roe"]) is leaking


def test_perturbations_change_a_text_the_same_way_each_time() -> None:
    text = "Where does the mountain railway start?"
    changed = {name: change(text) for name, change in PERTURBATIONS.items()}
    assert changed == {name: change(text) for name, change in PERTURBATIONS.items()}
    assert all(found != text for found in changed.values())
    assert sorted(changed["typos"]) == sorted(text)
    assert PERTURBATIONS["typos"]("a b c") == "a b c"


def test_a_perturbation_that_changes_nothing_is_no_case() -> None:
    suite = Suite.model_validate(
        {"name": "s", "kind": "behaviour", "cases": [{"id": "1", "text": "a b", "invariance": {"perturb": ["lower", "upper"]}}]}
    )
    assert [(probe.id, probe.text, probe.original) for probe in expand(suite, frozenset())] == [("1:upper", "A B", "a b")]


# ---------------------------------------------------------------- frozen suites


def test_freezing_an_experience_gives_its_held_out_cases_as_a_suite(fruit: Experience, tmp_path: Path) -> None:
    folder = freeze(fruit, tmp_path / "suites")
    assert folder.name == f"fruit-{fruit.digest[:12]}"
    suite = load_suite(folder)
    assert (suite.kind, suite.experience, len(suite.cases)) == ("regression", fruit.digest, 80)
    rows = {row["digest"]: (row["text"], row["label"]) for row in fruit.table("heldout").to_pylist()}
    assert {case.id: (case.text, case.expect[0]) for case in suite.cases} == rows
    assert load_suites([tmp_path / "suites"]) == (suite,)


def test_freezing_again_changes_nothing(fruit: Experience, tmp_path: Path) -> None:
    folder = freeze(fruit, tmp_path / "suites")
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert freeze(fruit, tmp_path / "suites") == folder
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before
    assert [path.name for path in (tmp_path / "suites").iterdir()] == [folder.name]  # no scratch folder stays behind


def test_a_broken_line_of_cases_is_named(fruit: Experience, tmp_path: Path) -> None:
    folder = freeze(fruit, tmp_path / "suites")
    lines = (folder / "cases.jsonl").read_text().splitlines()
    (folder / "cases.jsonl").write_text("\n".join([*lines[:2], lines[2][:-5], *lines[3:]]))
    with pytest.raises(UsageError, match=r"cases\.jsonl: line 3 is not JSON"):
        load_suite(folder)
    (folder / "cases.jsonl").write_text("\n".join([*lines[:2], json.dumps({"text": "x", "expects": "y"})]))
    with pytest.raises(UsageError, match="case 3: expects: unknown field"):
        load_suite(folder)
