"""The inbox as a queue: each event is in exactly one batch, whatever is killed, whoever runs twice."""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingestion.arrivals import look_at, new_rows
from components.ingestion.batches import Taken, conclude, folder_of, forget_events, gathering, give_up, met_before, resume, taken
from components.ingestion.inbox import Gathered, gather, give_back, still_open, waiting
from components.ingestion.ingest import Ingested, TooFewRowsError
from components.settings import Settings, load_settings
from components.workspace import Workspace

pytestmark = pytest.mark.unit

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
LEAST = 3
SMALL = ["inbox.min_rows=5", f"ingestion.min_rows={LEAST}"]
TOGETHER, APART = load_settings(None, SMALL), load_settings(None, [*SMALL, "inbox.tasks=apart"])
Event = dict[str, Any]


class Killed(BaseException):
    """As a kill: nothing catches it."""


@contextmanager
def killed_at(strike: int | None, after: bool = False) -> Iterator[list[str]]:
    """Kill before (or after) the given rename, from 0. The list grows with the renames."""
    seen: list[str] = []

    def watched(act: Any) -> Any:
        def do(source: Any, target: Any) -> None:
            seen.append(f"{Path(source).name} -> {target}")
            if len(seen) - 1 == strike and not after:
                raise Killed()
            act(source, target)
            if len(seen) - 1 == strike:
                raise Killed()

        return do

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", watched(os.replace))
        patch.setattr(os, "rename", watched(os.rename))
        yield seen


class Box:
    """An inbox, and what was put into it. An event called bad… does not pass ingestion's checks."""

    def __init__(self, root: Path, given: Settings = TOGETHER) -> None:
        self.space, self.settings, self.arrived = Workspace(root), given, Counter[str]()
        self.space.inbox.mkdir(parents=True)

    def drop(self, name: str, events: Sequence[Event], days: float = 0, again: bool = False) -> Path:
        path = self.space.inbox / name
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        when = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (when, when))
        if not again:
            self.arrived.update(event["text"] for event in events)
        return path

    def gather(self, everything: bool = False) -> Gathered:
        with self.space.lock():
            return gather(self.space, self.settings, NOW, everything)

    def taken(self, *names: str) -> Taken:
        """What is gathered, all of these files."""
        found = self.gather().batch
        assert found is not None
        assert sorted(found.batch.sources) == sorted(names)
        return found

    def finish(self, batch: Taken) -> None:
        """As a cycle does: learn it, or return it."""
        bad = [(path, n, event) for path in batch.files for n, event in self.numbered(path) if event["text"].startswith("bad")]
        with self.space.lock():
            if batch.batch.rows - len(bad) >= LEAST:
                conclude(batch, "promoted")
                return
            quarantine = self.space.root / "quarantined.jsonl"
            quarantine.write_text("".join(json.dumps({"file": str(path), "row": n}) + "\n" for path, n, _ in bad))
            ingested = Ingested(batch.batch.rows, 0, len(bad), 0, None, {}, quarantine, {})
            give_back(batch, TooFewRowsError("too few", "add rows", ingested), self.space, self.settings)

    @staticmethod
    def numbered(path: Path) -> list[tuple[int, Event]]:
        return [(n, json.loads(line)) for n, line in enumerate(path.read_text().splitlines(), start=1)]

    def learned(self) -> Counter[str]:
        """Texts of the events in batches that were not returned, and the bad ones in those that were."""
        found = Counter[str]()
        for each in taken(self.space):
            texts = [event["text"] for path in each.files for _, event in self.numbered(path)]
            found.update(text for text in texts if each.batch.outcome != "returned" or text.startswith("bad"))
        return found

    def waits(self) -> Counter[str]:
        """Texts of the events that wait, without repeated ones."""
        look = look_at(self.space.inbox, self.settings, *met_before(self.space))
        rows = [row for path, content in look.contents.items() for row in new_rows(path, content, self.settings)]
        return Counter(row.event["text"] for row in rows if row.event)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.space.inbox.iterdir() if path.is_file())


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def events(first: int, last: int, **more: Any) -> list[Event]:
    return [{"text": f"text {n}", "label": "ab"[n % 2], **more} for n in range(first, last)]


