"""The functions that `import perdure` offers: thin layers over the components, with simple arguments and typed results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.contracts import Experience, Progress, Verdict
from components.environment import prepare_process
from components.errors import UsageError
from components.evaluation.result import Evaluation
from components.settings import Settings
from components.storage import building, read_manifest, write_text
from components.workspace import Workspace

prepare_process()


@dataclass(frozen=True)
class Checkpoint:
    """A learner as `learn` left it, in a directory named by its digest."""

    path: Path

    @property
    def digest(self) -> str:
        """SHA-256 of its manifest, which names every file in it."""
        return self.path.name

    @property
    def manifest(self) -> dict[str, Any]:
        """parent, experience, experiences, recipe, base, labels, seen, seed, code …"""
        return read_manifest(self.path)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that it knows."""
        return tuple(self.manifest["labels"])


@dataclass(frozen=True)
class Answer:
    """The most probable label of a text, and its probability."""

    label: str
    probability: float


def ingest(
    events: str | Path | Sequence[str | Path] | Iterable[Mapping[str, Any]],
    workspace: Workspace,
    *,
    name: str | None = None,
    settings: Settings | None = None,
) -> Experience:
    """Make events (files, or dictionaries with `text` and `label`) the experience that follows the last one of the workspace.

    Rows that fail a check go to workspace.quarantine. Raises UsageError (a file that cannot be read), RefusedError
    (too few good rows).
    """
    from components.ingestion.chain import latest
    from components.ingestion.ingest import ingest as take_in

    _expect_shared(workspace, settings)
    with workspace.lock(wait_seconds=5.0), _files(events, workspace) as files:
        ingested = take_in(
            files,
            name=name or files[0].stem,
            workspace=workspace,
            settings=(settings or Settings()).ingestion,
            now=datetime.now(UTC),
            after=latest(workspace),
            key=(settings or Settings()).quarantine.key,
        )
    if ingested.experience is None:
        raise UsageError("These events hold nothing new to learn from", "They were ingested before.")
    return workspace.experience(ingested.experience)


def learn(
    experience: Experience,
    parent: Checkpoint | None = None,
    *,
    workspace: Workspace,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Learn an experience, from the base model or on top of a parent. Equal arguments give equal digests.

    Raises UsageError (the recipe), UnavailableError (the base model, the disk), IntegrityError (a damaged parent).
    """
    from components.learning.learn import learn as by_recipe

    _expect(experience, Experience, "experience", "an Experience, as `ingest` returns it")
    _expect(parent, Checkpoint | None, "parent", "a Checkpoint, as `learn` returns it, or None")
    _expect_shared(workspace, settings)
    given = settings or Settings()
    learned = by_recipe(
        experience, parent.path if parent else None, given.learning, seed=given.seed, workspace=workspace, progress=progress
    )
    return Checkpoint(workspace.checkpoint(learned.checkpoint))


def evaluate(
    candidate: Checkpoint,
    champion: Checkpoint | None,
    experience: Experience,
    *,
    workspace: Workspace,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a candidate and its champion on the new experience, on what the champion learned before, and on the suites.

    There is no lifetime here: only cycles keep how each past task was answered when it was served best.
    """
    from components.evaluation.evaluate import Rivals
    from components.evaluation.evaluate import evaluate as score
    from components.evaluation.suites import suites_of
    from components.learning.shared_bases import load

    _expect(candidate, Checkpoint, "candidate", "a Checkpoint, as `learn` returns it")
    _expect(champion, Checkpoint | None, "champion", "a Checkpoint, as `learn` returns it, or None")
    _expect(experience, Experience, "experience", "an Experience, as `ingest` returns it")
    _expect_shared(workspace, settings)
    given = settings or Settings()
    past = champion.manifest["experiences"] if champion else []
    mine = load(candidate.path, workspace.features)
    return score(
        mine,
        load(champion.path, workspace.features) if champion else None,
        experience=experience,
        past=[workspace.experience(digest) for digest in past if digest != experience.digest],
        suites=suites_of(given.gates),
        settings=given.gates,
        seed=given.seed,
        rivals=Rivals(encode=None if mine.writes else mine.embed_by_base),
        progress=progress,
        cache=workspace.answers,
        names=candidate.manifest.get("relabelled", {}),
    )


def judge(evaluation: Evaluation, settings: Settings | None = None) -> Verdict:
    """Apply the gates to an evaluation: pass, fail or inconclusive, with a reason, an interval and n for each."""
    from components.evaluation.gates import judge as weigh

    _expect(evaluation, Evaluation, "evaluation", "an Evaluation, as `evaluate` returns it")
    _expect(settings, Settings | None, "settings", "Settings, as `load_settings` returns them")
    return weigh(evaluation, (settings or Settings()).gates)


def predict(source: Checkpoint | Workspace, texts: Sequence[str]) -> list[Answer]:
    """Answer texts with a checkpoint, or with what serves in a workspace. Raises UsageError when nothing serves there."""
    from components.learning.shared_bases import load

    _expect(source, Checkpoint | Workspace, "source", "a Checkpoint, or a Workspace in which something serves")
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise UsageError("texts must be a list of strings", 'For example predict(source, ["Who wrote Hamlet?"]).')
    path = source.path if isinstance(source, Checkpoint) else _serving(source)
    answers = load(path).predict(list(texts))
    return [Answer(label, float(confidence)) for label, confidence in zip(answers.top(), answers.confidence(), strict=True)]


def _serving(workspace: Workspace) -> Path:
    from components.control.artefacts import champion

    serves = champion(workspace)
    if serves is None:
        hint = "Make a champion with `perdure run STREAM` or `perdure cycle FILE`."
        raise UsageError(f"Nothing serves in {workspace.root} yet", hint)
    return serves[1]


@contextmanager
def _files(events: Any, workspace: Workspace) -> Iterator[list[Path]]:
    """The events as files: those that were named, or one written for as long as this lasts."""
    if isinstance(events, Mapping) or not isinstance(events, str | Path | Iterable):
        raise UsageError("events must be a file, a list of files, or a list of dictionaries", "A single event goes into a list.")
    given = [events] if isinstance(events, str | Path) else list(events)
    if not given:
        raise UsageError("There are no events", "Give a file, or dictionaries with `text` and `label`.")
    if all(isinstance(one, str | Path) for one in given):
        yield [Path(one) for one in given]
        return
    with building(workspace.scratch) as scratch:
        file = scratch / "events.jsonl"
        write_text(file, "".join(_line(number, one) for number, one in enumerate(given, start=1)))
        yield [file]


def _line(number: int, event: Any) -> str:
    if not isinstance(event, Mapping):
        raise UsageError(f"Event {number} is {type(event).__name__}, not a dictionary", "Give files, or dictionaries, not both.")
    try:
        line = json.dumps(dict(event), ensure_ascii=False, default=str)
        line.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"Event {number} cannot be written as JSON: {error}", "Use plain strings, numbers and lists.") from error
    return line + "\n"


def _expect_shared(workspace: object, settings: object) -> None:
    _expect(workspace, Workspace, "workspace", 'a Workspace: perdure.Workspace("folder")')
    _expect(settings, Settings | None, "settings", "Settings, as `load_settings` returns them")


def _expect(value: object, kind: Any, name: str, what: str) -> None:
    if not isinstance(value, kind):
        raise UsageError(f"{name} is {type(value).__name__}", f"It must be {what}.")
