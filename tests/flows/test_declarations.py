"""params.yaml, dvc.yaml and prefect.yaml say what the code says."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import Section, Settings, load_settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def test_params_yaml_holds_the_defaults() -> None:
    settings = load_settings(ROOT / "params.yaml")
    assert settings.model_copy(update={"stream": {}}) == Settings()


def test_params_yaml_names_every_setting_and_explains_it() -> None:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    values = read("params.yaml")
    for section, field in Settings.model_fields.items():
        assert section in values
        if isinstance(field.default, Section):
            assert set(values[section]) == set(type(field.default).model_fields)
    indent_of_settings = 2
    for above, line in zip(["", *lines], lines):
        if line.startswith(" " * indent_of_settings) and line.lstrip() == line[indent_of_settings:]:
            assert "#" in line or above.lstrip().startswith("#"), f"no comment: {line}"


def test_no_parameter_is_invisible_to_the_run_cache() -> None:
    """DVC 3.67 drops parameters called size or nfiles, however deep, from the key of its run cache."""

    def names(value: Any) -> list[str]:
        return [*value, *(name for inner in value.values() for name in names(inner))] if isinstance(value, dict) else []

    assert not {"size", "nfiles"} & set(names(read("params.yaml")))


def test_the_stream_of_params_yaml_is_a_chain_from_the_start() -> None:
    before = "start"
    for name, experience in read("params.yaml")["stream"]["experiences"].items():
        assert experience["after"] == before
        before = name


def test_dvc_stages_are_the_steps() -> None:
    from components.cycle.steps import STEPS

    stages = list(read("dvc.yaml")["stages"])
    assert stages == ["fetch", "start", *(step.name for step in STEPS), "summary"]


def test_no_stage_names_a_parameter_or_a_dependency_twice() -> None:
    for name, stage in read("dvc.yaml")["stages"].items():
        for part in ("params", "deps"):
            listed = stage.get("do", stage).get(part, [])
            assert len(listed) == len(set(listed)), f"{name}: {part}"


def test_prefect_yaml_deploys_flows_that_exist_and_names_no_place() -> None:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    assert str(ROOT) not in text
    deployments = yaml.safe_load(text)["deployments"]
    for deployment in deployments:
        path, function = deployment["entrypoint"].split(":")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert deployment["concurrency_limit"]["limit"] == 1
    scheduled = {deployment["name"] for deployment in deployments if deployment.get("schedules")}
    assert scheduled == {"nightly", "every-minute", "daily", "weekly"}