def test_what_arrives_over_many_calls_becomes_one_batch(box: Box) -> None:
    for n in range(4):
        box.drop(f"feedback-{n}.jsonl", events(n, n + 1), days=4 - n)
    assert (waiting(box.space).rows, box.gather().reason) == (4, "4 of 5 events wait, the oldest for 4 days.")
    box.drop("feedback-4.jsonl", events(4, 5))
    there = waiting(box.space)
    assert (there.rows, len(there.files), there.oldest, there.open) == (5, 5, NOW - timedelta(days=4), 0)
    batch = box.taken(*(f"feedback-{n}.jsonl" for n in range(5)))
    assert (batch.batch.name, batch.batch.rows, len(batch.files)) == ("inbox-20270503", 5, 5)
    assert (box.learned(), box.files(), waiting(box.space).open) == (box.arrived, [], 1)
    assert box.gather().reason == "Nothing waits in the inbox."
    box.finish(batch)
    assert [each.batch.outcome for each in taken(box.space)] == ["promoted"]
    conclude(batch, "held")
    assert [each.batch.outcome for each in taken(box.space)] == ["promoted"], "a second driver changes nothing"


def test_where_no_text_may_be_kept_a_batch_keeps_digests_alone(box: Box) -> None:
    box.drop("mixed.jsonl", events(0, 5, id="x"))
    done = box.taken("mixed.jsonl")
    box.finish(done)
    box.drop("bad.jsonl", [*events(10, 12), *({"text": f"bad {n}", "label": "a"} for n in range(3))])
    returned = box.taken("bad.jsonl")
    box.finish(returned)
    box.drop("more.jsonl", events(20, 25))
    still = box.gather().batch
    assert still is not None
    waits = box.waits()
    with box.space.lock():
        resume(box.space)
        forget_events(box.space)
    outcomes = {each.folder: each.batch.outcome for each in taken(box.space)}
    assert set(outcomes.values()) == {"promoted", "returned", ""}
    for folder, outcome in outcomes.items():
        names = {path.name for path in folder.rglob("*") if path.is_file()}
        assert (names == {"batch.json"}) == bool(outcome), outcome
    assert box.waits() == waits
    box.drop("mixed.jsonl", events(0, 5, id="x"), again=True)
    assert not set(box.waits()) & {f"text {n}" for n in range(5)}, "they are not taken twice"


def test_a_single_file_keeps_its_name_and_its_digest(box: Box) -> None:
    path = box.drop("monday.jsonl", events(0, 5))
    content = path.read_bytes()
    batch = box.taken("monday.jsonl")
    assert (batch.batch.name, batch.batch.digest) == ("monday", batch.batch.sources["monday.jsonl"])
    assert batch.files[0].read_bytes() == content


def test_old_events_are_gathered_early_if_there_are_enough(box: Box) -> None:
    box.drop("a.jsonl", events(0, 2), days=30)
    assert box.gather().batch is None
    box.drop("b.jsonl", events(2, 3))
    box.taken("a.jsonl", "b.jsonl")
    box.drop("c.jsonl", events(3, 6))
    assert box.gather().batch is None
    assert box.gather(everything=True).batch is not None


def test_a_bad_file_is_set_aside_with_its_reason_and_hinders_nobody(box: Box) -> None:
    for text in ("one", "two"):  # the same name twice: neither is lost
        (box.space.inbox / "bad.jsonl").write_text(text)
        (box.space.inbox / ".arriving.jsonl").write_text("x")
        assert list(box.gather().unusable) == ["bad.jsonl"]
    box.drop("good.jsonl", events(0, 5))
    (box.space.inbox / "bad.csv").write_text("no header\n")
    assert waiting(box.space).unusable == ("bad.csv",)
    box.taken("good.jsonl")
    assert box.files() == [".arriving.jsonl"]
    aside = {path.name: path for path in (box.space.quarantine / "inbox").iterdir()}
    assert len(aside) == 6
    told = [json.loads(path.read_text()) for name, path in aside.items() if name.endswith(".reason.json")]
    assert sorted(each["file"] for each in told) == ["bad.csv", "bad.jsonl", "bad.jsonl"]
    assert all(each["reason"] and each["hint"] for each in told)


