"""`perdure run` over a stream in which an experience is held: what it says, and whether it goes on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import components.catalog.streams as streams
import components.commands.run as command
import components.cycle.history as history

pytestmark = pytest.mark.unit
NAMES = ["desc", "hum", "loc"]


@pytest.fixture
def stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A stream of three experiences, of which `held` are held; those in `decided` no longer wait for a person."""
    state: dict[str, Any] = {"held": {"hum"}, "decided": set(), "refused": set(), "ran": []}
    monkeypatch.chdir(tmp_path)

    def entry(name: str) -> dict[str, Any]:
        verdict = "held" if name in state["held"] - state["decided"] else "rejected" if name in state["refused"] else "promoted"
        reasons = ["Too few cases to tell."] if verdict == "held" else []
        return {"name": name, "verdict": verdict, "version": str(NAMES.index(name) + 1), "reasons": reasons}

    def run_one(call: Any, settings: Any, item: Any, title: str) -> dict[str, Any]:
        state["ran"].append(item.name)
        return entry(item.name)

    def summarise(cycles: list[str], workspace: Any) -> dict[str, Any]:
        names = [cycle.split("-")[-1] for cycle in cycles]
        table = [[0.5] * len(names) for _ in names]
        return {"matrix": table, "accuracy": 0.5, "forgetting": 0.0, "experiences": [entry(name) for name in names]}

    parts = [SimpleNamespace(name=name, path=tmp_path / f"{name}.jsonl") for name in NAMES]
    monkeypatch.setattr(streams, "get_stream", lambda name, progress: SimpleNamespace(name="my", experiences=parts))
    monkeypatch.setattr(command, "run_one", run_one)
    monkeypatch.setattr(history, "summarise", summarise)
    return state


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.run, ["my", *arguments], standalone_mode=False)


def test_a_held_experience_is_left_out_and_that_is_said(stream: dict[str, Any]) -> None:
    done = run()
    assert (done.return_value, stream["ran"]) == (4, NAMES)
    assert "HELD: hum, version 2, waits for a person. Why: Too few cases to tell." in done.output
    assert "To decide: `perdure approve 2 --reason R` or `perdure reject 2 --reason R`\n" in done.output
    assert "The next experience, loc, is learned WITHOUT it" in done.output
    assert "held, and so not learned: version 2\n" in done.output


def test_or_ends_the_stream_until_it_is_decided(stream: dict[str, Any]) -> None:
    stop = ("--set", "rollout.after_held=stop", "--json", "-w", "here")
    done = run(*stop)
    assert (done.return_value, stream["ran"]) == (4, ["desc", "hum"])
    assert "The stream STOPS here, before loc" in done.stderr
    assert "`perdure approve 2 --reason R -w here`" in done.stderr
    assert [entry["name"] for entry in json.loads(done.stdout)["experiences"]] == ["desc", "hum"]
    stream["decided"], stream["ran"] = {"hum"}, []
    done = run(*stop)
    assert (done.return_value, stream["ran"]) == (0, NAMES)
    assert "HELD" not in done.stderr


def test_it_stops_with_4_even_if_something_was_refused_before(stream: dict[str, Any]) -> None:
    stream["refused"] = {"desc"}
    assert run().return_value == 3
    assert run("--set", "rollout.after_held=stop").return_value == 4


def test_the_last_experience_stops_nothing(stream: dict[str, Any]) -> None:
    stream["held"] = {"loc"}
    done = run("--set", "rollout.after_held=stop")
    assert (done.return_value, stream["ran"]) == (4, NAMES)
    assert "What serves has not learned it." in done.output
    assert "STOPS" not in done.output
