"""A small real model for the gateway's tests: word weights per label in a JSON file, summed and put through a softmax.

Run as a program it is the gateway process of components.gateway with this loader in place of the real one.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from components.contracts import Predictions
from components.storage import building, publish, read_json, verify, write_json


class Words:
    writes = False

    def __init__(self, path: Path) -> None:
        verify(path)
        model = read_json(path / "words.json")
        self.labels = tuple(model["labels"])
        self._weights: Mapping[str, Sequence[float]] = model["weights"]
        self._seconds = float(model["seconds"])
        self._broken = bool(model["broken"])
        self._fails = str(model["fails"])

    def predict(self, texts: Sequence[str]) -> Predictions:
        if self._broken:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
        if self._fails and any(self._fails in text.split() for text in texts):
            raise RuntimeError("index out of range in self")
        time.sleep(self._seconds)
        none = [0.0] * len(self.labels)
        scores = np.array([np.sum([self._weights.get(word, none) for word in text.split()] or [none], axis=0) for text in texts])
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Predictions(self.labels, (exp / exp.sum(axis=1, keepdims=True)).astype(np.float32))


class WordsLoader:
    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.unloaded: list[str] = []

    def load(self, checkpoint: Path) -> Words:
        self.loaded.append(checkpoint.name)
        return Words(checkpoint)

    def unload(self, checkpoint: Path) -> None:
        self.unloaded.append(checkpoint.name)


def make_words(
    store: Path, name: str, *, worse: bool = False, seconds: float = 0.0, broken: bool = False, fails: str = ""
) -> Path:
    """Publish a checkpoint that knows "fine" (good) and "awful" (bad), or has learned them the wrong way round.

    seconds: how long a pass takes. fails: a word that it cannot answer.
    """
    sign = -1 if worse else 1
    weights = {"fine": [-3 * sign, 3 * sign], "awful": [3 * sign, -3 * sign]}
    with building(store) as scratch:
        model = {"labels": ["bad", "good"], "weights": weights, "seconds": seconds, "broken": broken, "fails": fails}
        write_json(scratch / "words.json", model)
        return store / publish(scratch, store, {"kind": "checkpoint", "name": name, "base": {"kind": "encoder"}})


def main() -> None:
    from components.gateway.__main__ import end_with_parent
    from components.gateway.app import create_app
    from components.gateway.connections import listen
    from components.gateway.process import TOKEN_VARIABLE
    from components.gateway.serving import Serving
    from components.gateway.tokens import its_own

    threading.Thread(target=end_with_parent, daemon=True).start()
    app = create_app(Serving(WordsLoader()), tokens=its_own(os.environ.pop(TOKEN_VARIABLE)), models=True)
    listen(app, socket.socket(fileno=int(sys.argv[-1])))


if __name__ == "__main__":
    main()