@pytest.mark.parametrize(
    "name", [b"caf\xe9.jsonl", b"x" * 249 + b".jsonl", "我".encode() * 81 + b".jsonl", b"x" + b".y" * 120, b"new\nline.jsonl"]
)
def test_a_file_of_any_name_is_taken_or_set_aside(box: Box, name: bytes) -> None:
    path = os.fsencode(box.space.inbox) + b"/" + name
    for content in (b"no event", b"no event, again"):
        with open(path, "wb") as file:
            file.write(content)
        assert len(box.gather().unusable) == 1
    assert len([path for path in (box.space.quarantine / "inbox").iterdir() if path.name.endswith(".reason.json")]) == 2
    with open(path, "wb") as file:
        file.writelines(json.dumps(event).encode() + b"\n" for event in events(0, 5))
    found = box.gather()
    if (name.endswith(b".jsonl") and name.isascii()) or "我".encode() in name:
        assert found.batch is not None
        box.finish(found.batch)
    else:
        assert len(found.unusable) == 1
    assert box.files() == []


def hostile() -> dict[str, bytes]:
    """Files that ended a night, or would: names, with what is in them."""

    def parquet_of(**columns: Any) -> bytes:
        parquet.write_table(pa.table(columns), whole := io.BytesIO(), compression="zstd")
        return whole.getvalue()

    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["x" * 400_000]))
    return {
        "bomb.parquet": parquet_of(text=repeated),
        "nothing.parquet": parquet_of(text=pa.array([], pa.string())),
        "cut.parquet": parquet_of(text=["a"])[:-30],
        "cut.csv.gz": gzip.compress(b"text,label\na,b\n" * 99)[:-9],
        "sheet.xlsx": b"PK\x03\x04" + bytes(40),
        "wide.csv": ",".join(["text", *map(str, range(15_000))]).encode(),
        "deep.json": b"[" * 400_000 + b"]" * 400_000,
        "open.json": b'[{"text": "a',
        "names.jsonl": b'{"Nachricht": "Wo ist er?", "Kategorie": "a"}\n{"Nachricht": "Und der andere?", "Kategorie": "b"}',
    }


def test_no_file_ends_a_night_and_a_row_costs_itself(box: Box) -> None:
    for name, content in hostile().items():
        (box.space.inbox / name).write_bytes(content)
    times = pa.array([0, 2**62], pa.timestamp("us", "Mars/Olympus"))
    parquet.write_table(pa.table({"text": ["sound", "late"], "label": ["a", "b"], "at": times}), box.space.inbox / "rows.parquet")
    (box.space.inbox / "rows.jsonl").write_bytes(b'{"text": "x", "y": ' + b"[" * 900 + b"]" * 900 + b"}\n")
    box.drop("good.jsonl", events(0, 5))
    found = box.gather()
    assert set(found.unusable) == {*hostile(), "rows.jsonl"}
    assert found.batch is not None
    assert (found.batch.batch.rows, sorted(found.batch.batch.sources)) == (6, ["good.jsonl", "rows.parquet"])
    assert box.files() == []
    told = [json.loads(path.read_text()) for path in (box.space.quarantine / "inbox").glob("*.reason.json")]
    assert all(each["reason"] and each["hint"] for each in told)
    assert "--map text=Nachricht,label=Kategorie " in next(each["hint"] for each in told if each["file"] == "names.jsonl")


def test_a_file_of_a_long_name_is_split_and_its_rest_goes_on_waiting(tmp_path: Path) -> None:
    box = Box(tmp_path, APART)
    box.drop("x" * 240 + ".jsonl", [*events(0, 5, task="x"), *events(5, 6, task="y")])
    (tmp_path / "inbox" / ("y" * 240 + ".csv")).write_text(
        "text,label,task\n" + "".join(f"more {n},a,{'xy'[n % 2]}\n" for n in range(10))
    )
    for task in ("x", "y"):
        found = box.gather().batch
        assert found is not None
        assert found.batch.name.startswith(task)
    assert box.files() == []


