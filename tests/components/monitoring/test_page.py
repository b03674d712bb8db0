"""The small page and the line that goes into a version's tags."""

from __future__ import annotations

from typing import Any

import pytest

from components.monitoring.page import render, tripped

pytestmark = pytest.mark.unit


def findings(passed: bool) -> dict[str, Any]:
    values = {"reference": 0.9, "current": 0.7, "bound": 0.85, "passed": passed}
    return {
        "forgetting": {"experiences": {"<desc>": {"cases": 20, "correct": values}}},
        "inputs": {"against": "memory", "columns": {"words": {"score": 0.2, "method": "K-S p_value", "drifted": False}}},
    }


def test_a_forgotten_experience_is_marked_and_named() -> None:
    assert tripped(findings(passed=False)) == ["<desc>"]
    assert 'class="no"' in render(findings(passed=False), "c")
    assert tripped(findings(passed=True)) == []
    assert 'class="no"' not in render(findings(passed=True), "c")


def test_names_are_escaped() -> None:
    page = render(findings(passed=True), "c<script>")
    assert "<script>" not in page
    assert "&lt;desc&gt;" in page
