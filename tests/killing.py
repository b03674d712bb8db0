"""Start a child, kill it with SIGKILL at some point, run it again: what every test of a kill begins with."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from components.contracts import Experience
from components.settings import LearningSettings
from components.workspace import Workspace

NURSERY = Path(__file__).parent / "nursery.py"


def end_with_parent() -> None:
    """For `preexec_fn`: the process gets SIGTERM when the one that starts it is gone, as a worker that was interrupted is."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextmanager
def child(code: str, *arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs this code; gone when the block ends, however it ends."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()  # SIGKILL; nothing when it has ended by itself


def lines_of(code: str, *arguments: object, kill_after: int | None = None, wait: float = 0.0) -> list[str]:
    """The lines that a child prints: all of them, or it is killed `wait` seconds after the line of this number."""
    lines: list[str] = []
    with child(code, *arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if len(lines) == kill_after:
                time.sleep(wait)
                process.kill()
                break
        else:
            assert process.wait() == 0, "it ends by itself, and well"
    return lines


def beside(workspace: Workspace, path: Path) -> Workspace:
    """An empty workspace that sees the same experiences."""
    other = Workspace(path)
    other.root.mkdir()
    other.experiences.symlink_to(workspace.experiences)
    return other


@dataclass(frozen=True)
class Kill:
    """SIGKILL, `wait` seconds after a learner has reported this step of the experience of this number."""

    experience: int
    step: int
    wait: float = 0.0


@dataclass
class Killed:
    """What became of a line of learners: the digests of their checkpoints, and the (experience, step) pairs of each life."""

    digests: list[str] = field(default_factory=list)
    lives: list[list[tuple[int, int]]] = field(default_factory=list)


class Nursery:
    """A process that has every library loaded and forks learners: a kill costs no new start of Python. One job at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(NURSERY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def close(self) -> None:
        """Close its stdin: it ends, and so does a learner that it still has."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)

    def live(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """One learner from fork to death."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return cast(dict[str, Any], json.loads(self.process.stdout.readline()))

    def learn(
        self,
        workspace: Workspace,
        settings: LearningSettings,
        experiences: Sequence[Experience],
        kills: Sequence[Kill] = (),
        between: Callable[[], None] = lambda: None,
    ) -> Killed:
        """Learn the experiences one after the other, killed as often as there are kills; the last life goes on to the end.

        `between`: done after each kill, while nobody lives.
        """
        killed = Killed()
        for kill in [*kills, None]:
            life = self.live(
                {
                    "workspace": str(workspace.root),
                    "settings": settings.model_dump(mode="json"),
                    "experiences": [experience.digest for experience in experiences],
                    "finished": killed.digests,
                    "kill": [kill.experience, kill.step, kill.wait] if kill else None,
                }
            )
            assert life["error"] == "", f"killed at {kills}"
            killed.digests = life["finished"]
            killed.lives.append([(number, step) for number, step in life["steps"]])
            if kill:
                between()
        return killed
