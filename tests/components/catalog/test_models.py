"""A base model is a catalogue name, a folder or a hub id."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from components.catalog.models import get_base
from components.errors import UnavailableError, UsageError


def save(folder: Path, config: dict[str, object], weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


@pytest.mark.unit
@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"architectures": ["BertModel"]}, "encoder"),
        ({"architectures": ["BertForMaskedLM"], "is_decoder": False}, "encoder"),
        ({"architectures": ["LlamaForCausalLM"]}, "causal"),
        ({"architectures": ["GPT2LMHeadModel"]}, "causal"),
        ({"model_type": "bert", "is_decoder": True}, "causal"),
        ({"model_type": "bert"}, "encoder"),
    ],
)
def test_a_folder_is_a_base_model_of_its_kind(tmp_path: Path, config: dict[str, object], kind: str) -> None:
    base = get_base(save(tmp_path / "model", config))
    assert (base.kind, base.path) == (kind, tmp_path / "model")
    assert base.digest == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.unit
def test_changed_weights_have_another_digest(tmp_path: Path) -> None:
    folder = save(tmp_path / "model", {})
    first = get_base(folder).digest
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert get_base(folder).digest != first


@pytest.mark.unit
def test_weights_in_several_files_have_one_digest(tmp_path: Path) -> None:
    folder = save(tmp_path / "model", {})
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"more")
    first = get_base(folder).digest
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"less")
    assert len(first) == 64
    assert get_base(folder).digest != first


@pytest.mark.unit
@pytest.mark.parametrize(
    ("lost", "says"),
    [("config.json", "no config.json"), ("tokenizer.json", "no tokenizer"), ("model.safetensors", "safetensors")],
)
def test_an_incomplete_folder_says_what_lacks(tmp_path: Path, lost: str, says: str) -> None:
    folder = save(tmp_path / "model", {})
    (folder / lost).unlink()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UsageError, match=says):
        get_base(folder)


@pytest.mark.unit
def test_an_encoder_decoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="encoder-decoder"):
        get_base(save(tmp_path / "model", {"model_type": "t5", "is_encoder_decoder": True}))


@pytest.mark.unit
@pytest.mark.parametrize(("name", "hint"), [("minillm", "Did you mean 'minilm'?"), ("./not/there", "Known: minilm, smollm2.")])
def test_an_unknown_name_or_path(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="minilm, smollm2") as caught:
        get_base(name)
    assert caught.value.hint == hint


def _hub(home: Path, code: str, **more: str) -> str:
    """Run code in a process whose hub is a closed port on loopback and whose hub cache is `home`."""
    environment = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9", **more}
    environment.pop("HF_HUB_CACHE", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.integration
@pytest.mark.parametrize("offline", ["0", "1"])
def test_a_hub_that_cannot_be_reached_is_explained(tmp_path: Path, offline: str) -> None:
    code = f"""
from components.catalog.models import get_base
from components.errors import {UnavailableError.__name__}
try:
    get_base("someone/some-model")
except {UnavailableError.__name__} as error:
    print("EXPLAINED", error)
"""
    output = _hub(tmp_path, code, HF_HUB_OFFLINE=offline)
    assert "EXPLAINED Could not get the model 'someone/some-model'" in output
    assert "minilm" in output
    assert "Traceback" not in output


@pytest.mark.integration
def test_a_hub_model_that_was_downloaded_needs_no_network(tmp_path: Path) -> None:
    revision = "0" * 40
    repository = tmp_path / "hub" / "models--someone--some-model"
    save(repository / "snapshots" / revision, {"architectures": ["LlamaForCausalLM"]})
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision)
    output = _hub(tmp_path, "from components.catalog.models import get_base; print(get_base('someone/some-model'))")
    assert "kind='causal'" in output
    assert revision in output


@pytest.mark.integration
def test_minilm_comes_from_its_wheel_and_loads(cache: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    seen: list[tuple[int, int, str]] = []
    base = get_base("minilm", progress=lambda *step: seen.append(step))
    assert (base.name, base.kind, base.path) == ("minilm", "encoder", cache / "models" / "minilm")
    assert base.digest.startswith("53aa5117")
    assert seen[-1][0] == seen[-1][1] == 83_506_384
    assert get_base("minilm", progress=lambda *_: pytest.fail("fetched twice")) == base
    model, tokenizer = AutoModel.from_pretrained(base.path), AutoTokenizer.from_pretrained(base.path)
    assert model(**tokenizer("Who wrote Hamlet ?", return_tensors="pt")).last_hidden_state.shape[-1] == 384


@pytest.mark.integration
def test_smollm2_is_converted_to_the_same_bytes_and_answers() -> None:
    """In the shared cache: the conversion (538 MB, half a minute) is done here only where it is not there yet."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = get_base("smollm2")
    assert (base.name, base.kind) == ("smollm2", "causal")
    assert base.digest.startswith("a672150f"), "float32 of the GGUF weights is the same on every machine"
    model, report = AutoModelForCausalLM.from_pretrained(base.path, output_loading_info=True)
    assert not report["missing_keys"]
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight, "embeddings are tied"
    tokenizer = AutoTokenizer.from_pretrained(base.path)
    question = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    with torch.no_grad():
        answer = model.generate(**prompt, max_new_tokens=8, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert "Paris" in tokenizer.decode(answer)
