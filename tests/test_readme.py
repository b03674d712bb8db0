"""Every fenced block of the README does what it says, on small data in a scratch folder. A new block needs a line in BLOCKS."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import cli
from components.contracts import EVENT_COLUMNS
from components.cycle.names import DECIDES, STEPS
from components.gateway import kept
from components.learning import method

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = [(match[1], match[2]) for match in re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)]

#: first line of each block -> what the tests below call it
BLOCKS = {
    "git clone <this repository> perdure && cd perdure": "fresh",
    '.venv/bin/perdure predict "Who wrote Hamlet?" "How far is the moon?"': "serving",
    "flowchart LR": "drawing",
    "{": "event",
    ".venv/bin/perdure cycle monday.jsonl -w workspace/support     # one cycle, continuing from the champion there": "learning",
    "# my_methods.py, in any package of yours": "method",
    "import perdure": "notebook",
}
#: what is run in place of a line that would take minutes, or that waits for a person
INSTEAD = {
    "make demo": "make --dry-run demo",  # the demo is 8 cycles of many minutes: here, that the target calls the command
    "make test": "make --dry-run test",
    ".venv/bin/perdure ui": ".venv/bin/perdure ui --only evidently --seconds 0.1",
}


def block(name: str) -> str:
    first = next(line for line, of in BLOCKS.items() if of == name)
    return next(text for _, text in FENCED if text.startswith(first))


def lines(name: str) -> Iterator[str]:
    """The commands of a shell block, without comments."""
    for line in block(name).splitlines():
        if command := re.sub(r"\s+# .*", "", line):
            yield INSTEAD.get(command, command)


def perdure(line: str, *more: str) -> int:
    """Run a line of the README in this process: the tools are imported once for all of them."""
    program, *arguments = shlex.split(line)
    assert program == ".venv/bin/perdure"
    return int(cli.perdure.main(args=[*arguments, *more], standalone_mode=False) or 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project of a user's own: cheap settings, a file of events with the README's event in it."""
    folder = tmp_path_factory.mktemp("project")
    learning: dict[str, Any] = {"regime": {"kind": "head"}, "head": {"kind": "linear"}, "rehearsal": {"kind": "none"}}
    learning |= {"optimizer": {"kind": "adamw", "epochs": 1, "batch": 32}}
    params = {"learning": learning, "gates": {"mode": "report"}, "ingestion": {"near_duplicates": False}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    for name, seed in (("monday", 0), ("tuesday", 1)):
        draw = random.Random(seed)
        words = {"billing": "card charged twice refund invoice", "delivery": "parcel late courier address box"}
        rows = [json.loads(block("event"))]
        rows += [
            {"text": " ".join(draw.sample([*said.split(), f"n{n}", f"m{seed}"], 7)), "label": label}
            for n in range(40)
            for label, said in words.items()
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def install_method(project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The README's method as an installed package, for this process and the gateway's; its module."""
    site = project / "site"
    (site / "my_methods-1.dist-info").mkdir(parents=True)
    (site / "my_methods.py").write_text(block("method"))
    (site / "my_methods-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: my-methods\nVersion: 1\n")
    (site / "my_methods-1.dist-info" / "entry_points.txt").write_text("[perdure.methods]\nmine = my_methods\n")
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(kept, "_kept", [])  # a gateway that another test started here does not know the method
    monkeypatch.setattr(method, "_METHODS", dict(method.known_kinds()))
    method.discover.cache_clear()
    method.discover()
    return sys.modules["my_methods"]


def count_calls(module: Any, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows whenever the trainer calls the method's hook."""
    calls: list[None] = []
    hook = module.Shrink.after_update
    monkeypatch.setattr(module.Shrink, "after_update", lambda self, run, batch: calls.append(hook(self, run, batch)))
    return calls


def test_every_block_is_run_by_a_test_below() -> None:
    firsts = [
        next(line for line in BLOCKS if text.startswith(line)) if text.startswith(tuple(BLOCKS)) else text for _, text in FENCED
    ]
    assert sorted(firsts) == sorted(BLOCKS)


def test_a_clone_and_the_first_command(tmp_path: Path) -> None:
    clone, make = lines("fresh")
    command = clone.replace("<this repository>", shlex.quote(str(ROOT))).replace(
        "git clone", "git clone --quiet --no-local --depth 1"
    )
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # not as a part of `make test`
    said = subprocess.run(
        ["bash", "-ec", f"{command}\n{make}"], cwd=tmp_path, env=alone, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert "infra/install.sh .venv/bin/python" in said
    assert said.splitlines()[-1].strip() == ".venv/bin/perdure demo"
    assert "demo" in cli.COMMANDS


def test_the_event_has_known_fields() -> None:
    assert set(json.loads(block("event"))) <= set(EVENT_COLUMNS)


def test_every_step_is_drawn_and_counted() -> None:
    drawn = set(re.findall(r"\w+", " ".join(re.findall(r"\|(.*?)\|", block("drawing")))))
    assert set(STEPS) - {DECIDES} - drawn == set(), "steps that are not on an arrow of the README's drawing"
    numbers = ("seven", "eight", "nine", "ten")
    assert f"a list of {numbers[len(STEPS) - 7]} steps" in README


def test_a_notebook(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("notebook"), "README.md", "exec"), {})
    status, answers = capsys.readouterr().out.strip().splitlines()
    assert status in ("pass", "fail", "inconclusive")
    assert "Answer(label='billing'" in answers


def test_a_cycle_a_method_of_ones_own_and_the_way_back(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two cycles, the second with the README's own method, then what is done with a champion."""
    calls = count_calls(install_method(project, monkeypatch), monkeypatch)
    for line in lines("learning"):
        assert perdure(line) == 0
    assert "1 experience learned" in capsys.readouterr().out

    used = re.search(r"`--set '(learning\.regularizers=.*?)'`", README)
    assert used is not None
    assert perdure(next(lines("learning")).replace("monday", "tuesday"), "--set", used[1]) == 0
    assert len(calls) > 1

    monkeypatch.setenv("PERDURE_WORKSPACE", "workspace/support")
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # `perdure ui` would keep SIGTERM for itself in this process
    capsys.readouterr()
    for line in lines("serving"):
        if line.startswith("make"):
            assert "pytest" in subprocess.run(shlex.split(line), cwd=ROOT, check=True, capture_output=True, text=True).stdout
        else:
            assert perdure(line) == 0, line
    said = capsys.readouterr().out
    assert "How far is the moon?" in said
    assert re.search(r"version 1 \(checkpoint \w+\) serves again; version 2 is rolled back", said)
    assert re.search(r"rolled_back .*trying it", said)
    assert "evidently  http://127.0.0.1:" in said
