"""Fill in the report's template."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from components.report import charts
from components.report.collect import ReportData
from components.storage import write_text


def render(data: ReportData, *, now: datetime) -> str:
    """The page as one HTML string, everything inside it escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shade"] = charts.shade
    environment.filters["short"] = lambda digest: digest[:10] if digest else "-"
    steps = list(dict.fromkeys(step for cycle in data.cycles for step in cycle.entry["steps"]))
    rows = [(cycle.entry["name"], list(cycle.entry["steps"].items())) for cycle in data.cycles]
    return environment.get_template("page.html").render(
        data=data,
        made=now.strftime("%Y-%m-%d %H:%M UTC"),
        curves=Markup(charts.curves(data.names, data.matrix)),
        losses=Markup(_losses(data)),
        bars=Markup(charts.bars(rows, steps)),
    )


def _losses(data: ReportData) -> str:
    """The picture of the lifetime budget; empty while no candidate was compared with the best that served."""
    gates = [(cycle.entry["name"], gate) for cycle in data.cycles for gate in cycle.gates if gate["name"] == "lifetime.pooled"]
    points = [(name, -gate["estimate"], -gate["high"], -gate["low"]) for name, gate in gates if gate["estimate"] is not None]
    return charts.losses(points, min(gate["margin"] for _, gate in gates)) if points else ""


def write_report(data: ReportData, folder: Path, *, now: datetime) -> Path:
    """Write the page atomically to folder/report.html."""
    path = folder / "report.html"
    write_text(path, render(data, now=now))
    return path
