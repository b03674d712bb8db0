"""A recipe that cannot work is refused by every driver before any work: exit code 2, and not one file in the workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.errors import UsageError
from components.learning.choice.resolve import refuse_illegal
from components.settings import LearningSettings

pytestmark = pytest.mark.integration
ILLEGAL = {"head": {"kind": "analytic"}, "regime": {"kind": "lora", "adapt": "always"}, "rehearsal": {"kind": "none"}}
CODE = "from components.cli import main; main()"


def perdure(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CODE, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def write_stream(folder: Path) -> Path:
    folder.mkdir()
    rows = [{"text": f"i see a {word}", "label": label} for label, word in (("fruit", "plum"), ("tool", "saw"))]
    (folder / "one.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "stream.yaml").write_text("name: odd\nexperiences: [one.jsonl]\n")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["run", "stream"],
        ["cycle", "stream/one.jsonl"],
        ["step", "ingest", "--cycle", "a", "--events", "stream/one.jsonl"],
        ["demo"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_refuses_it_before_any_work(command: list[str], tmp_path: Path, tiny_encoder: Path) -> None:
    write_stream(tmp_path / "stream")
    recipe = [f"learning.{axis}={json.dumps(value)}" for axis, value in ILLEGAL.items()]
    sets = [part for override in [f"learning.base={tiny_encoder}", *recipe] for part in ("--set", override)]
    done = perdure(*command, *sets, "--json", "--workspace", "here", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    error = json.loads(done.stdout)
    assert "learning.head: analytic" in error["error"]
    assert "learning.rehearsal to {kind: buffer}" in error["hint"]
    assert not (tmp_path / "here").exists(), sorted((tmp_path / "here").rglob("*"))


@pytest.mark.parametrize("flow", ["lifelong", "nightly"])
def test_every_flow_refuses_it_and_blames_no_file(flow: str, tmp_path: Path, tiny_encoder: Path) -> None:
    """The flows' functions as such: the engine is not needed to refuse."""
    import importlib

    file = write_stream(tmp_path / "stream") / "one.jsonl"
    params = tmp_path / "params.yaml"
    params.write_text(json.dumps({"learning": {"base": str(tiny_encoder), **ILLEGAL}}))
    home = tmp_path / "here"
    if flow == "nightly":
        (home / "inbox").mkdir(parents=True)
        file = file.rename(home / "inbox" / file.name)
    before = sorted(home.rglob("*"))
    function = getattr(importlib.import_module(f"flows.{flow}"), flow).fn
    with pytest.raises(UsageError, match="rebuilt from memory"):
        function(*([str(file)] if flow == "lifelong" else []), workspace=str(home), params=str(params))
    assert sorted(home.rglob("*")) == before


LEGAL = [
    {"regime": {"kind": "lora", "adapt": "always"}},  # the buffer holds texts
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "lora", "adapt": "first", "experiences": 1}},
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "head"}},
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "depth", "depth": 0}},
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "lora"}, "head": {"kind": "linear"}},
]
REFUSED = [
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "lora"}},
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "lora", "adapt": "first", "experiences": 2}},
    {"rehearsal": {"kind": "none"}, "regime": {"kind": "depth", "depth": 1}},
]


@pytest.mark.parametrize("axes", LEGAL)
def test_what_can_work_is_let_through(axes: dict[str, object], tiny_encoder: Path) -> None:
    refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), **axes}))


@pytest.mark.parametrize("axes", REFUSED)
def test_statistics_that_could_not_be_made_anew_are_refused(
    axes: dict[str, object], tiny_encoder: Path, tiny_llama: Path
) -> None:
    with pytest.raises(UsageError, match="rebuilt from memory"):
        refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), **axes}))
    refuse_illegal(LearningSettings.model_validate({"base": str(tiny_llama), **axes}))  # it has no head


def test_der_is_refused_with_heads_of_statistics_however_stale_ones_are_treated(tiny_encoder: Path) -> None:
    for kind in ("analytic", "lda", "prototypes"):
        for stale in ("refresh", "transport"):
            axes = {"rehearsal": {"kind": "der"}, "head": {"kind": kind, "stale": stale}}
            with pytest.raises(UsageError, match="not trained by the scores"):
                refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), **axes}))


def test_transported_statistics_need_no_memory(tiny_encoder: Path) -> None:
    axes = {"rehearsal": {"kind": "none"}, "regime": {"kind": "lora"}, "head": {"kind": "analytic", "stale": "transport"}}
    refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), **axes}))


def test_refusing_imports_no_torch(tiny_encoder: Path) -> None:
    code = (
        "import sys; from components.learning.choice.resolve import refuse_illegal; "
        "from components.settings import LearningSettings;"
        f"refuse_illegal(LearningSettings(base={str(tiny_encoder)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
