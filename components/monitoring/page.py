"""The findings as a page of a few kilobytes; Evidently's own pages are in `perdure ui`."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = (
    "body{font:15px system-ui;margin:2rem} td,th{padding:.3rem .8rem;text-align:right} td:first-child{text-align:left} "
    ".no{color:#b3261e}"
)


def render(findings: Mapping[str, Any], cycle: str) -> str:
    """HTML of what `monitor` returned."""
    rows = [
        _row(name, measure, values)
        for name, measures in findings["forgetting"]["experiences"].items()
        for measure, values in measures.items()
        if isinstance(values, Mapping)
    ]
    drifted = [
        f"<tr><td>{escape(column)}</td><td>{values['score']:.4f}</td><td>{escape(values['method'])}</td>"
        f"<td>{'drifted' if values['drifted'] else 'as before'}</td></tr>"
        for column, values in findings["inputs"].get("columns", {}).items()
    ]
    return (
        f'<!doctype html><meta charset="utf-8"><title>{escape(cycle)}: monitoring</title><style>{STYLE}</style>'
        f"<h1>{escape(cycle)}: what the new champion kept</h1>"
        "<p>Held-out cases of each past experience under the new champion, beside the version that learned them.</p>"
        f"<table><tr><th>experience<th>measure<th>then<th>now<th>bound</tr>{''.join(rows)}</table>"
        f"<h2>New events beside the {escape(findings['inputs']['against'])}</h2><table>{''.join(drifted)}</table>"
        "<p>The full dashboards: <code>perdure ui</code>, Evidently.</p>"
    )


def tripped(findings: Mapping[str, Any]) -> list[str]:
    """Experiences whose share of right answers fell below its bound."""
    return forgotten(findings["forgetting"])


def forgotten(forgetting: Mapping[str, Any]) -> list[str]:
    """The same, of the findings on forgetting alone."""
    return [name for name, measures in forgetting["experiences"].items() if not measures["correct"]["passed"]]


def _row(name: str, measure: str, values: Mapping[str, Any]) -> str:
    mark = "" if values["passed"] else ' class="no"'
    numbers = "".join(f"<td>{values[key]:.3f}</td>" for key in ("reference", "current", "bound"))
    return f"<tr{mark}><td>{escape(name)}</td><td>{escape(measure)}</td>{numbers}</tr>"
