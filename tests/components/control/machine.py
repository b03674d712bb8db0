"""Random walks through everything that people, cycles, MLflow's UI, clocks and faults can do, with what must always hold.

A walk is a list of steps without any state in them: numbers say which version, which tag, which value. So a part of a walk is a
walk, and a failing one is made smaller by leaving out steps.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from components.control.accept import accept
from components.control.actions import ask, conclude, rollback
from components.control.reconcile import Reconciled, reconcile
from components.control.register import register
from components.cycle.basis import ACTOR
from components.cycle.rebuild import rebuild_registry
from components.errors import LedgerError, RefusedError, RegistryError, UsageError
from components.gateway.serve import Follower
from components.governance.wishes import digest_of_words
from components.registry.registration import Registration
from components.registry.registry import HEAD, OWNER, Registry
from tests.components.control.oracle import Asked, Cause, Oracle
from tests.components.control.world import World, lineage_of
from tests.components.registry.faults import HOWS, WHENS, Plan

#: How often each step is taken
WEIGHTS = {
    "cycle": 14, "again": 3, "conclude": 14, "ask": 6, "go_back": 4, "reconcile": 14, "wish": 13, "alias": 11, "edit": 11,
    "alien": 1, "lose": 2, "lose_model": 0.3, "mark": 0.8, "mend": 2, "rebuild": 1, "jump": 3, "describe": 1,
}  # fmt: skip
#: Steps of ours, which a fault may disturb
OURS = ("cycle", "again", "conclude", "ask", "go_back", "reconcile", "rebuild")
WORDS = ("approved", "approved", "approved", "rejected", " Approved", "aproved", "")
REASONS = ("I looked", "fine", "bad labels", " ", None)
EDITS = {
    "checkpoint": ("../..", "a" * 64, "5" * 64, ""), "gate.status": ("pass", "fail"), "outcome": ("promoted", "held", "rejected"),
    "outcome.reason": ("because",), "page": ("under way", "promoted"), "judged_against": ("", "b" * 64), "cycle": ("another",),
    "approval.problem": ("", "no"), "experience": ("c" * 64,), "approval.by": ("eve",), "approval.at": ("never",),
}  # fmt: skip
#: An act that was refused for a reason named in the state it met
CLOSED = (LedgerError, RegistryError)


@dataclass(frozen=True)
class Step:
    name: str
    a: int
    b: int
    c: int
    plan: Plan | None = None


def walk(seed: int, length: int) -> list[Step]:
    """A walk by chance."""
    dice = random.Random(seed)
    names = dice.choices([*WEIGHTS], [*WEIGHTS.values()], k=length)
    return [Step(name, *(dice.randrange(10_000) for _ in "abc"), _plan(dice) if name in OURS else None) for name in names]


def _plan(dice: random.Random) -> Plan | None:
    if dice.random() > 0.25:
        return None
    return Plan(dice.randint(1, dice.choice((4, 12))), dice.choice(WHENS), dice.choice(HOWS), dice.random() < 0.3)


class Machine:
    """A world, and the oracle that watches what is done in it."""

    def __init__(self, world: World) -> None:
        self.world, self.client, self.model = world, world.client, world.registry.model
        self.lineage: dict[str, tuple[str | None, str]] = {}
        self.oracle = Oracle(self.lineage)
        self.cycles: list[Registration] = []
        self.accepted: set[str] = set()
        self.log: list[str] = []
        self.touched: set[tuple[str, str]] = set()  # tags that may differ in a way that the oracle does not know
        self.served: Any = None
        self.gateway = Follower(world.workspace, "test").wanted
        self._rows: sqlite3.Connection | None = None

    def take(self, step: Step) -> None:
        """One step, and what must hold after it."""
        cause, served = Cause(), self.served
        self.fresh: list[dict[str, Any]] = []
        closed = self.closed() if step.name in OURS else False
        self.look(cause)
        done = getattr(self, step.name)(step, cause, closed)
        self.follow(cause)
        fresh = self.fresh
        self.log.append(f"{step} -> {str(done)[:150]} {[(each['kind'], each['subject']) for each in fresh]}")
        ours = fresh or step.plan or step.name == "reconcile"  # else neither the ledger nor the workspace was touched
        oracle, serves = self.oracle, self.gateway().champion if ours else served
        self.served = serves
        assert (serves.version if serves else None) == oracle.top, "what answers is not what the ledger says"
        assert serves is None or serves.path.endswith(str(oracle.serves)), "what answers is another checkpoint"
        moves = [each for each in fresh if each["kind"] in ("promoted", "rolled_back")]
        assert moves or serves == served, "what serves has changed, and no entry says so"
        oracle.clean()
        assert not (closed and fresh and not cause.accepts), "something was decided, though ledger and registry disagree"
        if step.plan is None and closed and step.name not in ("rebuild", "again", "cycle"):
            assert isinstance(done, (*CLOSED, UsageError)), f"closed, but {done!r}"

    def follow(self, cause: Cause) -> list[dict[str, Any]]:
        """What is new in the ledger, read without any code of ours."""
        if self._rows is None:
            if not (self.world.root / "ledger.db").exists():
                return []
            self._rows = sqlite3.connect(self.world.root / "ledger.db")
            self._rows.row_factory = sqlite3.Row
        fresh = [dict(row) for row in self._rows.execute("SELECT * FROM ledger WHERE seq > ? ORDER BY seq", (self.oracle.seq,))]
        self.fresh += fresh
        for row in fresh:
            self.oracle.take(row, cause)
        return fresh

    # what is in MLflow

    def shown(self) -> Any:
        """The registered model, None if there is none."""
        found = self.client.search_registered_models(f"name = '{self.model}'")
        return self.client.get_registered_model(self.model) if found else None

    def live(self) -> dict[str, dict[str, str]]:
        """The tags of every version in MLflow."""
        found = self.client.search_model_versions(f"name = '{self.model}'")
        return {str(each.version): dict(each.tags) for each in sorted(found, key=lambda each: int(each.version))}

    def closed(self) -> bool:
        """Whether ledger and registry do not belong together, so that nothing may be decided."""
        model = self.shown()
        if model is None:
            return bool(self.oracle.facts)
        head = model.tags.get(HEAD)
        if model.tags.get(OWNER, self.world.registry.owner) != self.world.registry.owner:
            return True
        if head:
            return head not in self.oracle.hashes and head not in self.accepted
        if not self.oracle.facts:  # a new ledger, and versions that an older one decided
            decided = "champion" in model.aliases or any("outcome" in tags for tags in self.live().values())
            return decided and "none" not in self.accepted
        return any(version not in self.live() for version in self.oracle.facts)

    def look(self, cause: Cause) -> None:
        """What somebody changed in MLflow, as the next act meets it."""
        live, model = self.live(), self.shown()
        cause.wishes = tuple(wish for version, tags in live.items() for wish in asked(version, tags))
        alias = str(model.aliases["champion"]) if model and "champion" in model.aliases else None
        cause.moved = alias != self.oracle.top
        cause.back_to = frozenset({alias} if alias else ())
        cause.edited = frozenset(version for version, tags in live.items() if self.differs(version, tags))
        pages = {version: fact.page for version, fact in self.oracle.facts.items() if fact.page and version in live}
        cause.doctored = frozenset(version for version, page in pages.items() if self.page(version) != page)

    def page(self, version: str) -> str:
        return sha256((self.client.get_model_version(self.model, version).description or "").encode()).hexdigest()

    def differs(self, version: str, tags: dict[str, str]) -> bool:
        """Whether the tags of a version do not say what the ledger says; a problem that is shown may be wrong too."""
        fact = self.oracle.facts.get(version)
        if fact is None:
            return False
        said = {
            "checkpoint": fact.checkpoint, "gate.status": fact.gate, "judged_against": fact.against or "", "cycle": fact.cycle,
            "experience": fact.experience, "outcome": fact.outcome or "",
        }  # fmt: skip
        wrong = any((tags.get(name) or "") != value for name, value in said.items())
        return wrong or bool(self.touched & {(version, "outcome.reason"), (version, "approval"), (version, "rollback")})

    def some(self, number: int, *, alien: bool = True) -> str:
        """A version by number: known, in MLflow, or nowhere."""
        known = list(dict.fromkeys([*self.oracle.facts, *(self.live() if alien else ())]))
        if not known:
            return "1"
        return "77" if number % 41 == 40 else known[-1 - (number * number // 10_000) % len(known)]

    # the steps

    def cycle(self, step: Step, cause: Cause, closed: bool) -> object:
        """Something is learned, judged and registered; not always from what serves, nor judged against it."""
        any_of = [None, *dict.fromkeys(fact.checkpoint for fact in self.oracle.facts.values())]
        serves = self.oracle.serves
        parent = serves if step.a % 10 < 7 else any_of[step.b % len(any_of)]
        against = serves if step.a // 10 % 10 < 8 else any_of[step.c % len(any_of)]
        gate = ("pass", "pass", "pass", "inconclusive", "inconclusive", "fail")[step.a // 100 % 6]
        stores = self.world.stores
        known = stores.registration("abcdef"[step.b % 6], parent, gate, against, f"cycle {len(self.cycles)}", 3 + step.c % 2)  # type: ignore[arg-type]
        self.lineage[known.checkpoint.name] = lineage_of(known.checkpoint)
        self.cycles.append(known)
        return self.enter(known, step, cause, closed)

    def again(self, step: Step, cause: Cause, closed: bool) -> object:
        """A cycle is run again: as it was, with another verdict, or with another result."""
        if not self.cycles:
            return None
        old = self.cycles[-1 - step.a % min(3, len(self.cycles))]
        name, parent = old.experience.name, self.lineage[old.checkpoint.name][0]
        gate = ("pass", "inconclusive", "fail")[step.b % 3] if step.b % 2 else old.verdict.status
        against = self.oracle.serves if step.b % 5 == 0 else old.judged_against
        known = self.world.stores.registration(name, parent, gate, against, old.cycle, 3 + step.c % 2)  # type: ignore[arg-type]
        self.lineage[known.checkpoint.name] = lineage_of(known.checkpoint)
        self.cycles[self.cycles.index(old)] = known
        return self.enter(known, step, cause, closed)

    def enter(self, known: Registration, step: Step, cause: Cause, closed: bool) -> object:
        cause.registers = known
        mine = {version for version, fact in self.oracle.facts.items() if fact.cycle == known.cycle and fact.outcome is None}
        cause.decides = frozenset(mine)
        gaps = self.oracle.facts.keys() - self.live().keys()
        done = self.world.act(lambda registry: register(registry, known, self.world.now), step.plan)
        if step.plan is None:
            lost = isinstance(done, RegistryError) and bool(gaps)  # a version to take again, or a number, is gone from MLflow
            assert isinstance(done, CLOSED) if closed else isinstance(done, str) or lost, repr(done)
        return done

    def conclude(self, step: Step, cause: Cause, closed: bool) -> object:
        """A cycle ends, most often the newest; or one that was decided is concluded again."""
        oracle = self.oracle
        open_ones = [version for version, fact in oracle.facts.items() if fact.outcome is None]
        version = open_ones[-1] if open_ones and step.a % 4 else self.some(step.a, alien=False)
        fact = oracle.facts.get(version)
        gate = fact.gate if fact else "pass"
        ends = {"pass": ("promoted",) * 6 + ("held", "rolled_back"), "inconclusive": ("held",), "fail": ("held", "rejected")}[
            gate
        ]
        outcome: Any = ends[step.b % len(ends)]
        cause.promotes, cause.decides = version if outcome == "promoted" else None, frozenset({version})
        expected = fact.outcome if fact and fact.outcome else outcome
        if fact and fact.outcome is None and outcome == "promoted" and not oracle.may(version):
            expected = "held"
        page = (lambda outcome, reason: f"# {version}: {outcome}, {reason}") if step.c % 2 else None
        reason, now = f"it is {outcome}", self.world.now
        done: Any = self.world.act(
            lambda registry: conclude(registry, version, outcome, actor=ACTOR, reason=reason, now=now, page=page), step.plan
        )
        if step.plan is None and not closed:
            lost = fact is None or (page and fact.outcome is None and version not in self.live())
            assert isinstance(done, (UsageError, RegistryError)) if lost else done.outcome == expected, (done, expected)
        return done

    def ask(self, step: Step, cause: Cause, closed: bool) -> object:
        """`perdure approve` or `perdure reject`, most often of a version that waits."""
        waiting = [version for version, fact in self.oracle.facts.items() if fact.outcome == "held"]
        version = waiting[step.b % len(waiting)] if waiting and step.b % 5 else self.some(step.b)
        word, reason, by = (
            ("approved", "approved", "rejected")[step.a % 3],
            f"reason {step.c} {len(self.log)}",
            ("ada", "grace")[step.a % 2],
        )
        there = version in self.live()

        def do(registry: Registry) -> Reconciled:
            ask(registry, version, word, actor=by, reason=reason, now=self.world.now)
            return reconcile(self.world.workspace, self.world.now, registry)

        done = self.world.act(do, step.plan)
        cause.wishes += tuple(wish for wish in asked(version, self.live().get(version, {})) if wish.reason == reason)
        assert all(wish.word == word for wish in cause.wishes if wish.reason == reason), "another word with this reason"
        if step.plan is None and not closed:
            assert isinstance(done, Reconciled if there else UsageError), repr(done)
        return done

    def go_back(self, step: Step, cause: Cause, closed: bool) -> object:
        """`perdure rollback`, with and without --to."""
        to = self.some(step.b) if step.a % 2 else None
        target, top = self.oracle.target(to), self.oracle.top
        if to is None and not closed and (model := self.shown()):
            shown = model.tags.get(HEAD)
            since, kind = self.oracle.last_move
            if kind == "rolled_back" and shown not in self.oracle.hashes[since:]:
                target = top  # it is finished, and goes back no further
        cause.back_to |= {target} if target else set()
        done = self.world.act(
            lambda registry: rollback(registry, to, actor="claimed by ada, unauthenticated", reason="worse", now=self.world.now),
            step.plan,
        )
        if step.plan is None and not closed:
            assert isinstance(done, RefusedError) if target is None else not isinstance(done, BaseException), repr(done)
            self.follow(cause)
            assert self.oracle.top == (target or top), f"it went back to {self.oracle.top}, not to {target}"
        return done

    def reconcile(self, step: Step, cause: Cause, closed: bool) -> object:
        world = self.world
        done = world.act(lambda registry: reconcile(world.workspace, world.now, registry), step.plan)
        if step.plan is None and not closed:
            assert isinstance(done, Reconciled), repr(done)
            self.follow(cause)
            self.settled()
        return done

    def settled(self) -> None:
        """What must hold when a reconcile was allowed to finish."""
        world, oracle, live = self.world, self.oracle, self.live()
        second = reconcile(world.workspace, world.now, world.registry)
        assert not second.done, f"a second reconcile did {second.done}"
        assert not self.follow(Cause()), "a second reconcile wrote to the ledger"
        if (model := self.shown()) is None:
            return
        newest = max((version for version in oracle.facts if oracle.facts[version].outcome is None), key=int, default=None)
        wanted = {"champion": oracle.top, "previous": oracle.target(None), "candidate": newest}
        aliases = {alias: str(version) for alias, version in model.aliases.items()}
        for alias, version in wanted.items():
            assert aliases.get(alias) == (version if version in live else None), f"{alias}: {aliases}, {wanted}"
        self.touched = set()
        assert not [version for version, tags in live.items() if self.differs(version, tags)], "tags differ"
        for version, tags in live.items():
            fact = oracle.facts.get(version)
            for wish in asked(version, tags):
                if fact and fact.outcome is None:
                    continue
                assert oracle.answers(wish) or oracle.granted(wish), f"no answer to {wish}"
        assert world.ledger.head() == oracle.head
        assert not live or model.tags.get(HEAD) == oracle.head, "the head that MLflow agrees with is not noted"

    def wish(self, step: Step, cause: Cause, closed: bool) -> object:
        """Somebody sets or deletes the tags of a wish in the UI."""
        version, tag = self.some(step.b), "rollback" if step.a % 4 == 0 else "approval"
        reason = REASONS[step.c % len(REASONS)]
        if tag == "approval":
            self.put(version, "approval.reason", reason)
            self.put(version, "approval", WORDS[step.a // 4 % len(WORDS)])
        else:
            self.put(version, "rollback", reason)
        self.touched = self.touched | {(version, tag)}
        return version, tag, reason

    def alias(self, step: Step, cause: Cause, closed: bool) -> object:
        """An alias is moved or deleted in the UI."""
        alias = ("champion", "champion", "previous", "candidate", "Champion")[step.a % 5]
        stack = self.oracle.stack
        version = stack[step.b % len(stack)] if stack and step.c % 3 == 0 else self.some(step.b)
        with suppress(self.errors):
            if step.c % 5 == 4:
                self.client.delete_registered_model_alias(self.model, alias)
            else:
                self.client.set_registered_model_alias(self.model, alias, version)
        return alias, version

    def edit(self, step: Step, cause: Cause, closed: bool) -> object:
        """A tag of a version is changed or deleted in the UI."""
        name = [*EDITS][step.a % len(EDITS)]
        version, value = self.some(step.b), (*EDITS[name], None)[step.c % (len(EDITS[name]) + 1)]
        self.put(version, name, value)
        self.touched = self.touched | {(version, "outcome.reason")}
        return version, name, value

    def describe(self, step: Step, cause: Cause, closed: bool) -> object:
        """A page is changed in the UI."""
        with suppress(self.errors):
            self.client.update_model_version(self.model, self.some(step.b), "all is well")
        return None

    def alien(self, step: Step, cause: Cause, closed: bool) -> object:
        """A version that no cycle made, with the tags of another."""
        tags = self.live().get(self.some(step.b), {})
        with suppress(self.errors):
            return self.client.create_model_version(self.model, "file:///alien", tags=tags).version
        return None

    def lose(self, step: Step, cause: Cause, closed: bool) -> object:
        """A version is deleted in the UI."""
        with suppress(self.errors):
            self.client.delete_model_version(self.model, self.some(step.b))
        return None

    def lose_model(self, step: Step, cause: Cause, closed: bool) -> object:
        """The registered model is deleted, and perhaps made again, empty."""
        with suppress(self.errors):
            self.client.delete_registered_model(self.model)
            if step.a % 2:
                self.client.create_registered_model(self.model)
        return None

    def mark(self, step: Step, cause: Cause, closed: bool) -> object:
        """A tag of the model is changed: whose it is, or the head."""
        name = (OWNER, HEAD)[step.a % 2]
        values = ("0123456789abcdef", None) if name == OWNER else ("f" * 64, None, *self.oracle.hashes)
        value = values[step.b % len(values)]
        with suppress(self.errors):
            if value is None:
                self.client.delete_registered_model_tag(self.model, name)
            else:
                self.client.set_registered_model_tag(self.model, name, value)
        return name, value

    def mend(self, step: Step, cause: Cause, closed: bool) -> object:
        """The way out that the errors name: the tag set back, the registry rebuilt, the ledger accepted."""
        model, world = self.shown(), self.world
        if model is None:
            return self.rebuild(step, cause, closed)
        if model.tags.get(OWNER) not in (None, world.registry.owner):
            self.client.set_registered_model_tag(self.model, OWNER, world.registry.owner)
            return "owner"
        head = model.tags.get(HEAD)
        if self.closed() and (head or not self.oracle.facts):
            cause.accepts = True
            self.accepted.add(head or "none")
            done = world.act(
                lambda registry: accept(registry, actor="claimed by ada, unauthenticated", reason="I know", now=world.now)
            )
            assert not isinstance(done, BaseException), repr(done)
            return done
        return self.rebuild(step, cause, closed) if self.closed() else None

    def rebuild(self, step: Step, cause: Cause, closed: bool) -> object:
        """`perdure registry rebuild`."""
        self.world.now.jump(1)

        def do(registry: Registry) -> object:
            with (
                patch("components.cycle.rebuild.Registry", lambda workspace: registry),
                patch("components.registry.rebuild.connect", lambda workspace: None),
                patch("components.registry.rebuild._source", lambda *_: {"source": "file:///x"}),
            ):
                return rebuild_registry(self.world.workspace, self.world.now)

        done = self.world.act(do, step.plan)
        if step.plan is None and not closed:
            assert not isinstance(done, BaseException), repr(done)
        return done

    def jump(self, step: Step, cause: Cause, closed: bool) -> object:
        """The clock goes forward or back."""
        self.world.now.jump((step.a % 2000) - 1000)
        return None

    def put(self, version: str, tag: str, value: str | None) -> None:
        with suppress(self.errors):
            if value is None:
                self.client.delete_model_version_tag(self.model, version, tag)
            else:
                self.client.set_model_version_tag(self.model, version, tag, value)

    @property
    def errors(self) -> type[Exception]:
        from mlflow.exceptions import MlflowException

        return MlflowException  # type: ignore[no-any-return]


def asked(version: str, tags: dict[str, str]) -> list[Asked]:
    """The wishes in a version's tags."""

    def part(name: str) -> str:
        return tags.get(name, "").strip()

    found = []
    if word := part("approval").lower():
        words = part("approval.reason"), part("approval.by"), part("approval.at")
        theirs = tags.get("approval.given") == digest_of_words(word, *words)
        found.append(Asked("approval", version, word, *(words if theirs else (words[0], "", ""))))
    if "rollback" in tags:
        found.append(Asked("rollback", version, "", part("rollback"), "", ""))
    return found


def shortest(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Leave out steps, and faults, as long as it still fails."""
    size = len(steps)
    while size:
        at = 0
        while at < len(steps):
            less = steps[:at] + steps[at + size :]
            if fails(less):
                steps = less
            else:
                at += size
        size //= 2
    return steps
