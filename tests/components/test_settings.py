"""params.yaml: validated, with errors that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UsageError
from components.settings import load_settings

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
