"""Perdure for notebooks and scripts: the functions that the line itself is made of, typed, on a workspace.

    import perdure

    space = perdure.Workspace("workspace/notebook")  # settings: perdure.load_settings("params.yaml"), else the defaults
    first = perdure.ingest("monday.jsonl", space)
    champion = perdure.learn(first, workspace=space)
    second = perdure.ingest("tuesday.jsonl", space)
    candidate = perdure.learn(second, parent=champion, workspace=space)
    scores = perdure.evaluate(candidate, champion, second, workspace=space)
    print(perdure.judge(scores).status)
    print(perdure.predict(candidate, ["My card was charged twice"]))

Nothing here changes what serves: that is for `perdure cycle`, which also writes the ledger and asks for approval. Names are
stable; everything else under `components` may move.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.contracts import Experience, Gate, Verdict
    from components.errors import PerdureError
    from components.evaluation.result import Evaluation
    from components.learning.method import Method, register
    from components.settings import Settings, load_settings
    from components.workspace import Workspace
    from perdure._notebook import Answer, Checkpoint, evaluate, ingest, judge, learn, predict

#: name -> the module that has it: `import perdure` itself imports nothing
_HOMES = {
    "Answer": "perdure._notebook",
    "Checkpoint": "perdure._notebook",
    "evaluate": "perdure._notebook",
    "ingest": "perdure._notebook",
    "judge": "perdure._notebook",
    "learn": "perdure._notebook",
    "predict": "perdure._notebook",
    "Evaluation": "components.evaluation.result",
    "Experience": "components.contracts",
    "Gate": "components.contracts",
    "Method": "components.learning.method",
    "PerdureError": "components.errors",
    "Settings": "components.settings",
    "Verdict": "components.contracts",
    "Workspace": "components.workspace",
    "load_settings": "components.settings",
    "register": "components.learning.method",
}

__all__ = [
    "Answer",
    "Checkpoint",
    "Evaluation",
    "Experience",
    "Gate",
    "Method",
    "PerdureError",
    "Settings",
    "Verdict",
    "Workspace",
    "evaluate",
    "ingest",
    "judge",
    "learn",
    "load_settings",
    "predict",
    "register",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'perdure' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
