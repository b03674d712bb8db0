"""What was read before is read as it was: the rows that the first readers of JSONL, CSV and Parquet made of these files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.catalog.streams import get_stream
from components.ingestion.ingest import Ingested
from components.storage import digest_json
from components.workspace import Workspace

pytestmark = pytest.mark.integration

N = 60
TEXTS = [f"Größe {i}: “where is order {i * 7919}?” 我的订单 {'x' * (i % 7)}" for i in range(N)]
LABELS = ["billing", "login", "Versand & Rückgabe"]
TIME = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)


def events() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for i, text in enumerate(TEXTS):
        event: dict[str, Any] = {"text": text, "label": LABELS[i % 3], "id": i if i % 2 else f"n-{i}"}
        if i % 4 == 0:
            event |= {"timestamp": "2026-05-03 16:03:00+02:00", "subject": 4711 + i, "consent": True, "source": "log"}
        if i % 5 == 0:
            event |= {"channel": "web", "tags": ["a", None, {"b": 1.5}], "Größe": {"y": [], "x": None}}
        if i % 6 == 5:
            event = {"text": text, "completion": f"Answer {i}"} if i % 4 else {"text": text, "topic": "x"}
        made.append(event)
    return made


def jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events()), encoding="utf-8")


def csv(path: Path) -> None:
    rows = ["\ufefftext, label ,id,consent,channel,"]
    rows += [
        f'"{text}\r\n""quoted""",{LABELS[i % 3]},{i},{"yes" if i % 2 else ""},web,{"x" if i % 9 == 0 else ""}'
        for i, text in enumerate(TEXTS)
    ]
    path.write_bytes("\r\n".join(rows).encode())


def columns(path: Path) -> None:
    table = pa.table(
        {
            "text": pa.array(TEXTS, pa.large_string()),
            "label": pa.array([LABELS[i % 3] for i in range(N)]).dictionary_encode(),
            "timestamp": pa.array([TIME + timedelta(minutes=i) for i in range(N)], pa.timestamp("ns", "Asia/Tokyo")),
            "expires": pa.array([None, date(2030, 1, 2)] * (N // 2), pa.date32()),
            "n": pa.array([None, 2**63] * (N // 2), pa.uint64()),
            "ratio": pa.array([0.5, float("nan")] * (N // 2), pa.float64()),
            "small": pa.array([0.1, None] * (N // 2), pa.float32()),
            "price": pa.array([Decimal("1.20")] * N),
            "blob": pa.array([b"\xff\x00"] * N),
            "bytes": pa.array([b"abc"] * N),
            "when": pa.array([TIME + timedelta(microseconds=i) for i in range(N)], pa.timestamp("us", "Europe/Berlin")),
            "nanos": pa.array([TIME + timedelta(microseconds=i) for i in range(N)], pa.timestamp("ns", "UTC")),
            "naive": pa.array([datetime(2026, 5, 3, 1)] * N, pa.timestamp("ms")),
            "at": pa.array([time(1, 2, 3)] * N, pa.time32("s")),
            "took": pa.array([timedelta(seconds=5)] * N, pa.duration("us")),
            "key": pa.array([UUID(int=7).bytes] * N, pa.uuid()),
            "pairs": pa.array([[("a", 1), ("b", None)]] * N, pa.map_(pa.string(), pa.int32())),
            "extra": pa.array([{"k": 1, "l": [None, {"m": TIME}]}] * N),
            "empty": pa.nulls(N),
        }
    )
    parquet.write_table(table, path)


def content(workspace: Workspace, ingested: Ingested) -> str:
    """Digest of all rows of an experience, in order; the files' own digests change with pyarrow, and subjects are pseudonyms."""
    assert ingested.experience
    experience = workspace.experience(ingested.experience)
    return digest_json([experience.table(part).drop(["subject"]).to_pylist() for part in ("train", "heldout", "unlabelled")])


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("e.jsonl", jsonl, "bc815855335d2530db1c8f5cbe7bdfd32462bcb6397c8b95b09b47085841e8c6"),
        ("e.csv", csv, "6b75044cdd067ff19055ae8e615669fccb4f8cb7ad040934ed5360b6b91fe435"),
        ("e.parquet", columns, "aeba35070e4a3fc5c39a54c14c1acf2cb3ed5627e1854037a606376c8865ea1b"),
    ],
)
def test_what_an_experience_holds_stays(
    tmp_path: Path, workspace: Workspace, take: Callable[..., Ingested], name: str, write: Callable[[Path], None], expected: str
) -> None:
    path = tmp_path / name
    write(path)
    ingested = take(path)
    assert (ingested.accepted, ingested.reasons) == (N, {})
    assert content(workspace, ingested) == expected


def test_a_shipped_stream_stays(workspace: Workspace, take: Callable[..., Ingested]) -> None:
    part = get_stream("trec").experiences[0]
    assert content(workspace, take(part.path)) == "2c03256b4131f4185e6638be933be7d864df72f31a81e859efb101e51d7dee08"