def test_events_that_a_client_sends_again_are_taken_once(box: Box) -> None:
    first = [{**event, "id": n} for n, event in enumerate(events(0, 5))]
    box.drop("a.jsonl", first)
    box.drop("b.jsonl", [{**first[0], "timestamp": "2027-05-01"}], again=True)
    assert box.gather().unusable.keys() == {"b.jsonl"}
    box.drop("c.jsonl", [*first, *events(5, 10)], again=True)
    box.arrived.update(f"text {n}" for n in range(5, 10))
    batch = box.taken("c.jsonl")
    assert (batch.batch.rows, batch.batch.files) == (5, ("parts/c.jsonl",))
    assert box.learned() == box.arrived
    original = (batch.folder / "c.jsonl").read_bytes()
    (box.space.inbox / "c-again.jsonl").write_bytes(original)
    assert "same as" in box.gather().unusable["c-again.jsonl"]


def test_tasks_apart_are_batches_of_their_own_and_the_rest_goes_on_waiting(tmp_path: Path) -> None:
    box = Box(tmp_path, APART)
    x, y, none = events(0, 4, task="x"), events(4, 7, task="y"), events(7, 8)
    box.drop("mixed.jsonl", [*x, *y, *none], days=2)
    box.drop("x.jsonl", events(8, 9, task="x"), days=1)
    batch = box.taken("mixed.jsonl", "x.jsonl")
    assert (batch.batch.name, batch.batch.rows, batch.batch.files) == ("x-20270503", 5, ("parts/mixed.jsonl", "x.jsonl"))
    assert box.files() == ["mixed.jsonl"]
    assert waiting(box.space).oldest == NOW - timedelta(days=2), "the rest is as old as it was"
    assert "3 of 5 events of task 'y' wait, the oldest for 2 days" in box.gather().reason
    box.drop("y.jsonl", events(9, 11, task="y"))
    assert box.taken("mixed.jsonl", "y.jsonl").batch.name == "y-20270503"
    assert box.learned() + Counter({"text 7": 1}) == box.arrived


def test_too_few_good_rows_wait_for_more_and_the_same_refusal_does_not_happen_again(box: Box) -> None:
    bad = [{"text": f"bad {n}", "label": "a", "id": n} for n in range(4)]
    box.drop("a.jsonl", [*events(0, 1), *bad, *[{**event, "id": 9} for event in events(1, 2)]], days=9)
    box.finish(box.taken("a.jsonl"))
    (waits,) = waiting(box.space).files
    assert waits.startswith("waiting-")
    for everything in (False, True):
        assert box.gather(everything).batch is None
    assert box.gather().reason == "2 of 5 events wait, the oldest for 9 days."
    box.drop("b.jsonl", [*events(2, 3)])
    box.finish(box.taken("b.jsonl", waits))
    assert box.learned() == box.arrived
    assert [each.batch.outcome for each in taken(box.space)] == ["returned", "promoted"]
    box.drop("c.jsonl", bad, again=True)
    assert "taken before" in box.gather().unusable["c.jsonl"], "what was refused is in quarantine, not here again"


def test_enough_rows_that_were_refused_all_the_same_are_set_aside(box: Box) -> None:
    box.drop("a.jsonl", events(0, 5))
    batch = box.taken("a.jsonl")
    error = TooFewRowsError("all held out", "add rows", Ingested(5, 5, 0, 0, None, {}, None, {}))
    with box.space.lock():
        give_back(batch, error, box.space, TOGETHER)
    assert [each.batch.outcome for each in taken(box.space)] == ["set_aside"]
    assert box.files() == []
    (file,) = (box.space.quarantine / "inbox").glob("a-*.jsonl")
    assert len(file.read_text().splitlines()) == 5
    box.drop("a.jsonl", events(0, 5))
    box.taken("a.jsonl")  # a person may put it back
    assert len(taken(box.space)) == 2


def test_the_order_of_batches_is_that_of_gathering(box: Box) -> None:
    for n in range(3):
        box.drop(f"{n}.jsonl", events(10 * n, 10 * n + 5))
        with box.space.lock():
            gather(box.space, TOGETHER, NOW + timedelta(minutes=n))
    assert [each.batch.name for each in still_open(box.space)] == ["0", "1", "2"]


