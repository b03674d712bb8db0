"""A small clone of the project, which the tests of DVC and of Prefect share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

_FILLER = ["the", "a", "we", "they", "saw", "had", "some", "of", "near", "about", "late", "early", "good", "new", "old", "small"]


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone of the working tree would be, with events/first.jsonl and second.jsonl, a cheap recipe, and the
    first file as its stream. A file holds 80 made-up texts of two labels, told apart by their words.
    """
    root, source = tmp_path_factory.mktemp("clone") / "perdure", Path(__file__).parents[2]
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=source, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, root / name)
    generator = np.random.default_rng(0)
    for file, topics in {
        "first": ("rain wind cloud", "goal match team"),
        "second": ("bread soup pepper", "train ticket road"),
    }.items():
        rows = [
            {
                "text": " ".join(generator.permutation([*topic.split(), *generator.choice(_FILLER, 6)])) + f" {n}",
                "label": topic.split()[0],
            }
            for n in range(40)
            for topic in topics
        ]
        (root / "events").mkdir(exist_ok=True)
        (root / "events" / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["stream"] = {"fetch": [], "experiences": {"first": {"file": "events/first.jsonl", "after": "start"}}}
    params["ingestion"] |= {"near_duplicates": False}
    params["inbox"] |= {"min_rows": 50}
    params["learning"] |= {"regime": {"kind": "head"}, "head": {"kind": "analytic", "width": 50}}
    params["gates"]["mode"] = "report"  # a dozen held-out cases prove nothing
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "clone"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.fixture(scope="session")
def dvc(clone: Path) -> Callable[..., str]:
    """dvc("repro", ...) in the clone -> what it printed; fails the test when DVC fails."""
    binaries = str(Path(sys.executable).parent)
    identity = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {
        **os.environ,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "DVC_SITE_CACHE_DIR": str(clone.parent / "site"),
        **identity,
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments], cwd=clone, env=environment, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def reproduced(clone: Path, dvc: Callable[..., str]) -> tuple[str, str]:
    """The first `dvc repro` of the clone: what it printed, and the digest of the checkpoint that it learned."""
    output = dvc("repro")
    record = clone / "workspace" / "dvc" / "cycles" / "first" / "learn" / "record.json"
    return output, str(json.loads(record.read_text())["outputs"]["checkpoint"])
