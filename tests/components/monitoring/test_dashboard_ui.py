"""The dashboard in Evidently's real server, and in a real browser."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from components.environment import PROCESS_ENVIRONMENT
from components.monitoring.dashboard import PROJECT
from components.monitoring.monitor import monitor
from components.workspace import Workspace

pytestmark = pytest.mark.end_to_end


def until(condition: Callable[[], Any]) -> Any:
    """The first true value of `condition`, within two minutes."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if answer := condition():
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("not within two minutes")


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "evidently").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "components.monitoring.server", str(tmp_path / "evidently"), "--port", str(port)]
    own = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[3]), **PROCESS_ENVIRONMENT}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=own)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", trust_env=False) as client:
        yield client
    process.terminate()
    process.wait(20)


def test_the_ui_shows_the_curves(
    ui: httpx.Client, results: Callable[..., pa.Table], events: Callable[..., pa.Table], tmp_path: Path
) -> None:
    def cycle(number: int, share: float) -> None:
        monitor(
            Workspace(tmp_path),
            cycle=f"cycle {number}",
            now=datetime(2026, 5, 3, tzinfo=UTC) + timedelta(days=number),
            reference=results({"a": (100, 0.9)}),
            current=results({"a": (100, share)}),
            events=events(50, "one two three", "x", number),
            known=events(50, "one two three", "x", 9),
            against="memory",
            names={"a": "DESC"},
        )

    cycle(1, 0.9)
    projects = until(lambda: ui.get("/projects").json())
    assert [(project["id"], project["name"]) for project in projects] == [(str(PROJECT), "perdure")]
    cycle(2, 0.6)  # while it runs
    until(lambda: len(ui.get(f"/projects/{PROJECT}/snapshots").json()) == 4)
    panels = {panel["title"]: panel["values"] for panel in ui.get(f"/v2/dashboards/{PROJECT}").json()["panels"]}

    def series(title: str) -> dict[str, list[float]]:
        fields = ("tags", "metadata", "metric", "metric_labels")
        wanted = {"series_filter": [{name: value[name] for name in fields} for value in panels[title]]}
        series = ui.post(f"/v2/snapshots/{PROJECT}/data_series_batch", json=wanted).json()["series"]
        return {panels[title][one["filter_index"]]["legend"]: one["values"] for one in series}

    assert series("Right answers on past experiences") == {"all past cases": [0.9, 0.6], "DESC": [0.9, 0.6]}
    assert series("Input drift") == {"share": [0.0, 0.0]}


def test_the_pages_work_in_a_browser_under_our_policy_and_no_name_is_run(
    ui: httpx.Client, results: Callable[..., pa.Table], events: Callable[..., pa.Table], tmp_path: Path
) -> None:
    """The names are written with their markup, as an earlier release did."""
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("chromium is not installed")
    hostile = "<img src=x onerror=document.title='owned'>"
    table = results({"a": (100, 0.9)})
    given = {"reference": table, "current": table, "known": events(50, "one two three", "x", 9), "against": "memory"}
    monitor(
        Workspace(tmp_path), cycle="one", now=datetime(2026, 5, 3, tzinfo=UTC), names={"a": hostile},
        events=events(50, "one two three", hostile, 1), **given,
    )  # fmt: skip
    for path in (tmp_path / "evidently").rglob("*.json"):
        path.write_text(path.read_text().translate(str.maketrans("‹›", "<>")))
    until(lambda: ui.get("/projects").json())
    runs = {each["name"]: each["id"] for each in ui.get(f"/projects/{PROJECT}/snapshots").json()}
    shown = {
        "": "Right answers on past experiences",
        f"/reports/{runs['forgetting']}": "img src=x",
        f"/reports/{runs['inputs']}": "Drift",
    }
    for page, text in shown.items():
        address = str(ui.base_url).removesuffix("api/") + f"projects/{PROJECT}{page}"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
        command = [chromium, *options, f"--user-data-dir={tmp_path / 'browser'}", address]
        dom = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout
        assert text in dom, "the page is there"
        assert "<title>owned" not in dom
