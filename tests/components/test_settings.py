"""params.yaml: validated, with errors that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UsageError
from components.settings import GateSettings, Settings, find_settings, load_settings

pytestmark = pytest.mark.unit


def test_overrides_go_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("learning:\n  rehearsal: {kind: buffer, capacity: 5}\n")
    settings = load_settings(path, ["learning.rehearsal.capacity=600", "seed=3", "gates.mode=report"])
    assert settings.learning.rehearsal == {"kind": "buffer", "capacity": 600}
    assert (settings.seed, settings.gates.mode) == (3, "report")


def test_an_override_keeps_the_defaults_beside_it() -> None:
    settings = load_settings(None, ["learning.optimizer.epochs=1"])
    assert settings.learning.optimizer["epochs"] == 1
    assert settings.learning.optimizer["kind"] == "adamw"


def test_another_kind_drops_the_settings_of_the_old_one() -> None:
    assert load_settings(None, ["learning.rehearsal.kind=none"]).learning.rehearsal == {"kind": "none"}


@pytest.mark.parametrize(
    ("override", "named", "hint"),
    [
        ("gates.margni=0.1", "gates.margni", "'margin'"),
        ("gate.margin=0.1", "gate", "'gates'"),
        ("gates.mode=off", "gates.mode", "params.yaml"),
        ("ingestion.heldout_share=2", "ingestion.heldout_share", "params.yaml"),
    ],
)
def test_a_wrong_key_or_value_is_named_and_the_right_one_suggested(override: str, named: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(None, [override])
    assert named in caught.value.message
    assert hint in caught.value.hint


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.yaml"):
        load_settings(tmp_path / "absent.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1")
    with pytest.raises(UsageError, match=r"broken\.yaml"):
        load_settings(broken)
    broken.write_text("- a\n- b\n")
    with pytest.raises(UsageError, match="mapping"):
        load_settings(broken)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("learning.regularizers={kind: ewc}", "learning.regularizers: Input should be a list "),
        ("learning.regularizers=[ewc]", "learning.regularizers.0: Input should be a mapping "),
        ("gates=1", "gates: Input should be a mapping "),
    ],
)
def test_a_wrong_shape_is_called_as_in_yaml(override: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        load_settings(None, [override])
    assert says in error.value.message


@pytest.mark.parametrize("override", ["seed", "=1", "seed.deeper=1"])
def test_an_override_that_is_not_one(override: str) -> None:
    with pytest.raises(UsageError):
        load_settings(None, [override])


def test_a_bare_off_in_yaml_is_the_word() -> None:
    assert load_settings(None, ["ingestion.pii=off"]).ingestion.pii == "off"


def test_what_is_wrong_is_laid_at_the_door_of_who_said_it(tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text("learning: {max_tokens: 64}")
    with pytest.raises(UsageError, match=r"^--set 'learning.regmie.kind=lora': unknown key 'learning.regmie'"):
        load_settings(params, ["seed=1", "learning.regmie.kind=lora"])
    params.write_text("learning: {regmie: {kind: lora}}")
    with pytest.raises(UsageError, match=r"params.yaml: unknown key 'learning.regmie'"):
        load_settings(params, ["seed=1"])


def test_a_value_that_is_not_yaml_is_named() -> None:
    with pytest.raises(UsageError, match=r"--set 'learning.regime=\{kind: head'"):
        load_settings(None, ["learning.regime={kind: head"])


def test_a_folder_of_suites_belongs_to_the_file_that_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "params.yaml").write_text("gates: {suites: [shipped, mine, /opt/suites]}")
    monkeypatch.chdir(elsewhere)
    said = load_settings(project / "params.yaml").gates.suites
    assert said == ("shipped", str(project / "mine"), "/opt/suites")
    assert load_settings(Path("../project/params.yaml")).gates.suites == said
    assert load_settings(project / "params.yaml", ["gates.suites=[ours]"]).gates.suites == (str(elsewhere / "ours"),)


@pytest.mark.parametrize("value", ["[]", "shipped", "[7]", "{a: 1}"])
def test_suites_that_are_no_list_of_folders(value: str) -> None:
    with pytest.raises(UsageError, match=r"gates\.suites"):
        load_settings(None, [f"gates.suites={value}"])


def test_settings_of_a_later_release_leave_no_trace_at_their_defaults() -> None:
    assert "suites" not in GateSettings().model_dump(mode="json")
    assert GateSettings(suites=("/a",)).model_dump(mode="json")["suites"] == ["/a"]
    assert not {"recipe", "texts", "budget", "novelty"} & set(Settings().learning.model_dump())
    assert "after_held" not in Settings().rollout.model_dump()
    assert Settings.model_validate(Settings().model_dump(mode="json")) == Settings()


def test_the_settings_file_is_the_one_named_else_the_one_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_settings(None) == (Settings(), None)
    (tmp_path / "params.yaml").write_text("seed: 1")
    (tmp_path / "other.yaml").write_text("seed: 2")
    found, path = find_settings(None, ["gates.alpha=0.1"])
    assert (found.seed, found.gates.alpha, path) == (1, 0.1, tmp_path / "params.yaml")
    assert find_settings(Path("other.yaml")) == (Settings(seed=2), tmp_path / "other.yaml")
    with pytest.raises(UsageError, match=r"absent\.yaml"):
        find_settings(Path("absent.yaml"))
