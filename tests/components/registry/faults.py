"""Faults at every single write: registry, ledger and files are counted together, and write number k fails as planned.

    faults = Faults()                                       # no plan: count the writes of an undisturbed run
    with faults.watching():                                 # the ledger and the files
        act(Registry(workspace, faults.around(client)))     # the registry
    for plan in plans(len(faults.writes)):                  # then the same again, once for each fault
        ...

A kill is `Killed`, which nothing catches; what the dead process would still write (in a `finally`, or after swallowing it) is not
done. `refuse` and `down` are what our code sees of a server that says 403 and of one that does not answer: with MLflow's client
both are an MlflowException, also when the connection breaks. A lasting fault goes on: every later call to the same place fails.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from components import storage
from components.errors import UnavailableError
from components.governance.ledger import Ledger

How = Literal["kill", "refuse", "down"]
When = Literal["before", "after"]
HOWS: tuple[How, ...] = ("kill", "refuse", "down")
WHENS: tuple[When, ...] = ("before", "after")
#: What changes something, in the names of MlflowClient's methods
_OURS = ("components", "tests", "flows", "perdure")  # modules that import what is replaced
WRITES = ("create_", "rename_", "update_", "delete_", "set_", "log_")


class Killed(BaseException):
    """The process was killed here."""


@dataclass(frozen=True)
class Plan:
    """Write number `at` (from 1) fails: before it is done, or after."""

    at: int
    when: When = "before"
    how: How = "kill"
    lasting: bool = False


def plans(total: int, hows: Sequence[How] = HOWS, *, lasting: bool = False) -> list[Plan]:
    """Every fault at every one of `total` writes. After a lasting outage nothing is left to do: it is only planned `before`."""
    return [
        Plan(at, when, how, lasting)
        for at, how, when in product(range(1, total + 1), hows, WHENS)
        if when == "before" or not lasting
    ]


class Faults:
    """The one counter of all writes, and the fault that is planned for one of them."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan
        self.writes: list[str] = []  # each write that was tried: "registry set_registered_model_alias perdure champion 3"
        self.place: str | None = None  # where the fault struck

    @property
    def struck(self) -> bool:
        """Whether the planned fault came about."""
        return self.place is not None

    def around(self, client: Any) -> Faulty:
        """A client like this one, whose writes are counted and fail as planned."""
        return Faulty(client, self)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count the ledger's entries and the files that are written while the block runs, and let them fail as planned."""
        append = Ledger.append

        def appending(ledger: Ledger, kind: str, **given: Any) -> Any:
            with self.write("ledger", f"append {kind} {given.get('subject', '')}"):
                return append(ledger, kind, **given)

        files = _replaced(storage.atomic_path, self._atomic), _replaced(storage.publish, self._publish)
        with patch.object(Ledger, "append", appending), files[0], files[1]:
            yield

    @contextmanager
    def write(self, place: str, what: str) -> Iterator[None]:
        """One write, done by the block."""
        self.reach(place)
        self.writes.append(f"{place} {what}".strip())
        number = len(self.writes)
        self._strike(place, number, "before")
        yield
        self._strike(place, number, "after")

    def reach(self, place: str) -> None:
        """Fail if the process is dead, or the place is still out of order: refusing (writes), or down (everything)."""
        if self.place is not None and self.plan and (self.plan.how == "kill" or (self.plan.lasting and place == self.place)):
            raise failure(self.plan.how, place)

    def read(self, place: str) -> None:
        if self.plan and self.plan.how != "refuse":
            self.reach(place)

    def _strike(self, place: str, number: int, when: When) -> None:
        if self.plan and (self.plan.at, self.plan.when) == (number, when):
            self.place = place
            raise failure(self.plan.how, place)

    def _atomic(self, original: Callable[[Path], AbstractContextManager[Path]]) -> Callable[..., AbstractContextManager[Path]]:
        @contextmanager
        def atomic_path(path: Path) -> Iterator[Path]:
            with self.write("file", path.name), original(path) as temporary:
                yield temporary

        return atomic_path

    def _publish(self, original: Callable[..., str]) -> Callable[..., str]:
        def publish(*given: Any, **named: Any) -> str:
            with self.write("file", "publish"):
                return original(*given, **named)

        return publish


class Faulty:
    """A client, real or in memory, whose writes are counted and fail as planned."""

    def __init__(self, client: Any, faults: Faults) -> None:
        self.client = client
        self.faults = faults

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # copying asks for them before there is a client
        found = getattr(self.client, name)
        if not callable(found):
            return found

        def called(*given: Any, **named: Any) -> Any:
            if not name.startswith(WRITES):
                self.faults.read("registry")
                return found(*given, **named)
            with self.faults.write("registry", " ".join([name, *(str(value)[:40] for value in given)])):
                return found(*given, **named)

        return called


def failure(how: How, place: str) -> BaseException:
    """What a caller of the registry, the ledger or the storage gets."""
    if how == "kill":
        return Killed(place)
    if place == "registry":
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, PERMISSION_DENIED

        if how == "refuse":
            error: BaseException = MlflowException("API request failed with error code 403 != 200", PERMISSION_DENIED)
        else:
            error = MlflowException("API request failed with exception: Max retries exceeded", INTERNAL_ERROR)
        return error
    what = "The ledger cannot be used" if place == "ledger" else "Could not write a file"
    return UnavailableError(
        f"{what}: {'permission denied' if how == 'refuse' else 'input/output error'}", "Run the command again."
    )


@contextmanager
def _replaced(original: Any, make: Callable[[Any], Any]) -> Iterator[None]:
    """Put another function in the place of one of ours, in every module that has imported it."""
    other, name = make(original), original.__name__
    ours = [module for key, module in list(sys.modules.items()) if key.startswith(_OURS)]
    modules = [module for module in ours if getattr(module, "__dict__", {}).get(name) is original]
    for module in modules:
        setattr(module, name, other)
    try:
        yield
    finally:
        for key, module in list(sys.modules.items()):  # a module loaded meanwhile has imported the other one
            if key.startswith(_OURS) and getattr(module, "__dict__", {}).get(name) is other:
                setattr(module, name, original)