def run(box: Box) -> None:
    """What a driver does: finish what is open, gather what is there."""
    with box.space.lock():
        resume(box.space)
    for each in still_open(box.space):
        box.finish(each)
    while (found := box.gather(everything=True).batch) is not None:
        box.finish(found)


def filled(root: Path, given: Settings) -> Box:
    """A box that needs everything: files split and whole, repeated events, too few good rows of task z."""
    box = Box(root, given)
    keyed = [{**event, "id": n} for n, event in enumerate(events(0, 3, task="x"))]
    box.drop("a.jsonl", [*keyed, *events(3, 6, task="y")])
    box.drop("b.jsonl", [keyed[0], *events(6, 8, task="y")], again=True)
    box.arrived.update(["text 6", "text 7"])
    box.drop("c.jsonl", [*events(8, 10, task="z"), *({"text": f"bad {n}", "label": "a", "task": "z"} for n in range(3))])
    (box.space.inbox / "d.csv").write_text("nothing\n")
    return box


def die_at(strike: int, after: bool, box: Box) -> None:
    """Run a driver in a process that dies there, without any cleaning up."""
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Killed, "__init__", lambda self: os._exit(9))
            with killed_at(strike, after):
                run(box)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("given", [TOGETHER, APART], ids=["together", "apart"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_any_write_loses_and_doubles_nothing(tmp_path: Path, given: Settings, after: bool) -> None:
    with killed_at(None) as steps:
        run(undisturbed := filled(tmp_path / "undisturbed", given))
    assert len(steps) > 8
    for strike in range(len(steps)):
        box = filled(tmp_path / f"{strike}", given)
        die_at(strike, after, box)
        run(box)
        assert box.learned() + box.waits() == box.arrived, steps[strike]
        same = [sorted((each.batch.digest, each.batch.outcome) for each in taken(one.space)) for one in (box, undisturbed)]
        assert same[0] == same[1], steps[strike]
        assert not gathering(box.space).exists()


dropped = st.tuples(
    st.just("drop"), st.lists(st.tuples(st.sampled_from(["x", "y", None]), st.booleans(), st.booleans()), min_size=1, max_size=6)
)
acted = st.tuples(
    st.sampled_from(["gather", "everything", "finish", "repeat"]), st.none() | st.tuples(st.integers(0, 9), st.booleans())
)


@settings(max_examples=60, deadline=None)
@given(st.lists(dropped | acted, max_size=14), st.sampled_from([TOGETHER, APART]))
def test_over_any_sequence_of_arrivals_kills_and_reruns_each_event_is_in_one_batch(
    sequence: list[tuple[str, Any]], given: Settings
) -> None:
    with tempfile.TemporaryDirectory() as root:
        box, number, keyed = Box(Path(root), given), 0, list[Event]()
        for step, (action, what) in enumerate(sequence):
            if action == "drop":
                found: list[Event] = []
                for task, bad, has_id in what:
                    number += 1
                    found.append({"text": f"{'bad' if bad else 'good'} {number}", "label": "a"})
                    found[-1] |= ({"task": task} if task else {}) | ({"id": number} if has_id else {})
                keyed += [event for event in found if "id" in event]
                box.drop(f"{step}.jsonl", found, days=step)
            elif action == "repeat":
                if keyed:
                    box.drop(f"{step}.jsonl", [{**keyed[step % len(keyed)], "timestamp": f"2027-01-{step + 1:02d}"}], again=True)
            else:
                strike, after = what or (None, False)
                try:
                    with killed_at(strike, after):
                        if action != "finish":
                            box.gather(everything=action == "everything")
                        for each in still_open(box.space) if action == "finish" else ():
                            box.finish(each)
                except Killed:
                    pass
        run(box)
        assert box.learned() + box.waits() == box.arrived


def test_a_batch_of_the_same_content_as_one_that_was_set_aside_has_its_own_folder(box: Box) -> None:
    for _ in range(2):
        box.drop("a.jsonl", events(0, 5))
        batch = box.taken("a.jsonl")
        with box.space.lock():
            give_up(batch, TooFewRowsError("no", "yes", Ingested(5, 0, 5, 0, None, {}, None, {})), box.space)
    assert len(list(folder_of(box.space).iterdir())) == 2
