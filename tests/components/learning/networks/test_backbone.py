"""Base models from folders that somebody else made: no code and no pickle of theirs is run, and nothing asks whether it may."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from components.catalog.models import BaseModel, read_base
from components.errors import UnavailableError, UsageError
from components.learning.networks.backbone import load_backbone

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[4]
CODE = """
from pathlib import Path
Path({marker!r}).write_text("run")
from transformers import BertConfig, BertModel, BertTokenizerFast
class Config(BertConfig): model_type = {kind!r}
class Model(BertModel): config_class = Config
class Tokenizer(BertTokenizerFast): pass
"""


def change(path: Path, **new: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **new}))


@pytest.mark.parametrize("kind", ["bert", "somebodys"])
def test_a_folders_code_is_not_run_and_nobody_is_asked(
    kind: str, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, marker = tmp_path / "base", tmp_path / "marker"
    shutil.copytree(tiny_encoder, folder)
    (folder / "mine.py").write_text(CODE.format(marker=str(marker), kind=kind))
    names = {"AutoConfig": "mine.Config", "AutoModel": "mine.Model", "AutoModelForCausalLM": "mine.Model"}
    change(folder / "config.json", model_type=kind, auto_map=names)
    change(folder / "tokenizer_config.json", tokenizer_class="Tokenizer", auto_map={"AutoTokenizer": [None, "mine.Tokenizer"]})
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with suppress(UnavailableError):  # transformers knows `bert` itself
        load_backbone(read_base(str(folder), folder))
    assert not marker.exists()


def test_pickled_weights_are_not_read(tiny_encoder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(tiny_encoder, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"no model\.safetensors"):
        read_base(str(folder), folder)
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        load_backbone(BaseModel("base", folder, "encoder", "0" * 64))


BROKEN: dict[str, Callable[[Path], object]] = {
    "a tokenizer that is none": lambda f: (f / "tokenizer.json").write_text("{}"),
    "a tokenizer that is no JSON": lambda f: (f / "tokenizer.json").write_bytes(b"\xff"),
    "a config without sizes": lambda f: (f / "config.json").write_text('{"model_type": "bert"}'),
    "a wide model": lambda f: change(f / "config.json", hidden_size=2**40),
    "a model of many words": lambda f: change(f / "config.json", vocab_size=2**40),
    "sizes that are texts": lambda f: change(f / "config.json", hidden_size="wide"),
    "another kind of model": lambda f: change(f / "config.json", model_type="t5"),
    "half the weights": lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:-100]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_folder_is_told_whatever_the_libraries_raise(name: str, tiny_encoder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(tiny_encoder, folder)
    BROKEN[name](folder)
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        load_backbone(BaseModel("base", folder, "encoder", "0" * 64))


def calls(path: Path) -> list[tuple[str, set[str | None]]]:
    """The calls of `from_pretrained` in a file, with the keywords of each; `**` is None."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    mine = [(ast.unparse(node.func.value), node) for node in found if node.func.attr == "from_pretrained"]  # type: ignore[union-attr]
    return [(of, {keyword.arg for keyword in node.keywords}) for of, node in mine]


def test_every_model_is_loaded_without_code_of_others() -> None:
    """trust_remote_code is said in every call; PEFT has no such argument, and its folders are checked (learning/sound.py)."""
    silent = []
    for folder in ("components", "flows", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            silent += [
                (path.name, of) for of, keywords in calls(path) if "Peft" not in of and not keywords & {"trust_remote_code", None}
            ]
    assert silent == []
